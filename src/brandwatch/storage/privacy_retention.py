"""Expire mentions past their retention; their counts stay."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import COMMENTS_KIND, Actor, AuditAction, Retention, Voice
from brandwatch.privacy.subject_search import squeeze
from brandwatch.storage import audit, privacy_erasure, privacy_suppression, selections, stories, story_assignment
from brandwatch.storage.privacy_disclosure import IS_BY_STAFF, empty_for_staff
from brandwatch.storage.privacy_search import word_indexes
from brandwatch.storage.selections import SHOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from brandwatch.models import Selection
    from brandwatch.storage.store import Store


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


def overdue_mentions(store: Store, keeping: Mapping[str, Retention | None], at: datetime, limit: int) -> list[int]:
    """Return mentions, at most *limit*, that are older than their query keeps them.

    A query that *keeping* does not know is kept as one that says nothing; one of which it knows `None` is left alone.
    """
    found: set[int] = set()
    for query in store.column(_QUERIES):
        kept = keeping.get(query, Retention())
        for condition, oldest in _conditions(kept, at) if kept else ():
            statement = f"SELECT id FROM mention WHERE query = ? AND {condition} AND found < ? LIMIT ?"
            found.update(store.column(statement, [query, oldest, limit - len(found)]))
    return sorted(found)


def expire_mentions(store: Store, keeping: Mapping[str, Retention | None], at: datetime, limit: int) -> int:
    """Let go of at most *limit* mentions that are too old, in one transaction; return how many went."""
    mentions = overdue_mentions(store, keeping, at, limit)
    if mentions:
        with store.transaction():
            _expire(store, mentions, at)
    return len(mentions)


def _expire(store: Store, mentions: list[int], at: datetime) -> None:
    """Let mentions go inside the transaction of the caller, and what is left without any; they do not come back."""
    listed = [json.dumps(mentions)]
    now = int(at.timestamp())
    add_expired(store, mentions)
    privacy_suppression.store_stones(store, privacy_suppression.stones_of_mentions(store, mentions), now)
    audit.record_mentions(store, now, Actor.RETENTION, AuditAction.GONE, mentions)
    entries = privacy_erasure.select_ids(store, f"SELECT DISTINCT entry FROM mention WHERE id {_LISTED}", listed)
    store.execute(f"DELETE FROM mention WHERE id {_LISTED}", listed)
    bare = f"SELECT id FROM entry WHERE id {_LISTED} AND NOT EXISTS (SELECT 1 FROM mention WHERE entry = entry.id)"
    gone = privacy_erasure.select_ids(store, bare, [json.dumps(entries)])
    stories.refresh_heat(store, sorted(set(entries).difference(gone)))
    privacy_erasure.remove_entries(store, gone, Actor.RETENTION, now)
    for index in word_indexes(store):
        store.execute(f'INSERT INTO "{index}" ("{index}", rank) VALUES (\'merge\', ?)', [_MERGED])


def tidy_sources(store: Store, longest: timedelta, at: datetime) -> None:
    """Let go of fetches, sketches, gaps and sources that are older than they are kept, in one transaction.

    A source that gave something that is stored stays.
    """
    with store.transaction():
        line = int((at - longest).timestamp())
        # By source, since that is what the index begins with.
        old = int((at - FETCHES_KEPT).timestamp())
        store.execute("DELETE FROM fetch WHERE source IN (SELECT id FROM source) AND at < ?", [old])
        story_assignment.forget_sketches(store, int(at.timestamp()))
        store.execute("DELETE FROM gap WHERE until < ?", [line])
        stale = privacy_erasure.select_ids(
            store,
            "SELECT id FROM source WHERE last_poll < ? AND NOT EXISTS (SELECT 1 FROM sighting WHERE source = source.id)"
            " AND id NOT IN (SELECT source FROM conversation UNION SELECT through FROM conversation)"
            " AND id NOT IN (SELECT owner FROM entry)",
            [line],
        )
        if stale:
            privacy_erasure.remove_sources(store, stale, Actor.RETENTION, int(at.timestamp()))


def _conditions(kept: Retention, at: datetime) -> Iterator[tuple[str, int]]:
    """Yield what is kept for how long, as a condition that an index knows, and the time from which on it is."""
    for voice in Voice:
        yield f"voice = '{voice}'", int((at - kept.of(voice)).timestamp())
    yield "subject = 'staff'", int((at - kept.staff).timestamp())


EXPIRED_DIMENSIONS = {
    "day": "day",
    "week": "date(day, 'weekday 0', '-6 days')",
    **{name: name for name in ("query", "source", "publisher", "voice", "subject", "language")},
}
"""What it can be counted by, as `stats.VALUES` says of what is stored."""

_MOMENT = timedelta(seconds=1)
_KEY = "day, query, source, publisher, origin, voice, subject, language"
# Staff is counted by nothing that tells one from another.
_SOURCE = (
    f"(SELECT url FROM source WHERE id = ({selections.FIRST_SOURCE}) AND kind != '{COMMENTS_KIND}'"
    f" AND NOT {IS_BY_STAFF})"
)
_PUBLISHER = empty_for_staff("entry.publisher")
_ORIGIN = empty_for_staff(selections.ORIGIN)


def add_expired(store: Store, mentions: Collection[int]) -> None:
    """Count mentions that are about to go, inside the transaction of the caller; hidden ones never counted."""
    store.connection.create_function("outlet", 2, impersonal_outlet, deterministic=True)
    store.execute(
        f"INSERT INTO tally ({_KEY}, mentions, response, known)"
        f" SELECT {selections.DAY}, mention.query, outlet(coalesce({_SOURCE}, ''), ''),"
        f" outlet({_PUBLISHER}, entry.author), outlet({_ORIGIN}, entry.author),"
        f" mention.voice, mention.subject, {selections.LANGUAGE}, count(*),"
        " coalesce(sum(entry.response_total), 0), count(entry.response_total)"
        " FROM mention JOIN entry ON entry.id = mention.entry"
        f" WHERE mention.id IN (SELECT value FROM json_each(?)) AND {SHOWN} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
        f" ON CONFLICT ({_KEY}) DO UPDATE SET mentions = mentions + excluded.mentions,"
        " response = response + excluded.response, known = known + excluded.known",
        [json.dumps(list(mentions))],
    )


def expired_counts(selection: Selection, by: str) -> tuple[str, list[str]]:
    """Return a statement for the counts of a selection, as `stats` has them, with its parameters.

    Days are whole. Where the words of a text or decisions are asked for, there are none.
    """
    decided = selection.statuses or selection.tags
    asks = selection.search or selection.prefilter or decided or selection.suppressed or selection.remote
    lists = {
        "query IN (SELECT value FROM json_each(?))": selection.queries,
        "voice IN (SELECT value FROM json_each(?))": selection.voices,
        "subject IN (SELECT value FROM json_each(?))": selection.subjects,
        "language IN (SELECT value FROM json_each(?))": tuple(selections.stored_languages(selection.languages)),
        "EXISTS (SELECT 1 FROM json_each(?) WHERE instr(lower(source), lower(value)))": selection.sources,
    }
    used = {clause: json.dumps(list(values)) for clause, values in lists.items() if values}
    if selection.since:
        used["day >= ?"] = selection.since.astimezone().date().isoformat()
    if selection.until:
        used["day <= ?"] = (selection.until - _MOMENT).astimezone().date().isoformat()
    clauses = " AND ".join(["FALSE" if asks else "TRUE", *used])
    return f"SELECT {EXPIRED_DIMENSIONS[by]} AS value, * FROM tally WHERE {clauses}", list(used.values())


def impersonal_outlet(publisher: str, author: str) -> str:
    """Return the name of a publisher or the address of a source, nothing where that is an account or its author's."""
    if "@" in publisher or publisher.startswith(("u/", "/u/")):
        return ""
    name, wrote = squeeze(publisher).letters, squeeze(author).letters
    return "" if wrote and (wrote in name or name in wrote) else publisher
