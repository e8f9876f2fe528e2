"""Rows become values: names of columns on one side, fields on the other."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from brandwatch.models import Entry, Evidence, FetchClass, Mention, Response, SourceState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENTRY_COLUMNS = ("guid", "url", "title", "text", "author", "publisher", "language", "comment_feed")
RESPONSE_COLUMNS = ("comments", "replies", "likes", "shares", "views")
_TIMES_OF_SOURCE = ("first_poll", "last_poll", "last_success", "next_due")


def seconds(when: datetime | None) -> int | None:
    """Return a moment as it is stored."""
    return None if when is None else int(when.timestamp())


def when(stored: int | None) -> datetime | None:
    """Return a stored moment."""
    return None if stored is None else moment(stored)


def moment(stored: int) -> datetime:
    """Return a stored moment that is never missing."""
    return datetime.fromtimestamp(stored, UTC)


def source_row(state: SourceState) -> dict[str, Any]:
    """Return the columns of a source."""
    row: dict[str, Any] = {
        name: value for name, value in asdict(state).items() if name not in {"fetch_class", "mentions"}
    }
    row |= {name: seconds(row[name]) for name in _TIMES_OF_SOURCE}
    return row | {"class": state.fetch_class}


def source_state(row: Mapping[str, Any]) -> SourceState:
    """Return the source in a row that also counts its mentions."""
    fields = dict(row) | {name: when(row[name]) for name in _TIMES_OF_SOURCE}
    fetch_class = fields.pop("class")
    del fields["id"]
    return SourceState(**fields, fetch_class=FetchClass(fetch_class) if fetch_class else None)


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return the columns of an entry that come from its publisher."""
    texts = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
    return texts | {"published": seconds(entry.published), "updated": seconds(entry.updated)}


def entry(row: Mapping[str, Any]) -> Entry:
    """Return the entry in a row that may hold its latest response too."""
    response = Response(**{name: row[name] for name in RESPONSE_COLUMNS if name in row})
    texts = {name: row[name] for name in ENTRY_COLUMNS}
    return Entry(**texts, published=when(row["published"]), updated=when(row["updated"]), response=response)


def mention(row: Mapping[str, Any]) -> Mention:
    """Return the mention in a row joined with its entry."""
    return Mention(
        id=row["mention_id"],
        query=row["query"],
        entry=entry(row),
        evidence=evidence(row["evidence"]),
        found=moment(row["mention_found"]),
        source=row["source_url"] or "",
        status=Status(row["status"]),
        backlog=bool(row["backlog"]),
        query_version=row["query_version"],
    )


def evidence_text(pieces: Iterable[Evidence]) -> str:
    """Return evidence as it is stored: a JSON list of [term, field, start, end, rule]."""
    rows = [[piece.term, piece.field, piece.start, piece.end, piece.rule] for piece in pieces]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def evidence(stored: str) -> tuple[Evidence, ...]:
    """Return stored evidence."""
    return tuple(
        Evidence(term=term, field=field, start=start, end=end, rule=rule)
        for term, field, start, end, rule in json.loads(stored)
    )
