-- name: article_change :one
-- A new title gives a new slug, unless the article has it already, with or without an ending.
UPDATE article
   SET title = coalesce(:title, title),
       description = coalesce(:description, description),
       body = coalesce(:body, body),
       updated_at = :now,
       slug = CASE
           WHEN :new_slug IS NULL OR slug = :new_slug
             OR (length(slug) = length(:new_slug) + 9 AND slug GLOB :new_slug || '-*'
                 AND substr(slug, -8) NOT GLOB '*[^0-9a-f]*') THEN slug
           WHEN EXISTS (SELECT 1 FROM article WHERE slug = :new_slug)
             THEN :new_slug || '-' || lower(hex(randomblob(4)))
           ELSE :new_slug END
 WHERE id = :id
RETURNING slug;

-- name: article_delete :exec
-- Comments, favourites and tags go with it: ON DELETE CASCADE.
DELETE FROM article WHERE id = :id;
