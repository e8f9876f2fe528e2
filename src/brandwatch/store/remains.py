"""Look into files, byte by byte, for what is wanted: the proof that an erasure has left nothing."""

from __future__ import annotations

import mmap
import os
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.store.trouble import translating
from brandwatch.text.traces import DISTINCTIVE, squeezed
from brandwatch.text.written import pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from brandwatch.models import Wanted


class Looked(NamedTuple):
    """A file that was looked into: its bytes, and at how many places it still holds what is wanted."""

    path: Path
    size: int
    places: int


def beside(database: Path) -> list[Path]:
    """Return a database with what belongs to it: its log, its lock, copies of older versions."""
    folder = database.parent
    named = {*folder.glob(f"{_escaped(database)}[.-]*"), *folder.glob(f".{_escaped(database)}.*")}
    return [path for path in (database, *sorted(named)) if path.is_file()]


def copies(database: Path) -> list[Path]:
    """Return the copies of a database that were put aside before its tables changed."""
    return sorted(database.parent.glob(f"{_escaped(database)}.v*.bak"))


def look(paths: Iterable[Path], wanted: Wanted) -> Iterator[Looked]:
    """Yield each file, those in folders too, with the places where its bytes, or its name, are what is wanted."""
    authors = (author for author in wanted.authors if len(squeezed(author).letters) >= DISTINCTIVE)
    found = pattern((*wanted.names, *wanted.texts, *authors), wanted.urls)
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            if file.is_file():
                with translating(file):
                    yield Looked(file, file.stat().st_size, _places(file, found))


def _places(path: Path, found: re.Pattern[bytes]) -> int:
    """Return how many places of a file, of what is packed in it, and of its name are what is looked for."""
    places = len(found.findall(os.fsencode(path.name)))
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return places + sum(len(found.findall(packed.read(name))) for name in packed.namelist())
    with path.open("rb") as file:
        if not path.stat().st_size:
            return places
        with closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as all_of_it:
            return places + sum(1 for _ in found.finditer(all_of_it))


def _escaped(database: Path) -> str:
    """Return the name of a database as a pattern of file names has it."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in database.name)
