"""The open database: opening and migrating, statements and transactions, and the lock of a poll."""

import errno
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brandwatch import clock, urls
from brandwatch.errors import AlreadyPollingError, StoreError
from brandwatch.storage import database_file
from brandwatch.storage.migrations import (
    APPLICATION_ID,
    FIRST_SEALED_VERSION,
    SCHEMA_VERSION,
    apply_migrations,
    create_tables,
)
from brandwatch.storage.seals import Seals, key_check
from brandwatch.storage.search import search_matches

if TYPE_CHECKING:
    from brandwatch.privacy.suppression_list import SuppressionList

Parameters = Sequence[Any] | Mapping[str, Any]


# A check takes 1.5 s for each GiB: a poll checks a larger database once a day.
_LARGE_BYTES = 64 * 2**20
_CHECK_SECONDS = 86_400
# A million mentions are brought up to date in some minutes; five programs that meet at a small database need seconds.
_MIGRATION_SECONDS = 60
_LOG = logging.getLogger(__name__)


class Store:
    """An open database. The errors of SQLite leave a transaction, or the `with` block of `open_store`, as StoreError.

    *execute* and *execute_many* are those of the connection; rows are tuples. *suppression_list* is a cache of
    `privacy_erasure`; `None` until that module fills it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.execute = connection.execute
        self.execute_many = connection.executemany
        self.suppression_list: SuppressionList | None = None
        self.seals = Seals(connection, lambda: self.seal_key)

    def query(self, statement: str, parameters: Parameters = ()) -> Iterator[dict[str, Any]]:
        """Run a statement at once and yield its rows by the names of their columns, as they are read."""
        cursor = self.connection.execute(statement, parameters)
        names = [column[0] for column in cursor.description]
        # No generator expression: a report of all mentions would take 4 % longer.
        return map(dict, map(zip, repeat(names), cursor))

    def column(self, statement: str, parameters: Parameters = ()) -> list[Any]:
        """Return the first column of all rows."""
        return [row[0] for row in self.connection.execute(statement, parameters)]

    def value(self, statement: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401 (whatever a column holds)
        """Return the first column of the first row, `None` without rows."""
        row = self.connection.execute(statement, parameters).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def transaction(self, *, dry_run: bool = False) -> Iterator[None]:
        """Run a block in a transaction that commits at its end, or rolls back: after an error, and in a dry run."""
        # The only writer from the first moment: a reader that becomes one later fails without waiting for others.
        try:
            self.seals.watch()
            self.execute("BEGIN IMMEDIATE")
            yield
            if not dry_run:
                self.seals.save()
            self.execute("ROLLBACK" if dry_run else "COMMIT")
            self.seals.discard()
        except BaseException as error:
            # Not with ROLLBACK: after a full disk SQLite has rolled back itself.
            self.connection.rollback()
            self.seals.discard()
            if isinstance(error, sqlite3.Error):
                raise database_file.sqlite_failure(error, self.path) from error
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run a block that reads the database as it is at its begin, whatever others write meanwhile."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.rollback()

    @cached_property
    def secret_key(self) -> bytes:
        """The key of the keyed hashes: without the database nobody can test values against them."""
        return bytes(self.value("SELECT key FROM secret"))

    @cached_property
    def identity(self) -> str:
        """A fingerprint that the database shares with its copies only; a key file belongs to one."""
        return key_check(self.secret_key).hex()

    @property
    def key_check(self) -> bytes:
        """The fingerprint of the key that the seals were made with."""
        return bytes(self.value("SELECT key_check FROM seal_state"))

    @property
    def uses_own_key(self) -> bool:
        """Whether the seals were made without a key file."""
        return self.key_check == key_check(self.secret_key)

    @cached_property
    def seal_key(self) -> bytes:
        """The key of seals and of the audit; raise StoreError if its key file is missing or another one."""
        # It verifies with a `Store`, and most commands write nothing.
        from brandwatch.storage import key_use  # noqa: PLC0415

        return key_use.find_seal_key(self)

    def change_seal_key(self, key: bytes) -> None:
        """Use another key from now on, inside a transaction that seals everything again."""
        self.seal_key = key
        self.seals.use_new_key()


@contextmanager
def open_store(path: Path, *, create: bool = True) -> Iterator[Store]:
    """Open the database at *path* for a `with` block; create it (0600) if *create*.

    A database of an older version is copied to `<path>.v<version>.<date>.bak` and migrated. Raise StoreError for a
    file that is missing, not a database, damaged, of another program, or of a newer version; such a file stays as it
    is, byte for byte.
    """
    with database_file.wrap_sqlite_errors(path):
        if create:
            _create_file(path)
        else:
            database_file.refuse_absent_file(path)
        database_file.refuse_foreign_file(path)
        connection = database_file.connect(path) if create else database_file.connect_to_read(path)
    with closing(connection):
        with database_file.wrap_sqlite_errors(path):
            _prepare(connection, path, check=create)
        try:
            store = Store(connection, path)
            yield store
            if store.seals.has_saved:
                _note_state(store)
        except sqlite3.Error as error:
            # Here and not at each statement, of which one entry takes 50. Other errors are the caller's own.
            raise database_file.sqlite_failure(error, path) from error


def _note_state(store: Store) -> None:
    from brandwatch.storage import key_use  # noqa: PLC0415 (as above)

    key_use.update_key_file(store)


def _create_file(path: Path) -> None:
    """Create an empty file with mode 0600, whatever the umask; SQLite gives its companions the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    os.fchmod(descriptor, 0o600)
    os.close(descriptor)


def _prepare(connection: sqlite3.Connection, path: Path, *, check: bool) -> None:
    """Check the database, set up the connection, and migrate."""
    version = database_file.read_version(connection)
    database_file.refuse_newer(path, version)
    if 0 < version < SCHEMA_VERSION:
        database_file.refuse_damaged(connection)
    elif version and check:
        _check_for_damage(connection, path)
    for pragma in ("foreign_keys = ON", "recursive_triggers = ON", "secure_delete = ON", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("link_contains", 2, urls.contains, deterministic=True)
    connection.create_function("search_matches", 3, search_matches, deterministic=True)
    if version < SCHEMA_VERSION:
        try:
            _migrate(connection, path)
        except (sqlite3.OperationalError, OSError) as error:
            is_refused = getattr(error, "errno", 0) in {errno.EACCES, errno.EROFS}
            if not version or not (is_refused or database_file.is_unwritable(error)):
                raise
            message = f"{path} has schema version {version} and cannot be brought up to {SCHEMA_VERSION} where it is"
            hint = "if its disk is full, free some space; else run `brandwatch sources` as its owner, or use a copy"
            raise StoreError(message, hint) from error


def _check_for_damage(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a damaged database before anything is written to it; check a large one once a day."""
    now, is_large = int(clock.now().timestamp()), _is_large(path)
    if is_large and 0 <= now - connection.execute("SELECT at FROM checked").fetchone()[0] < _CHECK_SECONDS:
        return
    database_file.refuse_damaged(connection)
    if is_large:
        connection.execute("UPDATE checked SET at = ?", [now])


def _is_large(path: Path) -> bool:
    return path.stat().st_size > _LARGE_BYTES


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Migrate the tables as the only writer, all steps or none, after a copy is made."""
    if not database_file.read_version(connection):
        # Before the log exists, so that the file itself says from its first byte whose it is.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
    # The program that migrates it at this moment may take longer than a usual transaction.
    connection.execute(f"PRAGMA busy_timeout = {_MIGRATION_SECONDS * 1000}")
    # Not `Store.transaction`: the caller tells by SQLite's error that nothing may be written here.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA busy_timeout = {database_file.BUSY_SECONDS * 1000:.0f}")
    try:
        # Another process may have migrated it while we waited.
        version = database_file.read_version(connection)
        if 0 < version < SCHEMA_VERSION:
            from brandwatch.storage import backup  # noqa: PLC0415 (as below)

            if _is_large(path):
                _LOG.warning("bringing %s up to version %d; a copy of it stays beside it", path, SCHEMA_VERSION)
            backup.backup_before_migration(path, version)
        if version < SCHEMA_VERSION:
            # They work on a `Store`, and only a migration needs them here.
            from brandwatch.storage import audit, key_use, seal_sums, story_assignment  # noqa: PLC0415

            store = Store(connection, path)
            differences = seal_sums.seal_differences(store) if version >= FIRST_SEALED_VERSION else ({}, 0)
            if version:
                apply_migrations(connection)
            else:
                create_tables(connection)
            if version < FIRST_SEALED_VERSION:
                # An old database takes a key file by a step of its own, which the audit records.
                store.seal_key = store.secret_key if version else key_use.first_seal_key(store)
            story_assignment.assign_all_stories(store)
            audit.start_chain(store)
            seal_sums.seal_database(store, *differences)
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")
    _LOG.info("migrated database=%s version=%d", path, SCHEMA_VERSION)


@contextmanager
def poll_lock(database: Path) -> Iterator[None]:
    """Hold the lock of *database* (`<database>.lock`, 0600); raise AlreadyPollingError at once if another poll does."""
    with database_file.wrap_sqlite_errors(database):
        path = _lock_path(database)
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
    """Whether a poll of *database* is running now; a lock file alone does not mean that."""
    with database_file.wrap_sqlite_errors(database):
        try:
            descriptor = os.open(_lock_path(database), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared and for a moment only, so that two callers do not take each other for a poll.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _lock_path(database: Path) -> Path:
    # A database has one lock, whatever links it is reached by.
    return Path(f"{os.path.realpath(database)}.lock")
