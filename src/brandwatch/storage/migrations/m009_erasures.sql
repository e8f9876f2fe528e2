-- The suppression list of what was erased, and the receipts of erasures.

-- What is never stored again, as a keyed hash that tells nobody what it was: an entry, a page, an author, or words as
-- they are spelt or `bare`, of so many letters.
CREATE TABLE tombstone (
    kind TEXT NOT NULL,
    length INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, length, hash)
) STRICT, WITHOUT ROWID;

-- The receipts: when something was erased at somebody's request, and how many rows of each table (JSON).
CREATE TABLE erasure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    erased TEXT NOT NULL,
    blanked TEXT NOT NULL
) STRICT;
