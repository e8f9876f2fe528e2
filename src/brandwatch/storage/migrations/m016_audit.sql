-- The audit trail. Mentions that are there get their rows after all migrations (`audit.start_chain`).

-- What was done to row `number` of table `subject`. It holds no text, no name and no link, and outlives what it tells
-- of: `source` and `fetch` are numbers that refer to nothing once that is gone. `hash` is keyed, and covers the one
-- before.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    query TEXT NOT NULL,
    query_version TEXT NOT NULL,
    rule TEXT NOT NULL,
    source INTEGER,
    fetch INTEGER,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_of_subject ON audit (number, subject);
CREATE TRIGGER audit_edited BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;
CREATE TRIGGER audit_shortened BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;
