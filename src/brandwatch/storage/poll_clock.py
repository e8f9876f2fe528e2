"""The clock of the last poll, and the correction of times that a wrong clock has stored."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import Actor, AuditAction, ClockDoubt, PollClock
from brandwatch.storage import audit, rows, stories

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.storage.database import Store


_TIMES = ("trusted", "polled", "server_time", "steady")
_TIMES_OF_SOURCE = (
    *("first_poll", "last_poll", "last_success", "last_new", "last_gap", "failing_since", "flaky_since", "empty_since"),
    *("shrunk_since", "replaced_since", "moved_since", "copy_since"),
)
_OTHER_TIMES = {
    "applied_query": ("at",),
    "alert": ("since", "at", "unsteady_since", "named_since", "notice", "notice_before", "unnamed_since"),
    "fetch_day": ("first", "last"),
}
"""Times in small tables, which are corrected if they are in the future."""
# SQLite's largest integer.
_ID = "q"
_BATCH_ROWS = 5_000
_BOUNDS = ("audit", "fetch", "gap", "source", "decision", "story_decision")
"""The tables of which `poll_clock` has the last row that was there at the end of the last trusted poll."""


class TimeLimits(NamedTuple):
    """How far from now a time can be: a small step back of a clock, the end of a thread, and a refresh of responses."""

    correction: timedelta
    thread: timedelta
    refresh: timedelta


class _PossibleTimes(NamedTuple):
    """The possible times of rows that were stored since the last trusted poll, in seconds.

    *is_back*: it was ahead of now, so that earlier rows may be ahead too.
    """

    first: int
    now: int
    is_back: bool = False

    def parameters(self, bound: int) -> dict[str, int]:
        """Return the parameters of `_is_impossible`; *bound* is the last row of the last trusted poll."""
        return {"first": self.first, "now": self.now, "bound": bound, "after": 0 if self.is_back else bound}


def read_poll_clock(store: Store) -> PollClock:
    """Return the clock of the last poll."""
    statement = "SELECT trusted, polled, server_time, steady, lag, doubt, servers, agreeing FROM poll_clock"
    row = next(store.query(statement))
    times = {name: rows.optional_moment(row[name]) for name in _TIMES}
    return PollClock(
        **times,
        doubt=ClockDoubt(row["doubt"]) if row["doubt"] else None,
        servers=row["servers"],
        agreeing=row["agreeing"],
        lag=timedelta(seconds=row["lag"]),
    )


def save_poll_clock(store: Store, latest: PollClock, limits: TimeLimits, *, is_by_hand: bool = False) -> None:
    """Store the clock of a poll, or one that a user has accepted (*is_by_hand*), in one transaction.

    A trusted clock corrects the times of rows that polls have stored since the last trusted poll.
    """
    with store.transaction():
        if latest.doubt is None and latest.polled is not None:
            _correct_times(store, latest.polled, latest.steady, limits)
            lasts = ", ".join(f"{table} = (SELECT coalesce(max(id), 0) FROM {table})" for table in _BOUNDS)
            store.execute(f"UPDATE poll_clock SET {lasts}")
        row = {name: rows.seconds(getattr(latest, name)) for name in _TIMES}
        row |= {"servers": latest.servers, "agreeing": latest.agreeing, "lag": int(latest.lag.total_seconds())}
        changes = ", ".join(f"{name} = :{name}" for name in row)
        store.execute(f"UPDATE poll_clock SET doubt = :doubt, {changes}", row | {"doubt": latest.doubt or ""})
        if is_by_hand and latest.polled is not None:
            at = int(latest.polled.timestamp())
            audit.record_row(store, at, Actor.HAND, AuditAction.DECIDED, "poll_clock", 1)


def _correct_times(store: Store, polled: datetime, steady: datetime | None, limits: TimeLimits) -> None:
    """Correct impossible times of rows: after now, or before the last trusted poll if they were stored after it.

    Retention goes by these times: the next poll would delete a mention found in 1980.
    """
    now = int(polled.timestamp())
    last_trusted, *last_rows = store.execute(f"SELECT trusted, {', '.join(_BOUNDS)} FROM poll_clock").fetchone()
    bounds = dict(zip(_BOUNDS, last_rows, strict=True))
    # Before the first trusted poll no earliest possible time is known.
    since = rows.seconds(steady) or now
    first = since if last_trusted is None else min(last_trusted - int(limits.correction.total_seconds()), since)
    # If the trusted clock was ahead, rows from before may be in the future too.
    is_back = last_trusted is not None and last_trusted > now
    period = _PossibleTimes(first, now, is_back=is_back)
    touched = _correct_mentions(store, period, bounds["audit"])
    wrong = _wrong_fetches(store, period, bounds["fetch"])
    for source, times in wrong.items():
        touched.extend(_correct_sightings(store, source, times, now))
    _correct_sources(store, wrong, now)
    if wrong or is_back:
        _correct_follow_ups(store, period, limits, bounds["source"])
    for table in ("decision", "story_decision"):
        store.execute(f"UPDATE {table} SET at = :now WHERE {_is_impossible('at')}", period.parameters(bounds[table]))
    parameters = period.parameters(bounds["gap"])
    # It ends with the first entry that was read again, which may be older than the last poll.
    condition = "id > :after AND (until > :now OR (until < since AND id > :bound))"
    store.execute(f"UPDATE gap SET since = min(since, :now), until = :now WHERE {condition}", parameters)
    for table, columns in _OTHER_TIMES.items():
        changes = ", ".join(f"{column} = iif({column} > :now, :now, {column})" for column in columns)
        condition = " OR ".join(f"{column} > :now" for column in columns)
        store.execute(f"UPDATE {table} SET {changes} WHERE {condition}", {"now": now})
    for batch in _batches(touched):
        stories.refresh_heat(store, batch)
        store.seals.save()


def _batches(numbers: array[int]) -> Iterator[array[int]]:
    for start in range(0, len(numbers), _BATCH_ROWS):
        yield numbers[start : start + _BATCH_ROWS]


def _is_impossible(column: str) -> str:
    """Return the condition that a time is impossible; a row after the bound was stored since the last trusted poll."""
    return f"id > :after AND ({column} > :now OR ({column} < :first AND id > :bound))"


def _correct_mentions(store: Store, period: _PossibleTimes, bound: int) -> array[int]:
    """Set impossible times of mentions, and of the entries that were stored with them, to now; return the entries."""
    # Mentions from before the audit have no place in the order of its rows.
    stored = f"""
        SELECT number FROM audit WHERE id > :bound AND subject = 'mention' AND deed = '{AuditAction.STORED}'
        AND actor != '{Actor.MIGRATION}'
    """
    statement = f"SELECT id FROM mention WHERE found NOT BETWEEN :first AND :now AND id IN ({stored})"
    parameters = {"first": period.first, "now": period.now, "bound": bound}
    if period.is_back:
        statement += " UNION SELECT id FROM mention WHERE found > :now"
        store.execute("UPDATE mention SET expiring = :now WHERE expiring > :now", {"now": period.now})
    # A first trusted poll may find every mention in the past: 200,000 at once take 300 MiB.
    mentions = array(_ID, (number for (number,) in store.execute(f"{statement} ORDER BY id", parameters)))
    entries = array(_ID)
    for batch in _batches(mentions):
        entries.extend(_correct_batch(store, batch, period.now))
        store.seals.save()
    return entries


def _correct_batch(store: Store, mentions: Sequence[int], now: int) -> list[int]:
    """Set the times of mentions, and of the entries that were stored with them, to now; return the entries."""
    parameters = {"now": now, "mentions": json.dumps([*mentions])}
    chosen = "id IN (SELECT value FROM json_each(:mentions))"
    entries = f"SELECT DISTINCT entry FROM mention WHERE {chosen}"
    # An older entry has a time of its own. What was to be refreshed by the wrong clock is refreshed now.
    store.execute(
        f"""
        UPDATE entry SET found = :now, reread = iif(reread IS NULL, NULL, :now) WHERE id IN ({entries}) AND EXISTS (
            SELECT 1 FROM mention WHERE mention.entry = entry.id AND mention.found = entry.found AND mention.{chosen}
        )
        """,
        parameters,
    )
    store.execute(f"UPDATE mention SET found = :now WHERE {chosen}", parameters)
    audit.record_mentions(store, now, Actor.POLL, AuditAction.CHANGED, mentions)
    return store.column(entries, parameters)


def _wrong_fetches(store: Store, period: _PossibleTimes, bound: int) -> dict[int, list[int]]:
    """Set impossible times of fetches to now; return those times by source, in the order of the fetches.

    Everything that a source gave in one poll has the time of its fetch.
    """
    parameters = period.parameters(bound)
    # A time that a trusted poll had too is left out: either of the two may have stored a row.
    statement = f"""
        SELECT source, at FROM fetch WHERE {_is_impossible("at")} AND NOT EXISTS (
            SELECT 1 FROM fetch AS earlier WHERE earlier.source = fetch.source AND earlier.at = fetch.at
            AND earlier.at < :first AND earlier.id <= :bound
        ) GROUP BY source, at ORDER BY max(id)
    """
    wrong: defaultdict[int, list[int]] = defaultdict(list)
    for source, at in store.execute(statement, parameters):
        wrong[source].append(at)
    store.execute(f"UPDATE fetch SET at = :now WHERE {_is_impossible('at')}", parameters)
    return wrong


def _correct_sightings(store: Store, source: int, times: Sequence[int], now: int) -> set[int]:
    """Correct what was stored of the entries of a source at wrong *times*; return entries whose response changed."""
    parameters = {"source": source, "times": json.dumps(times), "now": now}
    for column in ("first_seen", "last_seen"):
        store.execute(f"UPDATE sighting SET {column} = :now WHERE source = :source AND {_is_wrong(column)}", parameters)
    seen = "SELECT entry FROM sighting WHERE source = :source"
    changes = ", ".join(f"{column} = iif({_is_wrong(column)}, :now, {column})" for column in ("since", "until"))
    condition = f"entry IN ({seen}) AND ({_is_wrong('since')} OR {_is_wrong('until')})"
    store.execute(f"UPDATE revision SET {changes} WHERE {condition}", parameters)
    statement = f"UPDATE entry SET response_at = :now WHERE id IN ({seen}) AND {_is_wrong('response_at')} RETURNING id"
    entries = set(store.column(statement, parameters))
    statement = f"SELECT entry, at FROM response WHERE entry IN ({seen}) AND {_is_wrong('at')}"
    readings: defaultdict[int, list[int]] = defaultdict(list)
    for entry, at in store.execute(statement, parameters):
        readings[entry].append(at)
    for entry, wrong in readings.items():
        _move_readings(store, entry, sorted(wrong, key=lambda at: times.index(at) if at in times else at), now)
    return entries | readings.keys()


def _move_readings(store: Store, entry: int, wrong: Sequence[int], now: int) -> None:
    """Set wrong times of readings, in their order, to the seconds before now: an entry has one reading at a time."""
    taken = set(store.column("SELECT at FROM response WHERE entry = ?", [entry]))
    free = (at for at in count(now - 1, -1) if at not in taken)
    changed = [(at, entry, before) for before, at in zip(reversed(wrong), free, strict=False)]
    store.execute_many("UPDATE response SET at = ? WHERE entry = ? AND at = ?", changed)


def _is_wrong(column: str) -> str:
    return f"({column} > :now OR {column} IN (SELECT value FROM json_each(:times)))"


def _correct_sources(store: Store, wrong: Mapping[int, Sequence[int]], now: int) -> None:
    """Correct the states that polls with a wrong clock have stored; these sources are due, and are read whole.

    A wrong clock takes dates for implausible, and leaves entries out as too old.
    """
    in_future = " OR ".join(f"{column} > :now" for column in (*_TIMES_OF_SOURCE, "last_full", "newest"))
    future: list[int] = store.column(f"SELECT id FROM source WHERE {in_future}", {"now": now})
    changes = ", ".join(f"{column} = iif({_is_wrong(column)}, :now, {column})" for column in _TIMES_OF_SOURCE)
    statement = f"""
        UPDATE source SET {changes}, newest = iif(newest > :now, NULL, newest), usual_until = NULL, last_full = NULL,
            etag = '', last_modified = '', body_hash = x'', digests = x'',
            next_due = iif({_is_wrong("last_poll")}, NULL, next_due)
        WHERE id = :source
    """
    parameters: list[dict[str, Any]] = [
        {"source": source, "times": json.dumps(wrong.get(source, ())), "now": now} for source in {*wrong, *future}
    ]
    store.execute_many(statement, parameters)


def _correct_follow_ups(store: Store, period: _PossibleTimes, limits: TimeLimits, source_bound: int) -> None:
    """Correct until when threads are followed, and when responses are refreshed."""
    last = {"last": period.now + int(limits.thread.total_seconds()), "bound": source_bound, "first": period.first}
    condition = "until > :last OR (until < :first AND source > :bound)"
    store.execute(f"UPDATE conversation SET until = :last WHERE {condition}", last)
    furthest = {"furthest": period.now + int(limits.refresh.total_seconds()), "now": period.now}
    store.execute("UPDATE entry SET reread = :now WHERE reread > :furthest", furthest)
