-- name: comment_author :one
SELECT c.author_id FROM comment c JOIN article a ON a.id = c.article_id
 WHERE c.id = :id AND a.slug = :slug;

-- name: comment_delete :exec
DELETE FROM comment WHERE id = :id;
