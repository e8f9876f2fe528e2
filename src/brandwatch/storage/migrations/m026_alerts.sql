-- What polls remember of sources, of the network and of query files that are not well: only changes are printed.
CREATE TABLE alert (
    source INTEGER UNIQUE REFERENCES source ON DELETE CASCADE,
    subject TEXT UNIQUE,
    condition TEXT NOT NULL,
    since INTEGER NOT NULL,
    at INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    outages INTEGER NOT NULL,
    unsteady_since INTEGER,
    failing_share REAL NOT NULL,
    named TEXT NOT NULL,
    named_since INTEGER,
    notice INTEGER,
    notice_before INTEGER,
    unnamed_since INTEGER,
    detail TEXT NOT NULL,
    CHECK ((source IS NULL) != (subject IS NULL))
) STRICT;
