"""Write a mention: one row for an entry and a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.store import people, rows

if TYPE_CHECKING:
    from sqlite_utils import Database

    from brandwatch.models import Judgement


def keep(  # noqa: PLR0913 (the facts of a row)
    db: Database,
    entry: int,
    query: str,
    judgement: Judgement,
    *,
    version: str,
    at: int,
    is_backlog: bool = False,
    replaces: bool = True,
) -> None:
    """Keep a judgement; a mention that is there keeps its decision, and everything else unless *replaces*."""
    judged = rows.judgement_row(judgement) | {"query_version": version}
    row = judged | {"entry": entry, "query": query, "status": "new", "backlog": int(is_backlog), "found": at}
    changes = ", ".join(f"{name} = excluded.{name}" for name in judged)
    marks = ", ".join(f":{name}" for name in row)
    before = _id(db, entry, query)
    if before and not replaces:
        return
    if before:
        people.forget(db, before)
    written = f"INSERT INTO mention ({', '.join(row)}) VALUES ({marks})"
    ((mention,),) = db.execute(
        f"{written} ON CONFLICT (entry, query) DO UPDATE SET {changes} RETURNING id", row
    ).fetchall()
    people.keep(db, mention, judgement)


def hide(db: Database, entry: int, query: str, reason: str) -> None:
    """Hide a mention that is there; its entry and its decision stay."""
    db.execute("UPDATE mention SET suppressed = ? WHERE entry = ? AND query = ?", [reason, entry, query])


def _id(db: Database, entry: int, query: str) -> int:
    """Return the number of a mention, 0 where there is none."""
    found = db.execute("SELECT id FROM mention WHERE entry = ? AND query = ?", [entry, query]).fetchone()
    return int(found[0]) if found else 0
