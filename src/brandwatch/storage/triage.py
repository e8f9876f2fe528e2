"""Decisions of analysts, written with their history, so that they can be undone step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import (
    Actor,
    AuditAction,
    Status,
    TriageAction,
    TriageBatch,
    TriageChange,
    TriageDecision,
    TriageOrigin,
    TriageState,
)
from brandwatch.storage import audit, rows
from brandwatch.storage.selections import TAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlite_utils import Database


_LAST = "SELECT max(step) FROM decision WHERE undoes IS NULL AND step NOT IN (SELECT step FROM undone)"
# Mentions that go take their decisions with them; a number that was undone must not come again.
_NEXT = "SELECT 1 + max(coalesce((SELECT max(step) FROM decision), 0), coalesce((SELECT max(step) FROM undone), 0))"
_WRITES = {
    TriageAction.STATUS: "UPDATE mention SET status = :value WHERE id = :mention",
    TriageAction.NOTE: "UPDATE mention SET note = :value WHERE id = :mention",
    TriageAction.TAG: "INSERT OR IGNORE INTO tag (tag, mention) VALUES (:value, :mention)",
    TriageAction.UNTAG: "DELETE FROM tag WHERE tag = :value AND mention = :mention",
}
_OPPOSITES = {TriageAction.TAG: TriageAction.UNTAG, TriageAction.UNTAG: TriageAction.TAG}


class _StoredDecision(NamedTuple):
    """One thing to be said of a mention."""

    mention: int
    act: TriageAction
    value: str
    was: str = ""


def triage_states(db: Database, mentions: Collection[int]) -> dict[int, TriageState]:
    """Return what has been said of mentions, by their ids; those that do not exist are not among them."""
    columns = f"id, query, found, status, note, ({TAGS}) AS tags"
    statement = f"SELECT {columns} FROM mention WHERE id IN (SELECT value FROM json_each(?))"
    return {
        row["id"]: TriageState(
            query=row["query"],
            found=rows.moment(row["found"]),
            status=Status(row["status"]),
            tags=frozenset(rows.tags(row["tags"])),
            note=row["note"],
        )
        for row in db.query(statement, [json.dumps(list(mentions))])
    }


def decide(db: Database, changes: Mapping[int, TriageChange], via: TriageOrigin, at: int) -> TriageBatch:
    """Make changes by the ids of mentions in one step, inside the transaction of the caller."""
    before = triage_states(db, changes)
    said = [one for mention, stands in before.items() for one in _said(mention, stands, changes[mention])]
    return _write(db, said, via, at)


def undo(db: Database, via: TriageOrigin, at: int, step: int | None = None) -> TriageBatch:
    """Take back a step, the last that was not taken back where none is named, inside the transaction of the caller.

    What has been decided otherwise since then stays.
    """
    number = step or db.execute(_LAST).fetchone()[0]
    if not number:
        return TriageBatch(number=0)
    found = list(db.query("SELECT mention, verb, value, was FROM decision WHERE step = ? ORDER BY id DESC", [number]))
    now = triage_states(db, {row["mention"] for row in found})
    db.execute("INSERT OR IGNORE INTO undone (step) VALUES (?)", [number])
    back = [_reverse(row) for row in found if _stands(now[row["mention"]], TriageAction(row["verb"]), row["value"])]
    return _write(db, back, via, at, undoes=number)


def decisions_of(db: Database, mention: int) -> tuple[TriageDecision, ...]:
    """Return what was said of a mention, oldest first."""
    return tuple(
        TriageDecision(
            at=rows.moment(row["at"]),
            action=TriageAction(row["verb"]),
            value=row["value"],
            previous=row["was"],
            origin=TriageOrigin(row["via"]),
            is_undo=row["undoes"] is not None,
        )
        for row in db.query("SELECT * FROM decision WHERE mention = ? ORDER BY id", [mention])
    )


def known_tags(db: Database) -> tuple[str, ...]:
    """Return the tags there are, in their order."""
    return tuple(tag for (tag,) in db.execute("SELECT DISTINCT tag FROM tag ORDER BY tag"))


def _said(mention: int, stands: TriageState, change: TriageChange) -> Iterator[_StoredDecision]:
    """Yield what a change says that is not so yet."""
    if change.status is not None and change.status != stands.status:
        yield _StoredDecision(mention, TriageAction.STATUS, change.status, stands.status)
    for tag in change.tags:
        if tag not in stands.tags:
            yield _StoredDecision(mention, TriageAction.TAG, tag)
    for tag in change.untags:
        if tag in stands.tags:
            yield _StoredDecision(mention, TriageAction.UNTAG, tag)
    if change.note is not None and change.note != stands.note:
        yield _StoredDecision(mention, TriageAction.NOTE, change.note, stands.note)


def _stands(now: TriageState, act: TriageAction, value: str) -> bool:
    """Say whether what was said of a mention is still so."""
    match act:
        case TriageAction.STATUS:
            return now.status == value
        case TriageAction.NOTE:
            return now.note == value
        case TriageAction.TAG:
            return value in now.tags
        case TriageAction.UNTAG:
            return value not in now.tags


def _reverse(row: Mapping[str, Any]) -> _StoredDecision:
    """Return what takes back what a row says."""
    act = TriageAction(row["verb"])
    if act in _OPPOSITES:
        return _StoredDecision(row["mention"], _OPPOSITES[act], row["value"])
    return _StoredDecision(row["mention"], act, row["was"], row["value"])


def _write(
    db: Database, said: Collection[_StoredDecision], via: TriageOrigin, at: int, undoes: int | None = None
) -> TriageBatch:
    """Do what is said, and keep it as one step."""
    for one in said:
        db.execute(_WRITES[one.act], {"value": one.value, "mention": one.mention})
    ((number,),) = db.execute(_NEXT).fetchall()
    db.conn.executemany(
        "INSERT INTO decision (step, mention, verb, value, was, at, via, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, one.mention, one.act, one.value, one.was, at, via, undoes) for one in said],
    )
    mentions = tuple(dict.fromkeys(one.mention for one in said))
    audit.record_mentions(db, at, Actor.HAND, AuditAction.DECIDED, mentions)
    return TriageBatch(number=number if said or undoes else 0, mentions=mentions)
