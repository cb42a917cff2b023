-- name: user_add :one
INSERT INTO user (username, email, password) VALUES (:username, :email, :hash)
RETURNING id, session, email, username, password, bio, image;
