"""The tables as the database itself describes them, so that whatever goes through all of them knows new ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sqlite_utils import Database

_NUMBERS = ("INT", "REAL", "NUM")


class Reference(NamedTuple):
    """A column that names a row of another *table*, and goes with it."""

    column: str
    table: str


class Table(NamedTuple):
    """A table: the columns that a row is told by, those that may hold words, and the rows that its own belong to."""

    name: str
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    owners: tuple[Reference, ...]


def tables(db: Database) -> list[Table]:
    """Return all tables of ours; what an index over words keeps for itself is none, since it only repeats."""
    found = db.execute("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name")
    return [
        _described(db, name, has_rowid=not without)
        for name, without in found.fetchall()
        if not name.startswith("sqlite_")
    ]


def word_indexes(db: Database) -> list[str]:
    """Return the names of the full-text indexes."""
    statement = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
    return [name for (name,) in db.execute(statement).fetchall()]


def _described(db: Database, name: str, *, has_rowid: bool) -> Table:
    """Return a table as its declaration has it."""
    columns = db.execute("SELECT name, type, pk FROM pragma_table_info(?)", [name]).fetchall()
    references = db.execute(
        'SELECT "from", "table" FROM pragma_foreign_key_list(?) WHERE on_delete = \'CASCADE\'', [name]
    ).fetchall()
    return Table(
        name=name,
        keys=("rowid",) if has_rowid else tuple(column for column, _, place in columns if place),
        texts=tuple(column for column, kind, _ in columns if not kind.upper().startswith(_NUMBERS)),
        owners=tuple(Reference(column, table) for column, table in references),
    )
