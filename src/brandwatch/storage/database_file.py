"""The file of a database: whether it is ours and whole, and what the errors of SQLite mean."""

import errno
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from brandwatch import DISTRIBUTION
from brandwatch.errors import StoreError
from brandwatch.frozen_classes import dataclass
from brandwatch.storage.migrations import APPLICATION_ID, SCHEMA_VERSION

BUSY_SECONDS = 5.0
# sqlite.org/fileformat2.html §1.3
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"
_VERSION_OFFSET, _APPLICATION_OFFSET = 60, 68

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
_UNREADABLE_HINT = "see the system's log: the disk may be failing; if nothing is there, try again"
# SQLite takes a read error for damage (SQLITE_IOERR_CORRUPTFS), and unreadable bytes for another format.
_READ_FAILURES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB})
_READ_CODES = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS})
_READ_ERRORS = frozenset({errno.EIO, errno.ENXIO, errno.ESTALE, errno.ETIMEDOUT})
_CODE_IN_CHECK = re.compile(r"error code[ =](\d+)")
_FILE_FAILURES = {errno.ENOSPC: _FULL, errno.EDQUOT: _FULL, errno.EROFS: _UNWRITABLE}
_FILE_HINTS = {errno.EACCES: "see who may write the file and its folder", errno.EISDIR: "--db names a file"}
_PRIMARY_CODE_MASK = 0xFF


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseExamination:
    """The schema version of a database and the newest we know, and the bytes of the file and of its log."""

    version: int
    newest_version: int
    size: int
    log_size: int


def examine_database(path: Path, *, every_page: bool = True) -> DatabaseExamination:
    """Examine the database at *path* and change nothing; raise StoreError for one that cannot be used.

    Without *every_page* only the beginning of the file and the schema are read.
    """
    with inspect_connection(path) as connection:
        version = read_version(connection)
        refuse_newer(path, version)
        if every_page:
            refuse_damaged(connection, check="integrity_check")
            if orphan := connection.execute("PRAGMA foreign_key_check").fetchone():
                raise _damage(f"a row of {orphan[0]} belongs to no {orphan[2]}")
        size = path.stat().st_size
    return DatabaseExamination(version=version, newest_version=SCHEMA_VERSION, size=size, log_size=_log_size(path))


def is_current(path: Path) -> bool:
    """Whether the database at *path* has the newest schema version; raise StoreError for one that cannot be used."""
    with inspect_connection(path) as connection:
        return read_version(connection) == SCHEMA_VERSION


@contextmanager
def inspect_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to the database at *path* as it is, of whatever version; raise StoreError if it is not ours."""
    with wrap_sqlite_errors(path):
        refuse_absent_file(path)
        refuse_foreign_file(path)
        with closing(connect_to_read(path)) as connection:
            yield connection


def sqlite_engine() -> tuple[str, bool]:
    """Return the version of SQLite, and whether it has the full-text index that we need."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        except sqlite3.OperationalError:
            return sqlite3.sqlite_version, False
    return sqlite3.sqlite_version, True


def refuse_absent_file(path: Path) -> None:
    """Raise StoreError if there is no database at *path*."""
    if not path.exists():
        raise StoreError(f"there is no database {path}", "`brandwatch poll` makes it; --db names another")


def refuse_foreign_file(path: Path) -> None:
    """Raise StoreError for a file that is not a database of ours, from its header alone."""
    # Opening a pipe would wait for its other end.
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise StoreError(f"{path} is not a database", "name another file with --db")
    with path.open("rb") as file:
        try:
            header = file.read(_HEADER_BYTES)
        except OSError as error:
            if error.errno not in _READ_ERRORS:
                raise
            raise unreadable(path, error.strerror or str(error)) from error
    if not header:
        return
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise StoreError(f"{path} is not a database", "name another file with --db")
    if _header_number(header, _APPLICATION_OFFSET) != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program", "name another file with --db")
    refuse_newer(path, _header_number(header, _VERSION_OFFSET))


def has_our_header(path: Path) -> bool:
    """Whether a regular file has the header of our databases, of any version; a link or a folder does not count."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        header = os.read(descriptor, _HEADER_BYTES) if is_file else b""
    except OSError:
        # Who reads the file for its content meets the error too.
        return False
    finally:
        os.close(descriptor)
    return header.startswith(_MAGIC) and _header_number(header, _APPLICATION_OFFSET) == APPLICATION_ID


def _header_number(header: bytes, offset: int) -> int:
    return int.from_bytes(header[offset : offset + 4], "big")


def refuse_newer(path: Path, version: int) -> None:
    """Raise StoreError for a schema version that a newer brandwatch has written."""
    if version > SCHEMA_VERSION:
        message = f"{path} has schema version {version}; this brandwatch knows versions up to {SCHEMA_VERSION}"
        raise StoreError(message, f"upgrade brandwatch: pip install --upgrade {DISTRIBUTION}")


def refuse_damaged(connection: sqlite3.Connection, check: str = "quick_check") -> None:
    """Raise DatabaseError where pages do not fit together; `integrity_check` takes longer and checks indexes too."""
    fault = connection.execute(f"PRAGMA {check}(1)").fetchone()[0]
    if fault != "ok":
        code = _CODE_IN_CHECK.search(fault)
        raise _damage(fault, int(code[1]) if code else sqlite3.SQLITE_CORRUPT)


def _damage(fault: str, code: int = sqlite3.SQLITE_CORRUPT) -> sqlite3.DatabaseError:
    # What SQLite itself raises for a damaged database.
    error = sqlite3.DatabaseError(fault)
    error.sqlite_errorcode = code
    return error


def read_version(connection: sqlite3.Connection) -> int:
    """Return the schema version, also where another process has not yet written it back from its log."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that starts its transactions itself; one thread at a time may use it."""
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection for reading, also where nothing may be written.

    SQLite writes a file beside a database with a log even to read it; where the log is empty it can do without.
    """
    connection = connect(path)
    try:
        read_version(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if not is_unwritable(error):
            raise
    else:
        return connection
    if _log_size(path):
        hint = "run `brandwatch sources` as the owner of the files, or copy both into a folder that you may write"
        raise StoreError(f"{path} cannot be read without writing: its log {path.name}-wal is not empty", hint)
    uri = f"{path.absolute().as_uri()}?immutable=1"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _log_size(path: Path) -> int:
    """Return the bytes of the log, 0 without one."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def wrap_sqlite_errors(path: Path) -> Iterator[None]:
    """Raise every error of SQLite and of files in a block as a StoreError about *path*."""
    try:
        yield
    except sqlite3.Error as error:
        raise sqlite_failure(error, path) from error
    except OSError as error:
        number = error.errno or 0
        what, hint = _FILE_FAILURES.get(number, (error.strerror or str(error), _FILE_HINTS.get(number, "")))
        raise StoreError(f"the database {path}: {what}", hint) from error


def sqlite_failure(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the StoreError that explains an error of SQLite."""
    extended = _result_code(error)
    if extended & _PRIMARY_CODE_MASK in _READ_FAILURES and (failure := _read_failure(error, extended, path)):
        return failure
    known = _SQLITE_FAILURES_EXTENDED.get(extended) or _SQLITE_FAILURES.get(extended & _PRIMARY_CODE_MASK)
    what, hint = known or (str(error), "")
    return StoreError(f"the database {path}: {what}", hint)


def _read_failure(error: sqlite3.Error, extended: int, path: Path) -> StoreError | None:
    """Return the failure to read a database, `None` for damage and for a failure to write."""
    from brandwatch.storage import read_errors  # noqa: PLC0415 (only where something has failed)

    if reason := read_errors.read_error(path):
        return unreadable(path, reason)
    # SQLite found damage while it read, not a check that has seen all pages.
    is_first_look = extended == sqlite3.SQLITE_CORRUPT and hasattr(error, "sqlite_errorname")
    if extended in _READ_CODES or (is_first_look and read_errors.is_sound(path)):
        return unreadable(path, "input/output error")
    return None


def unreadable(path: Path, reason: str) -> StoreError:
    """Return the StoreError for a file of a database that cannot be read, with the system's reason."""
    return StoreError(f"the database {path} cannot be read: {reason}", _UNREADABLE_HINT)


def is_unwritable(error: BaseException) -> bool:
    """Whether SQLite may not, or cannot, write here. With a log it must, even to read."""
    if not isinstance(error, sqlite3.Error):
        return False
    extended = _result_code(error)
    is_refused = extended & _PRIMARY_CODE_MASK in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
    return is_refused or extended in _SQLITE_FAILURES_EXTENDED


def _result_code(error: sqlite3.Error) -> int:
    # Extended; 0 for an error that SQLite itself did not raise.
    return int(getattr(error, "sqlite_errorcode", 0))
