-- Notes, each of which belongs to whoever has written it.

-- name: note_list
SELECT id, text
  FROM note
 WHERE user_id = :user_id
   AND (:notebook IS NULL OR notebook_id = :notebook)
 ORDER BY id;

-- name: note_add :one
INSERT INTO note (user_id, notebook_id, text)
VALUES (:user_id, :notebook, :text)
RETURNING id, text;

-- name: note_erase :exec
DELETE FROM note
 WHERE id = :id
   AND user_id = :user_id;
