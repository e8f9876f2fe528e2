"""The one place where what SQLite raises becomes an error of ours."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from brandwatch.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TROUBLES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space; what was stored is safe"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "see who may write the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "see whether the folder exists and who may write it"),
    sqlite3.SQLITE_BUSY: ("another program holds it", "try again when that has ended"),
    sqlite3.SQLITE_LOCKED: ("another program holds it", "try again when that has ended"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move it away and restore a copy, or poll into a new file with --db"),
    sqlite3.SQLITE_NOTADB: ("it is not a database", "name another file with --db"),
    sqlite3.SQLITE_IOERR: ("the disk cannot be read or written", "see the system's log"),
}
_PRIMARY_CODE = 0xFF


@contextmanager
def translating(path: Path) -> Iterator[None]:
    """Turn every error of SQLite inside into a StoreError about *path*."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        what, hint = _TROUBLES.get(code, (str(error), ""))
        raise StoreError(f"the database {path}: {what}", hint) from error
    except OSError as error:
        raise StoreError(f"the database {path}: {error.strerror}") from error
