-- Lists of articles are read much more often than articles are written.  So what a list would look
-- up for each of its rows, the tags and how many like it, stands in the row, kept by whoever changes it.

-- The tags as JSON, in the author's order; article_tag is for finding articles by them.
ALTER TABLE article ADD COLUMN tag_list TEXT NOT NULL DEFAULT '[]';
UPDATE article SET tag_list = (
    SELECT json_group_array(name) FROM (
        SELECT t.name FROM article_tag x JOIN tag t ON t.id = x.tag_id
        WHERE x.article_id = article.id ORDER BY x.position));
ALTER TABLE article_tag DROP COLUMN position;

-- Triggers count, for they also see what a DELETE CASCADE takes away.
ALTER TABLE article ADD COLUMN favorites_count INTEGER NOT NULL DEFAULT 0;
UPDATE article SET favorites_count = (SELECT count(*) FROM favorite WHERE article_id = article.id);
CREATE TRIGGER favorite_added AFTER INSERT ON favorite BEGIN
    UPDATE article SET favorites_count = favorites_count + 1 WHERE id = new.article_id;
END;
CREATE TRIGGER favorite_removed AFTER DELETE ON favorite BEGIN
    UPDATE article SET favorites_count = favorites_count - 1 WHERE id = old.article_id;
END;
