"""Scan files byte by byte for a subject request: the proof that an erasure left nothing, and old copies."""

from __future__ import annotations

import mmap
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import StoreError
from brandwatch.privacy.file_scan import count_places
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.storage.privacy_search import rows_holding
from brandwatch.storage.store import Store, wrap_sqlite_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from brandwatch.models import SubjectRequest


class ScannedFile(NamedTuple):
    """A file that was looked into: its bytes, and at how many places it still holds what is wanted."""

    path: Path
    size: int
    places: int


def database_files(database: Path) -> list[Path]:
    """Return a database with what belongs to it: its log, its lock, copies of older versions."""
    folder = database.parent
    named = {*folder.glob(f"{_escaped(database)}[.-]*"), *folder.glob(f".{_escaped(database)}.*")}
    return [path for path in (database, *sorted(named)) if path.is_file()]


def migration_copies(database: Path) -> list[Path]:
    """Return the copies of a database that were put aside before its tables changed."""
    return sorted(database.parent.glob(f"{_escaped(database)}.v*.bak"))


def scan_files(paths: Iterable[Path], wanted: SubjectRequest) -> Iterator[ScannedFile]:
    """Yield each file, those in folders too, with the places where its bytes, or its name, are what is wanted."""
    finder = SubjectFinder(wanted)
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            if file.is_file():
                with wrap_sqlite_errors(file):
                    yield ScannedFile(file, file.stat().st_size, _places(file, finder))


def _places(path: Path, finder: SubjectFinder) -> int:
    """Return how many places of a file, of what is packed in it, and of its name hold what is searched for."""
    # A name of a file is spelt as a link is.
    places = finder.count(f"/{path.name}")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return places + sum(count_places(packed.read(name), finder) for name in packed.namelist())
    with path.open("rb") as file:
        if not path.stat().st_size:
            return places
        with closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as all_of_it:
            return places + count_places(all_of_it, finder)


def _escaped(database: Path) -> str:
    """Return the name of a database as a pattern of file names has it."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in database.name)


def copies_holding(database: Path, wanted: SubjectRequest) -> list[Path]:
    """Return the copies that hold what is wanted, or that cannot be read."""
    return [copy for copy in migration_copies(database) if _holds(copy, wanted)]


def delete_copies(found: list[Path]) -> None:
    """Delete copies: one that was changed would be a copy of nothing."""
    for copy in found:
        with wrap_sqlite_errors(copy):
            copy.unlink()


def _holds(copy: Path, wanted: SubjectRequest) -> bool:
    """Say whether a copy holds what is wanted in a row or anywhere in its bytes."""
    if any(looked.places for looked in scan_files([copy], wanted)):
        return True
    uri = f"{copy.absolute().as_uri()}?immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return any(rows_holding(Store(connection, copy), SubjectFinder(wanted)))
    except (sqlite3.DatabaseError, StoreError):
        return True
