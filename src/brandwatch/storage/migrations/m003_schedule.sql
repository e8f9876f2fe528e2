-- What the schedule of a source is learned from, gaps, and the key of hashes.

ALTER TABLE source ADD COLUMN window BLOB NOT NULL DEFAULT x'';
ALTER TABLE source ADD COLUMN rhythm INTEGER;
ALTER TABLE source ADD COLUMN newest INTEGER;
ALTER TABLE source ADD COLUMN last_new INTEGER;
ALTER TABLE source ADD COLUMN last_full INTEGER;
ALTER TABLE source ADD COLUMN last_gap INTEGER;
ALTER TABLE source ADD COLUMN gones INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN trouble REAL NOT NULL DEFAULT 0;

-- An interval in which entries were missed.
CREATE TABLE gap (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX gap_by_time ON gap (until);

-- The key of the hashes by which an entry that was not kept is known again; it never leaves the database.
CREATE TABLE secret (
    key BLOB NOT NULL
) STRICT;
INSERT INTO secret VALUES (randomblob(32));
