"""Search for a subject request: in every table, whatever the tables and columns are, and in files."""

import glob
import json
import mmap
import os
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from brandwatch.errors import StoreError
from brandwatch.models import PersonalDataRow, SubjectRequest
from brandwatch.privacy.erasure import HeldRow, erasure_scope
from brandwatch.privacy.subject_search import RowFinder, SubjectFinder, count_places
from brandwatch.storage.atomic_files import delete_database, leftovers
from brandwatch.storage.database import Store
from brandwatch.storage.database_file import wrap_sqlite_errors
from brandwatch.storage.migration_copies import migration_copies

Address = tuple[str, tuple[Any, ...]]


_NUMBER_TYPES = ("INT", "REAL", "NUM")


class Reference(NamedTuple):
    """A column that names a row of another *table*, and is deleted with it."""

    column: str
    table: str


class TableInfo(NamedTuple):
    """A table: the columns that identify a row, those that may hold words, and the references to owners."""

    name: str
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    owners: tuple[Reference, ...]


def database_tables(store: Store) -> list[TableInfo]:
    """Return our tables as declared, without those of the full-text index, which repeat them."""
    names = store.execute("""
        SELECT name, wr FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite#_%' ESCAPE '#' ORDER BY name
    """)
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
            texts=tuple(column for column, declared, _ in columns if not declared.upper().startswith(_NUMBER_TYPES)),
            owners=tuple(Reference(column, owner) for column, owner in references),
        )
        tables.append(table)
    return tables


def word_indexes(store: Store) -> list[str]:
    """Return the names of the full-text indexes."""
    return store.column("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'")


def held_rows(store: Store, finder: RowFinder) -> Iterator[HeldRow]:
    """Yield each row that holds what is requested, table by table."""
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
    """Return the ids of the entries and sources that an erasure deletes because of rows that hold the request."""
    scope = erasure_scope(held)
    statement = "SELECT entry FROM mention WHERE id IN (SELECT value FROM json_each(?))"
    entries = scope.entries.union(store.column(statement, [json.dumps(sorted(scope.mentions))]))
    return sorted(entries), sorted(scope.sources)


def personal_data_rows(store: Store, request: SubjectRequest) -> list[PersonalDataRow]:
    """Return every row that holds what is requested, and every row that an erasure would delete with one."""
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
    """Return the rows that are deleted with rows of a table, and, in turn, with these."""
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
    """Yield the key and the columns of each row that satisfies a condition."""
    keys = ", ".join(f'"{key}" AS "key {key}"' for key in table.keys)
    for row in store.query(f'SELECT {keys}, * FROM "{table.name}" WHERE {condition}', parameters):
        yield {key: row.pop(f"key {key}") for key in table.keys}, row


class ScannedFile(NamedTuple):
    """A scanned file: its size in bytes, and the number of places that hold what is requested."""

    path: Path
    size: int
    places: int


def database_files(database: Path) -> list[Path]:
    """Return the files of a database: itself, log, lock, copies from before migrations."""
    # SQLite has its own files beside the target of a link.
    real = Path(os.path.realpath(database))
    name = glob.escape(real.name)
    companions = {*real.parent.glob(f"{name}[.-]*"), *real.parent.glob(f".{name}.*"), *leftovers(real.parent)}
    return [path for path in (database, *sorted(companions)) if path.is_file()]


def scan_files(paths: Iterable[Path], request: SubjectRequest) -> Iterator[ScannedFile]:
    """Yield each file, also in folders, with the number of places in its name, its bytes and the files packed in it."""
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
    """Return the copies and leftovers beside a database that hold what is requested, or that cannot be read."""
    copies = [copy.path for copy in migration_copies(database)]
    return [path for path in (*copies, *leftovers(Path(os.path.realpath(database)).parent)) if _holds(path, request)]


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
            delete_database(copy)
