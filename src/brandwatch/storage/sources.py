"""What polls leave of sources: their state, comment threads, gaps and coverage, and the clock of the last poll."""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from brandwatch import clock
from brandwatch.models import (
    Actor,
    AuditAction,
    ClockDoubt,
    Coverage,
    Fetch,
    Gap,
    MentionCounts,
    PollClock,
    SourceState,
    Thread,
)
from brandwatch.storage import audit, rows, selections, stories
from brandwatch.storage.database import Store

MIN_TOLD_DEFERRALS = 2
"""A source that waited in one poll comes first in the next: that is how budgets work."""
MAX_THREADS = 50
"""The number of comment threads that are followed at a time for one source."""


def source_states(store: Store) -> tuple[SourceState, ...]:
    """Return every source that was ever polled, sorted by URL. Mentions are not counted: that would read them all."""
    statement = "SELECT *, 0 AS mentions FROM source ORDER BY url"
    return tuple(map(rows.source_state, store.query(statement)))


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
    """Return the number of entries in the documents of a source since then."""
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
        deferred=tuple((state.url, state.deferrals) for state in polled if state.deferrals >= MIN_TOLD_DEFERRALS),
        remarks=tuple((state.url, state.remark) for state in polled if state.remark),
        threads=len(followed),
        failing_threads=tuple((url, states[url].fetch_class or "") for url in followed if states[url].error),
    )


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


def read_poll_clock(store: Store) -> PollClock:
    """Return the clock of the last poll."""
    statement = "SELECT trusted, polled, server_time, doubt, servers, agreeing FROM poll_clock"
    trusted, polled, server_time, doubt, servers, agreeing = store.execute(statement).fetchone()
    return PollClock(
        trusted=rows.optional_moment(trusted),
        polled=rows.optional_moment(polled),
        server_time=rows.optional_moment(server_time),
        doubt=ClockDoubt(doubt) if doubt else None,
        servers=servers,
        agreeing=agreeing,
    )


def save_poll_clock(store: Store, latest: PollClock, correction: timedelta) -> None:
    """Store the clock of a poll, in one transaction.

    A trusted clock corrects the times of rows that polls have stored since the last trusted poll. A step back by up to
    *correction* is no leap.
    """
    times = (latest.trusted, latest.polled, latest.server_time)
    with store.transaction():
        last_trusted, *last_rows = store.execute("SELECT trusted, audit, fetch, gap FROM poll_clock").fetchone()
        if latest.doubt is None and latest.polled is not None:
            now = int(latest.polled.timestamp())
            # Before the first trusted poll no earliest possible time is known.
            first = now if last_trusted is None else min(last_trusted - int(correction.total_seconds()), now)
            bounds = dict(zip(("audit", "fetch", "gap"), last_rows, strict=True))
            _correct_times(store, bounds | {"first": first, "now": now})
            store.execute("""
                UPDATE poll_clock SET audit = (SELECT coalesce(max(id), 0) FROM audit),
                    fetch = (SELECT coalesce(max(id), 0) FROM fetch), gap = (SELECT coalesce(max(id), 0) FROM gap)
            """)
        store.execute(
            "UPDATE poll_clock SET trusted = ?, polled = ?, server_time = ?, doubt = ?, servers = ?, agreeing = ?",
            [*map(rows.seconds, times), latest.doubt or "", latest.servers, latest.agreeing],
        )


def _correct_times(store: Store, bounds: dict[str, int]) -> None:
    """Correct impossible times of rows that were stored after the last trusted poll.

    Retention goes by these times: the next poll would delete a mention found in 1980.
    """
    # Mentions from before the audit have no place in the order of its rows.
    statement = f"""
        SELECT id FROM mention WHERE found NOT BETWEEN :first AND :now AND id IN (
            SELECT number FROM audit
            WHERE id > :audit AND subject = 'mention' AND deed = '{AuditAction.STORED}' AND actor != '{Actor.MIGRATION}'
        )
    """
    mentions = store.column(statement, bounds)
    if mentions:
        _correct_mentions(store, mentions, bounds["now"])
    store.execute(
        "UPDATE source SET last_poll = :now WHERE id IN (SELECT source FROM fetch WHERE id > :fetch)"
        " AND last_poll NOT BETWEEN :first AND :now",
        bounds,
    )
    store.execute("UPDATE fetch SET at = :now WHERE id > :fetch AND at NOT BETWEEN :first AND :now", bounds)
    store.execute("UPDATE gap SET until = :now WHERE id > :gap AND until NOT BETWEEN since AND :now", bounds)


def _correct_mentions(store: Store, mentions: list[int], now: int) -> None:
    """Set the time of mentions, and of the entries that were stored with them, to *now*."""
    parameters = {"now": now, "mentions": json.dumps(mentions)}
    entries = "SELECT entry FROM mention WHERE id IN (SELECT value FROM json_each(:mentions))"
    # An older entry has a time of its own.
    store.execute(
        f"""
        UPDATE entry SET found = :now WHERE id IN ({entries}) AND EXISTS (
            SELECT 1 FROM mention WHERE mention.entry = entry.id AND mention.found = entry.found
            AND mention.id IN (SELECT value FROM json_each(:mentions))
        )
        """,
        parameters,
    )
    store.execute("UPDATE mention SET found = :now WHERE id IN (SELECT value FROM json_each(:mentions))", parameters)
    audit.record_mentions(store, now, Actor.POLL, AuditAction.CHANGED, mentions)
    stories.refresh_heat(store, store.column(entries, parameters))
