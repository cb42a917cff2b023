-- Who was wrong about a password, so that nobody can try them all: by the account that was meant and the
-- address that it came from, so that who guesses locks out nobody but themselves.  Times are seconds
-- since 1970.

CREATE TABLE sign_in_failure (
    email TEXT NOT NULL COLLATE NOCASE,
    address TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    PRIMARY KEY (email, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_failure_by_time ON sign_in_failure (first_at);
