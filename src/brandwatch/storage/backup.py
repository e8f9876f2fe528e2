"""Verified backups of the database, also while a poll runs."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch.errors import OutputError, StoreError
from brandwatch.storage.atomic_copy import COMPANIONS, atomic_path, copy_database, hold_snapshot
from brandwatch.storage.database import examine_database, inspect_connection

if TYPE_CHECKING:
    from pathlib import Path


_COUNTED = ("mention", "entry", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupResult:
    """What a copy holds: its bytes, the version of its schema, and how many rows of each table."""

    size: int
    version: int
    mentions: int
    entries: int
    sources: int


def back_up(path: Path, target: Path, *, force: bool = False) -> BackupResult:
    """Copy the database at *path* to *target* (0600), also while a poll runs, and look through all of the copy.

    It gets its name only when it is whole; until then, and if anything fails, an older file of that name stays. Raise
    OutputError where *target* cannot be written, is the database, or is there and *force* does not allow to replace
    it; StoreError for a database that cannot be copied.
    """
    with inspect_connection(path) as source:
        target = target.resolve()
        _refuse_our_own(path, target)
        _refuse_taken(target, force=force)
        hold_snapshot(source)
        try:
            with atomic_path(target) as made:
                copy_database(source, made)
                return _looked_through(path, made)
        except (sqlite3.OperationalError, OSError) as error:
            # What is damaged is no OperationalError, and is told of the database.
            reason = getattr(error, "strerror", None) or str(error)
            raise OutputError(f"{target} cannot be written: {reason}", "see the folder and the space there") from error


def _refuse_our_own(path: Path, target: Path) -> None:
    """Refuse the files of the database itself: who replaced one would lose what is written to it."""
    ours = [path.resolve().with_name(f"{path.resolve().name}{end}") for end in ("", *COMPANIONS, ".lock")]
    if target in ours or (target.exists() and target.samefile(path)):
        raise OutputError(f"{target} is a file of the database itself", "name another file")


def _refuse_taken(target: Path, *, force: bool) -> None:
    """Refuse what is there and may not be replaced, or cannot be."""
    if target.exists() and not target.is_file():
        raise OutputError(f"{target} is no file", "name a file")
    if target.exists() and not force:
        raise OutputError(f"{target} is there already", "name another file; --force replaces it")
    in_use = (target.with_name(f"{target.name}{end}") for end in COMPANIONS)
    # SQLite would take a log for that of whatever database has its name.
    if found := next((file for file in in_use if file.exists()), None):
        raise OutputError(f"{target} is in use: {found.name} is beside it", "end what holds it, or name another file")


def _looked_through(path: Path, made: Path) -> BackupResult:
    """Return what the copy holds; raise StoreError where it is not whole."""
    try:
        facts = examine_database(made)
    except StoreError as error:
        raise StoreError(f"the database {path} is damaged: its copy is not whole", error.hint) from error
    if not facts.version:
        raise StoreError(f"the database {path} holds nothing yet", "`brandwatch poll` fills it")
    with inspect_connection(made) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _COUNTED]
    return BackupResult(
        size=facts.size, version=facts.version, mentions=counts[0], entries=counts[1], sources=counts[2]
    )
