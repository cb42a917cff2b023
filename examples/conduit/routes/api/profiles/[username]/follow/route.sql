-- name: follow_add :exec
-- Of a name that nobody has it inserts nothing, and what is there already it leaves as it is.
INSERT OR IGNORE INTO follow (follower_id, followed_id)
SELECT :me, id FROM user WHERE username = :username COLLATE NOCASE;

-- name: follow_remove :exec
DELETE FROM follow
 WHERE follower_id = :me
   AND followed_id = (SELECT id FROM user WHERE username = :username COLLATE NOCASE);
