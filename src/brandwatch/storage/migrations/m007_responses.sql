-- The totals of responses that a report is sorted by.

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
