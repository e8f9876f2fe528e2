"""Write a mention, and the people in its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import AuditAction, EvidenceKind, Status
from brandwatch.storage import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brandwatch.models import Evidence, MatchResult
    from brandwatch.storage.database import Store

    NumberedEvidence = tuple[int, Evidence]


class MentionAction(NamedTuple):
    """What was done to a mention."""

    deed: AuditAction
    mention: int


def store_mention(  # noqa: PLR0913 (the facts of a row)
    store: Store,
    entry: int,
    query: str,
    result: MatchResult,
    *,
    version: str,
    at: int,
    is_backlog: bool = False,
    is_first: bool = False,
    replaces: bool = True,
) -> MentionAction | None:
    """Store a result; a mention that is there keeps its status, and everything else too unless *replaces*.

    *is_first* says that the entry is new, so that no mention is there. Return what was done, `None` for nothing.
    """
    evaluated = rows.result_row(result) | {"query_version": version}
    before = None if is_first else _stored_mention(store, entry, query)
    if before:
        if not replaces:
            return None
        # With the anchors go the people who are tied to them.
        store.execute("DELETE FROM anchor WHERE mention = ?", [before["id"]])
    row = evaluated | {
        "entry": entry,
        "query": query,
        "status": Status.NEW,
        "backlog": int(is_backlog),
        "found": at,
    }
    changes = ", ".join(f"{name} = excluded.{name}" for name in evaluated)
    statement = f"{rows.insertion('mention', row)} ON CONFLICT (entry, query) DO UPDATE SET {changes} RETURNING id"
    mention = int(store.value(statement, row))
    _store_people(store, mention, result)
    deed = _deed(before, evaluated, result) if before else AuditAction.STORED
    return MentionAction(deed, mention) if deed else None


def hide_mention(store: Store, entry: int, query: str, reason: str) -> MentionAction | None:
    """Hide a mention that is there; its entry and its status stay. Return what was done, `None` for nothing."""
    statement = "UPDATE mention SET suppressed = ? WHERE entry = ? AND query = ? AND suppressed != ? RETURNING id"
    mention = store.value(statement, [reason, entry, query, reason])
    return None if mention is None else MentionAction(AuditAction.HIDDEN, mention)


def _stored_mention(store: Store, entry: int, query: str) -> dict[str, Any] | None:
    statement = f"SELECT mention.*, {rows.PEOPLE} FROM mention WHERE entry = ? AND query = ?"
    return next(store.query(statement, [entry, query]), None)


def _deed(before: Mapping[str, Any], after: Mapping[str, Any], result: MatchResult) -> AuditAction | None:
    """Return what a new result does to a mention, `None` if it says the same."""
    if bool(before["suppressed"]) != bool(after["suppressed"]):
        return AuditAction.HIDDEN if after["suppressed"] else AuditAction.SHOWN
    is_same = all(before[name] == value for name, value in after.items())
    evidence = rows.evidence(before["evidence"], before["named"])
    return None if is_same and evidence == result.evidence else AuditAction.CHANGED


def _store_people(store: Store, mention: int, result: MatchResult) -> None:
    """Store who is named in a mention that has nobody yet; the database refuses a person without an anchor."""
    numbered = list(enumerate(result.evidence))
    people = [(number, piece) for number, piece in numbered if rows.names_person(piece, result.voice)]
    if not people:
        return
    anchors = [(number, piece) for number, piece in numbered if piece.kind is EvidenceKind.ANCHOR]
    store.execute_many(
        "INSERT INTO anchor (mention, number, term, field, start, stop, rule) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(mention, number, piece.term, piece.field, piece.start, piece.end, piece.rule) for number, piece in anchors],
    )
    store.execute_many(
        "INSERT INTO person_hit (mention, number, anchor, name, field, start, stop, rule, part, note)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(mention, number, _nearest_anchor(piece, anchors)),
                *(piece.term, piece.field, piece.start, piece.end, piece.rule, piece.kind, piece.note),
            )
            for number, piece in people
        ],
    )


def _nearest_anchor(person: Evidence, anchors: Sequence[NumberedEvidence]) -> int | None:
    """Return the number of the anchor that a person stands nearest to, in the same field if there is one there."""

    def distance(anchor: NumberedEvidence) -> tuple[bool, int]:
        return anchor[1].field != person.field, abs(anchor[1].start - person.start)

    return min(anchors, key=distance)[0] if anchors else None
