"""Search every table for a subject request, whatever the tables and columns are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import PersonalDataRow
from brandwatch.privacy.erasure import HeldRow, erasure_scope
from brandwatch.privacy.subject_search import SubjectFinder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.models import SubjectRequest
    from brandwatch.storage.database import Store

    Address = tuple[str, tuple[Any, ...]]


_NUMBER_TYPES = ("INT", "REAL", "NUM")


class Reference(NamedTuple):
    """A column that names a row of another *table*, and is deleted with it."""

    column: str
    table: str


class TableInfo(NamedTuple):
    """A table: the columns that identify a row, those that may hold words, and its references to owners."""

    name: str
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    owners: tuple[Reference, ...]


def database_tables(store: Store) -> list[TableInfo]:
    """Return our tables as they are declared; what a full-text index stores for itself only repeats them."""
    names = store.execute(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    tables = []
    for name, is_without_rowid in list(names):
        columns = list(store.execute("SELECT name, type, pk FROM pragma_table_info(?)", [name]))
        references = store.execute(
            'SELECT "from", "table" FROM pragma_foreign_key_list(?) WHERE on_delete = \'CASCADE\'', [name]
        )
        primary_key = tuple(column for column, _, place in columns if place)
        table = TableInfo(
            name=name,
            keys=primary_key if is_without_rowid else ("rowid",),
            texts=tuple(column for column, kind, _ in columns if not kind.upper().startswith(_NUMBER_TYPES)),
            owners=tuple(Reference(column, owner) for column, owner in references),
        )
        tables.append(table)
    return tables


def word_indexes(store: Store) -> list[str]:
    """Return the names of the full-text indexes."""
    return store.column("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'")


def held_rows(store: Store, finder: SubjectFinder) -> Iterator[HeldRow]:
    """Yield each row that holds what is searched for, table by table."""
    store.connection.create_function("may_hold", -1, finder.may_hold, deterministic=True)
    for table in database_tables(store):
        if not table.texts:
            continue
        columns = ", ".join(f'"{column}"' for column in table.texts)
        for key, row in _rows(store, table, f"may_hold({columns})"):
            holding = tuple(column for column in table.texts if finder.holds(column, row[column]))
            if holding:
                yield HeldRow(table.name, key, holding, row)


def erased_entries_and_sources(store: Store, held: Iterable[HeldRow]) -> tuple[list[int], list[int]]:
    """Return the ids of the entries and of the sources that an erasure removes because of the rows that hold it."""
    scope = erasure_scope(held)
    statement = "SELECT entry FROM mention WHERE id IN (SELECT value FROM json_each(?))"
    entries = scope.entries.union(store.column(statement, [json.dumps(sorted(scope.mentions))]))
    return sorted(entries), sorted(scope.sources)


def personal_data_rows(store: Store, request: SubjectRequest) -> list[PersonalDataRow]:
    """Return every row that holds what is requested, and every row that an erasure would remove with one."""
    held = list(held_rows(store, SubjectFinder(request)))
    entries, sources = erased_entries_and_sources(store, held)
    tables = database_tables(store)
    owned = _owned_rows(store, tables, "entry", entries) | _owned_rows(store, tables, "source", sources)
    erased = {*owned, *(("entry", (entry,)) for entry in entries), *(("source", (source,)) for source in sources)}
    addresses = [(one.table, tuple(one.key.values())) for one in held]
    holding = {
        address: PersonalDataRow(table=one.table, row=one.row, columns=one.columns, is_blanked=address not in erased)
        for address, one in zip(addresses, held, strict=True)
    }
    return [*holding.values(), *(row for address, row in owned.items() if address not in holding)]


def _owned_rows(
    store: Store, tables: Sequence[TableInfo], owner: str, numbers: Iterable[int]
) -> dict[Address, PersonalDataRow]:
    """Return the rows that are deleted with rows of a table, and those that are deleted with them."""
    owned: dict[Address, PersonalDataRow] = {}
    listed = json.dumps(list(numbers))
    for table in tables:
        for column in (reference.column for reference in table.owners if reference.table == owner):
            rows = list(_rows(store, table, f'"{column}" IN (SELECT value FROM json_each(?))', listed))
            for key, row in rows:
                owned[table.name, tuple(key.values())] = PersonalDataRow(
                    table=table.name, row=row, owner=f"{owner} {row[column]}"
                )
            if rows and table.keys == ("rowid",):
                owned |= _owned_rows(store, tables, table.name, [key["rowid"] for key, _ in rows])
    return owned


def _rows(
    store: Store, table: TableInfo, condition: str, *parameters: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the key and the columns of each row for which a condition holds."""
    keys = ", ".join(f'"{key}" AS "key {key}"' for key in table.keys)
    for row in store.query(f'SELECT {keys}, * FROM "{table.name}" WHERE {condition}', parameters):
        yield {key: row.pop(f"key {key}") for key in table.keys}, row
