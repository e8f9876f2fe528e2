-- The lists of the applied version of a query, so that an edit evaluates those entries again that it may concern, and
-- those that were stored or edited since.
ALTER TABLE applied_query ADD COLUMN lists TEXT NOT NULL DEFAULT '';
ALTER TABLE applied_query ADD COLUMN program TEXT NOT NULL DEFAULT '';
ALTER TABLE applied_query ADD COLUMN last_entry INTEGER NOT NULL DEFAULT 0;
ALTER TABLE applied_query ADD COLUMN last_edit INTEGER NOT NULL DEFAULT 0;
CREATE TABLE edited_entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    entry INTEGER NOT NULL UNIQUE REFERENCES entry ON DELETE CASCADE
) STRICT;
CREATE TRIGGER entry_to_reevaluate AFTER UPDATE OF
    url, title, text, author, language, links, parts, whole, unnamed ON entry
BEGIN
    DELETE FROM edited_entry WHERE entry = new.id;
    INSERT INTO edited_entry (entry) VALUES (new.id);
END;
