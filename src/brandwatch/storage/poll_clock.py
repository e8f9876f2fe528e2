"""The clock of the last poll and of the last trusted one, and repair of times written by a wrong clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from brandwatch.models import Actor, AuditAction, ClockDoubt, PollClock
from brandwatch.storage import audit, rows, stories
from brandwatch.storage.privacy_erasure import select_ids

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlite_utils import Database


_TIMES = ("trusted", "polled", "server_time")
# Mentions that were there before the audit have no place in the order of its rows.
_STORED = (
    f"SELECT number FROM audit WHERE id > :audit AND subject = 'mention' AND deed = '{AuditAction.STORED}'"
    f" AND actor != '{Actor.MIGRATION}'"
)
_LISTED = "IN (SELECT value FROM json_each(?))"


def read(db: Database) -> PollClock:
    """Return the clock of the last poll."""
    row = _row(db)
    return PollClock(
        **{name: rows.optional_moment(row[name]) for name in _TIMES},
        doubt=ClockDoubt(row["doubt"]) if row["doubt"] else None,
        servers=row["servers"],
        agreeing=row["agreeing"],
    )


def keep(db: Database, clock: PollClock, correction: timedelta) -> None:
    """Keep the clock of a poll, inside the transaction of the caller.

    A trusted clock dates the rows anew that polls without one have stored since the last trusted poll. A step back by
    *correction* is no leap.
    """
    last = _row(db)
    changes: dict[str, Any] = {name: rows.seconds(getattr(clock, name)) for name in _TIMES}
    changes |= {"doubt": clock.doubt or "", "servers": clock.servers, "agreeing": clock.agreeing}
    if clock.doubt is None and clock.polled is not None:
        now = int(clock.polled.timestamp())
        # Before the first trusted poll no time is known from which on one is possible.
        first = now if last["trusted"] is None else min(last["trusted"] - int(correction.total_seconds()), now)
        _date_anew(db, {"first": first, "now": now, **{name: last[name] for name in ("audit", "fetch", "gap")}})
        for table in ("audit", "fetch", "gap"):
            changes[table] = db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
    db.execute(f"UPDATE poll_clock SET {', '.join(f'{name} = :{name}' for name in changes)}", changes)


def _date_anew(db: Database, known: dict[str, int]) -> None:
    """Give rows a time that is possible: stored after the last trusted poll, they are not older and not from later.

    These are the times that rows are deleted by. A mention found in 1980 would else be deleted by the next poll.
    """
    wrong = "NOT BETWEEN :first AND :now"
    mentions = select_ids(db, f"SELECT id FROM mention WHERE id IN ({_STORED}) AND found {wrong}", known)
    if mentions:
        now, listed = known["now"], json.dumps(mentions)
        together = f"SELECT entry FROM mention WHERE id {_LISTED}"
        # An entry that was there before has a time of its own.
        same = "EXISTS (SELECT 1 FROM mention WHERE mention.entry = entry.id AND mention.found = entry.found"
        db.execute(
            f"UPDATE entry SET found = ? WHERE id IN ({together}) AND {same} AND mention.id {_LISTED})",
            [now, listed, listed],
        )
        db.execute(f"UPDATE mention SET found = ? WHERE id {_LISTED}", [now, listed])
        audit.record_mentions(db, now, Actor.POLL, AuditAction.CHANGED, mentions)
        stories.refresh_heat(db, select_ids(db, together, [listed]))
    polled = "SELECT source FROM fetch WHERE id > :fetch"
    db.execute(f"UPDATE source SET last_poll = :now WHERE id IN ({polled}) AND last_poll {wrong}", known)
    db.execute(f"UPDATE fetch SET at = :now WHERE id > :fetch AND at {wrong}", known)
    db.execute("UPDATE gap SET until = :now WHERE id > :gap AND until NOT BETWEEN since AND :now", known)


def _row(db: Database) -> dict[str, Any]:
    """Return the one row."""
    return next(iter(db.query("SELECT * FROM poll_clock")))
