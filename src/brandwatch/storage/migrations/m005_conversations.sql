-- The cursor of a search, what entries are comments on, and the comment threads that are followed.

-- What the next request goes on from: the newest of the server's own times or ids.
ALTER TABLE source ADD COLUMN mark TEXT NOT NULL DEFAULT '';
-- The link of what it is a comment on.
ALTER TABLE entry ADD COLUMN thread TEXT NOT NULL DEFAULT '';
-- When its responses are read again; NULL for never.
ALTER TABLE entry ADD COLUMN reread INTEGER;
CREATE INDEX entry_to_reread ON entry (reread) WHERE reread IS NOT NULL;
-- Whether the term stands in what we read, or only the server's own index has it: `local` or `remote`.
ALTER TABLE mention ADD COLUMN matched TEXT NOT NULL DEFAULT 'local';

-- A source that is followed because an entry is talked about there; it was met through another.
CREATE TABLE conversation (
    source INTEGER PRIMARY KEY REFERENCES source ON DELETE CASCADE,
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    through INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX conversation_of_entry ON conversation (entry);
CREATE INDEX conversation_met_through ON conversation (through, until);
