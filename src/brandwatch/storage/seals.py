"""Seals: keyed sums over rows. Every write of this program updates them, so that any other change shows.

A unit is an entry, a mention, a source or a story with the rows that belong to it, or a whole other table. Its seal is
the sum of the keyed hashes of its rows; one total covers all seals and the end of the audit. A write subtracts the
hash of the row before and adds that of the row after: a difference that somebody else has made stays in the sum.
"""

import json
import marshal
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

Unit = tuple[int, int]
"""The kind of a unit and its number: the id of its row, or a checksum of the name of a table."""
AuditEnd = tuple[int, bytes]
"""The number of the last row of the audit, 0 without one, and its hash."""

UNIT_KINDS = {"table": 0, "entry": 1, "mention": 2, "source": 3, "story": 4}
SCHEMA_UNIT: Unit = (UNIT_KINDS["table"], crc32(b"sqlite_schema"))
"""The definitions of tables, indexes and triggers."""
# The tables whose rows belong to a unit, with the column that holds its number.
_MEMBERS = {
    **{table: (table, "id") for table in ("entry", "mention", "source", "story")},
    **dict.fromkeys(("sighting", "response", "revision", "edited_entry"), ("entry", "entry")),
    **dict.fromkeys(("anchor", "person_hit", "tag", "decision"), ("mention", "mention")),
    **dict.fromkeys(("fetch", "fetch_day", "gap", "conversation", "matched_query"), ("source", "source")),
}
# Columns that are written again right after a row was stored: to hash them apart from its texts takes half the time.
_STATE_COLUMNS = {
    "entry": frozenset({"reread", "response_at", "response_total", "response_rise", "story", "joined"}),
    "mention": frozenset({"time", "publisher", "language", "response_total", "response_rise"}),
}
# The audit is a chain of its own. Sketches are an index over texts, of days only; the others are written by SQLite's
# tools or before a connection has a key. The full-text index cannot be sealed: with a trigger on one of its own tables
# SQLite 3.40 crashes; it is compared with the texts instead.
_UNSEALED_TABLES = frozenset({"seal", "seal_state", "audit", "sketch", "sketched", "checked", "_sqlite_migrations"})
# 28 bytes for each entry of the last document: no report shows them, and a damaged one costs a poll a second look.
_UNSEALED_COLUMNS = frozenset({("source", "window"), ("source", "digests")})
_NUMBER_TYPES = frozenset({"INTEGER", "REAL"})
_HASH_BYTES = 16
SUM_MODULUS = 2**128
_CHECK_BYTES = 8
_COLUMNS = Struct(">qq")
# marshal writes values with their types and lengths, the same in this format since Python 2.5, and in a fifth of the
# time of JSON.
_MARSHAL_FORMAT = 2
# The first value of a hash over anything else than a row, which begins with a number.
_SEPARATE_UNIT, _SEPARATE_AUDIT, _SEPARATE_PAD = b"unit", b"audit", b"pad"


class SealedPart(NamedTuple):
    """Columns of a table that are hashed together, and the SQL of the unit's number."""

    table: str
    name: str
    kind: int
    number: str
    columns: tuple[str, ...]
    values: tuple[str, ...]

    def number_of(self, row: str) -> str:
        """Return the SQL of the number; *row* is `old`, `new` or the table."""
        return self.number.format(row=row)

    def values_of(self, row: str) -> str:
        """Return the SQL of what is hashed: the part and its columns."""
        return f"{crc32(self.name.encode())}, {', '.join(self.values).format(row=row)}"


def sealed_parts(connection: sqlite3.Connection) -> list[SealedPart]:
    """Return the parts of tables under seal, as declared: a new table or column is sealed without being named here."""
    columns = connection.execute("""
        SELECT listed.name, described.name, described.type
        FROM pragma_table_list AS listed JOIN pragma_table_xinfo(listed.name) AS described
        WHERE listed.schema = 'main' AND listed.name NOT LIKE 'sqlite#_%' ESCAPE '#'
            AND listed.type = 'table' AND described.hidden = 0 ORDER BY listed.name, described.cid
    """)
    parts: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for table, column, declared in columns:
        if table not in _UNSEALED_TABLES and (table, column) not in _UNSEALED_COLUMNS:
            # As bytes: a damaged text may be no text, which SQLite cannot give to a function of Python.
            value = f'{{row}}."{column}"'
            part = f"{table}_state" if column in _STATE_COLUMNS.get(table, ()) else table
            parts[table, part][column] = value if declared in _NUMBER_TYPES else f"CAST({value} AS BLOB)"
    return [_sealed_part(table, part, values) for (table, part), values in parts.items()]


def _sealed_part(table: str, part: str, values: dict[str, str]) -> SealedPart:
    kind, owner = _MEMBERS.get(table, ("table", ""))
    number = f'{{row}}."{owner}"' if owner else str(crc32(table.encode()))
    return SealedPart(table, part, UNIT_KINDS[kind], number, tuple(values), tuple(values.values()))


def row_digester(key: bytes) -> Callable[..., bytes]:
    """Return the keyed hash of values."""
    keyed, dumps = blake2b(key=key, digest_size=_HASH_BYTES), marshal.dumps

    def row_digest(*values: Any) -> bytes:  # noqa: ANN401 (what columns hold)
        hashed = keyed.copy()
        hashed.update(dumps(values, _MARSHAL_FORMAT))
        return hashed.digest()

    return row_digest


def as_number(digest: bytes) -> int:
    """Return a hash as a number that can be summed up."""
    return int.from_bytes(digest, "little")


def key_check(key: bytes) -> bytes:
    """Return a fingerprint of a key, which does not reveal it."""
    return blake2b(b"brandwatch seals", key=key, digest_size=_CHECK_BYTES).digest()


def as_columns(number: int) -> tuple[int, int]:
    """Return a sum as the two numbers of 64 bits, with signs, that SQLite stores."""
    high, low = _COLUMNS.unpack((number % SUM_MODULUS).to_bytes(_HASH_BYTES))
    return high, low


def from_columns(high: int, low: int) -> int:
    """Return the sum in two columns."""
    return int.from_bytes(_COLUMNS.pack(high, low))


class Seals:
    """The seals of one connection: what its transaction has changed, and what is stored of them.

    *find_key* is called before the first change, and may raise StoreError.
    """

    def __init__(self, connection: sqlite3.Connection, find_key: Callable[[], bytes]) -> None:
        self._connection = connection
        self._find_key = find_key
        self._changes: defaultdict[Unit, int] = defaultdict(int)
        self._total_change = 0
        self._is_watching = False
        self._has_functions = False
        self.has_saved = False

    @cached_property
    def row_digest(self) -> Callable[..., bytes]:
        """The keyed hash of values."""
        return row_digester(self._find_key())

    def use_new_key(self) -> None:
        """Hash with another key from now on."""
        del self.row_digest
        self._has_functions = False
        self.add_functions()
        self._connection.create_function("seal_row", -1, self._sealing_function())

    def add_functions(self) -> None:
        """Give SQL the hash of values, as `row_digest`."""
        if not self._has_functions:
            self._connection.create_function("row_digest", -1, self.row_digest, deterministic=True)
            self._has_functions = True

    def watch(self) -> None:
        """Sum up the changes of every transaction from now on, by triggers that this connection alone has."""
        if self._is_watching:
            return
        self.add_functions()
        self._connection.create_function("seal_row", -1, self._sealing_function())
        for part in sealed_parts(self._connection):
            for statement in _triggers(part):
                self._connection.execute(statement)
        self._is_watching = True

    def _sealing_function(self) -> Callable[..., None]:
        row_digest, changes, read = self.row_digest, self._changes, int.from_bytes

        def seal_row(sign: int, kind: int, number: int, *values: Any) -> None:  # noqa: ANN401 (what columns hold)
            changes[kind, number] += sign * read(row_digest(*values), "little")

        return seal_row

    def move_head(self, before: AuditEnd, after: AuditEnd) -> None:
        """Note that the audit ends with another row."""
        self._total_change += self.end_hash(after) - self.end_hash(before)

    def end_hash(self, end: AuditEnd) -> int:
        """Return the share of the end of the audit in the total."""
        return as_number(self.row_digest(_SEPARATE_AUDIT, *end))

    def discard(self) -> None:
        """Forget the changes of a transaction that was rolled back."""
        self._changes.clear()
        self._total_change = 0

    def save(self) -> None:
        """Store the seals of what has changed, inside the transaction that has changed it."""
        changes = {unit: change for unit, change in self._changes.items() if change % SUM_MODULUS}
        total_change = self._total_change
        self.discard()
        if not changes and not total_change:
            return
        self.has_saved = True
        stored, gone, seals = [], [], self._read(sorted(changes))
        for unit, change in changes.items():
            before = seals.get(unit, 0)
            after = (before + change) % SUM_MODULUS
            total_change += self.unit_hash(unit, after) - self.unit_hash(unit, before)
            if after:
                stored.append((*unit, *as_columns(after)))
            else:
                gone.append(unit)
        self._connection.executemany(
            "INSERT OR REPLACE INTO seal (kind, number, high, low) VALUES (?, ?, ?, ?)", stored
        )
        self._connection.executemany("DELETE FROM seal WHERE kind = ? AND number = ?", gone)
        serial, total = self._read_state()
        self._save_state(serial + 1, total + total_change)

    def unit_hash(self, unit: Unit, seal: int) -> int:
        """Return the share of a seal in the total, 0 for a unit without rows."""
        return as_number(self.row_digest(_SEPARATE_UNIT, *unit, *as_columns(seal))) if seal else 0

    def read_total(self) -> int:
        """Return the stored total."""
        return self._read_state()[1]

    def save_total(self, total: int) -> None:
        """Store a total as that of the next change."""
        serial, _ = self._read_state()
        self._save_state(serial + 1, total)

    def _read_state(self) -> tuple[int, int]:
        """Return the number of the last change, and the stored total."""
        serial, high, low = self._connection.execute("SELECT serial, high, low FROM seal_state").fetchone()
        return serial, (from_columns(high, low) - self._pad(serial)) % SUM_MODULUS

    def _save_state(self, serial: int, total: int) -> None:
        columns = as_columns(total + self._pad(serial))
        self._connection.execute("UPDATE seal_state SET serial = ?, high = ?, low = ?", [serial, *columns])

    def _pad(self, serial: int) -> int:
        # Without it two copies would reveal the share of a seal, and old shares could be combined into a valid total.
        return as_number(self.row_digest(_SEPARATE_PAD, serial))

    def _read(self, units: Sequence[Unit]) -> dict[Unit, int]:
        """Return the stored seals of units, which are sorted."""
        statement = """
            SELECT number, high, low FROM seal WHERE kind = ? AND number IN (SELECT value FROM json_each(?))
        """
        return {
            (kind, number): from_columns(high, low)
            for kind, listed in groupby(units, itemgetter(0))
            for number, high, low in self._connection.execute(statement, [kind, json.dumps([n for _, n in listed])])
        }


def _triggers(part: SealedPart) -> Iterator[str]:
    """Yield the triggers of a table. The values before are hashed too: a sum that was wrong stays wrong."""
    old, new = (f"{part.kind}, {part.number_of(row)}, {part.values_of(row)}" for row in ("old", "new"))
    add, remove = f"SELECT seal_row(1, {new});", f"SELECT seal_row(-1, {old});"
    name, on = f'CREATE TEMP TRIGGER "seal_{part.name}', f'ON main."{part.table}"'
    columns = ", ".join(f'"{column}"' for column in part.columns)
    yield f'{name}_added" AFTER INSERT {on} BEGIN {add} END'
    yield f'{name}_gone" AFTER DELETE {on} BEGIN {remove} END'
    # Where nothing changes the two cancel out: a condition on all columns takes longer to read than it saves.
    yield f'{name}_changed" AFTER UPDATE OF {columns} {on} BEGIN {remove} {add} END'
