-- name: article_add :one
-- The slug is the title's; where that is taken a random ending makes it another.  Looking and inserting
-- are one statement, and writers take turns, so nobody comes in between.  Of tags that are given twice
-- the first counts.
INSERT INTO article (slug, title, description, body, tag_list, author_id, created_at, updated_at)
VALUES (CASE WHEN EXISTS (SELECT 1 FROM article WHERE slug = :slug)
             THEN :slug || '-' || lower(hex(randomblob(4))) ELSE :slug END,
        :title, :description, :body,
        (SELECT json_group_array(value)
           FROM (SELECT value FROM json_each(:tag_list) GROUP BY value ORDER BY min(key))),
        :author_id, :now, :now)
RETURNING id, slug;

-- name: tags_add :exec
INSERT OR IGNORE INTO tag (name) SELECT value FROM json_each(:tag_list);

-- name: article_tags_add :exec
INSERT INTO article_tag (article_id, tag_id)
SELECT :article_id, id FROM tag WHERE name IN (SELECT value FROM json_each(:tag_list));
