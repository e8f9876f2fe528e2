-- What reports are sorted, filtered and counted by, beside each mention, so that one index answers for all of it.

-- What its entry says too; the triggers below see to it, and nobody else writes these. The time is when it was
-- published; where nobody said, when it was found.
ALTER TABLE mention ADD COLUMN time INTEGER;
ALTER TABLE mention ADD COLUMN publisher TEXT NOT NULL DEFAULT '';
ALTER TABLE mention ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE mention ADD COLUMN response_total INTEGER;
ALTER TABLE mention ADD COLUMN response_rise REAL;
UPDATE mention SET (time, publisher, language, response_total, response_rise) = (
    SELECT coalesce(published, found), publisher, language, response_total, response_rise FROM entry
    WHERE entry.id = mention.entry
);

-- A million rows of it are gone through in a tenth of a second; of the tables themselves, in two.
CREATE INDEX mention_by_time ON mention (
    time, id, query, voice, subject, suppressed, matched, status, backlog, found, publisher, language,
    response_total, response_rise, entry
);

CREATE TRIGGER mention_added AFTER INSERT ON mention BEGIN
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
