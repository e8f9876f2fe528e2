-- What the matcher found out beside the evidence, and the links of entries in the full-text index.

ALTER TABLE mention ADD COLUMN voice TEXT NOT NULL DEFAULT 'public';
ALTER TABLE mention ADD COLUMN subject TEXT NOT NULL DEFAULT 'brand';
-- The reason why it is hidden; empty for one that is shown.
ALTER TABLE mention ADD COLUMN suppressed TEXT NOT NULL DEFAULT '';
-- What else was tried: a JSON list of [clause, holds, note].
ALTER TABLE mention ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';

-- The links in its text, one a line.
ALTER TABLE entry ADD COLUMN links TEXT NOT NULL DEFAULT '';
-- Whether folding finds words in it that the index below does not hold.
ALTER TABLE entry ADD COLUMN odd INTEGER NOT NULL DEFAULT 1;
CREATE INDEX entry_that_is_odd ON entry (id) WHERE odd;

DROP TRIGGER entry_added;
DROP TRIGGER entry_gone;
DROP TRIGGER entry_edited;
DROP TABLE entry_text;
CREATE VIRTUAL TABLE entry_text USING fts5 (
    title, text, links, content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0'
);
INSERT INTO entry_text (entry_text) VALUES ('rebuild');
CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
    INSERT INTO entry_text (rowid, title, text, links) VALUES (new.id, new.title, new.text, new.links);
END;
CREATE TRIGGER entry_gone AFTER DELETE ON entry BEGIN
    INSERT INTO entry_text (entry_text, rowid, title, text, links)
    VALUES ('delete', old.id, old.title, old.text, old.links);
END;
CREATE TRIGGER entry_edited AFTER UPDATE OF title, text, links ON entry BEGIN
    INSERT INTO entry_text (entry_text, rowid, title, text, links)
    VALUES ('delete', old.id, old.title, old.text, old.links);
    INSERT INTO entry_text (rowid, title, text, links) VALUES (new.id, new.title, new.text, new.links);
END;
