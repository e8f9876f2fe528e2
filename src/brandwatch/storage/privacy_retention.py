"""Hide mentions whose retention ends, then delete them; what remains of them is counts that name nobody."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import COMMENTS_KIND, Actor, AuditAction, Retention
from brandwatch.privacy.retention import EACH_FETCH_DAYS, EXPIRING, FETCH_DAYS, impersonal_outlet, retention_limits
from brandwatch.storage import audit, selections, stories
from brandwatch.storage.privacy_disclosure import IS_BY_STAFF, empty_for_staff
from brandwatch.storage.stored_names import MENTION_QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from brandwatch.models import Selection
    from brandwatch.privacy.retention import Policies, RetentionLimit
    from brandwatch.storage.database import Store


_LOG = logging.getLogger(__name__)
# The full-text index keeps words of deleted rows until it merges the pages that hold them.
_MERGED_PAGES = 200


def unhidden_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> list[int]:
    """Return the ids of at most *limit* mentions that are to be hidden, because their retention ends soon."""
    return _select(store, policies, now, limit, lambda one: ("expiring IS NULL AND found < ?", [one.hidden_before]))


def count_unhidden(store: Store, query: str, retention: Retention, now: datetime, limit: int) -> int:
    """Return the number of a query's mentions, at most the *limit*, that a poll hides by this retention."""
    selected: set[int] = set()
    for one in retention_limits({query: retention}, query, now):
        clause = "expiring IS NULL AND found < ?"
        selected.update(_select_by_limit(store, query, one, limit, clause, [one.hidden_before]))
    return min(len(selected), limit)


def overdue_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> list[int]:
    """Return the ids of at most *limit* mentions that are past their retention, and were hidden by an earlier poll."""
    return _select(
        store,
        policies,
        now,
        limit,
        lambda one: (
            "expiring IS NOT NULL AND found < ? AND expiring <= ?",
            [one.gone_before, one.hidden_since],
        ),
    )


def late_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> int:
    """Return the number of mentions that are past their retention, at most twice the limit; hidden ones count."""
    hidden = _select(store, policies, now, limit, lambda one: ("expiring IS NOT NULL AND found < ?", [one.gone_before]))
    shown = _select(store, policies, now, limit, lambda one: ("expiring IS NULL AND found < ?", [one.gone_before]))
    return len(hidden) + len(shown)


def count_hidden(store: Store) -> int:
    """Return the number of mentions that are hidden because their retention ends."""
    return int(store.value("SELECT count(*) FROM mention WHERE expiring IS NOT NULL"))


def _select(
    store: Store,
    policies: Policies,
    now: datetime,
    limit: int,
    condition: Callable[[RetentionLimit], tuple[str, list[datetime]]],
) -> list[int]:
    """Return the ids of at most *limit* mentions that satisfy the condition of one of their limits."""
    selected: set[int] = set()
    for query in store.column(MENTION_QUERIES):
        for one in list(retention_limits(policies, query, now)):
            selected.update(_select_by_limit(store, query, one, limit - len(selected), *condition(one)))
    return sorted(selected)


def _select_by_limit(
    store: Store, query: str, one: RetentionLimit, limit: int, clause: str, times: list[datetime]
) -> list[int]:
    # The value is written out, so that the partial index over what is about staff is used.
    statement = f"SELECT id FROM mention WHERE query = ? AND {one.dimension} = '{one.value}' AND {clause} LIMIT ?"
    return store.column(statement, [query, *(int(when.timestamp()) for when in times), limit])


def hide_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> int:
    """Hide at most *limit* mentions whose retention ends soon, in one transaction; return their number."""
    mentions = unhidden_mentions(store, policies, now, limit)
    if mentions:
        at = int(now.timestamp())
        changes = f"expiring = {at:d}, suppressed = CASE suppressed WHEN '' THEN '{EXPIRING}' ELSE suppressed END"
        _change_visibility(store, mentions, changes, AuditAction.HIDDEN, at)
    return len(mentions)


def show_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> int:
    """Show at most *limit* hidden mentions again whose retention does not end soon; return their number.

    Their retention was made longer, or a wrong clock has hidden them.
    """
    statement = """
        SELECT id FROM mention WHERE query = ? AND voice = ? AND expiring IS NOT NULL AND found >= ?
        AND NOT (subject = 'staff' AND found < ?) LIMIT ?
    """
    mentions: list[int] = []
    for query in store.column(MENTION_QUERIES):
        # The last limit is that of mentions about staff.
        limits = list(retention_limits(policies, query, now))
        for one in limits[:-1]:
            times = [int(each.hidden_before.timestamp()) for each in (one, limits[-1])]
            mentions += store.column(statement, [query, one.value, *times, limit - len(mentions)])
    if mentions:
        changes = f"expiring = NULL, suppressed = CASE suppressed WHEN '{EXPIRING}' THEN '' ELSE suppressed END"
        _change_visibility(store, mentions, changes, AuditAction.SHOWN, int(now.timestamp()))
    return len(mentions)


def _change_visibility(store: Store, mentions: list[int], changes: str, action: AuditAction, at: int) -> None:
    """Change the mentions in one transaction; those that an exclusion hides stay hidden."""
    listed = [json.dumps(mentions)]
    with store.transaction():
        is_ours = "id IN (SELECT value FROM json_each(?))"
        excluded = store.column(
            f"SELECT id FROM mention WHERE {is_ours} AND suppressed NOT IN ('', '{EXPIRING}')", listed
        )
        store.execute(f"UPDATE mention SET {changes} WHERE {is_ours}", listed)
        audit.record_mentions(store, at, Actor.RETENTION, action, sorted(set(mentions).difference(excluded)))
        audit.record_mentions(store, at, Actor.RETENTION, AuditAction.CHANGED, excluded)
        stories.refresh_heat(store, store.column(f"SELECT DISTINCT entry FROM mention WHERE {is_ours}", listed))


def expire_mentions(store: Store, policies: Policies, now: datetime, limit: int) -> int:
    """Expire at most *limit* overdue mentions, with entries left without any, in one transaction; return the number."""
    mentions = overdue_mentions(store, policies, now, limit)
    if not mentions:
        return 0
    # 30 ms to import, and most polls delete nothing.
    from brandwatch.storage import privacy_erasure, privacy_search  # noqa: PLC0415

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
    from brandwatch.storage import story_assignment  # noqa: PLC0415 (it finds stories, and this forgets them)

    at = int(now.timestamp())
    limit = int((now - retention).timestamp())
    with store.transaction():
        sum_fetches(store, now - EACH_FETCH_DAYS)
        # The index begins with the source. The last fetch of a day may be a day younger than its begin.
        day_limit = int((now - FETCH_DAYS - timedelta(days=1)).timestamp())
        store.execute("DELETE FROM fetch_day WHERE source IN (SELECT id FROM source) AND day < ?", [day_limit])
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
            from brandwatch.storage import privacy_erasure  # noqa: PLC0415 (as above)

            privacy_erasure.remove_sources(store, stale, Actor.RETENTION, at)
            _LOG.info("expired sources=%d", len(stale))


_DAY_SECONDS = 86_400
_SUMS_OF_DAY = ("fetches", "answers", "size", "entries", "new", "backlog", "updated", "hidden", "shown")
# Half a second of work: 48,000 sources in a day of polls.
_MAX_SUMMED_SOURCES = 500


def sum_fetches(store: Store, until: datetime) -> None:
    """Replace the fetches of the days before *until* by their sums, inside the caller's transaction.

    Of many sources some wait for the next poll.
    """
    before = int(until.timestamp()) // _DAY_SECONDS * _DAY_SECONDS
    # The oldest row tells a poll in which there is nothing to do.
    oldest = store.value("SELECT at FROM fetch ORDER BY id LIMIT 1")
    if oldest is None or oldest >= before:
        return
    statement = """
        SELECT id FROM source WHERE EXISTS (SELECT 1 FROM fetch WHERE fetch.source = source.id AND at < ?) LIMIT ?
    """
    parameters = [json.dumps(store.column(statement, [before, _MAX_SUMMED_SOURCES])), before]
    is_old = "source IN (SELECT value FROM json_each(?)) AND at < ?"
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS_OF_DAY)
    store.execute(
        f"""
        INSERT INTO fetch_day (source, day, first, last, failure, {", ".join(_SUMS_OF_DAY)})
        SELECT source, at / {_DAY_SECONDS} * {_DAY_SECONDS}, min(at), max(at),
            substr(max(printf('%020d', at) || iif(error = '', '', class)), 21), count(*), sum(error = ''),
            {", ".join(f"sum({name})" for name in _SUMS_OF_DAY[2:])}
        FROM fetch WHERE {is_old} GROUP BY 1, 2
        ON CONFLICT (source, day) DO UPDATE SET {sums}, first = min(first, excluded.first),
            failure = iif(excluded.last >= last, excluded.failure, failure), last = max(last, excluded.last)
        """,
        parameters,
    )
    store.execute(f"DELETE FROM fetch WHERE {is_old}", parameters)


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


ALL_QUERIES = ""
"""The query of a row of `tally` that counts an entry once, whatever number of queries it was in."""


def add_expired_counts(store: Store, mentions: Collection[int]) -> None:
    """Add mentions that are about to expire to the counts; those that an exclusion hides were never counted.

    Each counts for its query. For all queries together an entry counts when the last of its mentions expires.
    """
    store.connection.create_function("outlet", 2, impersonal_outlet, deterministic=True)
    others = f"""
        SELECT 1 FROM mention AS other WHERE other.entry = mention.entry
        AND (other.id < mention.id OR other.id NOT IN (SELECT value FROM json_each(:ids)))
        AND {selections.COUNTED.replace("mention.", "other.")}
    """
    for query, is_counted in (("mention.query", "TRUE"), (f"'{ALL_QUERIES}'", f"NOT EXISTS ({others})")):
        statement = f"""
            INSERT INTO tally ({_KEY}, mentions, response, known)
            SELECT {selections.DAY}, {query}, outlet(coalesce({_SOURCE}, ''), ''),
                outlet({_PUBLISHER}, entry.author), outlet({_ORIGIN}, entry.author),
                mention.voice, mention.subject, {selections.LANGUAGE},
                count(*), coalesce(sum(entry.response_total), 0), count(entry.response_total)
            FROM mention JOIN entry ON entry.id = mention.entry
            WHERE mention.id IN (SELECT value FROM json_each(:ids)) AND {selections.COUNTED} AND {is_counted}
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
            ON CONFLICT ({_KEY}) DO UPDATE SET mentions = mentions + excluded.mentions,
                response = response + excluded.response, known = known + excluded.known
        """
        store.execute(statement, {"ids": json.dumps(list(mentions))})


def expired_counts(selection: Selection, by: str) -> tuple[str, list[str]]:
    """Return a statement for the counts of expired mentions in a selection, by whole days, with its parameters.

    Counts have no words, status or tags, and hidden mentions were not counted: such selections have none. Over
    all queries an entry counts once; over some of them it counts for each, as it does by query.
    """
    counts_all = by != "query" and not selection.queries and not selection.gone_queries
    lists = {
        "query IN (SELECT value FROM json_each(?))": selection.queries,
        "query NOT IN (SELECT value FROM json_each(?))": () if selection.queries else selection.gone_queries,
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
    has_any = "TRUE" if selections.counts_expired(selection) else "FALSE"
    clauses = " AND ".join([has_any, f"query {'=' if counts_all else '!='} '{ALL_QUERIES}'", *used])
    return f"SELECT {EXPIRED_DIMENSIONS[by]} AS value, * FROM tally WHERE {clauses}", list(used.values())
