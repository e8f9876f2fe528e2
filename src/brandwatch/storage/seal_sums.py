"""The sums of what is stored, unit by unit: to compare them with the seals, and to seal a whole database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from zlib import crc32

from brandwatch.storage.database import Store
from brandwatch.storage.seals import (
    SCHEMA_UNIT,
    SUM_MODULUS,
    UNIT_KINDS,
    SealedPart,
    Unit,
    as_columns,
    as_number,
    from_columns,
    key_check,
    sealed_parts,
)

_BATCH_ROWS = 10_000


def seal_database(store: Store, differences: Mapping[Unit, int], total_difference: int = 0) -> None:
    """Seal all that is stored, inside the caller's transaction.

    *differences* between the seals and the rows that were there before stay: a damage remains one.
    """
    store.seals.add_functions()
    store.execute("DELETE FROM seal")
    total = end_hash(store) + total_difference
    batch = []
    remaining = dict(differences)
    for unit, seal in _all_sums(store):
        stored = (seal + remaining.pop(unit, 0)) % SUM_MODULUS
        total += store.seals.unit_hash(unit, stored)
        batch.append((*unit, *as_columns(stored)))
        if len(batch) == _BATCH_ROWS:
            _insert(store, batch)
            batch.clear()
    for unit, difference in remaining.items():
        total += store.seals.unit_hash(unit, difference % SUM_MODULUS)
        batch.append((*unit, *as_columns(difference)))
    _insert(store, batch)
    store.execute("UPDATE seal_state SET key_check = ?", [key_check(store.seal_key)])
    store.seals.save_total(total)


def seal_differences(store: Store) -> tuple[dict[Unit, int], int]:
    """Return the differences between the seals and the rows, and that of the total."""
    total, differences = end_hash(store), {}
    for unit, stored, actual in compared_seals(store):
        total += store.seals.unit_hash(unit, stored)
        if stored != actual:
            differences[unit] = (stored - actual) % SUM_MODULUS
    return differences, (store.seals.read_total() - total) % SUM_MODULUS


def compared_seals(store: Store) -> Iterator[tuple[Unit, int, int]]:
    """Yield each unit with its stored seal and the sum of its rows; without a seal, or rows, that is 0."""
    # SQLite takes no new function while a statement runs.
    store.seals.add_functions()
    yield from _compare(
        store.execute("SELECT kind, number, high, low FROM seal ORDER BY kind, number"), _all_sums(store)
    )


def compared_newest(store: Store, count: int) -> Iterator[tuple[Unit, int, int]]:
    """Yield the newest entries and mentions, *count* of each at most, as `compared_seals` does."""
    store.seals.add_functions()
    parts = sealed_parts(store.connection)
    for table in ("entry", "mention"):
        kind = UNIT_KINDS[table]
        first = store.value(f"SELECT coalesce(max(id), 0) + 1 FROM {table}") - count
        members = [part for part in parts if part.kind == kind]
        statement = "SELECT kind, number, high, low FROM seal WHERE kind = ? AND number >= ? ORDER BY number"
        yield from _compare(store.execute(statement, [kind, first]), _unit_sums(store, kind, members, first))


def _compare(
    rows: Iterable[tuple[int, int, int, int]], sums: Iterable[tuple[Unit, int]]
) -> Iterator[tuple[Unit, int, int]]:
    """Pair stored seals with the sums of rows; both are in the order of the units."""
    stored = (((kind, number), from_columns(high, low)) for kind, number, high, low in rows)
    ahead = next(stored, None)
    for unit, actual in sums:
        while ahead and ahead[0] < unit:
            yield *ahead, 0
            ahead = next(stored, None)
        if ahead and ahead[0] == unit:
            yield unit, ahead[1], actual
            ahead = next(stored, None)
        else:
            yield unit, 0, actual
    for unit, seal in chain([ahead] if ahead else [], stored):
        yield unit, seal, 0


def end_hash(store: Store) -> int:
    """Return the share of the end of the audit in the total."""
    end = store.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    return store.seals.end_hash(end or (0, b""))


def _all_sums(store: Store) -> Iterator[tuple[Unit, int]]:
    """Yield the sum of the rows of each unit, in the order of the seals."""
    parts = sealed_parts(store.connection)
    yield from sorted(_table_sums(store, parts))
    for kind in sorted(UNIT_KINDS.values()):
        members = [part for part in parts if part.kind == kind]
        if kind != UNIT_KINDS["table"]:
            yield from _unit_sums(store, kind, members)


def _table_sums(store: Store, parts: list[SealedPart]) -> Iterator[tuple[Unit, int]]:
    statement = """
        SELECT row_digest(?, CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB))
        FROM sqlite_schema WHERE name NOT LIKE 'sqlite#_%' ESCAPE '#'
    """
    yield SCHEMA_UNIT, _sum(store, statement, SCHEMA_UNIT[1])
    for part in parts:
        if part.kind == UNIT_KINDS["table"]:
            statement = f'SELECT row_digest({part.values_of(part.table)}) FROM "{part.table}"'
            if seal := _sum(store, statement):
                yield (part.kind, crc32(part.table.encode())), seal


def _sum(store: Store, statement: str, *parameters: int) -> int:
    return sum(as_number(digest) for (digest,) in store.execute(statement, parameters)) % SUM_MODULUS


def _unit_sums(
    store: Store, kind: int, parts: list[SealedPart], first: int | None = None
) -> Iterator[tuple[Unit, int]]:
    """Yield the sums of the units of a kind, from the number *first* on."""
    # Each table is read in the order of an index, so that nothing is sorted.
    selects = (
        f'SELECT {part.number_of(part.table)}, row_digest({part.values_of(part.table)}) FROM "{part.table}"'
        + ("" if first is None else f" WHERE {part.number_of(part.table)} >= {first:d}")
        for part in parts
    )
    rows = store.execute(f"{' UNION ALL '.join(selects)} ORDER BY 1")
    number, seal, read = None, 0, int.from_bytes
    for next_number, digest in rows:
        if next_number != number:
            if number is not None:
                yield (kind, number), seal % SUM_MODULUS
            number, seal = next_number, 0
        seal += read(digest, "little")
    if number is not None:
        yield (kind, number), seal % SUM_MODULUS


def _insert(store: Store, batch: Sequence[tuple[int, ...]]) -> None:
    store.execute_many("INSERT INTO seal (kind, number, high, low) VALUES (?, ?, ?, ?)", batch)
