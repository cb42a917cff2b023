-- name: user_change :one
-- Absent and null are both NULL here, so for what can be taken away a parameter more says which it is.
UPDATE user
   SET email = coalesce(:email, email),
       username = coalesce(:username, username),
       password = coalesce(:hash, password),
       session = session + (:hash IS NOT NULL),
       bio = CASE WHEN :sets_bio THEN nullif(:bio, '') ELSE bio END,
       image = CASE WHEN :sets_image THEN nullif(:image, '') ELSE image END
 WHERE id = :id
RETURNING id, session, email, username, password, bio, image;
