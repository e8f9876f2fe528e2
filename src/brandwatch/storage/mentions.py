"""Write a mention, and the people in its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import AuditAction, EvidenceKind
from brandwatch.storage import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlite_utils import Database

    from brandwatch.models import Evidence, MatchResult

    Numbered = tuple[int, Evidence]


class MentionAction(NamedTuple):
    """What was done to a mention."""

    deed: AuditAction
    mention: int


def store_mention(  # noqa: PLR0913 (the facts of a row)
    db: Database,
    entry: int,
    query: str,
    judgement: MatchResult,
    *,
    version: str,
    at: int,
    is_backlog: bool = False,
    is_first: bool = False,
    replaces: bool = True,
) -> MentionAction | None:
    """Keep a judgement; a mention that is there keeps its decision, and everything else unless *replaces*.

    *is_first* says that the entry is new, so that none is there. Return what was done, `None` where nothing was.
    """
    judged = rows.result_row(judgement) | {"query_version": version}
    before = None if is_first else _stored(db, entry, query)
    if before and not replaces:
        return None
    if before:
        delete_people(db, before["id"])
    row = judged | {"entry": entry, "query": query, "status": "new", "backlog": int(is_backlog), "found": at}
    changes = ", ".join(f"{name} = excluded.{name}" for name in judged)
    marks = ", ".join(f":{name}" for name in row)
    written = f"INSERT INTO mention ({', '.join(row)}) VALUES ({marks})"
    replaced = f"ON CONFLICT (entry, query) DO UPDATE SET {changes}"
    ((mention,),) = db.execute(f"{written} {replaced} RETURNING id", row).fetchall()
    store_people(db, mention, judgement)
    deed = _deed(before, judged, judgement) if before else AuditAction.STORED
    return MentionAction(deed, mention) if deed else None


def hide_mention(db: Database, entry: int, query: str, reason: str) -> MentionAction | None:
    """Hide a mention that is there; its entry and its decision stay. Return what was done, `None` for nothing new."""
    statement = "UPDATE mention SET suppressed = ? WHERE entry = ? AND query = ? AND suppressed != ? RETURNING id"
    found = db.execute(statement, [reason, entry, query, reason]).fetchall()
    return MentionAction(AuditAction.HIDDEN, found[0][0]) if found else None


def _stored(db: Database, entry: int, query: str) -> dict[str, Any] | None:
    """Return the mention of an entry by a query as it is now, `None` where there is none."""
    statement = f"SELECT mention.*, {NAMED} FROM mention WHERE entry = ? AND query = ?"
    return next(iter(db.query(statement, [entry, query])), None)


def _deed(before: Mapping[str, Any], after: Mapping[str, Any], judgement: MatchResult) -> AuditAction | None:
    """Return what a new judgement does to a mention, `None` if it says the same."""
    if bool(before["suppressed"]) != bool(after["suppressed"]):
        return AuditAction.HIDDEN if after["suppressed"] else AuditAction.SHOWN
    is_same = all(before[name] == value for name, value in after.items())
    named = rows.evidence(before["evidence"], before["named"])
    return None if is_same and named == judgement.evidence else AuditAction.CHANGED


_PIECE = "name, field, start, stop, rule, part, note"
NAMED = (
    f"(SELECT json_group_array(json_array(number, {_PIECE})) FROM person_hit"
    " WHERE person_hit.mention = mention.id) AS named"
)
"""The people of a mention as `rows.mention` reads them."""


def store_people(db: Database, mention: int, judgement: MatchResult) -> None:
    """Keep who is named in a mention that has nobody yet; the database refuses who stands beside no anchor."""
    numbered = list(enumerate(judgement.evidence))
    named = [one for one in numbered if rows.names_person(one[1], judgement.voice)]
    if not named:
        return
    anchors = [one for one in numbered if one[1].kind is EvidenceKind.ANCHOR]
    db.conn.executemany(
        "INSERT INTO anchor (mention, number, term, field, start, stop, rule) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(mention, number, one.term, one.field, one.start, one.end, one.rule) for number, one in anchors],
    )
    db.conn.executemany(
        f"INSERT INTO person_hit (mention, number, anchor, {_PIECE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(mention, number, _nearest(one, anchors)),
                *(one.term, one.field, one.start, one.end, one.rule, one.kind, one.note),
            )
            for number, one in named
        ],
    )


def delete_people(db: Database, mention: int) -> None:
    """Let go of who was named in a mention: with the anchors go those who are tied to them."""
    db.execute("DELETE FROM anchor WHERE mention = ?", [mention])


def _nearest(piece: Evidence, anchors: Sequence[Numbered]) -> int | None:
    """Return the number of the anchor that a person stands nearest to, `None` where there is no anchor."""
    near = min(anchors, key=lambda one: (one[1].field != piece.field, abs(one[1].start - piece.start)), default=None)
    return near[0] if near else None
