-- name: profile_by_name :one
SELECT u.username, u.bio, u.image,
       EXISTS (SELECT 1 FROM follow w WHERE w.follower_id = :viewer_id AND w.followed_id = u.id) AS following
  FROM user u
 WHERE u.username = :username COLLATE NOCASE;

-- name: follow_add :exec
-- Of a name that nobody has it inserts nothing, and what is there already it leaves as it is.
INSERT OR IGNORE INTO follow (follower_id, followed_id)
SELECT :me, id FROM user WHERE username = :username COLLATE NOCASE;

-- name: follow_remove :exec
DELETE FROM follow
 WHERE follower_id = :me
   AND followed_id = (SELECT id FROM user WHERE username = :username COLLATE NOCASE);
