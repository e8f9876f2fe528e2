-- When the database was last checked for damage.

-- One row.
CREATE TABLE checked (
    at INTEGER NOT NULL
) STRICT;
INSERT INTO checked VALUES (0);
