-- Until when the silence of a source is usual; the next answer of each source sets it.
ALTER TABLE source ADD COLUMN usual_until INTEGER;
ALTER TABLE source ADD COLUMN is_well INTEGER GENERATED ALWAYS AS (
    class IS NOT 'throttled' AND error = '' AND failures = 0 AND gones = 0 AND trouble <= 0.15 AND deferrals < 2
    AND moved_to = '' AND remark = '' AND empty_since IS NULL AND shrunk_since IS NULL AND replaced_since IS NULL
    AND coalesce(last_success <= usual_until, 0)
) VIRTUAL;
-- All that a report and an idle poll need of a source that is well: without it they would read every row.
CREATE INDEX source_summary ON source (url, is_well, first_poll, last_poll, last_success, next_due);
