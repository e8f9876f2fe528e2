"""Responses over time, and which entries are due for a refresh."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from brandwatch.models import RefreshDue, Response, ResponseSnapshot
from brandwatch.storage import rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from brandwatch.models import ResponseReading


LATEST_READING = (
    " LEFT JOIN response ON response.entry = entry.id"
    " AND response.at = (SELECT max(at) FROM response WHERE response.entry = entry.id)"
)
"""What joins an entry with its latest response."""

# What could not be read for so long after it was due is left alone.
_GIVEN_UP = timedelta(days=7)
_HOUR = 3600
_NAMES = ", ".join(rows.RESPONSE_COLUMNS)
_SHOWN = "SELECT 1 FROM mention WHERE mention.entry = entry.id AND mention.suppressed = ''"


def store_reading(db: Database, entry: int, response: Response, at: int) -> bool:
    """Keep a reading that counts something, as a row where it differs from the last; say whether it does.

    What a report is sorted by is kept up to date here, so that it need not be worked out for each.
    """
    if response == Response():
        return False
    before = _in_force(db, entry, at)
    is_changed = response != before
    rise = _rise(db, entry, response, at)
    if is_changed:
        counts = [getattr(response, name) for name in rows.RESPONSE_COLUMNS]
        marks = ", ".join("?" * (len(counts) + 2))
        db.execute(f"INSERT OR REPLACE INTO response (entry, at, {_NAMES}) VALUES ({marks})", [entry, at, *counts])
    changes = "response_at = ?, response_total = ?, response_rise = ?"
    db.execute(f"UPDATE entry SET {changes} WHERE id = ?", [at, response.total, rise, entry])
    return is_changed


def store_readings(db: Database, counted: Iterable[ResponseReading], at: int) -> None:
    """Keep what became of reading responses, and when to read them again."""
    for one in counted:
        store_reading(db, one.id, one.response, at)
        db.execute("UPDATE entry SET reread = ? WHERE id = ?", [rows.seconds(one.refresh_at), one.id])


def refresh_due(db: Database, sources: Collection[str], now: datetime, limit: int) -> list[RefreshDue]:
    """Return entries with a mention that is shown, seen through one of the *sources*, that are to be read again by now.

    Those waiting longest come first.
    """
    statement = (
        f"SELECT entry.*, {_NAMES}, min(source.url) AS source_url FROM entry"
        " JOIN sighting ON sighting.entry = entry.id JOIN source ON source.id = sighting.source"
        f"{LATEST_READING} WHERE entry.reread BETWEEN ? AND ? AND EXISTS ({_SHOWN})"
        " AND source.url IN (SELECT value FROM json_each(?))"
        " GROUP BY entry.id ORDER BY entry.reread, entry.id LIMIT ?"
    )
    parameters = [rows.seconds(now - _GIVEN_UP), rows.seconds(now), json.dumps(list(sources)), limit]
    return [
        RefreshDue(id=row["id"], source=row["source_url"], entry=rows.entry(row), found=rows.moment(row["found"]))
        for row in db.query(statement, parameters)
    ]


def response_readings(db: Database, mention_id: int) -> tuple[ResponseSnapshot, ...]:
    """Return the readings of the entry of a mention, oldest first; the last one again at the time it was last read."""
    statement = (
        f"SELECT at, response_at, {_NAMES} FROM response JOIN entry ON entry.id = response.entry"
        " WHERE entry.id = (SELECT entry FROM mention WHERE id = ?) ORDER BY at"
    )
    found = list(db.query(statement, [mention_id]))
    if found and found[-1]["response_at"] > found[-1]["at"]:
        found.append(found[-1] | {"at": found[-1]["response_at"]})
    return tuple(ResponseSnapshot(at=rows.moment(row["at"]), response=rows.response(row)) for row in found)


def _rise(db: Database, entry: int, response: Response, at: int) -> float | None:
    """Return how much response came in an hour, `None` where nothing that weighs is known.

    Between the last two readings, or in the last hour where these are closer; since it was published where there was
    none that counts the same.
    """
    stored: Any = db.execute("SELECT response_at, coalesce(published, found) FROM entry WHERE id = ?", [entry])
    last_read, begin = stored.fetchone()
    since = at - _HOUR if last_read is None else min(last_read, at - _HOUR)
    before = _in_force(db, entry, since)
    growth = response.growth_since(before) if before else None
    if growth is not None:
        return growth * _HOUR / (at - since)
    return None if response.total is None else response.total * _HOUR / max(at - begin, _HOUR)


def _in_force(db: Database, entry: int, at: int) -> Response | None:
    """Return what was counted last at a time, `None` where nothing was."""
    statement = f"SELECT {_NAMES} FROM response WHERE entry = ? AND at <= ? ORDER BY at DESC LIMIT 1"
    return next(map(rows.response, db.query(statement, [entry, at])), None)
