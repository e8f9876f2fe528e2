-- The fetches of a source on a day that is long past are one row: 50,000 sources left 13 GB in a quarter.
CREATE TABLE fetch_day (
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    day INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    failure TEXT NOT NULL,
    fetches INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    size INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    new INTEGER NOT NULL,
    backlog INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
INSERT INTO fetch_day
SELECT source, at / 86400 * 86400, min(at), max(at), substr(max(printf('%020d', at) || iif(error = '', '', class)), 21),
    count(*), sum(error = ''), sum(size), sum(entries), sum(new), sum(backlog), sum(updated), sum(hidden), sum(shown)
FROM fetch WHERE at < (SELECT (trusted - 7 * 86400) / 86400 * 86400 FROM poll_clock) GROUP BY 1, 2;
DELETE FROM fetch WHERE at < (SELECT (trusted - 7 * 86400) / 86400 * 86400 FROM poll_clock);
-- A poll inserts the copies with the mention: an index entry less to write again.
DROP TRIGGER mention_added;
CREATE TRIGGER mention_added AFTER INSERT ON mention WHEN new.time IS NULL BEGIN
    UPDATE mention SET (time, publisher, language, response_total, response_rise) = (
        SELECT coalesce(published, found), publisher, language, response_total, response_rise FROM entry
        WHERE entry.id = new.entry
    ) WHERE id = new.id;
END;
