"""Erase on request: rows, words in what stays, and what the file still holds of both."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from brandwatch.errors import StoreError
from brandwatch.models import Actor, AuditAction, Erasure
from brandwatch.storage import audit, privacy_search, privacy_suppression, stories
from brandwatch.storage.privacy_search import database_tables, word_indexes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlite_utils import Database

    from brandwatch.privacy.subject_search import SubjectFinder
    from brandwatch.storage.privacy_search import HeldRow


_LISTED = "IN (SELECT value FROM json_each(?))"
_IS_EMPTY = "NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = story.id)"


def remove_entries(db: Database, entries: Collection[int], actor: Actor, at: int) -> None:
    """Remove entries, inside the transaction of the caller; the audit keeps that their mentions are gone.

    Their mentions, sightings, responses and sketches go with them, and so do the conversations below them and the
    stories that nothing is left of; the other stories are brought up to date.
    """
    listed = [json.dumps(sorted(entries))]
    followed = select_ids(db, f"SELECT source FROM conversation WHERE entry {_LISTED}", listed)
    told = select_ids(db, f"SELECT DISTINCT story FROM entry WHERE id {_LISTED} AND story IS NOT NULL", listed)
    audit.record_mentions(
        db, at, actor, AuditAction.GONE, select_ids(db, f"SELECT id FROM mention WHERE entry {_LISTED}", listed)
    )
    db.execute(f"DELETE FROM entry WHERE id {_LISTED}", listed)
    _remove_followed(db, followed)
    stories.refresh_stories(db, sorted(set(told) - _remove_empty(db, told)))


def remove_sources(db: Database, sources: Collection[int], actor: Actor, at: int) -> None:
    """Remove sources with all that is known of them, inside the transaction of the caller.

    An entry that came through another one too is that one's from then on; the others go.
    """
    listed = json.dumps(sorted(sources))
    other = (
        f"SELECT source FROM sighting WHERE sighting.entry = entry.id AND NOT source {_LISTED}"
        " ORDER BY first_seen, source LIMIT 1"
    )
    db.execute(f"UPDATE entry SET owner = coalesce(({other}), owner) WHERE owner {_LISTED}", [listed, listed])
    remove_entries(db, select_ids(db, f"SELECT id FROM entry WHERE owner {_LISTED}", [listed]), actor, at)
    db.execute(f"DELETE FROM source WHERE id {_LISTED}", [listed])


def select_ids(db: Database, statement: str, parameters: list[str] | list[int] | dict[str, int]) -> list[int]:
    """Return the numbers that a statement finds."""
    return [number for (number,) in db.execute(statement, parameters).fetchall()]


def _remove_followed(db: Database, sources: Collection[int]) -> None:
    """Remove sources that were followed for the sake of an entry, unless they gave entries of their own."""
    if sources:
        needed = "SELECT owner FROM entry UNION SELECT source FROM sighting"
        statement = f"DELETE FROM source WHERE id {_LISTED} AND id NOT IN ({needed})"
        db.execute(statement, [json.dumps(sorted(sources))])


def _remove_empty(db: Database, stories: Collection[int]) -> set[int]:
    """Remove those of the stories that have no entries, with what was decided about them; return them.

    A story that was merged into one of them has none either, and nobody can tell any more what it was part of.
    """
    listed = [json.dumps(sorted(stories))]
    empty = set(select_ids(db, f"SELECT id FROM story WHERE id {_LISTED} AND {_IS_EMPTY}", listed))
    gone = json.dumps(sorted(empty))
    partners = select_ids(
        db,
        f"SELECT story FROM story_decision WHERE other {_LISTED} UNION SELECT other FROM story_decision"
        f" WHERE story {_LISTED}",
        [gone, gone],
    )
    db.execute(f"DELETE FROM story_decision WHERE story {_LISTED} OR other {_LISTED}", [gone, gone])
    undecided = "id NOT IN (SELECT story FROM story_decision UNION SELECT other FROM story_decision)"
    left = json.dumps(sorted({*empty, *partners}))
    db.execute(f"DELETE FROM story WHERE id {_LISTED} AND {_IS_EMPTY} AND {undecided}", [left])
    return empty


_EMPTY = {"[": "[]", "{": "{}"}


def erase(db: Database, finder: SubjectFinder, at: datetime) -> Erasure:
    """Erase every row that holds what is wanted, and keep it from coming back, inside the transaction of the caller.

    Entries go whole. What is no entry's loses the words, and goes too where it cannot be without.
    """
    moment = int(at.timestamp())
    before = _counts(db)
    with _unguarded(db):
        found = list(privacy_search.rows_holding(db, finder))
        entries = privacy_search.entries_to_go(db, found)
        privacy_suppression.store_stones(
            db,
            [*privacy_suppression.stones_of_entries(db, entries), *privacy_suppression.stones_of_request(db, finder)],
            moment,
        )
        remove_entries(db, entries, Actor.ERASURE, moment)
        remove_sources(db, privacy_search.sources_to_go(found), Actor.ERASURE, moment)
        blanked = Counter(one.table.name for one in list(privacy_search.rows_holding(db, finder)) if _blank(db, one))
    after = _counts(db)
    erased = {table: before[table] - count for table, count in after.items() if count < before[table]}
    return _recorded(db, erased, blanked, at)


def compact(db: Database) -> None:
    """Leave nothing in the file of what is in no row: word indexes made anew, log and free pages gone.

    Raise StoreError where another program reads the database, since the log cannot go then.
    """
    for index in word_indexes(db):
        # It keeps the words of what was deleted until it is made anew; SQLite before 3.42 knows no other way.
        db.execute(f'INSERT INTO "{index}" ("{index}") VALUES (\'rebuild\')')
    db.execute("VACUUM")
    is_busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise StoreError(
            "another program reads the database, so that its log still holds what was erased",
            "end that program, and run the same command again",
        )


def _counts(db: Database) -> Counter[str]:
    """Return how many rows each table has."""
    return Counter(
        {one.name: db.execute(f'SELECT count(*) FROM "{one.name}"').fetchone()[0] for one in database_tables(db)}
    )


@contextmanager
def _unguarded(db: Database) -> Iterator[None]:
    """Do without the triggers that keep rows from being changed: a request to erase is stronger than they are."""
    guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE%(%'"
    found = db.execute(guards).fetchall()
    for name, _ in found:
        db.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, script in found:
        db.execute(script)


def _blank(db: Database, one: HeldRow) -> bool:
    """Leave the columns of a row empty that hold what is wanted; where it cannot be without them it goes."""
    values = [_emptied(one.row[column]) for column in one.columns]
    changes = ", ".join(f'"{column}" = ?' for column in one.columns)
    its = " AND ".join(f'"{key}" IS ?' for key in one.table.keys)
    if set(one.columns).isdisjoint(one.table.keys):
        with suppress(sqlite3.IntegrityError):
            db.execute(f'UPDATE "{one.table.name}" SET {changes} WHERE {its}', [*values, *one.key])
            return True
    db.execute(f'DELETE FROM "{one.table.name}" WHERE {its}', list(one.key))
    return False


def _emptied(value: str | bytes) -> str | bytes:
    """Return nothing in the place of a value: of the same type, and a list where it was one."""
    if isinstance(value, bytes):
        return b""
    try:
        return _EMPTY.get(value[:1], "") if isinstance(json.loads(value), list | dict) else ""
    except ValueError:
        return ""


def _recorded(db: Database, erased: dict[str, int], blanked: Counter[str], at: datetime) -> Erasure:
    """Keep the receipt: what was done, and nothing of whom it was about."""
    row: list[Any] = [int(at.timestamp()), json.dumps(erased), json.dumps(blanked)]
    statement = "INSERT INTO erasure (at, erased, blanked) VALUES (?, ?, ?) RETURNING id"
    ((receipt,),) = db.execute(statement, row).fetchall()
    audit.record_row(db, row[0], Actor.ERASURE, AuditAction.STORED, "erasure", receipt)
    return Erasure(receipt=receipt, at=at, erased=erased, blanked=dict(blanked))
