-- name: favorite_add :exec
INSERT OR IGNORE INTO favorite (user_id, article_id)
SELECT :me, id FROM article WHERE slug = :slug;

-- name: favorite_remove :exec
DELETE FROM favorite
 WHERE user_id = :me AND article_id = (SELECT id FROM article WHERE slug = :slug);
