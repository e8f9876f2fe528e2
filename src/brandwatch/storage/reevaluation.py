"""Evaluate stored entries again: which may concern an edited query, and what becomes of its mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import Actor
from brandwatch.storage import audit, mentions, rows, search, selections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from brandwatch.models import MatchResult, Mention, Prefilter, StoredEntry


LOST = "the query does not ask for it any more"
"""Why a mention is hidden that a replay did not find again; its entry and the analyst's decision stay."""


class ReevaluationCandidate(NamedTuple):
    """A stored entry that a query may concern, where it came through, and its mention if it has one."""

    stored: StoredEntry
    source: str
    kind: str
    mention: Mention | None


def reevaluation_candidates(
    db: Database, query: str, need: Prefilter | None, since: datetime | None
) -> Iterator[ReevaluationCandidate]:
    """Yield every entry since then that *query* may concern, and those it has a mention of."""
    clause, parameters = search.prefilter_condition(need)
    times = " AND coalesce(entry.published, entry.found) >= ?" if since else ""
    # Two questions, since an index answers each alone and neither both.
    concerned = f"SELECT entry.id FROM entry WHERE {clause} UNION SELECT entry FROM mention WHERE query = ?"
    statement = (
        f"SELECT {selections.COLUMNS} FROM entry JOIN ({concerned}) AS concerned ON concerned.id = entry.id"
        f" LEFT JOIN mention ON mention.entry = entry.id AND mention.query = ? {selections.FACTS} WHERE TRUE{times}"
    )
    moment = [rows.seconds(since)] if since else []
    for row in db.query(statement, [*parameters, query, query, *moment]):
        yield ReevaluationCandidate(
            rows.stored_entry(row), row["source_url"] or "", row["source_kind"] or "", _mention(row)
        )


def apply_results(
    db: Database, query: str, version: str, judgements: Mapping[int, MatchResult | None], at: datetime
) -> None:
    """Keep new judgements by the id of their entry; `None` hides the mention that was there."""
    now = int(at.timestamp())
    done = [
        mentions.hide_mention(db, entry, query, LOST)
        if judgement is None
        else mentions.store_mention(db, entry, query, judgement, version=version, at=now)
        for entry, judgement in judgements.items()
    ]
    audit.record_actions(db, now, Actor.REPLAY, done)


def _mention(row: Mapping[str, Any]) -> Mention | None:
    """Return the mention in a row, if the entry has one."""
    return rows.mention(row) if row["mention_id"] is not None else None
