"""The copies of older versions beside a database: what they hold goes with what is erased."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlite_utils import Database

from brandwatch.store.finder import Finder
from brandwatch.store.holdings import held
from brandwatch.store.remains import copies, look
from brandwatch.store.trouble import translating

if TYPE_CHECKING:
    from pathlib import Path

    from brandwatch.models import Wanted


def holding(database: Path, wanted: Wanted) -> list[Path]:
    """Return the copies that hold what is wanted, or that cannot be read."""
    return [copy for copy in copies(database) if _holds(copy, wanted)]


def drop(found: list[Path]) -> None:
    """Delete copies: one that was changed would be a copy of nothing."""
    for copy in found:
        with translating(copy):
            copy.unlink()


def _holds(copy: Path, wanted: Wanted) -> bool:
    """Say whether a copy holds what is wanted in a row or anywhere in its bytes."""
    if any(looked.places for looked in look([copy], wanted)):
        return True
    uri = f"{copy.absolute().as_uri()}?immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return any(held(Database(connection), Finder(wanted)))
    except sqlite3.DatabaseError:
        return True
