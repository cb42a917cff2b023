-- part: columns
u.id, u.name,
  u.bio
-- part: all
SELECT {columns} FROM user u
-- name: user_all
{all};
-- name: user_find :one
{all} WHERE u.id = :id AND '{columns}' <> u.nmae{columns}
