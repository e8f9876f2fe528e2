"""Every row of every table that holds personal data of a subject request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import PersonalDataRow
from brandwatch.privacy.subject_search import SubjectFinder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.models import SubjectRequest
    from brandwatch.storage.store import Store


_NUMBERS = ("INT", "REAL", "NUM")


class Reference(NamedTuple):
    """A column that names a row of another *table*, and goes with it."""

    column: str
    table: str


class TableInfo(NamedTuple):
    """A table: the columns that a row is told by, those that may hold words, and the rows that its own belong to."""

    name: str
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    owners: tuple[Reference, ...]


def database_tables(store: Store) -> list[TableInfo]:
    """Return all tables of ours; what an index over words keeps for itself is none, since it only repeats."""
    found = store.tuples(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name"
    )
    return [
        _described(store, name, has_rowid=not without)
        for name, without in list(found)
        if not name.startswith("sqlite_")
    ]


def word_indexes(store: Store) -> list[str]:
    """Return the names of the full-text indexes."""
    statement = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
    return store.column(statement)


def _described(store: Store, name: str, *, has_rowid: bool) -> TableInfo:
    """Return a table as its declaration has it."""
    columns = list(store.tuples("SELECT name, type, pk FROM pragma_table_info(?)", [name]))
    references = store.tuples(
        'SELECT "from", "table" FROM pragma_foreign_key_list(?) WHERE on_delete = \'CASCADE\'', [name]
    )
    return TableInfo(
        name=name,
        keys=("rowid",) if has_rowid else tuple(column for column, _, place in columns if place),
        texts=tuple(column for column, kind, _ in columns if not kind.upper().startswith(_NUMBERS)),
        owners=tuple(Reference(column, table) for column, table in references),
    )


_ENTRY, _MENTION, _SOURCE = "entry", "mention", "source"
# What was tried and did not count, and what an analyst wrote, can be left out of a mention; the rest is what it is.
_LOOSE = frozenset({"checks", "note"})
# Evidence of a mention that stands in rows of its own.
_EVIDENCE = frozenset({"anchor", "person_hit"})


class HeldRow(NamedTuple):
    """A row that holds what is wanted: its table, what it is told by there, the columns, and all of it."""

    table: TableInfo
    key: tuple[Any, ...]
    columns: tuple[str, ...]
    row: dict[str, Any]


def rows_holding(store: Store, finder: SubjectFinder) -> Iterator[HeldRow]:
    """Yield each row that holds what is wanted, table by table."""
    store.connection.create_function("may_be_wanted", -1, finder.may_hold, deterministic=True)
    for table in database_tables(store):
        columns = ", ".join(f'"{column}"' for column in table.texts)
        for key, row in _rows(store, table, f"may_be_wanted({columns})") if columns else ():
            if found := tuple(name for name in table.texts if finder.holds(name, row[name])):
                yield HeldRow(table, key, found, row)


def entries_to_go(store: Store, found: Iterable[HeldRow]) -> list[int]:
    """Return the entries that are erased because of what was found: those that hold it, and those whose mentions do."""
    own = {one.row["id"] for one in found if one.table.name == _ENTRY}
    judged = {one.row["entry"] for one in found if one.table.name == _MENTION and not _LOOSE.issuperset(one.columns)}
    proved = json.dumps([one.row["mention"] for one in found if one.table.name in _EVIDENCE])
    statement = "SELECT entry FROM mention WHERE id IN (SELECT value FROM json_each(?))"
    return sorted(own | judged | set(store.column(statement, [proved])))


def sources_to_go(found: Iterable[HeldRow]) -> list[int]:
    """Return the sources that are erased because their address holds what is wanted."""
    return sorted(one.row["id"] for one in found if one.table.name == _SOURCE and "url" in one.columns)


def personal_data_rows(store: Store, request: SubjectRequest) -> list[PersonalDataRow]:
    """Return every row that holds what is wanted, and every row that belongs to one that an erasure takes away."""
    found = list(rows_holding(store, SubjectFinder(request)))
    gone = {_ENTRY: entries_to_go(store, found), _SOURCE: sources_to_go(found)}
    going = {(name, (number,)) for name, numbers in gone.items() for number in numbers}
    owned: dict[tuple[str, tuple[Any, ...]], PersonalDataRow] = {}
    for name, numbers in gone.items():
        owned |= _owned(store, database_tables(store), name, numbers)
    holding = {
        (one.table.name, one.key): PersonalDataRow(
            table=one.table.name,
            row=one.row,
            columns=one.columns,
            is_blanked=not {(one.table.name, one.key)} & (going | owned.keys()),
        )
        for one in found
    }
    return list((holding | {address: one for address, one in owned.items() if address not in holding}).values())


def _owned(
    store: Store, listed: Sequence[TableInfo], name: str, numbers: Iterable[int]
) -> dict[tuple[str, tuple[Any, ...]], PersonalDataRow]:
    """Return the rows that go with rows of a table, and those that go with them, by what they are told by."""
    found: dict[tuple[str, tuple[Any, ...]], PersonalDataRow] = {}
    for table in listed:
        for column in (reference.column for reference in table.owners if reference.table == name):
            condition = f'"{column}" IN (SELECT value FROM json_each(?))'
            rows = list(_rows(store, table, condition, json.dumps(list(numbers))))
            found |= {
                (table.name, key): PersonalDataRow(table=table.name, row=row, owner=f"{name} {row[column]}")
                for key, row in rows
            }
            if rows and table.keys == ("rowid",):
                found |= _owned(store, listed, table.name, [key[0] for key, _ in rows])
    return found


def _rows(
    store: Store, table: TableInfo, condition: str, *parameters: str
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Yield the rows of a table that a condition takes, each with what it is told by."""
    keys = ", ".join(f'"{key}" AS "key {key}"' for key in table.keys)
    statement = f'SELECT {keys}, * FROM "{table.name}" WHERE {condition}'
    for row in store.query(statement, parameters):
        yield tuple(row.pop(f"key {key}") for key in table.keys), row
