"""The files of a database, its old copies and exports: which there are, and whether they hold a subject request."""

from __future__ import annotations

import mmap
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import StoreError
from brandwatch.privacy.file_scan import count_places
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.storage.database import Store
from brandwatch.storage.database_file import wrap_sqlite_errors
from brandwatch.storage.privacy_search import held_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from brandwatch.models import SubjectRequest


class ScannedFile(NamedTuple):
    """A file that was scanned: its size in bytes, and at how many places it holds what is requested."""

    path: Path
    size: int
    places: int


def database_files(database: Path) -> list[Path]:
    """Return a database with its companions: log, lock, copies from before migrations."""
    name = _glob_escape(database.name)
    companions = {*database.parent.glob(f"{name}[.-]*"), *database.parent.glob(f".{name}.*")}
    return [path for path in (database, *sorted(companions)) if path.is_file()]


def migration_copies(database: Path) -> list[Path]:
    """Return the copies of a database from before its migrations."""
    return sorted(database.parent.glob(f"{_glob_escape(database.name)}.v*.bak"))


def _glob_escape(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def scan_files(paths: Iterable[Path], request: SubjectRequest) -> Iterator[ScannedFile]:
    """Yield each file, also those in folders, with the places in its name, its bytes and the files packed in it."""
    finder = SubjectFinder(request)
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            if file.is_file():
                with wrap_sqlite_errors(file):
                    yield _scan(file, finder)


def _scan(path: Path, finder: SubjectFinder) -> ScannedFile:
    size = path.stat().st_size
    # The name of a file is spelt as a link is.
    places = finder.count(f"/{path.name}")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            places += sum(count_places(packed.read(name), finder) for name in packed.namelist())
    elif size:
        with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as content:
            places += count_places(content, finder)
    return ScannedFile(path, size, places)


def copies_holding(database: Path, request: SubjectRequest) -> list[Path]:
    """Return the copies from before migrations that hold what is requested, or that cannot be read."""
    return [copy for copy in migration_copies(database) if _holds(copy, request)]


def _holds(copy: Path, request: SubjectRequest) -> bool:
    """Whether a copy holds what is requested in its bytes or in a row; a short account counts in the rows only."""
    if any(scanned.places for scanned in scan_files([copy], request)):
        return True
    uri = f"{copy.absolute().as_uri()}?immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return any(held_rows(Store(connection, copy), SubjectFinder(request)))
    except (sqlite3.DatabaseError, StoreError):
        return True


def delete_copies(copies: Iterable[Path]) -> None:
    """Delete copies: an edited one would no longer be the database from before its migration."""
    for copy in copies:
        with wrap_sqlite_errors(copy):
            copy.unlink()
