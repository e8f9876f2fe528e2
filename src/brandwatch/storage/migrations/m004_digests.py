"""Keep by what an entry that did not change is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Keep by what an entry that did not change is known."""
    db.execute("ALTER TABLE source ADD COLUMN digests BLOB NOT NULL DEFAULT x''")
