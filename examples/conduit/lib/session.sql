-- name: visitor_of_token :one
SELECT id, username FROM user WHERE id = :uid AND session = :session;
