-- name: article_id_by_slug :one
SELECT id FROM article WHERE slug = :slug;

-- name: comments_of
-- The newest: the API has no pages of them, and an answer must have an end.
SELECT c.id, c.created_at, c.updated_at, c.body,
       u.username AS "author.username", u.bio AS "author.bio", u.image AS "author.image",
       EXISTS (SELECT 1 FROM follow w WHERE w.follower_id = :viewer_id AND w.followed_id = u.id) AS "author.following"
  FROM comment c JOIN user u ON u.id = c.author_id
 WHERE c.article_id = :article_id
 ORDER BY c.id DESC LIMIT 500;

-- name: comment_by_id :one
SELECT c.id, c.created_at, c.updated_at, c.body,
       u.username AS "author.username", u.bio AS "author.bio", u.image AS "author.image",
       EXISTS (SELECT 1 FROM follow w WHERE w.follower_id = :viewer_id AND w.followed_id = u.id) AS "author.following"
  FROM comment c JOIN user u ON u.id = c.author_id
 WHERE c.id = :id;

-- name: comment_add :one
-- Finding the article and adding to it are one statement: nobody can delete it in between.
INSERT INTO comment (article_id, author_id, body, created_at, updated_at)
SELECT id, :me, :body, :now, :now FROM article WHERE slug = :slug
RETURNING id;

-- name: comment_author :one
SELECT c.author_id FROM comment c JOIN article a ON a.id = c.article_id
 WHERE c.id = :id AND a.slug = :slug;

-- name: comment_delete :exec
DELETE FROM comment WHERE id = :id;
