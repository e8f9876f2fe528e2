"""Expire mentions past their retention; what remains of them is counts that name nobody."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import COMMENTS_KIND, Actor, AuditAction
from brandwatch.privacy.retention import FETCH_DAYS, impersonal_outlet, retention_limits
from brandwatch.storage import audit, privacy_erasure, privacy_search, selections, stories, story_assignment
from brandwatch.storage.privacy_disclosure import IS_BY_STAFF, empty_for_staff

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from brandwatch.models import Selection
    from brandwatch.privacy.retention import Policies
    from brandwatch.storage.database import Store


_LOG = logging.getLogger(__name__)
# Steps through the names in an index are look-ups, however many mentions there are of each.
_QUERIES = """
    WITH RECURSIVE named (query) AS (
        SELECT min(query) FROM mention
        UNION ALL
        SELECT (SELECT min(query) FROM mention WHERE query > named.query) FROM named WHERE query IS NOT NULL
    )
    SELECT query FROM named WHERE query IS NOT NULL
"""
# The full-text index keeps words of deleted rows until it merges the pages that hold them.
_MERGED_PAGES = 200


def overdue_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> list[int]:
    """Return the ids of at most *limit* mentions that are past the retention of their query."""
    overdue: set[int] = set()
    for query in store.column(_QUERIES):
        for dimension, value, found_before in list(retention_limits(policies, query, now)):
            # The value is written out, so that the partial index over what is about staff is used.
            statement = f"SELECT id FROM mention WHERE query = ? AND {dimension} = '{value}' AND found < ? LIMIT ?"
            overdue.update(store.column(statement, [query, int(found_before.timestamp()), limit - len(overdue)]))
    return sorted(overdue)


def expire_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> int:
    """Expire at most *limit* overdue mentions, with entries left without any, in one transaction; return how many."""
    mentions = overdue_mentions(store, policies, now, limit)
    if not mentions:
        return 0
    at, listed = int(now.timestamp()), [json.dumps(mentions)]
    with store.transaction():
        add_expired_counts(store, mentions)
        privacy_erasure.store_tombstones(store, privacy_erasure.tombstones_of_mentions(store, mentions), at)
        audit.record_mentions(store, at, Actor.RETENTION, AuditAction.GONE, mentions)
        statement = "SELECT DISTINCT entry FROM mention WHERE id IN (SELECT value FROM json_each(?))"
        entries = store.column(statement, listed)
        store.execute("DELETE FROM mention WHERE id IN (SELECT value FROM json_each(?))", listed)
        statement = """
            SELECT id FROM entry
            WHERE id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 FROM mention WHERE entry = entry.id)
        """
        bare = store.column(statement, [json.dumps(entries)])
        stories.refresh_heat(store, sorted(set(entries).difference(bare)))
        privacy_erasure.remove_entries(store, bare, Actor.RETENTION, at)
        for index in privacy_search.word_indexes(store):
            store.execute(f'INSERT INTO "{index}" ("{index}", rank) VALUES (\'merge\', ?)', [_MERGED_PAGES])
    return len(mentions)


def expire_source_facts(store: Store, retention: timedelta, now: datetime) -> None:
    """Delete old fetches, shingles, gaps and sources, in one transaction; a source with stored entries stays."""
    at = int(now.timestamp())
    limit = int((now - retention).timestamp())
    with store.transaction():
        # The index begins with the source.
        fetch_limit = int((now - FETCH_DAYS).timestamp())
        store.execute("DELETE FROM fetch WHERE source IN (SELECT id FROM source) AND at < ?", [fetch_limit])
        story_assignment.forget_sketches(store, at)
        store.execute("DELETE FROM gap WHERE until < ?", [limit])
        statement = """
            SELECT id FROM source
            WHERE last_poll < ? AND NOT EXISTS (SELECT 1 FROM sighting WHERE source = source.id)
            AND id NOT IN (SELECT source FROM conversation UNION SELECT through FROM conversation)
            AND id NOT IN (SELECT owner FROM entry)
        """
        stale = store.column(statement, [limit])
        if stale:
            privacy_erasure.remove_sources(store, stale, Actor.RETENTION, at)
            _LOG.info("expired sources=%d", len(stale))


EXPIRED_DIMENSIONS = {
    "day": "day",
    "week": "date(day, 'weekday 0', '-6 days')",
    **{name: name for name in ("query", "source", "publisher", "voice", "subject", "language")},
}
"""What expired mentions can be counted by: the same names as `stats.DIMENSIONS`."""

_KEY = "day, query, source, publisher, origin, voice, subject, language"
_SOURCE = (
    f"(SELECT url FROM source WHERE id = ({selections.FIRST_SOURCE}) AND kind != '{COMMENTS_KIND}'"
    f" AND NOT {IS_BY_STAFF})"
)
_PUBLISHER = empty_for_staff("entry.publisher")
_ORIGIN = empty_for_staff(selections.ORIGIN)


def add_expired_counts(store: Store, mentions: Collection[int]) -> None:
    """Add mentions that are about to expire to the counts; hidden ones were never counted."""
    store.connection.create_function("outlet", 2, impersonal_outlet, deterministic=True)
    statement = f"""
        INSERT INTO tally ({_KEY}, mentions, response, known)
        SELECT {selections.DAY}, mention.query, outlet(coalesce({_SOURCE}, ''), ''),
            outlet({_PUBLISHER}, entry.author), outlet({_ORIGIN}, entry.author),
            mention.voice, mention.subject, {selections.LANGUAGE},
            count(*), coalesce(sum(entry.response_total), 0), count(entry.response_total)
        FROM mention JOIN entry ON entry.id = mention.entry
        WHERE mention.id IN (SELECT value FROM json_each(?)) AND {selections.SHOWN} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT ({_KEY}) DO UPDATE SET mentions = mentions + excluded.mentions,
            response = response + excluded.response, known = known + excluded.known
    """
    store.execute(statement, [json.dumps(list(mentions))])


def expired_counts(selection: Selection, by: str) -> tuple[str, list[str]]:
    """Return a statement for the counts of expired mentions in a selection, by whole days, with its parameters.

    Counts do not tell words, status or tags, and hidden mentions were not counted: such selections have none.
    """
    by_words = bool(selection.search or selection.prefilter)
    by_decision = bool(selection.statuses or selection.tags)
    has_none = by_words or by_decision or selection.suppressed or selection.remote
    lists = {
        "query IN (SELECT value FROM json_each(?))": selection.queries,
        "voice IN (SELECT value FROM json_each(?))": selection.voices,
        "subject IN (SELECT value FROM json_each(?))": selection.subjects,
        "language IN (SELECT value FROM json_each(?))": tuple(selections.stored_languages(selection.languages)),
        "EXISTS (SELECT 1 FROM json_each(?) WHERE link_contains(source, value))": selection.sources,
    }
    used = {clause: json.dumps(list(values)) for clause, values in lists.items() if values}
    if selection.since:
        used["day >= ?"] = selection.since.astimezone().date().isoformat()
    if selection.until:
        used["day <= ?"] = (selection.until - timedelta(seconds=1)).astimezone().date().isoformat()
    clauses = " AND ".join(["FALSE" if has_none else "TRUE", *used])
    return f"SELECT {EXPIRED_DIMENSIONS[by]} AS value, * FROM tally WHERE {clauses}", list(used.values())
