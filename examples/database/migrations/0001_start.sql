CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL UNIQUE,
    cents INTEGER NOT NULL CHECK (cents >= 0),
    closed_at INTEGER -- microseconds of Unix time; NULL: it is open
);

CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    from_id INTEGER NOT NULL REFERENCES account (id),
    to_id INTEGER NOT NULL REFERENCES account (id),
    cents INTEGER NOT NULL,
    note TEXT,
    at INTEGER NOT NULL
);
