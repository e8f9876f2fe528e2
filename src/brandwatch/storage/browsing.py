"""A read-only connection for browsing that reads the views and nothing behind them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from brandwatch.storage import rows
from brandwatch.storage.browse_views import INDEX, VIEW_STATEMENTS
from brandwatch.storage.database_file import wrap_sqlite_errors

if TYPE_CHECKING:
    from pathlib import Path


_BUSY_SECONDS = 5.0
_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_CATALOGUES = frozenset({"sqlite_master", "sqlite_temp_master"})
# Those that tell what there is, for a library that looks; the index asks for the version of its data.
_PRAGMAS = frozenset({"data_version", "database_list", "schema_version", "table_info", "table_xinfo"})


def browse_connection(path: Path) -> sqlite3.Connection:
    """Return a connection to the database at *path* that may be used in any one thread at a time.

    Its own database is empty and in memory; ours is beside it, read-only, and the sheets are views that end with the
    connection. A poll may write meanwhile. Raise StoreError where the database cannot be read.
    """
    with wrap_sqlite_errors(path):
        connection = sqlite3.connect(
            ":memory:", uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _lay_out(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def refuse_unreadable(path: Path) -> None:
    """Raise StoreError where the database at *path* cannot be browsed."""
    with closing(browse_connection(path)) as connection, wrap_sqlite_errors(path):
        for name in VIEW_STATEMENTS:
            connection.execute(f"SELECT count(*) FROM (SELECT * FROM {name} LIMIT 1)")


def _lay_out(connection: sqlite3.Connection, path: Path) -> None:
    """Attach the database, make the views, and shut everything else."""
    connection.execute("ATTACH ? AS kept", [f"{path.absolute().as_uri()}?mode=ro"])
    connection.create_function("local", 1, _local, deterministic=True)
    for name, select in VIEW_STATEMENTS.items():
        connection.execute(f"CREATE TEMP VIEW {name} AS {select}")
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_Guard(_shown(connection)).may)


def _local(stored: int | None) -> str | None:
    """Return a stored moment in local time with its offset."""
    return None if stored is None else rows.moment(stored).astimezone().isoformat(timespec="minutes")


def _shown(connection: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    """Return the columns of our tables that some sheet is made of: SQLite tells when it is asked for one."""
    read: set[tuple[str, str]] = set()

    def note(action: int, table: str | None, column: str | None, _database: str | None, _view: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            read.add((table or "", column or ""))
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    for name in VIEW_STATEMENTS:
        connection.execute(f"SELECT * FROM {name} LIMIT 0")
    return frozenset(read)


class _Guard:
    """What SQLite asks before it does any part of a statement (sqlite.org/c3ref/set_authorizer.html)."""

    def __init__(self, shown: frozenset[tuple[str, str]]) -> None:
        self._shown = shown

    def may(self, action: int, first: str | None, second: str | None, _database: str | None, view: str | None) -> int:
        """Answer whether it is allowed; of our tables only what sheets show is read, and only through them."""
        if action == sqlite3.SQLITE_READ:
            is_allowed = self._is_readable(first or "", second or "", view or "")
        elif action == sqlite3.SQLITE_PRAGMA:
            is_allowed = first in _PRAGMAS
        elif action == sqlite3.SQLITE_UPDATE:
            # So a virtual table declares itself, in memory; a statement that says so is refused all the same.
            is_allowed = first in _CATALOGUES
        else:
            is_allowed = action in _ACTIONS
        return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY

    def _is_readable(self, table: str, column: str, view: str) -> bool:
        """Say whether a column may be read; an empty one stands for rows that are counted."""
        if table == INDEX:
            return column in {"", INDEX, "ROWID"}
        if table in VIEW_STATEMENTS or table in _CATALOGUES or table.startswith(f"{INDEX}_"):
            return True
        return not column or (view in VIEW_STATEMENTS and (table, column) in self._shown)
