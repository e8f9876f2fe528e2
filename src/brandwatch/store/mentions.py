"""Write a mention: one row for an entry and a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import Deed
from brandwatch.store import people, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

    from brandwatch.models import Judgement


class Done(NamedTuple):
    """What was done to a mention."""

    deed: Deed
    mention: int


def keep(  # noqa: PLR0913 (the facts of a row)
    db: Database,
    entry: int,
    query: str,
    judgement: Judgement,
    *,
    version: str,
    at: int,
    is_backlog: bool = False,
    is_first: bool = False,
    replaces: bool = True,
) -> Done | None:
    """Keep a judgement; a mention that is there keeps its decision, and everything else unless *replaces*.

    *is_first* says that the entry is new, so that none is there. Return what was done, `None` where nothing was.
    """
    judged = rows.judgement_row(judgement) | {"query_version": version}
    before = None if is_first else _stored(db, entry, query)
    if before and not replaces:
        return None
    if before:
        people.forget(db, before["id"])
    row = judged | {"entry": entry, "query": query, "status": "new", "backlog": int(is_backlog), "found": at}
    changes = ", ".join(f"{name} = excluded.{name}" for name in judged)
    marks = ", ".join(f":{name}" for name in row)
    written = f"INSERT INTO mention ({', '.join(row)}) VALUES ({marks})"
    replaced = f"ON CONFLICT (entry, query) DO UPDATE SET {changes}"
    ((mention,),) = db.execute(f"{written} {replaced} RETURNING id", row).fetchall()
    people.keep(db, mention, judgement)
    deed = _deed(before, judged, judgement) if before else Deed.STORED
    return Done(deed, mention) if deed else None


def hide(db: Database, entry: int, query: str, reason: str) -> Done | None:
    """Hide a mention that is there; its entry and its decision stay. Return what was done, `None` for nothing new."""
    statement = "UPDATE mention SET suppressed = ? WHERE entry = ? AND query = ? AND suppressed != ? RETURNING id"
    found = db.execute(statement, [reason, entry, query, reason]).fetchall()
    return Done(Deed.HIDDEN, found[0][0]) if found else None


def _stored(db: Database, entry: int, query: str) -> dict[str, Any] | None:
    """Return the mention of an entry by a query as it is now, `None` where there is none."""
    statement = f"SELECT mention.*, {people.NAMED} FROM mention WHERE entry = ? AND query = ?"
    return next(iter(db.query(statement, [entry, query])), None)


def _deed(before: Mapping[str, Any], after: Mapping[str, Any], judgement: Judgement) -> Deed | None:
    """Return what a new judgement does to a mention, `None` if it says the same."""
    if bool(before["suppressed"]) != bool(after["suppressed"]):
        return Deed.HIDDEN if after["suppressed"] else Deed.SHOWN
    is_same = all(before[name] == value for name, value in after.items())
    named = rows.evidence(before["evidence"], before["named"])
    return None if is_same and named == judgement.evidence else Deed.CHANGED
