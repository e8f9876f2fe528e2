-- Seals of what is stored: keyed sums over the rows of an entry, a mention, a source or a story, or of another table.
CREATE TABLE seal (
    kind INTEGER NOT NULL,
    number INTEGER NOT NULL,
    high INTEGER NOT NULL,
    low INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;

-- One row: how often seals were written, the total of all of them, and which key they were made with.
CREATE TABLE seal_state (
    serial INTEGER NOT NULL,
    high INTEGER NOT NULL,
    low INTEGER NOT NULL,
    key_check BLOB NOT NULL
) STRICT;
INSERT INTO seal_state VALUES (0, 0, 0, x'');

-- The keyed hash of what an action left stored; empty in rows of earlier versions.
ALTER TABLE audit ADD COLUMN content BLOB NOT NULL DEFAULT x'';
