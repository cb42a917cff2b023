-- name: user_of_token :one
SELECT id FROM user WHERE id = :uid AND session = :session;
