"""What polls leave of sources: their state, comment threads, gaps, and the results of their fetches."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from brandwatch.models import (
    Fetch,
    Gap,
    MentionCounts,
    SourceState,
    Thread,
)
from brandwatch.storage import rows, selections
from brandwatch.storage.database import Store

MAX_THREADS = 50
"""The number of comment threads that are followed at a time for one source."""


class SourceSummary(NamedTuple):
    """What is known of a source without reading its row; times are in seconds.

    *is_well* means that its row would add nothing to a report.
    """

    url: str
    is_well: int
    first_poll: int | None
    last_poll: int | None
    last_success: int | None
    next_due: int | None


SourceTimes = tuple[str, int, int | None, int | None]
"""The URL of a source, whether it is well, its first poll and its last answer; a tuple, because a report reads all."""


class FetchResult(NamedTuple):
    """Whether a source answered in a period, and the class of its last failure in it, empty if it ended well."""

    has_answered: bool
    failure: str


def source_states(store: Store) -> tuple[SourceState, ...]:
    """Return every source that was ever polled, sorted by URL. Mentions are not counted: that would read them all."""
    statement = "SELECT *, 0 AS mentions FROM source ORDER BY url"
    return tuple(map(rows.source_state, store.query(statement)))


def source_summaries(store: Store) -> dict[str, SourceSummary]:
    """Return the summary of every source that was ever polled, by URL, in a hundredth of the time of its state."""
    columns = ", ".join(SourceSummary._fields)
    statement = f"SELECT {columns} FROM source INDEXED BY source_summary ORDER BY url"
    return {one.url: one for one in map(SourceSummary._make, store.execute(statement))}


def source_times(store: Store) -> list[SourceTimes]:
    """Return the times of every source that was ever polled, sorted by URL."""
    statement = "SELECT url, is_well, first_poll, last_success FROM source INDEXED BY source_summary ORDER BY url"
    return store.execute(statement).fetchall()


def states_of_sources(store: Store, urls: Iterable[str]) -> tuple[SourceState, ...]:
    """Return the sources of these URLs; mentions are not counted."""
    statement = "SELECT *, 0 AS mentions FROM source WHERE url IN (SELECT value FROM json_each(?))"
    return tuple(map(rows.source_state, store.query(statement, [json.dumps(list(urls))])))


def source_states_with_mentions(store: Store) -> tuple[SourceState, ...]:
    """Return every source that was ever polled, sorted by URL, with the number of its shown mentions."""
    statement = f"""
        SELECT source.*, coalesce(counted.mentions, 0) AS mentions FROM source LEFT JOIN (
            SELECT sighting.source, count(*) AS mentions
            FROM mention INDEXED BY mention_by_time CROSS JOIN sighting ON sighting.entry = mention.entry
            WHERE {selections.SHOWN} GROUP BY sighting.source
        ) AS counted ON counted.source = source.id ORDER BY url
    """
    return tuple(map(rows.source_state, store.query(statement)))


def source_kinds(store: Store) -> tuple[str, ...]:
    """Return the kinds of the sources that were ever polled."""
    return tuple(store.column("SELECT DISTINCT kind FROM source ORDER BY kind"))


def count_fetched_entries(store: Store, url: str, since: datetime) -> int:
    """Return the number of entries in the documents of a source since then, the begin of a day in UTC."""
    of_fetches = "SELECT coalesce(sum(entries), 0) FROM fetch WHERE fetch.source = source.id AND at >= :since"
    of_days = "SELECT coalesce(sum(entries), 0) FROM fetch_day WHERE fetch_day.source = source.id AND day >= :since"
    statement = f"SELECT ({of_fetches}) + ({of_days}) FROM source WHERE url = :url"
    return int(store.value(statement, {"url": url, "since": rows.seconds(since)}) or 0)


def source_gaps(store: Store, since: datetime | None = None, until: datetime | None = None) -> tuple[Gap, ...]:
    """Return the intervals in which entries were missed that ended after *since* and began before *until*, by end."""
    statement = """
        SELECT source.url, gap.since, gap.until, gap.reason FROM gap JOIN source ON source.id = gap.source
        WHERE gap.until >= ? AND gap.since < ? ORDER BY gap.until
    """
    return tuple(
        Gap(source=url, start=rows.moment(start), end=rows.moment(end), reason=reason)
        for url, start, end, reason in store.execute(
            statement, [rows.seconds(since) or 0, rows.seconds(until) if until else 2**62]
        )
    )


def fetch_results(store: Store, since: datetime | None, until: datetime) -> dict[str, FetchResult]:
    """Return the results of the fetches in a period, by the URLs of their sources.

    After a week a day counts with all of its fetches if some of them may be in the period.
    """
    # SQLite takes the bare columns from the row of the maximum.
    statement = """
        SELECT source.url, sum(part.answers) AS answers, max(part.last), part.failure FROM (
            SELECT source, error = '' AS answers, at AS last, iif(error = '', '', class) AS failure FROM fetch
            WHERE at >= :since AND at < :until
            UNION ALL
            SELECT source, answers, last, failure FROM fetch_day WHERE last >= :since AND first < :until
        ) AS part JOIN source ON source.id = part.source GROUP BY part.source
    """
    return {
        url: FetchResult(has_answered=answers > 0, failure=failure)
        for url, answers, _, failure in store.execute(
            statement, {"since": rows.seconds(since) or 0, "until": rows.seconds(until)}
        )
    }


def first_fetch(store: Store) -> datetime | None:
    """Return the time of the oldest fetch in the log."""
    firsts = "SELECT min(at) AS first FROM fetch UNION ALL SELECT min(first) FROM fetch_day"
    return rows.optional_moment(store.value(f"SELECT min(first) FROM ({firsts})"))


def followed_threads(store: Store, now: datetime | None = None) -> tuple[Thread, ...]:
    """Return the comment threads that are followed at *now*; without *now*, all that were ever followed."""
    statement = """
        SELECT source.url, source.kind, conversation.until, through.url, entry.url
        FROM conversation JOIN source ON source.id = conversation.source JOIN entry ON entry.id = conversation.entry
        JOIN source AS through ON through.id = conversation.through WHERE until > ?
    """
    return tuple(
        Thread(url=url, kind=kind, until=rows.moment(until), through=through, thread=thread)
        for url, kind, until, through, thread in store.execute(statement, [rows.seconds(now) or 0])
    )


def store_source(store: Store, state: SourceState) -> int:
    """Add or update a source, inside the caller's transaction; return its id."""
    row = rows.source_row(state)
    changes = ", ".join(f"{name} = excluded.{name}" for name in row)
    statement = f"{rows.insertion('source', tuple(row))} ON CONFLICT (url) DO UPDATE SET {changes} RETURNING id"
    return int(store.value(statement, row))


def count_deferrals(store: Store, states: Iterable[SourceState]) -> None:
    """Count a poll in which these sources were due and not fetched; one that was never fetched becomes known."""
    with store.transaction():
        for state in states:
            store_source(store, replace(state, deferrals=state.deferrals + 1))


def store_fetch(store: Store, source: int, fetch: Fetch, counts: MentionCounts) -> int:
    """Add an exchange with the *counts* of mentions, inside the caller's transaction; return its id."""
    row = {
        "source": source,
        "at": rows.seconds(fetch.at),
        "class": fetch.fetch_class,
        "status": fetch.status,
        "size": fetch.size,
        "entries": fetch.entries,
        "new": counts.new,
        "error": fetch.error,
        "backlog": counts.backlog,
        "updated": counts.updated,
        "hidden": counts.hidden,
        "shown": counts.shown,
    }
    return int(store.value(f"{rows.insertion('fetch', tuple(row))} RETURNING id", row))


def store_gap(store: Store, source: int, gap: Gap) -> None:
    """Add an interval in which entries of a source were missed, inside the caller's transaction."""
    row = [source, rows.seconds(gap.start), rows.seconds(gap.end), gap.reason]
    store.execute("INSERT INTO gap (source, since, until, reason) VALUES (?, ?, ?, ?)", row)


def has_answered(store: Store, url: str) -> bool:
    """Whether a source ever answered: its first document is backlog, however often it failed before.

    A comment thread counts as answered: its entry is new, so its comments are new.
    """
    statement = """
        SELECT 1 FROM source WHERE url = ?
        AND (last_success IS NOT NULL OR id IN (SELECT source FROM conversation))
    """
    return store.value(statement, [url]) is not None


def follow_thread(store: Store, thread: Thread, entry: int, through: int, at: int) -> None:
    """Follow the thread of *entry* from *at* on, unless its URL is a source already, or too many are followed.

    *through* is the id of the source that the entry came through.
    """
    count = "SELECT count(*) FROM conversation WHERE through = ? AND until > ?"
    if store.value(count, [through, at]) >= MAX_THREADS:
        return
    row = rows.source_row(SourceState(url=thread.url, kind=thread.kind))
    source = store.value(f"{rows.insertion('source', tuple(row))} ON CONFLICT (url) DO NOTHING RETURNING id", row)
    if source is not None:
        statement = "INSERT INTO conversation (source, entry, through, until) VALUES (?, ?, ?, ?)"
        store.execute(statement, [source, entry, through, rows.seconds(thread.until)])


def end_thread(store: Store, source: int, at: int) -> None:
    """Stop following a thread."""
    store.execute("UPDATE conversation SET until = ? WHERE source = ?", [at, source])
