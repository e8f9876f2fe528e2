"""Verify what is stored, name what is damaged, and keep damaged mentions apart."""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from zlib import crc32

from brandwatch.frozen_classes import dataclass
from brandwatch.models import Actor, AuditAction
from brandwatch.storage import audit, database_file, seal_sums, stories
from brandwatch.storage.database import Store
from brandwatch.storage.seals import SUM_MODULUS, UNIT_KINDS, Unit, sealed_parts

DAMAGED = "it is damaged: it does not match its seal"
"""Why a mention is hidden that does not verify. Its entry and the analyst's decision stay."""
MAX_NAMED_ROWS = 1_000
"""So many damaged rows are named; more are counted."""
_KIND_NAMES = {number: name for name, number in UNIT_KINDS.items()}
# As bytes, since a damaged text may not be UTF-8.
_TITLES = {
    "entry": "SELECT CAST(title AS BLOB) FROM entry WHERE id = ?",
    "mention": "SELECT CAST(title AS BLOB) FROM entry WHERE id = (SELECT entry FROM mention WHERE id = ?)",
    "source": "SELECT CAST(url AS BLOB) FROM source WHERE id = ?",
    "story": "SELECT CAST(title AS BLOB) FROM entry WHERE id = (SELECT lead FROM story WHERE id = ?)",
}
# The last action on a mention decides whether it must be there.
_LOST_MENTIONS = """
    SELECT number FROM (SELECT number, deed, max(id) FROM audit WHERE subject = 'mention' GROUP BY number)
    WHERE deed != 'gone' AND number NOT IN (SELECT id FROM mention) ORDER BY number LIMIT ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedRow:
    """A row that does not match its seal, or a row that belongs to it; *number* is 0 for one of a table without ids.

    *title* is as far as it can be read; *is_missing* if nothing of it is there.
    """

    table: str
    number: int = 0
    title: str = ""
    is_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SealVerification:
    """The result of a check of the seals: the number of sealed units, the *count* of damaged ones, the first by name.

    *fault* is a damage of which no row is known.
    """

    units: int
    damaged: tuple[DamagedRow, ...] = ()
    count: int = 0
    fault: str = ""


class DatabaseVerification(NamedTuple):
    """The result of a check of the audit and of all rows: *damage* in words, nothing if everything verifies."""

    audit_rows: int
    head: bytes
    seals: SealVerification
    damage: tuple[str, ...]


def verify_database(store: Store, *, with_pages: bool = True) -> DatabaseVerification:
    """Verify the audit, every row, the full-text index, and *with_pages* the pages: 10 s for a million mentions."""
    pages = store.value("PRAGMA integrity_check(1)") if with_pages else "ok"
    events, seals = audit.verify_chain(store), verify_seals(store)
    more = seals.count - len(seals.damaged)
    damage = (
        *([f"pages: {pages}"] if pages != "ok" else []),
        *([f"the audit: {events.fault}"] if events.fault else []),
        *map(describe_row, seals.damaged),
        *([f"{more} more rows"] if more else []),
        *filter(None, [seals.fault, index_fault(store)]),
    )
    return DatabaseVerification(events.rows, events.head, seals, damage)


def verify_seals(store: Store) -> SealVerification:
    """Compare every row with its seal, in one snapshot of the database."""
    with _snapshot(store):
        units, total = 0, seal_sums.end_hash(store)
        damaged: list[DamagedRow] = []
        count = 0
        for unit, stored, actual in seal_sums.compared_seals(store):
            units += 1
            total += store.seals.unit_hash(unit, stored)
            if stored != actual:
                count += 1
                if len(damaged) < MAX_NAMED_ROWS:
                    damaged.append(_damaged_row(store, unit, is_missing=not actual))
        is_total = not (total - store.seals.read_total()) % SUM_MODULUS
        if not is_total:
            known = {row.number for row in damaged if row.table == "mention"}
            lost = [number for number in store.column(_LOST_MENTIONS, [MAX_NAMED_ROWS]) if number not in known]
            damaged += [DamagedRow(table="mention", number=number, is_missing=True) for number in lost]
            count += len(lost)
    fault = "" if is_total or count else "rows were removed together with their seals, or the audit was shortened"
    return SealVerification(units=units, damaged=tuple(damaged), count=count, fault=fault)


def verify_newest(store: Store, count: int) -> SealVerification:
    """Compare the newest entries and mentions with their seals, *count* of each at most."""
    with _snapshot(store):
        compared = list(seal_sums.compared_newest(store, count))
        damaged = [(unit, actual) for unit, stored, actual in compared if stored != actual]
        named = tuple(_damaged_row(store, unit, is_missing=not actual) for unit, actual in damaged[:MAX_NAMED_ROWS])
    return SealVerification(units=len(compared), damaged=named, count=len(damaged))


def describe_row(row: DamagedRow) -> str:
    """Return a damaged row in words."""
    if not row.number:
        return f"rows of the table {row.table} were changed"
    title = f" “{row.title}”" if row.title else ""
    return f"{row.table} {row.number}{title} {'is missing' if row.is_missing else 'was changed'}"


def index_fault(store: Store) -> str:
    """Return the difference between the full-text index and the texts in words.

    SQLite takes the lock of a writer for it; in a database that is read-only they are not compared.
    """
    try:
        store.execute("INSERT INTO entry_text (entry_text, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if database_file.is_unwritable(error):
            return ""
        if isinstance(error, sqlite3.OperationalError):
            raise
        return "the full-text index does not match the texts"
    return ""


def isolate_damage(store: Store, damaged: Collection[DamagedRow], at: datetime) -> int:
    """Hide the shown mentions among damaged rows, show those that verify again; return how many are hidden for that."""
    entries = [row.number for row in damaged if row.table == "entry"]
    numbers = [row.number for row in damaged if row.table == "mention"]
    concerned = "(id IN (SELECT value FROM json_each(?)) OR entry IN (SELECT value FROM json_each(?)))"
    listed = [json.dumps(numbers), json.dumps(entries)]
    now = int(at.timestamp())
    with store.transaction():
        statement = f"UPDATE mention SET suppressed = ? WHERE suppressed = '' AND {concerned} RETURNING id"
        hidden = store.column(statement, [DAMAGED, *listed])
        statement = f"UPDATE mention SET suppressed = '' WHERE suppressed = ? AND NOT {concerned} RETURNING id"
        shown = store.column(statement, [DAMAGED, *listed])
        audit.record_mentions(store, now, Actor.VERIFICATION, AuditAction.HIDDEN, hidden)
        audit.record_mentions(store, now, Actor.VERIFICATION, AuditAction.SHOWN, shown)
        statement = "SELECT entry FROM mention WHERE id IN (SELECT value FROM json_each(?))"
        stories.refresh_heat(store, store.column(statement, [json.dumps([*hidden, *shown])]))
    return count_hidden_damage(store)


def count_hidden_damage(store: Store) -> int:
    """Return the number of mentions that are hidden because they are damaged."""
    # The reason is written out, so that the partial index answers.
    return int(store.value(f"SELECT count(*) FROM mention WHERE suppressed = '{DAMAGED}'"))


def accept_damage(store: Store, damaged: Collection[DamagedRow], at: datetime) -> None:
    """Seal what is stored as it is now, with a row of the audit for each damaged row, and rebuild the index."""
    now = int(at.timestamp())
    with store.transaction():
        for row in damaged:
            audit.record_row(store, now, Actor.HAND, AuditAction.ACCEPTED, row.table, row.number)
        store.execute("INSERT INTO entry_text (entry_text) VALUES ('rebuild')")
        store.seals.save()
        seal_sums.seal_database(store, {})
    isolate_damage(store, [], at)


def _damaged_row(store: Store, unit: Unit, *, is_missing: bool) -> DamagedRow:
    kind, number = unit
    name = _KIND_NAMES.get(kind, "seal")
    if name == "table":
        names = {crc32(part.table.encode()): part.table for part in sealed_parts(store.connection)}
        return DamagedRow(table=names.get(number, "sqlite_schema"))
    title = store.value(_TITLES[name], [number]) if name in _TITLES else None
    return DamagedRow(table=name, number=number, title=(title or b"").decode("utf-8", "replace"), is_missing=is_missing)


@contextmanager
def _snapshot(store: Store) -> Iterator[None]:
    """Read one state of the database, whatever others write."""
    if store.connection.in_transaction:
        yield
        return
    store.execute("BEGIN")
    try:
        yield
    finally:
        store.connection.rollback()
