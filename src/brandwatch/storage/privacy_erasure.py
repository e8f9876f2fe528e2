"""Erase on request: rows, words in what stays, and what the file still holds of both."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from brandwatch.errors import StoreError
from brandwatch.models import Actor, AuditAction, Erasure
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.storage import audit, privacy_search, privacy_suppression, stories
from brandwatch.storage.privacy_search import database_tables, word_indexes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from brandwatch.models import SubjectRequest
    from brandwatch.storage.privacy_search import HeldRow
    from brandwatch.storage.store import Store


_LISTED = "IN (SELECT value FROM json_each(?))"
_IS_EMPTY = "NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = story.id)"


def remove_entries(store: Store, entries: Collection[int], actor: Actor, at: int) -> None:
    """Remove entries, inside the transaction of the caller; the audit keeps that their mentions are gone.

    Their mentions, sightings, responses and sketches go with them, and so do the conversations below them and the
    stories that nothing is left of; the other stories are brought up to date.
    """
    listed = [json.dumps(sorted(entries))]
    followed = select_ids(store, f"SELECT source FROM conversation WHERE entry {_LISTED}", listed)
    told = select_ids(store, f"SELECT DISTINCT story FROM entry WHERE id {_LISTED} AND story IS NOT NULL", listed)
    audit.record_mentions(
        store, at, actor, AuditAction.GONE, select_ids(store, f"SELECT id FROM mention WHERE entry {_LISTED}", listed)
    )
    store.execute(f"DELETE FROM entry WHERE id {_LISTED}", listed)
    _remove_followed(store, followed)
    stories.refresh_stories(store, sorted(set(told) - _remove_empty(store, told)))


def remove_sources(store: Store, sources: Collection[int], actor: Actor, at: int) -> None:
    """Remove sources with all that is known of them, inside the transaction of the caller.

    An entry that came through another one too is that one's from then on; the others go.
    """
    listed = json.dumps(sorted(sources))
    other = (
        f"SELECT source FROM sighting WHERE sighting.entry = entry.id AND NOT source {_LISTED}"
        " ORDER BY first_seen, source LIMIT 1"
    )
    store.execute(f"UPDATE entry SET owner = coalesce(({other}), owner) WHERE owner {_LISTED}", [listed, listed])
    remove_entries(store, select_ids(store, f"SELECT id FROM entry WHERE owner {_LISTED}", [listed]), actor, at)
    store.execute(f"DELETE FROM source WHERE id {_LISTED}", [listed])


def select_ids(store: Store, statement: str, parameters: list[str] | list[int] | dict[str, int]) -> list[int]:
    """Return the numbers that a statement finds."""
    return store.column(statement, parameters)


def _remove_followed(store: Store, sources: Collection[int]) -> None:
    """Remove sources that were followed for the sake of an entry, unless they gave entries of their own."""
    if sources:
        needed = "SELECT owner FROM entry UNION SELECT source FROM sighting"
        statement = f"DELETE FROM source WHERE id {_LISTED} AND id NOT IN ({needed})"
        store.execute(statement, [json.dumps(sorted(sources))])


def _remove_empty(store: Store, stories: Collection[int]) -> set[int]:
    """Remove those of the stories that have no entries, with what was decided about them; return them.

    A story that was merged into one of them has none either, and nobody can tell any more what it was part of.
    """
    listed = [json.dumps(sorted(stories))]
    empty = set(select_ids(store, f"SELECT id FROM story WHERE id {_LISTED} AND {_IS_EMPTY}", listed))
    gone = json.dumps(sorted(empty))
    partners = select_ids(
        store,
        f"SELECT story FROM story_decision WHERE other {_LISTED} UNION SELECT other FROM story_decision"
        f" WHERE story {_LISTED}",
        [gone, gone],
    )
    store.execute(f"DELETE FROM story_decision WHERE story {_LISTED} OR other {_LISTED}", [gone, gone])
    undecided = "id NOT IN (SELECT story FROM story_decision UNION SELECT other FROM story_decision)"
    left = json.dumps(sorted({*empty, *partners}))
    store.execute(f"DELETE FROM story WHERE id {_LISTED} AND {_IS_EMPTY} AND {undecided}", [left])
    return empty


_EMPTY = {"[": "[]", "{": "{}"}


def erase(store: Store, request: SubjectRequest, at: datetime) -> Erasure:
    """Erase every row that holds what is wanted, and keep it from coming back, in one transaction.

    Entries go whole. What is no entry's loses the words, and goes too where it cannot be without.
    """
    with store.transaction():
        return _erase(store, SubjectFinder(request), at)


def _erase(store: Store, finder: SubjectFinder, at: datetime) -> Erasure:
    """Erase every row that holds what is wanted, inside the transaction of the caller."""
    moment = int(at.timestamp())
    before = _counts(store)
    with _unguarded(store):
        found = list(privacy_search.rows_holding(store, finder))
        entries = privacy_search.entries_to_go(store, found)
        privacy_suppression.store_stones(
            store,
            [
                *privacy_suppression.stones_of_entries(store, entries),
                *privacy_suppression.stones_of_request(store, finder),
            ],
            moment,
        )
        remove_entries(store, entries, Actor.ERASURE, moment)
        remove_sources(store, privacy_search.sources_to_go(found), Actor.ERASURE, moment)
        blanked = Counter(
            one.table.name for one in list(privacy_search.rows_holding(store, finder)) if _blank(store, one)
        )
    after = _counts(store)
    erased = {table: before[table] - count for table, count in after.items() if count < before[table]}
    return _recorded(store, erased, blanked, at)


def compact(store: Store) -> None:
    """Leave nothing in the file of what is in no row: word indexes made anew, log and free pages gone.

    Raise StoreError where another program reads the database, since the log cannot go then.
    """
    for index in word_indexes(store):
        # It keeps the words of what was deleted until it is made anew; SQLite before 3.42 knows no other way.
        store.execute(f'INSERT INTO "{index}" ("{index}") VALUES (\'rebuild\')')
    store.execute("VACUUM")
    if store.value("PRAGMA wal_checkpoint(TRUNCATE)"):
        raise StoreError(
            "another program reads the database, so that its log still holds what was erased",
            "end that program, and run the same command again",
        )


def _counts(store: Store) -> Counter[str]:
    """Return how many rows each table has."""
    return Counter({one.name: store.value(f'SELECT count(*) FROM "{one.name}"') for one in database_tables(store)})


@contextmanager
def _unguarded(store: Store) -> Iterator[None]:
    """Do without the triggers that keep rows from being changed: a request to erase is stronger than they are."""
    guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE%(%'"
    found = list(store.tuples(guards))
    for name, _ in found:
        store.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, script in found:
        store.execute(script)


def _blank(store: Store, one: HeldRow) -> bool:
    """Leave the columns of a row empty that hold what is wanted; where it cannot be without them it goes."""
    values = [_emptied(one.row[column]) for column in one.columns]
    changes = ", ".join(f'"{column}" = ?' for column in one.columns)
    its = " AND ".join(f'"{key}" IS ?' for key in one.table.keys)
    if set(one.columns).isdisjoint(one.table.keys):
        with suppress(sqlite3.IntegrityError):
            store.connection.execute(f'UPDATE "{one.table.name}" SET {changes} WHERE {its}', [*values, *one.key])
            return True
    store.execute(f'DELETE FROM "{one.table.name}" WHERE {its}', list(one.key))
    return False


def _emptied(value: str | bytes) -> str | bytes:
    """Return nothing in the place of a value: of the same type, and a list where it was one."""
    if isinstance(value, bytes):
        return b""
    try:
        return _EMPTY.get(value[:1], "") if isinstance(json.loads(value), list | dict) else ""
    except ValueError:
        return ""


def _recorded(store: Store, erased: dict[str, int], blanked: Counter[str], at: datetime) -> Erasure:
    """Keep the receipt: what was done, and nothing of whom it was about."""
    row: list[Any] = [int(at.timestamp()), json.dumps(erased), json.dumps(blanked)]
    statement = "INSERT INTO erasure (at, erased, blanked) VALUES (?, ?, ?) RETURNING id"
    receipt = store.value(statement, row)
    audit.record_row(store, row[0], Actor.ERASURE, AuditAction.STORED, "erasure", receipt)
    return Erasure(receipt=receipt, at=at, erased=erased, blanked=dict(blanked))
