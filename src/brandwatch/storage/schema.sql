-- The database as it is after all migrations. A new database is made of it, and a test compares it with what the
-- migrations make. A column that a migration has added stands at the end of its table, where SQLite puts it.
--
-- Times are seconds since 1970, in UTC. Texts that are not known are empty; numbers and times that are not known are
-- NULL, which is not zero. Booleans are 0 and 1.

PRAGMA application_id = 0x42525754; -- BRWT
PRAGMA user_version = 36;

-- 1. Sources: what is asked, how it answered, and what was missed. ---------------------------------------------------

-- One feed URL, or one endpoint with its parameters.
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE, -- for an endpoint: what stands for it
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    rights TEXT NOT NULL,
    language TEXT NOT NULL,
    etag TEXT NOT NULL, -- of the last document, for a conditional request
    last_modified TEXT NOT NULL,
    body_hash BLOB NOT NULL, -- an unchanged document is not parsed again,
    queries_hash BLOB NOT NULL, -- unless the queries have changed
    class TEXT, -- how the last fetch ended
    error TEXT NOT NULL,
    moved_to TEXT NOT NULL, -- the target of a permanent redirect
    entries INTEGER NOT NULL, -- in the last document
    failures INTEGER NOT NULL, -- one after the other
    first_poll INTEGER,
    last_poll INTEGER,
    last_success INTEGER,
    next_due INTEGER,
    window BLOB NOT NULL DEFAULT x'', -- keyed hashes of name, link and title of each entry of the last document
    newest INTEGER, -- when its newest entry was published
    last_new INTEGER,
    last_full INTEGER, -- when a whole document was last read
    last_gap INTEGER,
    gones INTEGER NOT NULL DEFAULT 0, -- answers 410, one after the other
    trouble REAL NOT NULL DEFAULT 0, -- share of failures, 0 to 1, weighted towards the latest
    digests BLOB NOT NULL DEFAULT x'', -- of the entries of the last document: an unchanged one is skipped
    mark TEXT NOT NULL DEFAULT '', -- the cursor of a search: the newest of the server's own times or ids
    deferrals INTEGER NOT NULL DEFAULT 0, -- polls in a row in which it was due and not fetched
    remark TEXT NOT NULL DEFAULT '', -- what it says of its last answer, and is no failure
    intervals TEXT NOT NULL DEFAULT '', -- seconds between its latest entries, the newest last
    sizes TEXT NOT NULL DEFAULT '', -- entries in its last documents, the newest last
    link_site TEXT NOT NULL DEFAULT '', -- the site that most of its entries link to
    former_title TEXT NOT NULL DEFAULT '', -- the title before it was replaced
    copy_date INTEGER, -- the Date of the last answer,
    copy_since INTEGER, -- and when it was first seen: a cache with an old copy repeats it
    failing_since INTEGER, -- begins of states; NULL for one that does not hold
    flaky_since INTEGER,
    empty_since INTEGER,
    shrunk_since INTEGER,
    replaced_since INTEGER,
    moved_since INTEGER,
    usual_until INTEGER, -- no news until then is usual; NULL where that is not known
    -- Whether a report has nothing to say about it; else its condition is decided by all of its row.
    is_well INTEGER GENERATED ALWAYS AS (
        class IS NOT 'throttled' AND error = '' AND failures = 0 AND gones = 0 AND trouble <= 0.15 AND deferrals < 2
        AND moved_to = '' AND remark = '' AND empty_since IS NULL AND shrunk_since IS NULL AND replaced_since IS NULL
        AND coalesce(last_success <= usual_until, 0)
    ) VIRTUAL
) STRICT;
-- All that a report and an idle poll need of a source that is well: without it they would read every row.
CREATE INDEX source_summary ON source (url, is_well, first_poll, last_poll, last_success, next_due);

-- One exchange with a source. Added to `fetch_day` after a week.
CREATE TABLE fetch (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    at INTEGER NOT NULL,
    class TEXT NOT NULL,
    status INTEGER, -- of HTTP
    size INTEGER NOT NULL, -- bytes
    entries INTEGER NOT NULL,
    new INTEGER NOT NULL, -- mentions that are shown; those of the backlog are counted apart
    error TEXT NOT NULL,
    backlog INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0, -- shown mentions whose entry was edited
    hidden INTEGER NOT NULL DEFAULT 0, -- mentions that were shown before
    shown INTEGER NOT NULL DEFAULT 0 -- mentions that were hidden before
) STRICT;
CREATE INDEX fetch_of_source ON fetch (source, at);

-- The fetches of a source on one day, after a week. Deleted after some months.
CREATE TABLE fetch_day (
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    day INTEGER NOT NULL, -- its begin in UTC
    first INTEGER NOT NULL, -- the first fetch of the day,
    last INTEGER NOT NULL, -- and the last,
    failure TEXT NOT NULL, -- with its class if it failed, else empty
    fetches INTEGER NOT NULL,
    answers INTEGER NOT NULL, -- fetches that did not fail
    size INTEGER NOT NULL, -- sums of the columns of its fetches
    entries INTEGER NOT NULL,
    new INTEGER NOT NULL,
    backlog INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

-- An interval in which entries of a source were missed.
CREATE TABLE gap (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX gap_by_time ON gap (until);

-- A comment thread: a source that is followed for a while because it holds the comments on an entry.
CREATE TABLE conversation (
    source INTEGER PRIMARY KEY REFERENCES source ON DELETE CASCADE,
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    through INTEGER NOT NULL REFERENCES source ON DELETE CASCADE, -- the source that the entry came through
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX conversation_of_entry ON conversation (entry);
CREATE INDEX conversation_met_through ON conversation (through, until);

-- The version of each query by which all stored entries are evaluated.
CREATE TABLE applied_query (
    query TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    at INTEGER NOT NULL,
    lists TEXT NOT NULL DEFAULT '', -- JSON: its lists, and a hash of all else; empty where they are not known
    program TEXT NOT NULL DEFAULT '', -- the version of the program that evaluated them,
    last_entry INTEGER NOT NULL DEFAULT 0, -- the last entry then,
    last_edit INTEGER NOT NULL DEFAULT 0 -- and the last of `edited_entry`
) STRICT, WITHOUT ROWID;

-- The versions by which the last document of a source was matched: an older entry that a newer version finds is backlog.
CREATE TABLE matched_query (
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    query TEXT NOT NULL,
    version TEXT NOT NULL, -- a hash of the versions of the query, of the kind and of the program
    PRIMARY KEY (source, query)
) STRICT, WITHOUT ROWID;

-- The clock of the last poll. One row.
CREATE TABLE poll_clock (
    trusted INTEGER, -- start of the last poll whose clock was trusted
    polled INTEGER, -- start of the last poll
    doubt TEXT NOT NULL, -- why the clock of the last poll is not trusted
    servers INTEGER NOT NULL, -- answers with a Date,
    agreeing INTEGER NOT NULL, -- of which so many confirm the clock
    server_time INTEGER, -- their median
    audit INTEGER NOT NULL, -- the last rows of six tables at the end of the last trusted poll: later ones may have
    fetch INTEGER NOT NULL, -- wrong times
    gap INTEGER NOT NULL,
    steady INTEGER, -- the first poll since which the clock went on evenly, while it is not trusted
    lag INTEGER NOT NULL DEFAULT 0, -- seconds that the clock leapt over without confirmation
    source INTEGER NOT NULL DEFAULT 0,
    decision INTEGER NOT NULL DEFAULT 0,
    story_decision INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What polls remember of a source, the network or a query file that is not well, so that only changes are printed.
CREATE TABLE alert (
    source INTEGER UNIQUE REFERENCES source ON DELETE CASCADE,
    subject TEXT UNIQUE, -- `network`, `late`, or `fault:` and a hash of the fault in a query file
    condition TEXT NOT NULL, -- now
    since INTEGER NOT NULL,
    at INTEGER NOT NULL, -- the last poll that observed it
    failures INTEGER NOT NULL, -- one after the other
    outages INTEGER NOT NULL, -- since it last was steady,
    unsteady_since INTEGER, -- and when the first of them began
    failing_share REAL NOT NULL, -- of the latest fetches, 0 to 1
    named TEXT NOT NULL, -- the condition that was last printed
    named_since INTEGER,
    notice INTEGER, -- the time of the last notice,
    notice_before INTEGER, -- and of the one before
    unnamed_since INTEGER, -- the begin of an outage that is to be printed
    detail TEXT NOT NULL,
    CHECK ((source IS NULL) != (subject IS NULL))
) STRICT;

-- 2. Entries, their text, where they were seen and how they were responded to. ---------------------------------------

-- One published thing. Only entries with a mention are stored.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL,
    link TEXT NOT NULL, -- the canonical link, or another key by which the entry is recognised
    owner INTEGER NOT NULL REFERENCES source, -- the source whose version of the text is stored
    url TEXT NOT NULL, -- the link that is shown
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL,
    publisher TEXT NOT NULL,
    language TEXT NOT NULL,
    comment_feed TEXT NOT NULL,
    published INTEGER,
    updated INTEGER,
    found INTEGER NOT NULL,
    links TEXT NOT NULL DEFAULT '', -- in its text, one a line
    odd INTEGER NOT NULL DEFAULT 1, -- whether folding finds words in it that the full-text index does not hold
    thread TEXT NOT NULL DEFAULT '', -- the link of what it is a comment on
    reread INTEGER, -- when its response is read again; NULL for never
    response_at INTEGER, -- the last reading of its response,
    response_total INTEGER, -- all of it,
    response_rise REAL, -- and how much came in an hour
    story INTEGER REFERENCES story,
    joined TEXT NOT NULL DEFAULT '', -- why it belongs to its story; empty for the first entry of a story
    whole INTEGER NOT NULL DEFAULT 0, -- how many characters its text had where only a part is stored, else 0
    unnamed INTEGER NOT NULL DEFAULT 0, -- whether its author, or a part of the byline, is left out
    parts TEXT NOT NULL DEFAULT '', -- characters of the text that are no main text, one a line: field, start, end
    title_text INTEGER, -- keyed hashes of its title and whole text,
    title_date INTEGER, -- of its title and time,
    text_date INTEGER -- of its text and time: it is known again by them where guid and link are new
) STRICT;
CREATE INDEX entry_by_guid ON entry (guid) WHERE guid != '';
CREATE INDEX entry_by_link ON entry (link) WHERE link != '';
CREATE INDEX entry_by_title_text ON entry (title_text) WHERE title_text IS NOT NULL;
CREATE INDEX entry_by_title_date ON entry (title_date) WHERE title_date IS NOT NULL;
CREATE INDEX entry_by_text_date ON entry (text_date) WHERE text_date IS NOT NULL;
CREATE INDEX entry_of_story ON entry (story);
CREATE INDEX entry_that_is_odd ON entry (id) WHERE odd;
CREATE INDEX entry_to_reread ON entry (reread) WHERE reread IS NOT NULL;

-- The full-text index; the triggers keep it equal to the entries. å is a letter, not an a with a ring: diacritics stay.
CREATE VIRTUAL TABLE entry_text USING fts5 (
    title, text, links, content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0'
);
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

-- Entries that were edited since they were stored, or got a mention from another version of their text, the latest edit
-- last: the next edit of a query evaluates them again.
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

-- That an entry was seen in a source.
CREATE TABLE sighting (
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    position INTEGER NOT NULL, -- in the last document that held it, from 0
    PRIMARY KEY (entry, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_of_source ON sighting (source);

-- What an edit of an entry has overwritten, and what other sources say of it: the first and the latest of each entry.
CREATE TABLE revision (
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    number INTEGER NOT NULL, -- from 1; later ones may be missing
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE, -- whose version it is
    since INTEGER NOT NULL, -- when it was first read
    until INTEGER, -- when it was replaced; NULL where it never was the stored version
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    parts TEXT NOT NULL, -- as of an entry
    PRIMARY KEY (entry, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX revision_of_source ON revision (source);

-- One reading of the response to an entry; there is one only where it differs from the reading before.
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

-- 3. Mentions: entries that matched a query, with the evidence. -------------------------------------------------------

CREATE TABLE mention (
    id INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    query TEXT NOT NULL,
    query_version TEXT NOT NULL,
    evidence TEXT NOT NULL, -- JSON: a list of [term, field, start, end, rule, kind, note], the anchor first
    status TEXT NOT NULL, -- the analyst's decision
    backlog INTEGER NOT NULL, -- whether its entry is older than the first poll of its source or of its query
    found INTEGER NOT NULL,
    voice TEXT NOT NULL DEFAULT 'public',
    subject TEXT NOT NULL DEFAULT 'brand',
    suppressed TEXT NOT NULL DEFAULT '', -- why it is hidden; empty for one that is shown
    checks TEXT NOT NULL DEFAULT '[]', -- JSON: a list of [clause, holds, note]
    matched TEXT NOT NULL DEFAULT 'local', -- `remote` where only the server's own index has the term
    note TEXT NOT NULL DEFAULT '',
    time INTEGER, -- copies of columns of its entry, so that one index answers a report; triggers write them
    publisher TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    response_total INTEGER,
    response_rise REAL,
    -- The term of the brand that makes it a mention: without one the row is refused. So is a person in `evidence`,
    -- who belongs into `person_hit`.
    anchor TEXT NOT NULL GENERATED ALWAYS AS (
        CASE coalesce(json_extract(evidence, '$[0][5]'), 'anchor')
        WHEN 'anchor' THEN json_extract(evidence, '$[0][0]') END
    ) VIRTUAL CHECK (
        evidence NOT LIKE '%,"person",%' AND (voice != 'official' OR evidence NOT LIKE '%,"voice",%')
    ),
    expiring INTEGER, -- when a poll hid it because its retention ends soon
    UNIQUE (entry, query)
) STRICT;
CREATE INDEX mention_of_query ON mention (query);
-- Whose retention ends soon; then, whose retention has ended.
CREATE INDEX mention_by_age ON mention (query, voice, found) WHERE expiring IS NULL;
CREATE INDEX mention_about_staff ON mention (query, found) WHERE subject = 'staff' AND expiring IS NULL;
CREATE INDEX mention_expiring ON mention (query, voice, found, expiring) WHERE expiring IS NOT NULL;
CREATE INDEX mention_expiring_staff ON mention (query, found, expiring) WHERE subject = 'staff' AND expiring IS NOT NULL;
-- Damaged mentions, which reports count.
CREATE INDEX mention_damaged ON mention (id) WHERE suppressed = 'it is damaged: it does not match its seal';
-- All that a report sorts, filters and counts by: a million rows in 0.1 s; of the tables themselves, in 2 s.
CREATE INDEX mention_by_time ON mention (
    time, id, query, voice, subject, suppressed, matched, status, backlog, found, publisher, language,
    response_total, response_rise, entry
);
CREATE TRIGGER mention_added AFTER INSERT ON mention WHEN new.time IS NULL BEGIN
    UPDATE mention SET (time, publisher, language, response_total, response_rise) = (
        SELECT coalesce(published, found), publisher, language, response_total, response_rise FROM entry
        WHERE entry.id = new.entry
    ) WHERE id = new.id;
END;
CREATE TRIGGER entry_changed AFTER UPDATE OF
    published, found, publisher, language, response_total, response_rise ON entry
WHEN (new.published, new.found, new.publisher, new.language, new.response_total, new.response_rise)
    IS NOT (old.published, old.found, old.publisher, old.language, old.response_total, old.response_rise)
BEGIN
    UPDATE mention SET time = coalesce(new.published, new.found), publisher = new.publisher, language = new.language,
        response_total = new.response_total, response_rise = new.response_rise
    WHERE entry = new.id;
END;

-- The brand in a mention that also names a person; `number` is the place in the evidence.
CREATE TABLE anchor (
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    number INTEGER NOT NULL,
    term TEXT NOT NULL,
    field TEXT NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (mention, number)
) STRICT, WITHOUT ROWID;

-- A person in a mention: one who is named, or an official representative who speaks.
CREATE TABLE person_hit (
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    number INTEGER NOT NULL,
    anchor INTEGER NOT NULL,
    name TEXT NOT NULL,
    field TEXT NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    rule TEXT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('person', 'voice')),
    note TEXT NOT NULL,
    PRIMARY KEY (mention, number),
    FOREIGN KEY (mention, anchor) REFERENCES anchor (mention, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- No person without an anchor, no anchor without a mention. SQLite checks foreign keys only for connections that turn
-- them on; triggers hold for every program.
CREATE TRIGGER anchor_untied BEFORE INSERT ON anchor
WHEN NOT EXISTS (SELECT 1 FROM mention WHERE id = new.mention) BEGIN
    SELECT RAISE(ABORT, 'an anchor belongs to a mention');
END;
CREATE TRIGGER anchor_moved BEFORE UPDATE OF mention, number ON anchor BEGIN
    SELECT RAISE(ABORT, 'an anchor stays where it is');
END;
CREATE TRIGGER anchor_gone AFTER DELETE ON anchor BEGIN
    DELETE FROM person_hit WHERE mention = old.mention AND anchor = old.number;
END;
CREATE TRIGGER mention_gone AFTER DELETE ON mention BEGIN
    DELETE FROM anchor WHERE mention = old.id;
END;
CREATE TRIGGER person_untied BEFORE INSERT ON person_hit
WHEN NOT EXISTS (SELECT 1 FROM anchor WHERE mention = new.mention AND number = new.anchor) BEGIN
    SELECT RAISE(ABORT, 'a person counts only beside the brand');
END;
CREATE TRIGGER person_moved BEFORE UPDATE OF mention, anchor ON person_hit
WHEN NOT EXISTS (SELECT 1 FROM anchor WHERE mention = new.mention AND number = new.anchor) BEGIN
    SELECT RAISE(ABORT, 'a person counts only beside the brand');
END;

-- 4. Stories: the same news in many places. ---------------------------------------------------------------------------

-- The totals count what is shown only.
CREATE TABLE story (
    id INTEGER PRIMARY KEY,
    lead INTEGER, -- the entry that was published first
    first_seen INTEGER NOT NULL DEFAULT 0,
    earliest INTEGER NOT NULL DEFAULT 0,
    latest INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    mentions INTEGER NOT NULL DEFAULT 0,
    publishers INTEGER NOT NULL DEFAULT 0,
    response INTEGER,
    rising REAL, -- response an hour
    heat REAL -- as of 1970, so that time does not change it; NULL where nothing is shown
) STRICT;
CREATE INDEX story_by_heat ON story (heat) WHERE heat IS NOT NULL;

-- A merge or a split by hand: `story` took over the entries of `other`, or gave some up to it.
CREATE TABLE story_decision (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    verb TEXT NOT NULL,
    story INTEGER NOT NULL REFERENCES story,
    other INTEGER NOT NULL REFERENCES story
) STRICT;
CREATE INDEX decision_of_story ON story_decision (story);
CREATE INDEX decision_of_other ON story_decision (other);

-- Entries that new ones are compared with. `marks` are hashes of links and shingles, as a JSON list; `sketch` is the
-- index over them. Deleted when the entry is too old to be told again.
CREATE TABLE sketched (
    entry INTEGER PRIMARY KEY REFERENCES entry ON DELETE CASCADE,
    marks TEXT NOT NULL,
    whole BLOB NOT NULL DEFAULT x'', -- shingles of the whole text where a part is stored: two bytes each, a sample
    count INTEGER NOT NULL DEFAULT 0, -- of all of them;
    step INTEGER NOT NULL DEFAULT 1 -- of the later ones its multiples are kept
) STRICT;
CREATE TABLE sketch (
    mark INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (mark, entry)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER sketched_gone AFTER DELETE ON sketched BEGIN
    DELETE FROM sketch WHERE mark IN (SELECT value FROM json_each(old.marks)) AND entry = old.entry;
END;

-- 5. Triage: the decisions of analysts. -------------------------------------------------------------------------------

CREATE TABLE tag (
    tag TEXT NOT NULL,
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    PRIMARY KEY (tag, mention)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_of_mention ON tag (mention);

-- One decision about one mention. Rows are only added.
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL, -- decisions that were made together share it
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    verb TEXT NOT NULL,
    value TEXT NOT NULL,
    was TEXT NOT NULL, -- the value before
    at INTEGER NOT NULL,
    via TEXT NOT NULL, -- the command or file it came from, never a person: an analyst is staff too
    undoes INTEGER -- the step that this one takes back
) STRICT;
CREATE INDEX decision_of_mention ON decision (mention);
CREATE INDEX decision_of_step ON decision (step);

-- Steps that were taken back, also where nothing was left to change.
CREATE TABLE undone (
    step INTEGER PRIMARY KEY
) STRICT;

-- 6. Privacy: retention, erasure, audit. ------------------------------------------------------------------------------

-- Counts of expired mentions that were shown. Columns that might name a person are empty.
CREATE TABLE tally (
    day TEXT NOT NULL,
    query TEXT NOT NULL, -- empty for all queries together, in which an entry counts once
    source TEXT NOT NULL,
    publisher TEXT NOT NULL,
    origin TEXT NOT NULL, -- the links of the publisher as far as the host
    voice TEXT NOT NULL,
    subject TEXT NOT NULL,
    language TEXT NOT NULL,
    mentions INTEGER NOT NULL,
    response INTEGER NOT NULL,
    known INTEGER NOT NULL, -- mentions whose response is known
    PRIMARY KEY (day, query, source, publisher, origin, voice, subject, language)
) STRICT, WITHOUT ROWID;

-- The suppression list: keyed hashes of what is never stored again.
CREATE TABLE tombstone (
    kind TEXT NOT NULL, -- an entry, a page, an author, or words
    length INTEGER NOT NULL, -- letters of the words, so that a text is hashed at few lengths only
    hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, length, hash)
) STRICT, WITHOUT ROWID;

-- Receipts of erasures: how many rows of each table (JSON), and nothing of whom they were about.
CREATE TABLE erasure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    erased TEXT NOT NULL,
    blanked TEXT NOT NULL
) STRICT;

-- What was done to row `number` of table `subject`. A row holds no text, no name and no link, and outlives what it is
-- about: `source` and `fetch` refer to rows that may be gone.
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
    hash BLOB NOT NULL, -- keyed, over this row and the hash before
    content BLOB NOT NULL DEFAULT x'' -- keyed hash of what the action left stored; empty in rows of earlier versions
) STRICT;
CREATE INDEX audit_of_subject ON audit (number, subject);
CREATE TRIGGER audit_edited BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;
CREATE TRIGGER audit_shortened BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;

-- 7. The database itself. ---------------------------------------------------------------------------------------------

-- The key of the keyed hashes; it never leaves the database. One row.
CREATE TABLE secret (
    key BLOB NOT NULL
) STRICT;

-- The seals of what is stored: the sum of the keyed hashes of the rows of a unit.
CREATE TABLE seal (
    kind INTEGER NOT NULL, -- 0 a whole table, 1 an entry, 2 a mention, 3 a source, 4 a story, with what belongs to it
    number INTEGER NOT NULL, -- its id; of a table the CRC-32 of its name
    high INTEGER NOT NULL, -- the sum, of 128 bits
    low INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;

-- The state of the seals. One row.
CREATE TABLE seal_state (
    serial INTEGER NOT NULL, -- how often seals were written
    high INTEGER NOT NULL, -- the total of the seals and the end of the audit, of 128 bits and masked
    low INTEGER NOT NULL,
    key_check BLOB NOT NULL -- a keyed hash that tells which key it is
) STRICT;

-- When the database was last checked for damage. One row.
CREATE TABLE checked (
    at INTEGER NOT NULL
) STRICT;

-- The migrations that have been applied, as sqlite-utils records them.
CREATE TABLE "_sqlite_migrations" (
    "id" INTEGER PRIMARY KEY,
    "migration_set" TEXT,
    "name" TEXT,
    "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name" ON "_sqlite_migrations" ("migration_set", "name");

-- 8. The rows of a new database. --------------------------------------------------------------------------------------

INSERT INTO secret VALUES (randomblob(32));
INSERT INTO checked VALUES (0);
INSERT INTO poll_clock VALUES (NULL, NULL, '', 0, 0, NULL, 0, 0, 0, NULL, 0, 0, 0, 0);
INSERT INTO seal_state VALUES (0, 0, 0, x'');
