-- name: profile_by_name :one
SELECT u.username, u.bio, u.image,
       EXISTS (SELECT 1 FROM follow w WHERE w.follower_id = :viewer_id AND w.followed_id = u.id) AS following
  FROM user u
 WHERE u.username = :username COLLATE NOCASE;
