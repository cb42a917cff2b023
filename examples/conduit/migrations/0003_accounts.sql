-- "Ann" could be taken for "ann", so both cannot be had.  The index also finds a name in any case.
CREATE UNIQUE INDEX user_by_name ON user (username COLLATE NOCASE);

-- Tokens carry this number.  A new password counts it up, and the tokens of before are worth nothing.
ALTER TABLE user ADD COLUMN session INTEGER NOT NULL DEFAULT 1;
