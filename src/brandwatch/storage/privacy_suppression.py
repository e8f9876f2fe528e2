"""The table `tombstone`: what it keeps out of a record, and the tombstones of entries and mentions that go."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.privacy.suppression_list import (
    SuppressionList,
    Tombstone,
    TombstoneKind,
    entry_tombstones,
    expired_tombstones,
)
from brandwatch.storage import rows
from brandwatch.stories import identity_keys, met_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage.database import Store


_LOG = logging.getLogger(__name__)


def suppression_list(store: Store) -> SuppressionList:
    """Return the tombstones of erasures, read once: only the holder of the poll lock adds to them."""
    if store.suppression_list is None:
        # Each expired mention has one of its own, so that those are looked up instead.
        statement = "SELECT kind, length, hash FROM tombstone WHERE kind != ?"
        tombstones = (
            Tombstone(TombstoneKind(kind), length, hashed)
            for kind, length, hashed in store.execute(statement, [TombstoneKind.EXPIRED])
        )
        store.suppression_list = SuppressionList(store.secret_key(), tombstones)
    return store.suppression_list


def without_suppressed(store: Store, record: SourceRecord) -> SourceRecord:
    """Return a record without what was erased or has expired: such entries are left out, other texts blanked."""
    entries = record.entries
    if store.value("SELECT 1 FROM tombstone WHERE kind = ? LIMIT 1", [TombstoneKind.EXPIRED]):
        left = (_without_expired_results(store, entry) for entry in entries)
        entries = tuple(entry for entry in left if entry.results)
    erased = suppression_list(store)
    if not erased:
        return replace(record, entries=entries)
    kept = tuple(entry for entry in entries if not _is_erased(erased, entry))
    _LOG.info("suppressed expired=%d erased=%d", len(record.entries) - len(entries), len(entries) - len(kept))
    return replace(
        record,
        state=erased.blank_texts(record.state),
        fetch=erased.blank_texts(record.fetch),
        gap=erased.blank_texts(record.gap) if record.gap else None,
        entries=tuple(
            replace(
                entry,
                results={query: erased.without_erased_clauses(result) for query, result in entry.results.items()},
            )
            for entry in kept
        ),
    )


def _is_erased(erased: SuppressionList, record: EntryRecord) -> bool:
    # The part that is not stored may hold the words too.
    entry = record.whole or record.entry
    return erased.is_erased(entry, met_by(entry, record.link))


def _without_expired_results(store: Store, record: EntryRecord) -> EntryRecord:
    """Return an entry without the results of the queries in which it has expired."""
    key = store.secret_key()
    identities = met_by(record.entry, record.link)
    results = {
        query: result
        for query, result in record.results.items()
        if not any(_is_stored(store, tombstone) for tombstone in expired_tombstones(key, query, identities))
    }
    return record if len(results) == len(record.results) else replace(record, results=results)


def _is_stored(store: Store, tombstone: Tombstone) -> bool:
    statement = "SELECT 1 FROM tombstone WHERE kind = ? AND length = ? AND hash = ?"
    return store.value(statement, tombstone) is not None


def tombstones_of_entries(store: Store, entries: Iterable[int]) -> Iterator[Tombstone]:
    """Yield the tombstones of stored entries that are erased."""
    key = store.secret_key()
    for row in store.query("SELECT * FROM entry WHERE id IN (SELECT value FROM json_each(?))", [_listed(entries)]):
        yield from entry_tombstones(key, identity_keys(rows.entry(row), row["link"]))


def tombstones_of_mentions(store: Store, mentions: Iterable[int]) -> Iterator[Tombstone]:
    """Yield the tombstones of mentions that expire."""
    key = store.secret_key()
    statement = (
        "SELECT mention.query AS found_by, entry.* FROM mention JOIN entry ON entry.id = mention.entry"
        " WHERE mention.id IN (SELECT value FROM json_each(?))"
    )
    for row in store.query(statement, [_listed(mentions)]):
        yield from expired_tombstones(key, row["found_by"], identity_keys(rows.entry(row), row["link"]))


def store_tombstones(store: Store, tombstones: Iterable[Tombstone], at: int) -> None:
    """Add tombstones, inside the transaction of the caller."""
    statement = "INSERT OR IGNORE INTO tombstone (kind, length, hash, at) VALUES (?, ?, ?, ?)"
    store.execute_many(statement, [(*tombstone, at) for tombstone in tombstones])
    store.suppression_list = None


def _listed(numbers: Iterable[int]) -> str:
    return json.dumps(list(numbers))
