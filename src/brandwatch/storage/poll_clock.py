"""The clock of the last poll and of the last trusted one, and repair of times written by a wrong clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from brandwatch.models import Actor, AuditAction, ClockDoubt, PollClock
from brandwatch.storage import audit, rows, stories

if TYPE_CHECKING:
    from datetime import timedelta

    from brandwatch.storage.database import Store


_TIMES = ("trusted", "polled", "server_time")
_COUNTED_TABLES = ("audit", "fetch", "gap")


def read_poll_clock(store: Store) -> PollClock:
    """Return the clock of the last poll."""
    row = _clock_row(store)
    return PollClock(
        **{name: rows.optional_moment(row[name]) for name in _TIMES},
        doubt=ClockDoubt(row["doubt"]) if row["doubt"] else None,
        servers=row["servers"],
        agreeing=row["agreeing"],
    )


def save_poll_clock(store: Store, clock: PollClock, correction: timedelta) -> None:
    """Store the clock of a poll, in one transaction.

    A trusted clock gives new times to the rows that polls without one have stored since the last trusted poll. A step
    back by *correction* is no leap.
    """
    with store.transaction():
        last = _clock_row(store)
        changes: dict[str, Any] = {name: rows.seconds(getattr(clock, name)) for name in _TIMES}
        changes |= {"doubt": clock.doubt or "", "servers": clock.servers, "agreeing": clock.agreeing}
        if clock.doubt is None and clock.polled is not None:
            now = int(clock.polled.timestamp())
            # Before the first trusted poll no time is known from which on one is possible.
            first = now if last["trusted"] is None else min(last["trusted"] - int(correction.total_seconds()), now)
            _correct_times(store, {"first": first, "now": now} | {name: last[name] for name in _COUNTED_TABLES})
            for table in _COUNTED_TABLES:
                changes[table] = store.value(f"SELECT coalesce(max(id), 0) FROM {table}")
        store.execute(f"UPDATE poll_clock SET {', '.join(f'{name} = :{name}' for name in changes)}", changes)


def _correct_times(store: Store, bounds: dict[str, int]) -> None:
    """Give rows a time that is possible: stored after the last trusted poll, they are not older and not from later.

    These are the times that rows are deleted by: a mention found in 1980 would be deleted by the next poll.
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
    """Date mentions *now*, and those entries that were stored with them."""
    parameters = {"now": now, "mentions": json.dumps(mentions)}
    entries = "SELECT entry FROM mention WHERE id IN (SELECT value FROM json_each(:mentions))"
    # An entry that was there before has a time of its own.
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


def _clock_row(store: Store) -> dict[str, Any]:
    return next(store.query("SELECT * FROM poll_clock"))
