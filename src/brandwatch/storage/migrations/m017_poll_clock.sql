-- The clock of the last poll, and the last rows that polls with a trusted clock have stored.

-- One row. `trusted` is the start of the last poll with a trusted clock, `polled` that of the last poll, `doubt` the
-- reason why the clock of that one is not trusted, else empty. Of `servers` with a Date `agreeing` confirm the clock;
-- `server_time` is the median. `audit`, `fetch` and `gap` are the last rows of these tables when the last trusted poll
-- ended.
CREATE TABLE poll_clock (
    trusted INTEGER,
    polled INTEGER,
    doubt TEXT NOT NULL,
    servers INTEGER NOT NULL,
    agreeing INTEGER NOT NULL,
    server_time INTEGER,
    audit INTEGER NOT NULL,
    fetch INTEGER NOT NULL,
    gap INTEGER NOT NULL
) STRICT;
INSERT INTO poll_clock VALUES (NULL, NULL, '', 0, 0, NULL, 0, 0, 0);
-- What earlier versions have polled is trusted, but not a poll in 1980: 1735689600 is 2025.
UPDATE poll_clock SET (trusted, polled) = (
    SELECT max(last_poll), max(last_poll) FROM source WHERE last_poll >= 1735689600
);
UPDATE poll_clock SET audit = (SELECT coalesce(max(id), 0) FROM audit),
    fetch = (SELECT coalesce(max(id), 0) FROM fetch), gap = (SELECT coalesce(max(id), 0) FROM gap)
WHERE trusted IS NOT NULL;
