-- Names in strings and comments are none.
-- name: user_find :one
SELECT u.id, 'it''s -- name: x' AS name, "bio" /* :id */ FROM user AS u
  LEFT JOIN note n ON n.user_id = u.id
 WHERE u.id = :id AND u.name <> :name;
-- name: user_add :exec
INSERT INTO user (id, name, bio) VALUES (:id, coalesce(:name, ''), :bio);
-- name: wrong :many
SELECT id, nmae FROM user WHERE name = :nobody LIMIT :name; SELECT 1;
