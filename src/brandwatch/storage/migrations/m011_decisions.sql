-- Decisions of analysts: tags, notes, and the history that can be undone.

ALTER TABLE mention ADD COLUMN note TEXT NOT NULL DEFAULT '';

CREATE TABLE tag (
    tag TEXT NOT NULL,
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    PRIMARY KEY (tag, mention)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_of_mention ON tag (mention);

-- One thing that was said of one mention; rows are only ever added. What was said at once shares a `step`; `was` is
-- what the value took the place of; `undoes` is the step that this one takes back. `via` is where it came from and
-- never who: an analyst is staff too.
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL,
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    verb TEXT NOT NULL,
    value TEXT NOT NULL,
    was TEXT NOT NULL,
    at INTEGER NOT NULL,
    via TEXT NOT NULL,
    undoes INTEGER
) STRICT;
CREATE INDEX decision_of_mention ON decision (mention);
CREATE INDEX decision_of_step ON decision (step);
-- Steps that were taken back, also where nothing of them was left to change.
CREATE TABLE undone (
    step INTEGER PRIMARY KEY
) STRICT;
