-- name: account_by_id :one
SELECT id, session, email, username, password, bio, image FROM user WHERE id = :id;

-- name: account_taken :one
-- Whose index is asked: both are found in any case.
SELECT EXISTS (SELECT 1 FROM user WHERE email = :email AND id <> :except_id) AS email,
       EXISTS (SELECT 1 FROM user WHERE username = :username COLLATE NOCASE AND id <> :except_id) AS username;
