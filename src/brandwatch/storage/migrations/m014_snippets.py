"""Keep that an entry is not stored whole, and what tells it from others all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.storage.migrations.script import run_script

if TYPE_CHECKING:
    from sqlite_utils import Database


_SCRIPT = """
-- How long its text was where only a part is stored, else 0; whether its author is left out, or a part of the byline.
ALTER TABLE entry ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN unnamed INTEGER NOT NULL DEFAULT 0;
-- The passages of the whole text of such an entry: numbers of four bytes, in their order.
ALTER TABLE sketched ADD COLUMN whole BLOB NOT NULL DEFAULT x'';
"""


def apply(db: Database) -> None:
    """Keep that an entry is not stored whole, and what tells it from others all the same."""
    run_script(db, _SCRIPT)
