"""An open database: every statement and every transaction goes through here."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from brandwatch.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from brandwatch.privacy.suppression_list import SuppressionList

    Parameters = Sequence[Any] | Mapping[str, Any]


class Store:
    """An open database. Every method raises StoreError, about the file at *path*, where SQLite fails.

    *suppression_list* is a cache of `privacy_suppression`; empty until that module fills it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.suppression_list: SuppressionList | None = None

    def tuples(self, statement: str, parameters: Parameters = ()) -> Iterator[tuple[Any, ...]]:
        """Run a statement at once and yield its rows as they are read."""
        return self._read(self._run(statement, parameters))

    def query(self, statement: str, parameters: Parameters = ()) -> Iterator[dict[str, Any]]:
        """Run a statement at once and yield its rows by the names of their columns, as they are read."""
        cursor = self._run(statement, parameters)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in self._read(cursor))

    def column(self, statement: str, parameters: Parameters = ()) -> list[Any]:
        """Return the first column of all rows."""
        return [row[0] for row in self.tuples(statement, parameters)]

    def value(self, statement: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401 (whatever a column holds)
        """Return the first column of the first row, `None` without rows."""
        row = next(self.tuples(statement, parameters), None)
        return None if row is None else row[0]

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run a statement; return the number of rows that it has changed."""
        return self._run(statement, parameters).rowcount

    def execute_many(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Run a statement once for each row of parameters."""
        try:
            self.connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise sqlite_failure(error, self.path) from error

    @contextmanager
    def transaction(self, *, dry_run: bool = False) -> Iterator[None]:
        """Run a block in a transaction that commits at its end, or rolls back: after an error, and in a dry run."""
        # The only writer from the first moment: a reader that becomes one later fails without waiting for others.
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # Not with ROLLBACK: after a full disk SQLite has rolled back itself.
            self.connection.rollback()
            raise
        self.execute("ROLLBACK" if dry_run else "COMMIT")

    def secret_key(self) -> bytes:
        """Return the key of this database, for hashes that nobody without the database can try values on."""
        return bytes(self.value("SELECT key FROM secret"))

    def _run(self, statement: str, parameters: Parameters) -> sqlite3.Cursor:
        try:
            return self.connection.execute(statement, parameters)
        except sqlite3.Error as error:
            raise sqlite_failure(error, self.path) from error

    def _read(self, cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
        try:
            # Not `yield from`: that closes the cursor when the reader stops early, perhaps after its connection.
            for row in cursor:  # noqa: UP028 (as above)
                yield row
        except sqlite3.Error as error:
            raise sqlite_failure(error, self.path) from error


_FULL = ("the disk is full", "free some space; what was stored is safe")
_UNWRITABLE = ("it cannot be written", "see who may write the file and its folder, and whether its disk is full")
# By the primary result code (sqlite.org/rescode.html).
_SQLITE_FAILURES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "see whether the folder exists and who may write it"),
    sqlite3.SQLITE_BUSY: ("another program holds it", "try again when that has ended"),
    sqlite3.SQLITE_LOCKED: ("another program holds it", "try again when that has ended"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move it away and restore a copy, or poll into a new file with --db"),
    sqlite3.SQLITE_NOTADB: ("it is not a database", "name another file with --db"),
    sqlite3.SQLITE_IOERR: ("the disk cannot be read or written", "see the system's log"),
}
# SQLite calls this a "disk I/O error", but it means that the page index beside the log no longer fits on the disk.
_SQLITE_FAILURES_EXTENDED = {sqlite3.SQLITE_IOERR_SHMSIZE: _FULL}
_FILE_FAILURES = {errno.ENOSPC: _FULL, errno.EDQUOT: _FULL, errno.EROFS: _UNWRITABLE}
_FILE_HINTS = {errno.EACCES: "see who may write the file and its folder", errno.EISDIR: "--db names a file"}
_PRIMARY_CODE_MASK = 0xFF


@contextmanager
def wrap_sqlite_errors(path: Path) -> Iterator[None]:
    """Turn every error of SQLite and of files in a block into a StoreError about *path*."""
    try:
        yield
    except sqlite3.Error as error:
        raise sqlite_failure(error, path) from error
    except OSError as error:
        number = error.errno or 0
        what, hint = _FILE_FAILURES.get(number, (error.strerror or str(error), _FILE_HINTS.get(number, "")))
        raise StoreError(f"the database {path}: {what}", hint) from error


def sqlite_failure(error: sqlite3.Error, path: Path) -> StoreError:
    """Return an error of SQLite in our words."""
    extended = _result_code(error)
    known = _SQLITE_FAILURES_EXTENDED.get(extended) or _SQLITE_FAILURES.get(extended & _PRIMARY_CODE_MASK)
    what, hint = known or (str(error), "")
    return StoreError(f"the database {path}: {what}", hint)


def is_unwritable(error: BaseException) -> bool:
    """Whether SQLite may not, or cannot, write here. With a log it must, even to read."""
    if not isinstance(error, sqlite3.Error):
        return False
    extended = _result_code(error)
    is_refused = extended & _PRIMARY_CODE_MASK in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
    return is_refused or extended in _SQLITE_FAILURES_EXTENDED


def _result_code(error: sqlite3.Error) -> int:
    """Return the extended result code, 0 for an error that SQLite itself did not raise."""
    return int(getattr(error, "sqlite_errorcode", 0))
