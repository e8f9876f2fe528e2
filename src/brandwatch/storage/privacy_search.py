"""Search for a subject request: in every table, whatever the tables and columns are, and in files."""

import glob
import json
import mmap
import os
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from brandwatch.errors import StoreError
from brandwatch.models import PersonalDataRow, SubjectRequest
from brandwatch.privacy.erasure import HeldRow, erasure_scope
from brandwatch.privacy.subject_prefilter import SubjectPrefilter
from brandwatch.privacy.subject_search import RowFinder, SubjectFinder, count_places
from brandwatch.storage.atomic_files import delete_database, leftovers
from brandwatch.storage.database import Store
from brandwatch.storage.database_file import has_our_header, wrap_sqlite_errors
from brandwatch.storage.migration_copies import migration_copies
from brandwatch.storage.unused_bytes import unused_pieces

KeyedRow = tuple[dict[str, Any], dict[str, Any]]
"""The key of a row, and all its columns."""
HeldKey = tuple[tuple[Any, ...], tuple[str, ...]]
"""The key of a row, and the columns that hold what is requested."""

_NUMBER_TYPES = ("INT", "REAL", "NUM")
# A hash holds no name; in a million of them are three letters of one by chance, and the audit needs all of its own.
_HASH_COLUMNS = frozenset({
    *(("audit", column) for column in ("hash", "content")),
    *(("source", column) for column in ("body_hash", "queries_hash", "window", "digests")),
    *(("sketched", "whole"), ("tombstone", "hash"), ("secret", "key"), ("seal_state", "key_check")),
})  # fmt: skip
_ROWID = ("rowid",)
_MIN_ROWID, _MAX_ROWID = -(2**63), 2**63 - 1
_ROWS_AT_ONCE = 256
# No byte of UTF-8.
_ROW_END = b"\xff"
_IN_RANGE = "rowid BETWEEN ? AND ?"
_LISTED = "IN (SELECT value FROM json_each(?))"
_TEMPORARY_TABLES = (
    "DROP TABLE IF EXISTS temp.subject_row",
    "DROP TABLE IF EXISTS temp.subject_erased",
    "CREATE TEMP TABLE subject_row (owner TEXT, id INTEGER, columns TEXT, PRIMARY KEY (owner, id)) WITHOUT ROWID",
    "CREATE TEMP TABLE subject_erased (owner TEXT, id INTEGER, PRIMARY KEY (owner, id)) WITHOUT ROWID",
)


class Reference(NamedTuple):
    """A column that names a row of another *table*, and is deleted with it."""

    column: str
    table: str


class TableInfo(NamedTuple):
    """A table: the columns that identify a row, those that may hold words, and the references to owners.

    *nullable* are the columns that may have no value.
    """

    name: str
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    nullable: frozenset[str]
    owners: tuple[Reference, ...]


def database_tables(store: Store) -> list[TableInfo]:
    """Return our tables as declared, without those of the full-text index, which repeat them."""
    names = store.execute("""
        SELECT name, wr FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite#_%' ESCAPE '#' ORDER BY name
    """)
    tables = []
    for name, is_without_rowid in list(names):
        columns = list(store.execute('SELECT name, type, pk, "notnull" FROM pragma_table_info(?)', [name]))
        references = store.execute(
            'SELECT "from", "table" FROM pragma_foreign_key_list(?) WHERE on_delete = \'CASCADE\'', [name]
        )
        primary_key = tuple(column for column, _, place, _ in columns if place)
        table = TableInfo(
            name=name,
            keys=primary_key if is_without_rowid else ("rowid",),
            texts=tuple(
                column
                for column, declared, _, _ in columns
                if not declared.upper().startswith(_NUMBER_TYPES) and (name, column) not in _HASH_COLUMNS
            ),
            nullable=frozenset(column for column, _, _, is_never_null in columns if not is_never_null),
            owners=tuple(Reference(column, owner) for column, owner in references),
        )
        tables.append(table)
    return tables


def word_indexes(store: Store) -> list[str]:
    """Return the names of the full-text indexes."""
    return store.column("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'")


def indexed_words(store: Store, finder: SubjectFinder) -> list[str]:
    """Return the words in the full-text indexes that are a hit by themselves."""
    words = []
    for index in word_indexes(store):
        store.execute("DROP TABLE IF EXISTS temp.indexed_word")
        store.execute(f"CREATE VIRTUAL TABLE temp.indexed_word USING fts5vocab (main, {_identifier(index)}, row)")
        cursor = store.execute("SELECT term FROM temp.indexed_word")
        while batch := [word for (word,) in cursor.fetchmany(_ROWS_AT_ONCE)]:
            if finder.may_hold(*batch):
                words += [word for word in batch if finder.holds("", word)]
        store.execute("DROP TABLE temp.indexed_word")
    return words


def held_rows(store: Store, finder: RowFinder) -> Iterator[HeldRow]:
    """Yield each row that holds what is requested, table by table."""
    for table in database_tables(store):
        if table.texts:
            yield from _holding(table, _candidates(store, table, finder), finder)


def _holding(table: TableInfo, candidates: Iterable[KeyedRow], finder: RowFinder) -> Iterator[HeldRow]:
    for key, row in candidates:
        columns = tuple(column for column in table.texts if finder.holds(column, row[column]))
        if columns:
            yield HeldRow(table.name, key, columns, row)


def _candidates(store: Store, table: TableInfo, finder: RowFinder) -> Iterator[KeyedRow]:
    """Yield the rows of a table that may hold what is requested."""
    prefilter = finder.prefilter
    if prefilter is None or table.keys != _ROWID or store.value("PRAGMA encoding") != "UTF-8":
        store.connection.create_function("may_hold", -1, finder.may_hold, deterministic=True)
        yield from _rows(store, table, f"may_hold({', '.join(map(_identifier, table.texts))})")
        return
    # The values of many rows as one: to read each column of each row takes twice as long.
    texts = "||".join(
        f"coalesce({_identifier(column)}, '')" if column in table.nullable else _identifier(column)
        for column in table.texts
    )
    together = f"""
        SELECT CAST(group_concat({texts}, x'{_ROW_END.hex()}') AS BLOB), json_group_array(rowid)
        FROM {_identifier(table.name)} WHERE {_IN_RANGE}
    """
    for limits in _ranges(store, table):
        data, rowids = store.execute(together, limits).fetchone()
        if prefilter.may_hold(data):
            listed = json.dumps(_passing(prefilter, data, json.loads(rowids)))
            yield from _rows(store, table, f"rowid {_LISTED}", listed)


def _passing(prefilter: SubjectPrefilter, data: bytes, rowids: Sequence[int]) -> Sequence[int]:
    """Return the ids of the rows that pass the prefilter, given the data of all of them."""
    rows = data.split(_ROW_END)
    if len(rows) != len(rowids):
        return rowids
    return [rowid for rowid, may_hold in zip(rowids, prefilter.test_each(rows), strict=True) if may_hold]


def _ranges(store: Store, table: TableInfo) -> Iterator[tuple[int, int]]:
    """Yield the first and the last rowid of every few rows of a table."""
    following = f"SELECT rowid FROM {_identifier(table.name)} WHERE rowid >= ? ORDER BY rowid LIMIT {_ROWS_AT_ONCE}"
    first = _MIN_ROWID
    while first <= _MAX_ROWID and (last := store.value(f"SELECT max(rowid) FROM ({following})", [first])) is not None:
        yield first, last
        first = last + 1


class SubjectRows:
    """The rows that hold what is requested, and those that an erasure deletes with them.

    A name may be in every row: their ids are in temporary tables of this connection, which hold nothing else.
    """

    def __init__(self, store: Store, finder: RowFinder) -> None:
        self._store = store
        self._tables = {table.name: table for table in database_tables(store)}
        self._keys: dict[str, list[HeldKey]] = {}
        for statement in _TEMPORARY_TABLES:
            store.execute(statement)
        for held in held_rows(store, finder):
            self._add(held)
        self._add_owned()

    def ids_to_erase(self, table: str) -> list[int]:
        """Return the ids of the rows of a table that an erasure deletes."""
        return self._store.column("SELECT id FROM temp.subject_erased WHERE owner = ? ORDER BY id", [table])

    def rows_with_hits(self) -> Iterator[HeldRow]:
        """Yield each row that holds what is requested, as long as it is there; the caller may write meanwhile."""
        for name, table in self._tables.items():
            for batch in self._held_keys(name):
                columns = dict(batch)
                for key, row in list(_rows_with_keys(self._store, table, list(columns))):
                    yield HeldRow(name, key, columns[tuple(key.values())], row)

    def all(self) -> Iterator[PersonalDataRow]:
        """Yield each row that holds what is requested, then each other one that an erasure deletes."""
        for held in self.rows_with_hits():
            is_erased = bool(self._owner(held.table, held.row)) or self._is_erased(held.table, held.key.get("rowid"))
            yield PersonalDataRow(table=held.table, row=held.row, columns=held.columns, is_blanked=not is_erased)
        for table in self._tables.values():
            for key, row in _rows(self._store, table, _is_owned(table)) if table.owners else ():
                if not self._is_held(table.name, tuple(key.values())):
                    yield PersonalDataRow(table=table.name, row=row, owner=self._owner(table.name, row))

    def _add(self, held: HeldRow) -> None:
        """Note a row, and what an erasure deletes because of it."""
        key = tuple(held.key.values())
        if self._tables[held.table].keys == _ROWID:
            statement = "INSERT INTO temp.subject_row (owner, id, columns) VALUES (?, ?, ?)"
            self._store.execute(statement, [held.table, *key, json.dumps(held.columns)])
        else:
            self._keys.setdefault(held.table, []).append((key, held.columns))
        scope = erasure_scope([held])
        self._erase("entry", scope.entries)
        self._erase("source", scope.sources)
        for mention in scope.mentions:
            self._erase("entry", self._store.column("SELECT entry FROM mention WHERE id = ?", [mention]))

    def _erase(self, table: str, ids: Iterable[int]) -> None:
        statement = "INSERT OR IGNORE INTO temp.subject_erased (owner, id) VALUES (?, ?)"
        self._store.execute_many(statement, [(table, number) for number in ids])

    def _add_owned(self) -> None:
        """Note the ids of all rows that are deleted with others, and of those that are deleted with these."""
        owners = [table for table in self._tables.values() if table.owners and table.keys == _ROWID]
        before, after = -1, self._store.connection.total_changes
        while before < after:
            for table in owners:
                statement = f"""
                    INSERT OR IGNORE INTO temp.subject_erased (owner, id)
                    SELECT ?, rowid FROM {_identifier(table.name)} WHERE {_is_owned(table)}
                """
                self._store.execute(statement, [table.name])
            before, after = after, self._store.connection.total_changes

    def _held_keys(self, table: str) -> Iterator[list[HeldKey]]:
        """Yield the keys of the rows of a table that hold what is requested, some at a time."""
        if table in self._keys:
            yield self._keys[table]
            return
        statement = f"""
            SELECT id, columns FROM temp.subject_row WHERE owner = ? AND id >= ? ORDER BY id LIMIT {_ROWS_AT_ONCE}
        """
        first = _MIN_ROWID
        while first <= _MAX_ROWID and (batch := list(self._store.execute(statement, [table, first]))):
            yield [((number,), tuple(json.loads(columns))) for number, columns in batch]
            first = batch[-1][0] + 1

    def _is_held(self, table: str, key: tuple[Any, ...]) -> bool:
        if self._tables[table].keys != _ROWID:
            return any(key == held for held, _ in self._keys.get(table, ()))
        return bool(self._store.value("SELECT 1 FROM temp.subject_row WHERE owner = ? AND id = ?", [table, *key]))

    def _owner(self, table: str, row: Mapping[str, Any]) -> str:
        """Return the row that a row is deleted with, empty if there is none."""
        references = self._tables[table].owners
        owners = (one for one in references if self._is_erased(one.table, row[one.column]))
        return next((f"{one.table} {row[one.column]}" for one in owners), "")

    def _is_erased(self, table: str, number: int | None) -> bool:
        statement = "SELECT 1 FROM temp.subject_erased WHERE owner = ? AND id = ?"
        return bool(self._store.value(statement, [table, number]))


def _is_owned(table: TableInfo) -> str:
    """Return the condition of the rows of a table that are deleted with others."""
    return " OR ".join(
        f"{_identifier(one.column)} IN (SELECT id FROM temp.subject_erased WHERE owner = '{one.table}')"
        for one in table.owners
    )


def personal_data_rows(store: Store, request: SubjectRequest) -> Iterator[PersonalDataRow]:
    """Yield every row that holds what is requested, and every row that an erasure would delete with one."""
    with store.snapshot():
        yield from SubjectRows(store, SubjectFinder(request)).all()


def _rows_with_keys(store: Store, table: TableInfo, keys: Sequence[tuple[Any, ...]]) -> Iterator[KeyedRow]:
    """Yield the rows of a table with these keys."""
    if table.keys == _ROWID:
        yield from _rows(store, table, f"rowid {_LISTED}", json.dumps([number for (number,) in keys]))
    else:
        condition = " AND ".join(f"{_identifier(column)} IS ?" for column in table.keys)
        for key in keys:
            yield from _rows(store, table, condition, *key)


def _rows(store: Store, table: TableInfo, condition: str, *parameters: Any) -> Iterator[KeyedRow]:  # noqa: ANN401
    """Yield the key and the columns of each row that satisfies a condition."""
    keys = ", ".join(f'{_identifier(key)} AS "key {key}"' for key in table.keys)
    for row in store.query(f"SELECT {keys}, * FROM {_identifier(table.name)} WHERE {condition}", parameters):
        yield {key: row.pop(f"key {key}") for key in table.keys}, row


def _identifier(name: str) -> str:
    return f'"{name}"'


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
    # The name of a file is spelt as a link is.
    places = finder.count(f"/{path.name}")
    real = Path(os.path.realpath(path))
    if has_our_header(real):
        places += _count_in_database(real, finder)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            places += sum(count_places(packed.read(name), finder) for name in packed.namelist())
    else:
        places += _count_in_bytes(path, finder)
    return ScannedFile(path, path.stat().st_size, places)


def _count_in_database(path: Path, finder: SubjectFinder) -> int:
    """Count the places in the rows of a database, and in the bytes that belong to no row.

    In the bytes of a page the end of one value and the begin of the next would make a name of two words.
    """
    try:
        rows = _count_in_rows(path, finder)
    except (sqlite3.DatabaseError, StoreError):
        return _count_in_bytes(path, finder)
    return rows + _count_in_unused(path, finder)


def _count_in_unused(path: Path, finder: SubjectFinder) -> int:
    return sum(count_places(piece, finder) for piece in unused_pieces(path))


def _count_in_rows(path: Path, finder: SubjectFinder) -> int:
    """Count the places in the rows and in the full-text indexes of a database that nobody writes to."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
        store = Store(connection, path)
        return sum(len(held.columns) for held in held_rows(store, finder)) + len(indexed_words(store, finder))


def _count_in_bytes(path: Path, finder: SubjectFinder) -> int:
    if not path.stat().st_size:
        return 0
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as content:
        return count_places(content, finder)


def copies_holding(database: Path, request: SubjectRequest) -> list[Path]:
    """Return the copies and leftovers beside a database that hold what is requested, or that cannot be read."""
    copies = [copy.path for copy in migration_copies(database)]
    finder = SubjectFinder(request)
    return [path for path in (*copies, *leftovers(Path(os.path.realpath(database)).parent)) if _holds(path, finder)]


def _holds(copy: Path, finder: SubjectFinder) -> bool:
    """Whether a copy holds what is requested in its name, a row or other bytes, or cannot be read."""
    try:
        rows = _count_in_rows(copy, finder)
    except (sqlite3.DatabaseError, StoreError):
        return True
    return bool(rows or finder.count(f"/{copy.name}") or _count_in_unused(copy, finder))


def delete_copies(copies: Iterable[Path]) -> None:
    """Delete copies: an edited one would no longer be the database from before its migration."""
    for copy in copies:
        with wrap_sqlite_errors(copy):
            delete_database(copy)
