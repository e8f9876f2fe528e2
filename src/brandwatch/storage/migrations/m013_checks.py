"""Keep when the database was last looked through for damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.storage.migrations.script import run_script

if TYPE_CHECKING:
    from sqlite_utils import Database


_SCRIPT = """
-- One row.
CREATE TABLE checked (
    at INTEGER NOT NULL
) STRICT;
INSERT INTO checked VALUES (0);
"""


def apply(db: Database) -> None:
    """Keep when the database was last looked through for damage."""
    run_script(db, _SCRIPT)
