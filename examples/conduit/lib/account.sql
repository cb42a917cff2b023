-- name: account_by_id :one
SELECT id, session, email, username, password, bio, image FROM user WHERE id = :id;

-- name: account_taken :one
-- Whose index is asked: both are found in any case.
SELECT EXISTS (SELECT 1 FROM user WHERE email = :email AND id <> :except_id) AS email,
       EXISTS (SELECT 1 FROM user WHERE username = :username COLLATE NOCASE AND id <> :except_id) AS username;

-- name: account_by_email :one
SELECT id, session, email, username, password, bio, image FROM user WHERE email = :email;

-- name: user_add :one
INSERT INTO user (username, email, password) VALUES (:username, :email, :hash)
RETURNING id, session, email, username, password, bio, image;

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

-- name: sign_in_failures :one
-- How many there were since a time.
SELECT coalesce(max(count), 0) FROM sign_in_failure
 WHERE email = :email AND address = :address AND first_at > :since;

-- name: sign_in_failed :exec
INSERT INTO sign_in_failure (email, address, count, first_at) VALUES (:email, :address, 1, :now)
    ON CONFLICT DO UPDATE SET count = CASE WHEN first_at > :since THEN count + 1 ELSE 1 END,
                              first_at = CASE WHEN first_at > :since THEN first_at ELSE :now END;

-- name: sign_in_forget :exec
-- What is too old to count.
DELETE FROM sign_in_failure WHERE first_at <= :since;
