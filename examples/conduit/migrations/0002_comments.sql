-- Comments.  A migration that has been applied is never edited: what changes stands in the next one.

CREATE TABLE comment (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    author_id INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
-- Each reference has an index, or deleting an article would look at every comment there is.
CREATE INDEX comment_by_article ON comment (article_id);
CREATE INDEX comment_by_author ON comment (author_id);
