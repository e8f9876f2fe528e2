"""Open the database: look before touching, refuse what is not ours, bring what is old up to date."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlite_utils import Database

from brandwatch.errors import StoreError
from brandwatch.store.schema import APPLICATION_ID, SCHEMA_VERSION, migrations
from brandwatch.store.store import Store
from brandwatch.store.trouble import translating

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = 100
_MAGIC = b"SQLite format 3\x00"
_BUSY_SECONDS = 5.0


@contextmanager
def open_store(path: Path, *, create: bool = True) -> Iterator[Store]:
    """Open the database at *path* for the length of a `with` block, making it (0600) where *create* says so.

    Raise StoreError for a file that is missing, not a database, damaged, of another program, or of a newer version;
    such a file is left as it is, to the byte.
    """
    with translating(path):
        if create:
            _make(path)
        elif not path.exists():
            raise StoreError(f"there is no database {path}", "`brandwatch poll` makes it; --db names another")
        _inspect(path)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    with closing(connection):
        # What goes wrong inside the caller's block is not ours to explain.
        with translating(path):
            db = Database(connection)
            _prepare(db, path, check=create)
        yield Store(db, path)


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


def _prepare(db: Database, path: Path, *, check: bool) -> None:
    """Set up the connection, and the tables where they are not yet as this version wants them."""
    # What another process has not yet written back from its log is only seen from here.
    version = db.execute("PRAGMA user_version").fetchone()[0]
    _refuse_newer(path, version)
    if check and version:
        fault = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if fault != "ok":
            error = sqlite3.DatabaseError(fault)
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = NORMAL"):
        db.execute(f"PRAGMA {pragma}")
    if version < SCHEMA_VERSION:
        if not version:
            # Before the log exists, so that the file itself says from its first byte whose it is.
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute("PRAGMA journal_mode = WAL")
        migrations.apply(db)
