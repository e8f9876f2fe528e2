-- Indexes for finding what is past its retention, and the counts of what has expired.

CREATE INDEX mention_by_age ON mention (query, voice, found);
CREATE INDEX mention_about_staff ON mention (query, found) WHERE subject = 'staff';

-- How many mentions that were shown have gone because of their age, and the response to them, known of `known`.
-- `source`, `publisher` and its `origin`, the beginning of its links, are empty where they may name a person.
CREATE TABLE tally (
    day TEXT NOT NULL,
    query TEXT NOT NULL,
    source TEXT NOT NULL,
    publisher TEXT NOT NULL,
    origin TEXT NOT NULL,
    voice TEXT NOT NULL,
    subject TEXT NOT NULL,
    language TEXT NOT NULL,
    mentions INTEGER NOT NULL,
    response INTEGER NOT NULL,
    known INTEGER NOT NULL,
    PRIMARY KEY (day, query, source, publisher, origin, voice, subject, language)
) STRICT, WITHOUT ROWID;
