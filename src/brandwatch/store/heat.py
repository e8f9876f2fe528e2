"""What stories add up to, and how hot they are: kept as columns, so that a report is sorted by an index."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from brandwatch.models import Part, Response, Voice
from brandwatch.store import responses, rows
from brandwatch.stories import Told, published, summary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlite_utils import Database

    from brandwatch.stories import Summary

SHOWN = "mention.suppressed = '' AND mention.matched = 'local'"
"""The mentions that count: neither hidden, nor found only by a server."""

_COUNTS = ", ".join(f"response.{name}" for name in rows.RESPONSE_COLUMNS)
_TOLD = (
    "SELECT entry.story, entry.id, entry.url, entry.publisher, entry.published, entry.found, entry.response_rise,"
    f" entry.thread != '', {_COUNTS}, mention.evidence, mention.voice"
    f" FROM entry JOIN mention ON mention.entry = entry.id AND {SHOWN}{responses.LATEST}"
    " WHERE entry.story IN (SELECT value FROM json_each(?)) ORDER BY entry.story, entry.id"
)
_PART = 5
_NOTHING: dict[str, Any] = {
    "lead": None,
    **dict.fromkeys(("first_seen", "earliest", "latest", "entries", "mentions", "publishers"), 0),
    **dict.fromkeys(("response", "rising", "heat")),
}


def refresh(db: Database, entries: Collection[int]) -> None:
    """Bring the stories of entries up to date, after these, their mentions or the response to them have changed."""
    statement = "SELECT DISTINCT story FROM entry WHERE id IN (SELECT value FROM json_each(?)) AND story IS NOT NULL"
    refresh_stories(db, [story for (story,) in db.execute(statement, [json.dumps(list(entries))])])


def refresh_stories(db: Database, stories: Collection[int]) -> None:
    """Bring stories up to date."""
    found = {story: _columns(added) for story, added in summaries(db, stories)}
    gone = dict.fromkeys(set(stories).difference(found), _NOTHING)
    statement = f"UPDATE story SET {', '.join(f'{name} = :{name}' for name in _NOTHING)} WHERE id = :id"
    db.conn.executemany(statement, [columns | {"id": story} for story, columns in (found | gone).items()])


def summaries(db: Database, stories: Collection[int]) -> Iterator[tuple[int, Summary]]:
    """Yield what each of the stories adds up to that has something to show."""
    found = db.execute(_TOLD, [json.dumps(list(stories))])
    for story, mentions in groupby(found, itemgetter(0)):
        added = summary([_told(list(same)) for _, same in groupby(mentions, itemgetter(1))])
        if added:
            yield story, added


def _told(mentions: list[tuple[Any, ...]]) -> Told:
    """Return the entry that rows tell of, one for each of its mentions."""
    _, entry, url, publisher, at, found, rising, is_comment, *counts, _, _ = mentions[0]
    pieces = [piece for *_, evidence, _ in mentions for piece in json.loads(evidence)]
    return Told(
        id=entry,
        url=url,
        publisher=publisher,
        at=published(at, found),
        found=found,
        response=Response(**dict(zip(rows.RESPONSE_COLUMNS, counts, strict=True))),
        rising=rising,
        is_owned=any(voice == Voice.OWNED for *_, voice in mentions),
        is_comment=bool(is_comment),
        mentions=len(mentions),
        fields=frozenset(piece[1] for piece in pieces if len(piece) <= _PART or piece[_PART] == Part.ANCHOR),
    )


def _columns(added: Summary) -> dict[str, Any]:
    """Return the columns of a story."""
    return {
        "lead": added.lead,
        "first_seen": added.first_seen,
        "earliest": added.earliest,
        "latest": added.latest,
        "entries": added.entries,
        "mentions": added.mentions,
        "publishers": added.publishers,
        "response": added.response,
        "rising": added.rising,
        "heat": added.heat.key,
    }
