-- Deletion by age has two steps, and a clock that leaps has a memory.

-- When a poll began to hide a mention because its retention ends soon; NULL otherwise.
ALTER TABLE mention ADD COLUMN expiring INTEGER;
DROP INDEX mention_by_age;
DROP INDEX mention_about_staff;
CREATE INDEX mention_by_age ON mention (query, voice, found) WHERE expiring IS NULL;
CREATE INDEX mention_about_staff ON mention (query, found) WHERE subject = 'staff' AND expiring IS NULL;
CREATE INDEX mention_expiring ON mention (query, voice, found, expiring) WHERE expiring IS NOT NULL;
CREATE INDEX mention_expiring_staff ON mention (query, found, expiring) WHERE subject = 'staff' AND expiring IS NOT NULL;

-- `steady` is the first of the polls in a row whose clock went on evenly, while it is not trusted. `lag` is the time in
-- seconds that the clock has leapt over without confirmation: retention does not count it. `source`, `decision` and
-- `story_decision` are the last rows of these tables when the last trusted poll ended.
ALTER TABLE poll_clock ADD COLUMN steady INTEGER;
ALTER TABLE poll_clock ADD COLUMN lag INTEGER NOT NULL DEFAULT 0;
ALTER TABLE poll_clock ADD COLUMN source INTEGER NOT NULL DEFAULT 0;
ALTER TABLE poll_clock ADD COLUMN decision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE poll_clock ADD COLUMN story_decision INTEGER NOT NULL DEFAULT 0;
UPDATE poll_clock SET source = (SELECT coalesce(max(id), 0) FROM source),
    decision = (SELECT coalesce(max(id), 0) FROM decision),
    story_decision = (SELECT coalesce(max(id), 0) FROM story_decision)
WHERE trusted IS NOT NULL;
