"""Open the database: look before touching, refuse foreign files, migrate old ones; one poll at a time."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.errors import AlreadyPollingError, StoreError
from brandwatch.storage import audit, story_assignment
from brandwatch.storage.atomic_copy import backup_before_migration
from brandwatch.storage.migrations import APPLICATION_ID, SCHEMA_VERSION, apply_migrations
from brandwatch.storage.search import text_holds
from brandwatch.storage.store import Store, is_unwritable, wrap_sqlite_errors

if TYPE_CHECKING:
    from collections.abc import Iterator


_HEADER = 100
_MAGIC = b"SQLite format 3\x00"
_BUSY_SECONDS = 5.0
# To look through all of one takes a second and a half for each GiB: of a larger one a poll does that once a day.
_LARGE = 64 * 2**20
_DAY = 86_400
_LOG = logging.getLogger(__name__)


@contextmanager
def open_store(path: Path, *, create: bool = True) -> Iterator[Store]:
    """Open the database at *path* for the length of a `with` block, making it (0600) where *create* says so.

    One of an older version is copied to `<path>.v<version>.bak` and brought up to date. Raise StoreError for a file
    that is missing, not a database, damaged, of another program, or of a newer version; such a file is left as it is,
    to the byte.
    """
    with wrap_sqlite_errors(path):
        if create:
            _make(path)
        elif not path.exists():
            raise StoreError(f"there is no database {path}", "`brandwatch poll` makes it; --db names another")
        _inspect(path)
        connection = _connected(path) if create else _reading(path)
    with closing(connection):
        # What goes wrong inside the caller's block is not ours to explain.
        with wrap_sqlite_errors(path):
            _prepare(connection, path, check=create)
        yield Store(connection, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseExamination:
    """What a database file is: its schema version and the one we know, its bytes and those of its log."""

    version: int
    newest_version: int
    size: int
    log_size: int


def examine_database(path: Path) -> DatabaseExamination:
    """Look at all of the database at *path* and change nothing; raise StoreError for one that cannot be used."""
    with inspect_connection(path) as connection:
        version = _version(connection)
        _refuse_newer(path, version)
        _refuse_damaged(connection, check="integrity_check")
        _refuse_loose(connection)
        facts = path.stat()
    return DatabaseExamination(
        version=version,
        newest_version=SCHEMA_VERSION,
        size=facts.st_size,
        log_size=_log_size(path),
    )


def is_current(path: Path) -> bool:
    """Say whether the database at *path* is of this version; raise StoreError for one that cannot be used."""
    with inspect_connection(path) as connection:
        return _version(connection) == SCHEMA_VERSION


@contextmanager
def inspect_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection to the database at *path* as it is, of whatever version; raise StoreError if it is not ours."""
    with wrap_sqlite_errors(path):
        _inspect(path)
        with closing(_reading(path)) as connection:
            yield connection


def sqlite_engine() -> tuple[str, bool]:
    """Return the version of SQLite, and whether it has the full-text index that we need."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        except sqlite3.OperationalError:
            return sqlite3.sqlite_version, False
    return sqlite3.sqlite_version, True


def _make(path: Path) -> None:
    """Make an empty file that only its owner reads, whatever the umask; SQLite gives its companions the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    os.fchmod(descriptor, 0o600)
    os.close(descriptor)


def _inspect(path: Path) -> None:
    """Refuse a file that is not a database of ours, from its header alone (sqlite.org/fileformat2.html §1.3)."""
    # Somebody who opens a pipe waits for the other end of it.
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise StoreError(f"{path} is not a database", "name another file with --db")
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if not header:
        return
    if not header.startswith(_MAGIC) or len(header) < _HEADER:
        raise StoreError(f"{path} is not a database", "name another file with --db")
    application, version = (int.from_bytes(header[at : at + 4], "big") for at in (68, 60))
    if application != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program", "name another file with --db")
    _refuse_newer(path, version)


def _refuse_newer(path: Path, version: int) -> None:
    """Refuse what a newer brandwatch has written."""
    if version > SCHEMA_VERSION:
        message = f"{path} has schema version {version}; this brandwatch knows versions up to {SCHEMA_VERSION}"
        raise StoreError(message, "upgrade brandwatch: pip install --upgrade brandwatch")


def _connected(path: Path) -> sqlite3.Connection:
    """Return a connection that starts its transactions itself."""
    return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)


def _reading(path: Path) -> sqlite3.Connection:
    """Return a connection to read with, also where nothing may be written.

    A database with a log needs a file beside it even to be read; where the log is empty it can be done without.
    """
    connection = _connected(path)
    try:
        _version(connection)
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
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _log_size(path: Path) -> int:
    """Return the bytes of the log, 0 where there is none."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def _version(connection: sqlite3.Connection) -> int:
    """Return the schema version, also where another process has not yet written it back from its log."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refuse_damaged(connection: sqlite3.Connection, check: str = "quick_check") -> None:
    """Refuse a database whose pages do not fit together; `integrity_check` takes longer and looks into indexes too."""
    fault = connection.execute(f"PRAGMA {check}(1)").fetchone()[0]
    if fault != "ok":
        raise _damaged(fault)


def _refuse_loose(connection: sqlite3.Connection) -> None:
    """Refuse a database with rows that belong to nothing."""
    if loose := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise _damaged(f"a row of {loose[0]} belongs to no {loose[2]}")


def _damaged(fault: str) -> sqlite3.DatabaseError:
    """Return what SQLite itself would raise for a damaged database."""
    error = sqlite3.DatabaseError(fault)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _prepare(connection: sqlite3.Connection, path: Path, *, check: bool) -> None:
    """Set up the connection, and the tables where they are not yet as this version wants them."""
    version = _version(connection)
    _refuse_newer(path, version)
    if 0 < version < SCHEMA_VERSION:
        _refuse_damaged(connection)
    elif version and check:
        _look_through(connection, path)
    for pragma in ("foreign_keys = ON", "recursive_triggers = ON", "secure_delete = ON", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("text_holds", 3, text_holds, deterministic=True)
    if version < SCHEMA_VERSION:
        try:
            _migrate(connection, path)
        except (sqlite3.OperationalError, OSError) as error:
            if not version or not (is_unwritable(error) or getattr(error, "errno", 0) in {errno.EACCES, errno.EROFS}):
                raise
            message = f"{path} has schema version {version} and cannot be brought up to {SCHEMA_VERSION} where it is"
            hint = "if its disk is full, free some space; else run `brandwatch sources` as its owner, or use a copy"
            raise StoreError(message, hint) from error


def _look_through(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that is damaged before anything is written to it; a large one is looked through once a day."""
    now, is_large = int(clock.now().timestamp()), path.stat().st_size > _LARGE
    if is_large and 0 <= now - connection.execute("SELECT at FROM checked").fetchone()[0] < _DAY:
        return
    _refuse_damaged(connection)
    if is_large:
        connection.execute("UPDATE checked SET at = ?", [now])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables up to date as the only writer, all steps or none, after putting a copy aside."""
    if not _version(connection):
        # Before the log exists, so that the file itself says from its first byte whose it is.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Somebody else may have done it while we waited.
        version = _version(connection)
        if 0 < version < SCHEMA_VERSION:
            if path.stat().st_size > _LARGE:
                _LOG.warning("bringing %s up to version %d; a copy of it stays beside it", path, SCHEMA_VERSION)
            backup_before_migration(path, version)
        if version < SCHEMA_VERSION:
            apply_migrations(connection)
            store = Store(connection, path)
            story_assignment.assign_all_stories(store)
            audit.start_chain(store)
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")


@contextmanager
def poll_lock(database: Path) -> Iterator[None]:
    """Hold the lock of *database* (`<database>.lock`, 0600); raise AlreadyPollingError at once if another poll does."""
    with wrap_sqlite_errors(database):
        path = _lock_of(database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyPollingError(f"another poll is running on {database}", "wait until it has ended") from None
        yield
    finally:
        os.close(descriptor)


def is_polling(database: Path) -> bool:
    """Say whether a poll of *database* is running now; a lock file alone does not mean that."""
    with wrap_sqlite_errors(database):
        try:
            descriptor = os.open(_lock_of(database), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared and for a moment only, so that two who ask do not take each other for a poll.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _lock_of(database: Path) -> Path:
    """Return the lock of a database, which has one by whatever links it is reached."""
    return Path(f"{os.path.realpath(database)}.lock")
