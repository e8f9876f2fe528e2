"""Look up stored entries: the same ones again, the one of a link, and those that a query may concern."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from brandwatch.storage import rows, search, selections
from brandwatch.urls import are_two_parts, canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from brandwatch.models import Mention, Prefilter, StoredEntry
    from brandwatch.storage.database import Store


# SQLite allows 32,766 parameters in a statement.
_MAX_PARAMETERS = 5_000


def entries_with_keys(store: Store, guids: Sequence[str], links: Sequence[str]) -> tuple[StoredEntry, ...]:
    """Return the stored entries that share one of the guids or of the canonical links, oldest first."""
    entries: dict[int, StoredEntry] = {}
    for column, keys in (("link", links), ("guid", guids)):
        for start in range(0, len(keys), _MAX_PARAMETERS):
            batch = keys[start : start + _MAX_PARAMETERS]
            marks = ", ".join("?" * len(batch))
            # The first half of the condition is what makes the partial index usable.
            statement = f"SELECT * FROM entry WHERE {column} != '' AND {column} IN ({marks})"
            entries |= {row["id"]: rows.stored_entry(row) for row in store.query(statement, batch)}
    return tuple(entries[number] for number in sorted(entries))


def entry_by_link(store: Store, url: str) -> StoredEntry | None:
    """Return the stored entry that a link leads to. A comment is told from the others on its page."""
    entries = entries_with_keys(store, [], [canonical(url)])
    return next((stored for stored in entries if not are_two_parts(url, stored.entry.url)), None)


class ReevaluationCandidate(NamedTuple):
    """A stored entry that a query may concern, the source and kind it came through, and its mention if it has one."""

    stored: StoredEntry
    source: str
    kind: str
    mention: Mention | None


def reevaluation_candidates(
    store: Store, query: str, needs: Prefilter | None, since: datetime | None
) -> Iterator[ReevaluationCandidate]:
    """Yield the entries since then that *query* may concern, by its prefilter, and those it has a mention of."""
    condition, parameters = search.prefilter_condition(needs)
    if since is None:
        times, moment = "", []
    else:
        times, moment = "WHERE coalesce(entry.published, entry.found) >= ?", [rows.seconds(since)]
    # Two questions, since an index answers each alone and neither both.
    statement = f"""
        SELECT {selections.COLUMNS} FROM entry JOIN (
            SELECT entry.id FROM entry WHERE {condition} UNION SELECT entry FROM mention WHERE query = ?
        ) AS concerned ON concerned.id = entry.id
        LEFT JOIN mention ON mention.entry = entry.id AND mention.query = ? {selections.FACTS} {times}
    """
    for row in store.query(statement, [*parameters, query, query, *moment]):
        yield ReevaluationCandidate(
            stored=rows.stored_entry(row),
            source=row["source_url"] or "",
            kind=row["source_kind"] or "",
            mention=rows.mention(row) if row["mention_id"] is not None else None,
        )
