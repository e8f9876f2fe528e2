"""Let go of what is older than its query keeps it; counts stay."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import Actor, Deed, Keeping, Voice
from brandwatch.store import audit, heat, removing, stories, tally, tombstones
from brandwatch.store.tables import word_indexes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlite_utils import Database

FETCHES_KEPT = timedelta(days=90)

# A step through the names of an index is a look-up, however many rows there are of each.
_QUERIES = (
    "WITH RECURSIVE named (query) AS (SELECT min(query) FROM mention UNION ALL"
    " SELECT (SELECT min(query) FROM mention WHERE query > named.query) FROM named WHERE query IS NOT NULL)"
    " SELECT query FROM named WHERE query IS NOT NULL"
)
_LISTED = "IN (SELECT value FROM json_each(?))"
# Pages of the index over words that are tidied after a batch, so that it does not keep those of what has gone.
_MERGED = 200


def overdue(db: Database, keeping: Mapping[str, Keeping | None], at: datetime, limit: int) -> list[int]:
    """Return mentions, at most *limit*, that are older than their query keeps them.

    A query that *keeping* does not know is kept as one that says nothing; one of which it knows `None` is left alone.
    """
    found: set[int] = set()
    for (query,) in db.execute(_QUERIES).fetchall():
        kept = keeping.get(query, Keeping())
        for condition, oldest in _conditions(kept, at) if kept else ():
            statement = f"SELECT id FROM mention WHERE query = ? AND {condition} AND found < ? LIMIT ?"
            found.update(number for (number,) in db.execute(statement, [query, oldest, limit - len(found)]))
    return sorted(found)


def expire(db: Database, mentions: list[int], at: datetime) -> None:
    """Let mentions go inside the transaction of the caller, and what is left without any; they do not come back."""
    listed = [json.dumps(mentions)]
    now = int(at.timestamp())
    tally.add(db, mentions)
    tombstones.keep(db, tombstones.of_mentions(db, mentions), now)
    audit.note(db, now, Actor.RETENTION, Deed.GONE, mentions)
    entries = removing.numbers(db, f"SELECT DISTINCT entry FROM mention WHERE id {_LISTED}", listed)
    db.execute(f"DELETE FROM mention WHERE id {_LISTED}", listed)
    bare = f"SELECT id FROM entry WHERE id {_LISTED} AND NOT EXISTS (SELECT 1 FROM mention WHERE entry = entry.id)"
    gone = removing.numbers(db, bare, [json.dumps(entries)])
    heat.refresh(db, sorted(set(entries).difference(gone)))
    removing.remove(db, gone, Actor.RETENTION, now)
    for index in word_indexes(db):
        db.execute(f'INSERT INTO "{index}" ("{index}", rank) VALUES (\'merge\', ?)', [_MERGED])


def tidy(db: Database, longest: timedelta, at: datetime) -> None:
    """Let go of fetches, sketches, gaps and sources that are older than they are kept, inside the caller's transaction.

    A source that gave something that is stored stays.
    """
    line = int((at - longest).timestamp())
    # By source, since that is what the index begins with.
    old = int((at - FETCHES_KEPT).timestamp())
    db.execute("DELETE FROM fetch WHERE source IN (SELECT id FROM source) AND at < ?", [old])
    stories.forget(db, int(at.timestamp()))
    db.execute("DELETE FROM gap WHERE until < ?", [line])
    stale = removing.numbers(
        db,
        "SELECT id FROM source WHERE last_poll < ? AND NOT EXISTS (SELECT 1 FROM sighting WHERE source = source.id)"
        " AND id NOT IN (SELECT source FROM conversation UNION SELECT through FROM conversation)"
        " AND id NOT IN (SELECT owner FROM entry)",
        [line],
    )
    if stale:
        removing.remove_sources(db, stale, Actor.RETENTION, int(at.timestamp()))


def _conditions(kept: Keeping, at: datetime) -> Iterator[tuple[str, int]]:
    """Yield what is kept for how long, as a condition that an index knows, and the time from which on it is."""
    for voice in Voice:
        yield f"voice = '{voice}'", int((at - kept.of(voice)).timestamp())
    yield "subject = 'staff'", int((at - kept.staff).timestamp())
