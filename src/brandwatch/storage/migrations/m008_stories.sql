-- Stories. Entries that are there get theirs after all migrations (`story_assignment.assign_all_stories`).

-- The same news in many places. What it adds up to counts what is shown only; `heat` is NULL where nothing is.
CREATE TABLE story (
    id INTEGER PRIMARY KEY,
    lead INTEGER,
    first_seen INTEGER NOT NULL DEFAULT 0,
    earliest INTEGER NOT NULL DEFAULT 0,
    latest INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    mentions INTEGER NOT NULL DEFAULT 0,
    publishers INTEGER NOT NULL DEFAULT 0,
    response INTEGER,
    rising REAL,
    heat REAL
) STRICT;
CREATE INDEX story_by_heat ON story (heat) WHERE heat IS NOT NULL;
-- Why it belongs to its story; empty for the entry that the story began with.
ALTER TABLE entry ADD COLUMN story INTEGER REFERENCES story;
ALTER TABLE entry ADD COLUMN joined TEXT NOT NULL DEFAULT '';
CREATE INDEX entry_of_story ON entry (story);

-- By what an entry is found that may be the same news, for as long as it is news: a JSON list of numbers. `sketch` is
-- the index over it.
CREATE TABLE sketched (
    entry INTEGER PRIMARY KEY REFERENCES entry ON DELETE CASCADE,
    marks TEXT NOT NULL
) STRICT;
CREATE TABLE sketch (
    mark INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (mark, entry)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER sketched_gone AFTER DELETE ON sketched BEGIN
    DELETE FROM sketch WHERE mark IN (SELECT value FROM json_each(old.marks)) AND entry = old.entry;
END;

-- What somebody decided: `story` took over the entries of `other`, or gave some up to it.
CREATE TABLE story_decision (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    verb TEXT NOT NULL,
    story INTEGER NOT NULL REFERENCES story,
    other INTEGER NOT NULL REFERENCES story
) STRICT;
CREATE INDEX decision_of_story ON story_decision (story);
CREATE INDEX decision_of_other ON story_decision (other);
