-- name: key_of_database :one
SELECT value FROM setting WHERE name = 'jwt_key';
