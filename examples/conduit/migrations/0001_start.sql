-- Conduit: people write articles, tag them, favourite them and follow one another.
-- Times are RFC 3339 texts in UTC with milliseconds: they sort as they read.

CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    username TEXT NOT NULL,
    password TEXT NOT NULL, -- a hash with its salt and cost, never the password
    -- Tokens carry this number.  A new password counts it up, and the tokens of before are worth nothing.
    session INTEGER NOT NULL DEFAULT 1,
    bio TEXT,
    image TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
-- "Ann" could be taken for "ann", so both cannot be had.  The index also finds a name in any case.
CREATE UNIQUE INDEX user_by_name ON user (username COLLATE NOCASE);

-- Lists of articles are read much more often than articles are written.  So what a list would look up
-- for each of its rows, the tags and how many like it, stands in the row; and the body, which no list
-- shows and which may be long, stands behind all that lists read.
CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    favorites_count INTEGER NOT NULL DEFAULT 0, -- kept by the triggers of favorite
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    tag_list TEXT NOT NULL, -- JSON, in the author's order; article_tag is for finding articles by them
    body TEXT NOT NULL
) STRICT;
-- The newest first, of everyone and of one author: a page is read off an index, nothing is sorted.
CREATE INDEX article_by_time ON article (created_at, id);
CREATE INDEX article_by_author ON article (author_id, created_at, id);

CREATE TABLE tag (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE article_tag (
    article_id INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE,
    PRIMARY KEY (article_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_tag_by_tag ON article_tag (tag_id, article_id);

-- The primary key is what makes liking something twice the same as once.
CREATE TABLE favorite (
    article_id INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    PRIMARY KEY (article_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX favorite_by_user ON favorite (user_id, article_id);
-- Triggers count, for they also see what ON DELETE CASCADE takes away.
CREATE TRIGGER favorite_added AFTER INSERT ON favorite BEGIN
    UPDATE article SET favorites_count = favorites_count + 1 WHERE id = new.article_id;
END;
CREATE TRIGGER favorite_removed AFTER DELETE ON favorite BEGIN
    UPDATE article SET favorites_count = favorites_count - 1 WHERE id = old.article_id;
END;

CREATE TABLE follow (
    follower_id INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    followed_id INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    PRIMARY KEY (follower_id, followed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_by_followed ON follow (followed_id, follower_id);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Signs the tokens when CONDUIT_SECRET is not set.  Each database makes its own, so that tokens
-- survive a restart and those of one database are worth nothing at another.
INSERT INTO setting (name, value) VALUES ('jwt_key', hex(randomblob(32)));
