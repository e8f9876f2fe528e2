-- What is remembered of a source to recognise that it has frozen, lost its entries, or was replaced.
ALTER TABLE source ADD COLUMN intervals TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN sizes TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN link_site TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN former_title TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN copy_date INTEGER;
ALTER TABLE source ADD COLUMN copy_since INTEGER;
ALTER TABLE source ADD COLUMN failing_since INTEGER;
ALTER TABLE source ADD COLUMN flaky_since INTEGER;
ALTER TABLE source ADD COLUMN empty_since INTEGER;
ALTER TABLE source ADD COLUMN shrunk_since INTEGER;
ALTER TABLE source ADD COLUMN replaced_since INTEGER;
ALTER TABLE source ADD COLUMN moved_since INTEGER;
-- Five intervals of four times the usual one: the source is frozen after twice the longest, as it was before.
UPDATE source SET intervals =
    (4 * rhythm) || ' ' || (4 * rhythm) || ' ' || (4 * rhythm) || ' ' || (4 * rhythm) || ' ' || (4 * rhythm)
    WHERE rhythm IS NOT NULL;
UPDATE source SET failing_since = coalesce(last_success, first_poll) WHERE failures > 0;
ALTER TABLE source DROP COLUMN rhythm;
