"""Verify that a command leaves no row without its seal, whatever other programs have done to the database before."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from brandwatch.errors import StoreError
from brandwatch.storage import audit, database_file, seal_sums
from brandwatch.storage.database import Store

if TYPE_CHECKING:
    from pathlib import Path

Differences = tuple[object, ...]


class SealGuard:
    """The differences between rows and seals of the databases in a folder, before and after each command."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._states: dict[Path, tuple[int, ...]] = {}
        self._differences: dict[Path, Differences | None] = {}

    def check(self) -> None:
        """Fail if rows and seals differ in another way than before the command."""
        before = self._differences
        self._read()
        for path, after in self._differences.items():
            was = before.get(path, ({}, 0, "")) or after
            assert after in (None, ({}, 0, ""), was), (
                f"{path.name}: a command has left rows without seals: {was} {after}"
            )

    def note(self) -> None:
        """Note the differences that other programs have made since the last command."""
        if any(self._states.get(path) != _state(path) for path in self._paths()):
            self._read()

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.db"))

    def _read(self) -> None:
        paths = self._paths()
        self._differences = {path: _differences(path) for path in paths}
        self._states = {path: _state(path) for path in paths}


def _differences(path: Path) -> Differences | None:
    """Return the differences of a database, `None` where they cannot be read."""
    with suppress(StoreError, sqlite3.Error, OSError):
        if database_file.is_current(path):
            with closing(database_file.connect_to_read(path)) as connection:
                store = Store(connection, path)
                return *seal_sums.seal_differences(store), audit.verify_chain(store).fault
    return None


def _state(path: Path) -> tuple[int, ...]:
    files = (path, path.with_name(f"{path.name}-wal"))
    return tuple(file.stat().st_mtime_ns for file in files if file.exists())
