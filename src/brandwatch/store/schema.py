"""The tables, as migrations that are only ever added to. Times are whole seconds since 1970 in UTC."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlite_utils import Migrations

from brandwatch import urls

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x42_52_57_54
"""`BRWT`, at byte 68 of every database of ours (sqlite.org/fileformat2.html, "Application ID")."""
SCHEMA_VERSION = 8
"""How many migrations there are; `user_version` of a database that has them all."""

migrations = Migrations("brandwatch")

_FIRST_TABLES = """
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    rights TEXT NOT NULL,
    language TEXT NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    queries_hash BLOB NOT NULL,
    class TEXT,
    error TEXT NOT NULL,
    moved_to TEXT NOT NULL,
    entries INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    first_poll INTEGER,
    last_poll INTEGER,
    last_success INTEGER,
    next_due INTEGER
) STRICT;

CREATE TABLE fetch (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    at INTEGER NOT NULL,
    class TEXT NOT NULL,
    status INTEGER,
    size INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    new INTEGER NOT NULL,
    error TEXT NOT NULL
) STRICT;
CREATE INDEX fetch_of_source ON fetch (source, at);

-- `link` is the key it is known by, `owner` the source whose version of the text is kept.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL,
    link TEXT NOT NULL,
    owner INTEGER NOT NULL REFERENCES source,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL,
    publisher TEXT NOT NULL,
    language TEXT NOT NULL,
    comment_feed TEXT NOT NULL,
    published INTEGER,
    updated INTEGER,
    found INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_by_guid ON entry (guid) WHERE guid != '';
CREATE INDEX entry_by_link ON entry (link) WHERE link != '';
CREATE INDEX entry_by_time ON entry (coalesce(published, found));

CREATE TABLE mention (
    id INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    query TEXT NOT NULL,
    query_version TEXT NOT NULL,
    evidence TEXT NOT NULL,
    status TEXT NOT NULL,
    backlog INTEGER NOT NULL,
    found INTEGER NOT NULL,
    UNIQUE (entry, query)
) STRICT;
CREATE INDEX mention_of_query ON mention (query);

CREATE TABLE sighting (
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (entry, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_of_source ON sighting (source);

CREATE TABLE response (
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    at INTEGER NOT NULL,
    comments INTEGER,
    replies INTEGER,
    likes INTEGER,
    shares INTEGER,
    views INTEGER,
    PRIMARY KEY (entry, at)
) STRICT, WITHOUT ROWID;

-- å is a letter, not an a with a ring: diacritics stay.
CREATE VIRTUAL TABLE entry_text USING fts5 (
    title, text, content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
    INSERT INTO entry_text (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER entry_gone AFTER DELETE ON entry BEGIN
    INSERT INTO entry_text (entry_text, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER entry_edited AFTER UPDATE OF title, text ON entry BEGIN
    INSERT INTO entry_text (entry_text, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
    INSERT INTO entry_text (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
"""


@migrations()
def m001_first_tables(db: Database) -> None:
    """Make the first tables."""
    _run(db, _FIRST_TABLES)
    db.execute("PRAGMA user_version = 1")


_JUDGEMENTS = """
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
"""


@migrations()
def m002_judgements(db: Database) -> None:
    """Keep what the matcher says beside the evidence, and index the links."""
    _run(db, _JUDGEMENTS)
    db.execute("PRAGMA user_version = 2")


_SCHEDULE = """
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
"""


@migrations()
def m003_schedule(db: Database) -> None:
    """Keep what the schedule is learned from, and what was missed."""
    _run(db, _SCHEDULE)
    db.execute("PRAGMA user_version = 3")


@migrations()
def m004_digests(db: Database) -> None:
    """Keep by what an entry that did not change is known."""
    db.execute("ALTER TABLE source ADD COLUMN digests BLOB NOT NULL DEFAULT x''")
    db.execute("PRAGMA user_version = 4")


_CONVERSATIONS = """
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
"""


@migrations()
def m005_conversations(db: Database) -> None:
    """Keep how far a search has come, what entries are comments on, and which conversations are followed."""
    _run(db, _CONVERSATIONS)
    db.execute("PRAGMA user_version = 5")


@migrations()
def m006_links(db: Database) -> None:
    """Know entries by the keys that links have now, so that they are met again; the links that are shown stay."""
    rows = db.query("SELECT id, url, link FROM entry WHERE link LIKE 'http%'")
    keys = ((urls.canonical(row["url"]), row) for row in rows)
    changed = [(key, row["id"]) for key, row in keys if key != row["link"] and not urls.is_front_page(key)]
    db.conn.executemany("UPDATE entry SET link = ? WHERE id = ?", changed)
    db.execute("PRAGMA user_version = 6")


_RESPONSES = """
-- When its responses were last read, how many they are in all, and how many of them came in an hour; a report is
-- sorted by these.
ALTER TABLE entry ADD COLUMN response_at INTEGER;
ALTER TABLE entry ADD COLUMN response_total INTEGER;
ALTER TABLE entry ADD COLUMN response_rise REAL;

UPDATE entry SET response_at = (SELECT max(at) FROM response WHERE response.entry = entry.id);
UPDATE entry SET response_total = (
    SELECT coalesce(comments, 0) + coalesce(replies, 0) + coalesce(likes, 0) + coalesce(shares, 0) FROM response
    WHERE response.entry = entry.id AND at = response_at AND coalesce(comments, replies, likes, shares) IS NOT NULL
);
-- Since it was published, until the next reading tells how it fares now.
UPDATE entry SET response_rise = response_total * 3600.0 / max(response_at - coalesce(published, found), 3600)
WHERE response_total IS NOT NULL;
"""


@migrations()
def m007_responses(db: Database) -> None:
    """Keep by what a report is sorted that asks for response."""
    _run(db, _RESPONSES)
    db.execute("PRAGMA user_version = 7")


_STORIES = """
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
"""


@migrations()
def m008_stories(db: Database) -> None:
    """Keep which entries are the same news.

    Those that are there get their stories when all tables are as they are now (`stories.place_all`).
    """
    _run(db, _STORIES)
    db.execute("PRAGMA user_version = 8")


def _run(db: Database, script: str) -> None:
    """Run a script statement by statement: `executescript` would commit the transaction that is under way."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
