"""Keep what the schedule is learned from, and what was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.storage.migrations.script import run_script

if TYPE_CHECKING:
    from sqlite_utils import Database


_SCRIPT = """
ALTER TABLE source ADD COLUMN window BLOB NOT NULL DEFAULT x'';
ALTER TABLE source ADD COLUMN rhythm INTEGER;
ALTER TABLE source ADD COLUMN newest INTEGER;
ALTER TABLE source ADD COLUMN last_new INTEGER;
ALTER TABLE source ADD COLUMN last_full INTEGER;
ALTER TABLE source ADD COLUMN last_gap INTEGER;
ALTER TABLE source ADD COLUMN gones INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN trouble REAL NOT NULL DEFAULT 0;

-- An interval in which entries were missed.
CREATE TABLE gap (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX gap_by_time ON gap (until);

-- The key of the hashes by which an entry that was not kept is known again; it never leaves the database.
CREATE TABLE secret (
    key BLOB NOT NULL
) STRICT;
INSERT INTO secret VALUES (randomblob(32));
"""


def apply(db: Database) -> None:
    """Keep what the schedule is learned from, and what was missed."""
    run_script(db, _SCRIPT)
