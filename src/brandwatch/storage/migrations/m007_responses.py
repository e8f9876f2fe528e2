"""Keep by what a report is sorted that asks for response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.storage.migrations.script import run_script

if TYPE_CHECKING:
    from sqlite_utils import Database


_SCRIPT = """
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
"""


def apply(db: Database) -> None:
    """Keep by what a report is sorted that asks for response."""
    run_script(db, _SCRIPT)
