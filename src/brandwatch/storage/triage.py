"""Decisions of analysts, stored with their history, so that each step can be undone."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from brandwatch import models
from brandwatch.storage import audit, rows
from brandwatch.storage.database import Store
from brandwatch.storage.selections import TAGS

_WRITES = {
    models.TriageAction.STATUS: "UPDATE mention SET status = :value WHERE id = :mention",
    models.TriageAction.NOTE: "UPDATE mention SET note = :value WHERE id = :mention",
    models.TriageAction.TAG: "INSERT OR IGNORE INTO tag (tag, mention) VALUES (:value, :mention)",
    models.TriageAction.UNTAG: "DELETE FROM tag WHERE tag = :value AND mention = :mention",
}
_INVERSES = {models.TriageAction.TAG: models.TriageAction.UNTAG, models.TriageAction.UNTAG: models.TriageAction.TAG}


class _Decision(NamedTuple):
    """One change of one mention; *was* is the value before."""

    mention: int
    action: models.TriageAction
    value: str
    was: str = ""

    def inverse(self) -> "_Decision":
        """Return the decision that undoes this one."""
        if self.action in _INVERSES:
            return _Decision(self.mention, _INVERSES[self.action], self.value)
        return _Decision(self.mention, self.action, self.was, self.value)

    def is_in_force(self, state: models.TriageState) -> bool:
        """Whether a mention still has the value of this decision."""
        match self.action:
            case models.TriageAction.STATUS:
                return state.status == self.value
            case models.TriageAction.NOTE:
                return state.note == self.value
            case models.TriageAction.TAG:
                return self.value in state.tags
            case models.TriageAction.UNTAG:
                return self.value not in state.tags


def triage_states(store: Store, mentions: Collection[int]) -> dict[int, models.TriageState]:
    """Return the status, tags and note by the ids of mentions; ids without a mention are left out."""
    statement = f"""
        SELECT id, query, found, status, note, ({TAGS}) AS tags FROM mention
        WHERE id IN (SELECT value FROM json_each(?))
    """
    return {
        row["id"]: models.TriageState(
            query=row["query"],
            found=rows.moment(row["found"]),
            status=models.Status(row["status"]),
            tags=frozenset(rows.tags(row["tags"])),
            note=row["note"],
        )
        for row in store.query(statement, [json.dumps(list(mentions))])
    }


def decide(
    store: Store, changes: Mapping[int, models.TriageChange], origin: models.TriageOrigin, at: datetime
) -> models.TriageBatch:
    """Apply changes by the ids of mentions as one step, inside the caller's transaction."""
    decisions = [
        decision
        for mention, state in triage_states(store, changes).items()
        for decision in _decisions(mention, state, changes[mention])
    ]
    return _write(store, decisions, origin, at)


def undo_step(store: Store, origin: models.TriageOrigin, at: datetime, step: int | None = None) -> models.TriageBatch:
    """Undo a step, by default the last that was not undone, inside the caller's transaction.

    A mention with a later decision stays as it is.
    """
    last = "SELECT max(step) FROM decision WHERE undoes IS NULL AND step NOT IN (SELECT step FROM undone)"
    number = step or store.value(last)
    if not number:
        return models.TriageBatch(number=0)
    statement = "SELECT mention, verb, value, was FROM decision WHERE step = ? ORDER BY id DESC"
    decisions = [
        _Decision(mention, models.TriageAction(verb), value, was)
        for mention, verb, value, was in store.execute(statement, [number])
    ]
    states = triage_states(store, {decision.mention for decision in decisions})
    store.execute("INSERT OR IGNORE INTO undone (step) VALUES (?)", [number])
    inverses = [decision.inverse() for decision in decisions if decision.is_in_force(states[decision.mention])]
    return _write(store, inverses, origin, at, undoes=number)


def mention_decisions(store: Store, mention: int) -> tuple[models.TriageDecision, ...]:
    """Return the decisions about a mention, oldest first."""
    return tuple(
        models.TriageDecision(
            at=rows.moment(row["at"]),
            action=models.TriageAction(row["verb"]),
            value=row["value"],
            previous=row["was"],
            origin=models.TriageOrigin(row["via"]),
            is_undo=row["undoes"] is not None,
        )
        for row in store.query("SELECT * FROM decision WHERE mention = ? ORDER BY id", [mention])
    )


def used_tags(store: Store) -> tuple[str, ...]:
    """Return the tags that mentions have, sorted."""
    return tuple(store.column("SELECT DISTINCT tag FROM tag ORDER BY tag"))


def earlier_tags(store: Store) -> tuple[str, ...]:
    """Return the tags that mentions have or had, sorted."""
    statement = "SELECT tag FROM tag UNION SELECT value FROM decision WHERE verb = ? ORDER BY 1"
    return tuple(store.column(statement, [models.TriageAction.TAG]))


def _decisions(mention: int, state: models.TriageState, change: models.TriageChange) -> Iterator[_Decision]:
    """Yield a decision for each part of a change that differs from the state."""
    if change.status is not None and change.status != state.status:
        yield _Decision(mention, models.TriageAction.STATUS, change.status, state.status)
    for tag in change.tags:
        if tag not in state.tags:
            yield _Decision(mention, models.TriageAction.TAG, tag)
    for tag in change.untags:
        if tag in state.tags:
            yield _Decision(mention, models.TriageAction.UNTAG, tag)
    if change.note is not None and change.note != state.note:
        yield _Decision(mention, models.TriageAction.NOTE, change.note, state.note)


def _write(
    store: Store, decisions: Collection[_Decision], origin: models.TriageOrigin, at: datetime, undoes: int | None = None
) -> models.TriageBatch:
    """Apply decisions, and record them as one step."""
    now = int(at.timestamp())
    for decision in decisions:
        store.execute(_WRITES[decision.action], {"value": decision.value, "mention": decision.mention})
    # Deleted mentions take their decisions with them; the number of an undone step must not recur.
    number = store.value("""
        SELECT 1 + max(
            coalesce((SELECT max(step) FROM decision), 0), coalesce((SELECT max(step) FROM undone), 0)
        )
    """)
    store.execute_many(
        "INSERT INTO decision (step, mention, verb, value, was, at, via, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *decision, now, origin, undoes) for decision in decisions],
    )
    mentions = tuple(dict.fromkeys(decision.mention for decision in decisions))
    audit.record_mentions(store, now, models.Actor.HAND, models.AuditAction.DECIDED, mentions)
    return models.TriageBatch(number=number if decisions or undoes else 0, mentions=mentions)
