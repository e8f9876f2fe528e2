-- The first tables: sources, fetches, entries, mentions, sightings, responses, and the full-text index.

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
