"""Whole copies or none: atomic files, and the copy of the database made before a migration."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


COMPANIONS = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database that is in use, by the ends of the names."""

# 4 MiB at a time.
_PAGES = 1_024


def backup_before_migration(path: Path, version: int) -> None:
    """Copy the database at *path* to `<path>.v<version>.bak` (0600), whole or not at all; one that is there stays.

    The caller keeps other writers away, and has written nothing in its own transaction.
    """
    kept = path.with_name(f"{path.name}.v{version}.bak")
    if kept.exists():
        return
    # Not through the caller's connection: SQLite copies nothing from one that is in a write transaction.
    with atomic_path(kept) as name, closing(sqlite3.connect(path, isolation_level=None)) as source:
        hold_snapshot(source)
        copy_database(source, name)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give an empty file (0600) beside *path* that takes its name when the block ends well, and else is gone."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        yield Path(name)
        Path(name).replace(path)
    except BaseException:
        for leftover in (name, *(f"{name}{companion}" for companion in COMPANIONS)):
            Path(leftover).unlink(missing_ok=True)
        raise


def hold_snapshot(source: sqlite3.Connection) -> None:
    """Have a connection that is in no transaction read what there is at this moment, whatever others write."""
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def copy_database(source: sqlite3.Connection, path: Path) -> None:
    """Copy the database of a connection into an empty file; one that does not hold still may begin anew for ever."""
    with closing(sqlite3.connect(path)) as target:
        # A signal is heard only where Python is called.
        source.backup(target, pages=_PAGES, progress=lambda *_: None)
