"""Erase rows, the words in rows that stay, and what the file still holds of both."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from brandwatch.errors import StoreError
from brandwatch.models import Actor, AuditAction, Erasure
from brandwatch.privacy.erasure import blank_value
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.privacy.suppression_list import request_tombstones
from brandwatch.storage import audit, stories
from brandwatch.storage.database_file import wrap_sqlite_errors
from brandwatch.storage.privacy_search import (
    database_tables,
    erased_entries_and_sources,
    held_rows,
    word_indexes,
)
from brandwatch.storage.privacy_suppression import store_tombstones, tombstones_of_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from brandwatch.models import SubjectRequest
    from brandwatch.privacy.erasure import HeldRow
    from brandwatch.storage.database import Store


_LOG = logging.getLogger(__name__)
_LISTED = "IN (SELECT value FROM json_each(?))"
_IS_EMPTY = "NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = story.id)"


def erase(store: Store, request: SubjectRequest, now: datetime) -> Erasure:
    """Erase what is requested from every table and keep it from coming back, in one transaction.

    Entries go whole. Other rows lose the words, and go if they cannot be without.
    """
    finder = SubjectFinder(request)
    at = int(now.timestamp())
    with store.transaction(), _without_guards(store):
        before = _row_counts(store)
        entries, sources = erased_entries_and_sources(store, held_rows(store, finder))
        tombstones = [*tombstones_of_entries(store, entries), *request_tombstones(store.secret_key(), finder)]
        store_tombstones(store, tombstones, at)
        remove_entries(store, entries, Actor.ERASURE, at)
        remove_sources(store, sources, Actor.ERASURE, at)
        blanked = Counter(held.table for held in list(held_rows(store, finder)) if _blank(store, held))
        after = _row_counts(store)
        erased = {table: before[table] - count for table, count in after.items() if count < before[table]}
        receipt = _store_receipt(store, erased, blanked, at)
    _LOG.info("erased receipt=%d entries=%d sources=%d", receipt, len(entries), len(sources))
    return Erasure(receipt=receipt, at=now, erased=erased, blanked=dict(blanked))


def compact(store: Store) -> None:
    """Rebuild the word indexes and the file, so that it holds nothing of deleted rows.

    Raise StoreError if another program reads the database, since its log cannot be emptied then.
    """
    with wrap_sqlite_errors(store.path):
        for index in word_indexes(store):
            # SQLite before 3.42 keeps the words of deleted rows until an index is rebuilt.
            store.execute(f'INSERT INTO "{index}" ("{index}") VALUES (\'rebuild\')')
        store.execute("VACUUM")
        is_busy = store.value("PRAGMA wal_checkpoint(TRUNCATE)")
    if is_busy:
        raise StoreError(
            "another program reads the database, so that its log still holds what was erased",
            "end that program, and run the same command again",
        )


def remove_entries(store: Store, entries: Collection[int], actor: Actor, at: int) -> None:
    """Delete entries, inside the transaction of the caller, and record in the audit that their mentions are gone.

    Their mentions, sightings, responses and sketches go with them, and so do threads below them and stories without
    other entries; the other stories are refreshed.
    """
    listed = [json.dumps(sorted(entries))]
    threads = store.column(f"SELECT source FROM conversation WHERE entry {_LISTED}", listed)
    touched = store.column(f"SELECT DISTINCT story FROM entry WHERE id {_LISTED} AND story IS NOT NULL", listed)
    mentions = store.column(f"SELECT id FROM mention WHERE entry {_LISTED}", listed)
    audit.record_mentions(store, at, actor, AuditAction.GONE, mentions)
    store.execute(f"DELETE FROM entry WHERE id {_LISTED}", listed)
    if threads:
        # One that gave entries of its own stays.
        needed = "SELECT owner FROM entry UNION SELECT source FROM sighting"
        listed = [json.dumps(sorted(threads))]
        store.execute(f"DELETE FROM source WHERE id {_LISTED} AND id NOT IN ({needed})", listed)
    stories.refresh_stories(store, sorted(set(touched) - _remove_empty_stories(store, touched)))


def remove_sources(store: Store, sources: Collection[int], actor: Actor, at: int) -> None:
    """Delete sources with what came through them alone, inside the transaction of the caller.

    An entry that another source carries too belongs to that one from then on.
    """
    listed = json.dumps(sorted(sources))
    other = (
        f"SELECT source FROM sighting WHERE sighting.entry = entry.id AND NOT source {_LISTED}"
        " ORDER BY first_seen, source LIMIT 1"
    )
    store.execute(f"UPDATE entry SET owner = coalesce(({other}), owner) WHERE owner {_LISTED}", [listed, listed])
    remove_entries(store, store.column(f"SELECT id FROM entry WHERE owner {_LISTED}", [listed]), actor, at)
    store.execute(f"DELETE FROM source WHERE id {_LISTED}", [listed])


def _remove_empty_stories(store: Store, touched: Collection[int]) -> set[int]:
    """Delete the stories that have no entries left, with the decisions about them; return their ids.

    A story that was merged into one of them is empty too, and nothing is left that it was a part of.
    """
    listed = json.dumps(sorted(touched))
    empty = set(store.column(f"SELECT id FROM story WHERE id {_LISTED} AND {_IS_EMPTY}", [listed]))
    gone = json.dumps(sorted(empty))
    partners = store.column(
        f"SELECT story FROM story_decision WHERE other {_LISTED}"
        f" UNION SELECT other FROM story_decision WHERE story {_LISTED}",
        [gone, gone],
    )
    store.execute(f"DELETE FROM story_decision WHERE story {_LISTED} OR other {_LISTED}", [gone, gone])
    undecided = "id NOT IN (SELECT story FROM story_decision UNION SELECT other FROM story_decision)"
    candidates = json.dumps(sorted({*empty, *partners}))
    store.execute(f"DELETE FROM story WHERE id {_LISTED} AND {_IS_EMPTY} AND {undecided}", [candidates])
    return empty


def _row_counts(store: Store) -> Counter[str]:
    tables = [table.name for table in database_tables(store)]
    return Counter({name: store.value(f'SELECT count(*) FROM "{name}"') for name in tables})


@contextmanager
def _without_guards(store: Store) -> Iterator[None]:
    """Drop the triggers that refuse changes, and create them again: an erasure overrules them."""
    guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE%(%'"
    triggers = list(store.execute(guards))
    for name, _ in triggers:
        store.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in triggers:
        store.execute(statement)


def _blank(store: Store, held: HeldRow) -> bool:
    """Blank the columns of a row that hold what is erased; delete the row, and return False, if they cannot be."""
    condition = " AND ".join(f'"{column}" IS ?' for column in held.key)
    key = list(held.key.values())
    if held.key.keys().isdisjoint(held.columns):
        changes = ", ".join(f'"{column}" = ?' for column in held.columns)
        values = [blank_value(held.row[column]) for column in held.columns]
        with suppress(sqlite3.IntegrityError):
            store.execute(f'UPDATE "{held.table}" SET {changes} WHERE {condition}', [*values, *key])
            return True
    store.execute(f'DELETE FROM "{held.table}" WHERE {condition}', key)
    return False


def _store_receipt(store: Store, erased: dict[str, int], blanked: Counter[str], at: int) -> int:
    """Store what was done, and nothing of whom it was about; return the number of the receipt."""
    row: list[Any] = [at, json.dumps(erased), json.dumps(blanked)]
    receipt = int(store.value("INSERT INTO erasure (at, erased, blanked) VALUES (?, ?, ?) RETURNING id", row))
    audit.record_row(store, at, Actor.ERASURE, AuditAction.STORED, "erasure", receipt)
    return receipt
