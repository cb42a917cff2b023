-- name: account_by_email :one
SELECT id, session, email, username, password, bio, image FROM user WHERE email = :email;
