"""What analysts decide of mentions: written with its history, so that it can be undone step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import Act, Actor, Change, Decision, Deed, Standing, Status, Step, Via
from brandwatch.store import audit, rows
from brandwatch.store.selections import TAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlite_utils import Database

_LAST = "SELECT max(step) FROM decision WHERE undoes IS NULL AND step NOT IN (SELECT step FROM undone)"
# Mentions that go take their decisions with them; a number that was undone must not come again.
_NEXT = "SELECT 1 + max(coalesce((SELECT max(step) FROM decision), 0), coalesce((SELECT max(step) FROM undone), 0))"
_WRITES = {
    Act.STATUS: "UPDATE mention SET status = :value WHERE id = :mention",
    Act.NOTE: "UPDATE mention SET note = :value WHERE id = :mention",
    Act.TAG: "INSERT OR IGNORE INTO tag (tag, mention) VALUES (:value, :mention)",
    Act.UNTAG: "DELETE FROM tag WHERE tag = :value AND mention = :mention",
}
_OPPOSITES = {Act.TAG: Act.UNTAG, Act.UNTAG: Act.TAG}


class _Said(NamedTuple):
    """One thing to be said of a mention."""

    mention: int
    act: Act
    value: str
    was: str = ""


def standings(db: Database, mentions: Collection[int]) -> dict[int, Standing]:
    """Return what has been said of mentions, by their ids; those that do not exist are not among them."""
    columns = f"id, query, found, status, note, ({TAGS}) AS tags"
    statement = f"SELECT {columns} FROM mention WHERE id IN (SELECT value FROM json_each(?))"
    return {
        row["id"]: Standing(
            query=row["query"],
            found=rows.moment(row["found"]),
            status=Status(row["status"]),
            tags=frozenset(rows.tags(row["tags"])),
            note=row["note"],
        )
        for row in db.query(statement, [json.dumps(list(mentions))])
    }


def decide(db: Database, changes: Mapping[int, Change], via: Via, at: int) -> Step:
    """Make changes by the ids of mentions in one step, inside the transaction of the caller."""
    before = standings(db, changes)
    said = [one for mention, stands in before.items() for one in _said(mention, stands, changes[mention])]
    return _write(db, said, via, at)


def undo(db: Database, via: Via, at: int, step: int | None = None) -> Step:
    """Take back a step, the last that was not taken back where none is named, inside the transaction of the caller.

    What has been decided otherwise since then stays.
    """
    number = step or db.execute(_LAST).fetchone()[0]
    if not number:
        return Step(number=0)
    found = list(db.query("SELECT mention, verb, value, was FROM decision WHERE step = ? ORDER BY id DESC", [number]))
    now = standings(db, {row["mention"] for row in found})
    db.execute("INSERT OR IGNORE INTO undone (step) VALUES (?)", [number])
    back = [_reverse(row) for row in found if _stands(now[row["mention"]], Act(row["verb"]), row["value"])]
    return _write(db, back, via, at, undoes=number)


def of(db: Database, mention: int) -> tuple[Decision, ...]:
    """Return what was said of a mention, oldest first."""
    return tuple(
        Decision(
            at=rows.moment(row["at"]),
            act=Act(row["verb"]),
            value=row["value"],
            was=row["was"],
            via=Via(row["via"]),
            is_undo=row["undoes"] is not None,
        )
        for row in db.query("SELECT * FROM decision WHERE mention = ? ORDER BY id", [mention])
    )


def tags(db: Database) -> tuple[str, ...]:
    """Return the tags there are, in their order."""
    return tuple(tag for (tag,) in db.execute("SELECT DISTINCT tag FROM tag ORDER BY tag"))


def _said(mention: int, stands: Standing, change: Change) -> Iterator[_Said]:
    """Yield what a change says that is not so yet."""
    if change.status is not None and change.status != stands.status:
        yield _Said(mention, Act.STATUS, change.status, stands.status)
    for tag in change.tags:
        if tag not in stands.tags:
            yield _Said(mention, Act.TAG, tag)
    for tag in change.untags:
        if tag in stands.tags:
            yield _Said(mention, Act.UNTAG, tag)
    if change.note is not None and change.note != stands.note:
        yield _Said(mention, Act.NOTE, change.note, stands.note)


def _stands(now: Standing, act: Act, value: str) -> bool:
    """Say whether what was said of a mention is still so."""
    match act:
        case Act.STATUS:
            return now.status == value
        case Act.NOTE:
            return now.note == value
        case Act.TAG:
            return value in now.tags
        case Act.UNTAG:
            return value not in now.tags


def _reverse(row: Mapping[str, Any]) -> _Said:
    """Return what takes back what a row says."""
    act = Act(row["verb"])
    if act in _OPPOSITES:
        return _Said(row["mention"], _OPPOSITES[act], row["value"])
    return _Said(row["mention"], act, row["was"], row["value"])


def _write(db: Database, said: Collection[_Said], via: Via, at: int, undoes: int | None = None) -> Step:
    """Do what is said, and keep it as one step."""
    for one in said:
        db.execute(_WRITES[one.act], {"value": one.value, "mention": one.mention})
    ((number,),) = db.execute(_NEXT).fetchall()
    db.conn.executemany(
        "INSERT INTO decision (step, mention, verb, value, was, at, via, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, one.mention, one.act, one.value, one.was, at, via, undoes) for one in said],
    )
    mentions = tuple(dict.fromkeys(one.mention for one in said))
    audit.note(db, at, Actor.HAND, Deed.DECIDED, mentions)
    return Step(number=number if said or undoes else 0, mentions=mentions)
