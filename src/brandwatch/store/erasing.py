"""Erase what somebody wants forgotten: rows, words in what stays, and what the file still holds of both."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from brandwatch.errors import StoreError
from brandwatch.models import Actor, Deed, Erasure
from brandwatch.store import audit, holdings, removing, tombstones
from brandwatch.store.tables import tables, word_indexes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlite_utils import Database

    from brandwatch.store.finder import Finder
    from brandwatch.store.holdings import Held

_EMPTY = {"[": "[]", "{": "{}"}


def erase(db: Database, finder: Finder, at: datetime) -> Erasure:
    """Erase every row that holds what is wanted, and keep it from coming back, inside the transaction of the caller.

    Entries go whole. What is no entry's loses the words, and goes too where it cannot be without.
    """
    moment = int(at.timestamp())
    before = _counts(db)
    with _unguarded(db):
        found = list(holdings.held(db, finder))
        entries = holdings.entries_to_go(db, found)
        tombstones.keep(db, [*tombstones.of_entries(db, entries), *tombstones.of_wanted(db, finder)], moment)
        removing.remove(db, entries, Actor.ERASURE, moment)
        removing.remove_sources(db, holdings.sources_to_go(found), Actor.ERASURE, moment)
        blanked = Counter(one.table.name for one in list(holdings.held(db, finder)) if _blank(db, one))
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
    return Counter({one.name: db.execute(f'SELECT count(*) FROM "{one.name}"').fetchone()[0] for one in tables(db)})


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


def _blank(db: Database, one: Held) -> bool:
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
    audit.note_row(db, row[0], Actor.ERASURE, Deed.STORED, "erasure", receipt)
    return Erasure(receipt=receipt, at=at, erased=erased, blanked=dict(blanked))
