-- name: tags_in_use :one
-- The database writes the list as JSON, and the type of the row reads it: one row is the answer.
SELECT json_group_array(name) AS tags
  FROM (SELECT t.name FROM tag t JOIN article_tag x ON x.tag_id = t.id
         GROUP BY t.id ORDER BY count(*) DESC, t.name LIMIT 100);
