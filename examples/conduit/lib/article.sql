-- An article and all that belongs to it is one row: columns with a dot in their name fill the author,
-- a nested object, and the tags, a JSON text, fill a list.  The two subqueries are each a look into a
-- primary key; for nobody :viewer_id is NULL, and they look nowhere.  What several queries share is a
-- part, which stands in them by its name in braces.

-- part: summary
a.slug, a.title, a.description, a.tag_list, a.created_at, a.updated_at, a.favorites_count,
       EXISTS (SELECT 1 FROM favorite f WHERE f.article_id = a.id AND f.user_id = :viewer_id) AS favorited,
       u.username AS "author.username", u.bio AS "author.bio", u.image AS "author.image",
       EXISTS (SELECT 1 FROM follow w WHERE w.follower_id = :viewer_id AND w.followed_id = u.id) AS "author.following"
  FROM article a JOIN user u ON u.id = a.author_id

-- part: tagged
SELECT x.article_id FROM article_tag x JOIN tag t ON t.id = x.tag_id WHERE t.name = :tag

-- part: author
SELECT id FROM user WHERE username = :author COLLATE NOCASE

-- name: article_by_slug :one
SELECT a.body, {summary}
 WHERE a.slug = :slug;

-- Lists.  There is a query for each index that can lead to the articles, and filters that it leaves over
-- are conditions, which a parameter that is NULL switches off.  One query for all of them would have to
-- look at every article, for whether a parameter is NULL is not known when it is planned.
--
-- By time and by author a page is read off an index that has its order.  Others have to be sorted: the
-- inner query sorts ids, the outer one fetches the rest for the page alone.

-- name: articles_newest
SELECT {summary}
 ORDER BY a.created_at DESC, a.id DESC LIMIT :limit OFFSET :offset;

-- name: articles_of_tag
SELECT {summary}
 WHERE a.id IN (
           SELECT b.id FROM article_tag x JOIN tag t ON t.id = x.tag_id JOIN article b ON b.id = x.article_id
            WHERE t.name = :tag
            ORDER BY b.created_at DESC, b.id DESC LIMIT :limit OFFSET :offset)
 ORDER BY a.created_at DESC, a.id DESC;

-- name: articles_of_author
SELECT {summary}
 WHERE a.author_id = ({author})
   AND (:tag IS NULL OR a.id IN ({tagged}))
 ORDER BY a.created_at DESC, a.id DESC LIMIT :limit OFFSET :offset;

-- name: articles_liked
SELECT {summary}
 WHERE a.id IN (
           SELECT b.id FROM favorite v JOIN user r ON r.id = v.user_id JOIN article b ON b.id = v.article_id
            WHERE r.username = :favorited COLLATE NOCASE
              AND (:author IS NULL OR b.author_id = ({author}))
              AND (:tag IS NULL OR b.id IN ({tagged}))
            ORDER BY b.created_at DESC, b.id DESC LIMIT :limit OFFSET :offset)
 ORDER BY a.created_at DESC, a.id DESC;

-- name: articles_of_followed
SELECT {summary}
 WHERE a.id IN (
           SELECT b.id FROM follow w JOIN article b ON b.author_id = w.followed_id
            WHERE w.follower_id = :viewer_id
            ORDER BY b.created_at DESC, b.id DESC LIMIT :limit OFFSET :offset)
 ORDER BY a.created_at DESC, a.id DESC;

-- How many there are on all pages.

-- name: count_newest :one
SELECT count(*) FROM article;

-- name: count_of_tag :one
SELECT count(*) FROM article_tag x JOIN tag t ON t.id = x.tag_id WHERE t.name = :tag;

-- name: count_of_author :one
SELECT count(*) FROM article a
 WHERE a.author_id = ({author})
   AND (:tag IS NULL OR a.id IN ({tagged}));

-- name: count_liked :one
SELECT count(*)
  FROM favorite v JOIN user r ON r.id = v.user_id JOIN article b ON b.id = v.article_id
 WHERE r.username = :favorited COLLATE NOCASE
   AND (:author IS NULL OR b.author_id = ({author}))
   AND (:tag IS NULL OR b.id IN ({tagged}));

-- name: count_of_followed :one
SELECT count(*) FROM follow w JOIN article b ON b.author_id = w.followed_id
 WHERE w.follower_id = :viewer_id;

-- name: article_owner :one
SELECT id, author_id FROM article WHERE slug = :slug;

-- Changing.

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

-- name: favorite_add :exec
INSERT OR IGNORE INTO favorite (user_id, article_id)
SELECT :me, id FROM article WHERE slug = :slug;

-- name: favorite_remove :exec
DELETE FROM favorite
 WHERE user_id = :me AND article_id = (SELECT id FROM article WHERE slug = :slug);
