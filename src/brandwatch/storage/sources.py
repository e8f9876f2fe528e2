"""Sources as polls left them: their state, the comment threads that are followed, gaps, and coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.models import Coverage, Gap, SourceState, Thread
from brandwatch.storage import rows

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from brandwatch.models import Fetch
    from brandwatch.storage.database import Store


MAX_THREADS = 50
"""How many comment threads are followed at a time below the entries of one source."""


def source_states(store: Store) -> tuple[SourceState, ...]:
    """Return every source that was ever polled, by URL. Its mentions are not counted: that reads them all."""
    statement = "SELECT *, 0 AS mentions FROM source ORDER BY url"
    return tuple(map(rows.source_state, store.query(statement)))


def source_states_with_mentions(store: Store) -> tuple[SourceState, ...]:
    """Return every source that was ever polled, by URL, with the number of its mentions that are shown."""
    statement = """
        SELECT source.*, coalesce(counted.mentions, 0) AS mentions FROM source LEFT JOIN (
            SELECT sighting.source, count(*) AS mentions
            FROM mention INDEXED BY mention_by_time CROSS JOIN sighting ON sighting.entry = mention.entry
            WHERE mention.suppressed = '' AND mention.matched = 'local' GROUP BY sighting.source
        ) AS counted ON counted.source = source.id ORDER BY url
    """
    return tuple(map(rows.source_state, store.query(statement)))


def source_kinds(store: Store) -> tuple[str, ...]:
    """Return the kinds of the sources that were ever polled."""
    return tuple(store.column("SELECT DISTINCT kind FROM source ORDER BY kind"))


def count_fetched_entries(store: Store, url: str, since: datetime) -> int:
    """Return how many entries the answers of a source held since then."""
    statement = """
        SELECT coalesce(sum(fetch.entries), 0) FROM fetch JOIN source ON source.id = fetch.source
        WHERE url = ? AND at >= ?
    """
    return int(store.value(statement, [url, rows.seconds(since)]))


def source_gaps(store: Store, since: datetime | None = None) -> tuple[Gap, ...]:
    """Return the intervals in which entries were missed that ended after *since*, oldest first."""
    statement = """
        SELECT source.url, gap.since, gap.until, gap.reason FROM gap JOIN source ON source.id = gap.source
        WHERE gap.until >= ? ORDER BY gap.until
    """
    return tuple(
        Gap(source=url, start=rows.moment(start), end=rows.moment(end), reason=reason)
        for url, start, end, reason in store.execute(statement, [rows.seconds(since) or 0])
    )


def source_coverage(store: Store, expected: Collection[str], since: datetime | None) -> Coverage:
    """Return which of the *expected* source URLs (none: all ever polled) answered after *since*, and which fail."""
    states = {state.url: state for state in source_states(store)}
    if expected:
        urls = dict.fromkeys(expected)
    else:
        threads = {thread.url for thread in followed_threads(store)}
        urls = dict.fromkeys(url for url in states if url not in threads)
    polled = [states[url] for url in urls if url in states]
    answered = [state for state in polled if state.last_success and (since is None or state.last_success >= since)]
    followed = [thread.url for thread in followed_threads(store, clock.now()) if thread.through in urls]
    return Coverage(
        expected=len(urls),
        seen=len(answered),
        failures=tuple((state.url, state.fetch_class or "") for state in polled if state.error),
        gaps=tuple(gap for gap in source_gaps(store, since) if gap.source in urls),
        first_polls=tuple((state.url, state.first_poll) for state in polled if state.first_poll),
        threads=len(followed),
        failing_threads=tuple((url, states[url].fetch_class or "") for url in followed if states[url].error),
    )


def followed_threads(store: Store, now: datetime | None = None) -> tuple[Thread, ...]:
    """Return the comment threads that are followed *now*, or without a moment those that ever were."""
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
    """Add or update a source, inside the transaction of the caller; return its id."""
    row = rows.source_row(state)
    changes = ", ".join(f"{name} = excluded.{name}" for name in row)
    statement = f"{rows.insertion('source', row)} ON CONFLICT (url) DO UPDATE SET {changes} RETURNING id"
    return int(store.value(statement, row))


def store_fetch(store: Store, source: int, fetch: Fetch, new: int) -> int:
    """Add an exchange with a source that gave *new* mentions, inside the transaction of the caller; return its id."""
    row = {
        "source": source,
        "at": rows.seconds(fetch.at),
        "class": fetch.fetch_class,
        "status": fetch.status,
        "size": fetch.size,
        "entries": fetch.entries,
        "new": new,
        "error": fetch.error,
    }
    return int(store.value(f"{rows.insertion('fetch', row)} RETURNING id", row))


def store_gap(store: Store, source: int, gap: Gap) -> None:
    """Add an interval in which entries of a source were missed, inside the transaction of the caller."""
    row = [source, rows.seconds(gap.start), rows.seconds(gap.end), gap.reason]
    store.execute("INSERT INTO gap (source, since, until, reason) VALUES (?, ?, ?, ?)", row)


def has_answered(store: Store, url: str) -> bool:
    """Whether a source ever answered: what the first answer holds is backlog, however often it failed until then.

    A comment thread counts as one that has: its entry is new, so its comments are.
    """
    statement = """
        SELECT 1 FROM source WHERE url = ?
        AND (last_success IS NOT NULL OR id IN (SELECT source FROM conversation))
    """
    return store.value(statement, [url]) is not None


def follow_thread(store: Store, thread: Thread, entry: int, through: int, at: int) -> None:
    """Follow a thread below *entry* from *at* on, unless its URL is a source already, or too many are followed.

    *through* is the id of the source that the entry came through.
    """
    count = "SELECT count(*) FROM conversation WHERE through = ? AND until > ?"
    if store.value(count, [through, at]) >= MAX_THREADS:
        return
    row = rows.source_row(SourceState(url=thread.url, kind=thread.kind))
    source = store.value(f"{rows.insertion('source', row)} ON CONFLICT (url) DO NOTHING RETURNING id", row)
    if source is not None:
        statement = "INSERT INTO conversation (source, entry, through, until) VALUES (?, ?, ?, ?)"
        store.execute(statement, [source, entry, through, rows.seconds(thread.until)])


def end_thread(store: Store, source: int, at: int) -> None:
    """Stop following a thread."""
    store.execute("UPDATE conversation SET until = ? WHERE source = ?", [at, source])
