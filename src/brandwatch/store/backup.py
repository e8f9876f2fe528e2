"""Copies of the database: one put beside it before its tables change, and those that somebody asks for."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy holds: bytes, entries and mentions."""

    size: int
    entries: int
    mentions: int


def put_aside(path: Path, version: int) -> None:
    """Copy the database at *path* to `<path>.v<version>.bak` (0600), whole or not at all; one that is there stays.

    The caller keeps other writers away, and has written nothing in its own transaction.
    """
    kept = path.with_name(f"{path.name}.v{version}.bak")
    if kept.exists():
        return
    # Not through the caller's connection: SQLite copies nothing from one that is in a write transaction.
    with closing(sqlite3.connect(path)) as source, _copied(source, kept):
        pass


def copy_to(source: sqlite3.Connection, target: Path) -> Copied:
    """Copy a database as it is at one moment (0600), also while another process writes to it; an older file goes.

    The copy gets its name when all of it was looked through and is on the disk. Raise OutputError where it cannot be
    written, or does not hold what it should.
    """
    try:
        with _copied(source, target) as name:
            return _looked_through(name)
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{target} cannot be written: {reason}", "what was there before is as it was") from error


@contextmanager
def _copied(source: sqlite3.Connection, target: Path) -> Iterator[Path]:
    """Copy a database to a file beside *target*, which takes its name at the end of the block."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with closing(sqlite3.connect(name)) as copy:
            source.backup(copy)
        yield Path(name)
        os.fsync(descriptor)
        Path(name).replace(target)
    except BaseException:
        for leftover in (name, f"{name}-journal", f"{name}-wal", f"{name}-shm"):
            Path(leftover).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _looked_through(name: Path) -> Copied:
    """Return what a copy holds; raise DatabaseError where its pages or its rows do not fit together."""
    with closing(sqlite3.connect(name)) as copy:
        fault = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if fault != "ok" or copy.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.DatabaseError(f"the copy is not sound: {fault}")
        entries, mentions = copy.execute(
            "SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM mention)"
        ).fetchone()
    return Copied(size=name.stat().st_size, entries=entries, mentions=mentions)
