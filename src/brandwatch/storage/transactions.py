"""Transactions, and the translation of SQLite's errors."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from brandwatch.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database


@contextmanager
def transaction(db: Database, *, keeps: bool = True) -> Iterator[None]:
    """Run a transaction that is the only writer from its first moment: upgrading a reader fails without waiting.

    One that does not keep anything was only to show what it would do.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.rollback()
        raise
    db.execute("COMMIT" if keeps else "ROLLBACK")


_FULL = ("the disk is full", "free some space; what was stored is safe")
_UNWRITABLE = ("it cannot be written", "see who may write the file and its folder, and whether its disk is full")
_TROUBLES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "see whether the folder exists and who may write it"),
    sqlite3.SQLITE_BUSY: ("another program holds it", "try again when that has ended"),
    sqlite3.SQLITE_LOCKED: ("another program holds it", "try again when that has ended"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move it away and restore a copy, or poll into a new file with --db"),
    sqlite3.SQLITE_NOTADB: ("it is not a database", "name another file with --db"),
    sqlite3.SQLITE_IOERR: ("the disk cannot be read or written", "see the system's log"),
}
# Its own words would be "disk I/O error"; it is the page beside the log that no longer fits.
_EXTENDED = {sqlite3.SQLITE_IOERR_SHMSIZE: _FULL}
_TROUBLES_OF_FILES = {errno.ENOSPC: _FULL, errno.EDQUOT: _FULL, errno.EROFS: _UNWRITABLE}
_HINTS_OF_FILES = {errno.EACCES: "see who may write the file and its folder", errno.EISDIR: "--db names a file"}
_PRIMARY_CODE = 0xFF


@contextmanager
def wrap_sqlite_errors(path: Path) -> Iterator[None]:
    """Turn every error of SQLite inside into a StoreError about *path*."""
    try:
        yield
    except sqlite3.Error as error:
        what, hint = _EXTENDED.get(_extended(error)) or _TROUBLES.get(_code(error), (str(error), ""))
        raise StoreError(f"the database {path}: {what}", hint) from error
    except OSError as error:
        number = error.errno or 0
        what, hint = _TROUBLES_OF_FILES.get(number, (error.strerror or str(error), _HINTS_OF_FILES.get(number, "")))
        raise StoreError(f"the database {path}: {what}", hint) from error


def is_unwritable(error: BaseException) -> bool:
    """Say whether SQLite failed because it may not, or cannot, write here; with a log it must, even to read."""
    return isinstance(error, sqlite3.Error) and (
        _code(error) in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN} or _extended(error) in _EXTENDED
    )


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code (sqlite.org/rescode.html)."""
    return _extended(error) & _PRIMARY_CODE


def _extended(error: sqlite3.Error) -> int:
    """Return the extended result code."""
    return int(getattr(error, "sqlite_errorcode", 0))
