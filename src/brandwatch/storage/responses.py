"""Responses over time, and which entries are due for a refresh."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from brandwatch.models import Entry, RefreshDue, Response, ResponseReading, ResponseSnapshot
from brandwatch.storage import rows, stories
from brandwatch.storage.database import Store

# An entry whose refresh fails for so long after it was due is given up.
_GIVE_UP_AFTER = timedelta(days=7)
_HOUR_SECONDS = 3600
_COUNTS = ", ".join(rows.RESPONSE_COLUMNS)


def store_reading(store: Store, entry: int, response: Response, at: int) -> bool:
    """Store a reading with at least one count, as a row if it differs from the last; return whether it differs.

    The totals of the entry, by which reports are sorted, are updated.
    """
    if response == Response():
        return False
    is_changed = response != _last_reading(store, entry, at)
    rise = _hourly_rise(store, entry, response, at)
    if is_changed:
        row = {"entry": entry, "at": at} | {name: getattr(response, name) for name in rows.RESPONSE_COLUMNS}
        store.execute(rows.insertion("response", tuple(row), "INSERT OR REPLACE"), row)
    statement = "UPDATE entry SET response_at = ?, response_total = ?, response_rise = ? WHERE id = ?"
    store.execute(statement, [at, response.total, rise, entry])
    return is_changed


def first_reading(entry: int, read: Entry, at: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the row of a new entry's reading, none without a count, and the totals of the entry."""
    response = read.response
    if response == Response():
        return [], dict.fromkeys(("response_at", "response_total", "response_rise"))
    published = rows.seconds(read.published)
    rise = _rise_since(at if published is None else published, response, at)
    row = {"entry": entry, "at": at} | {name: getattr(response, name) for name in rows.RESPONSE_COLUMNS}
    return [row], {"response_at": at, "response_total": response.total, "response_rise": rise}


def record_readings(store: Store, readings: Iterable[ResponseReading], at: datetime) -> None:
    """Store the readings of one response, and the times of the next refresh, in one transaction."""
    with store.transaction():
        entries = []
        for reading in readings:
            store_reading(store, reading.id, reading.response, int(at.timestamp()))
            store.execute("UPDATE entry SET reread = ? WHERE id = ?", [rows.seconds(reading.refresh_at), reading.id])
            entries.append(reading.id)
        stories.refresh_heat(store, entries)


def refresh_due(store: Store, sources: Collection[str], now: datetime, limit: int) -> list[RefreshDue]:
    """Return at most *limit* entries due for a refresh, seen through one of the *sources*, the oldest first.

    Entries without a shown mention are never due.
    """
    statement = f"""
        SELECT entry.*, {_COUNTS}, min(source.url) AS source_url FROM entry
        JOIN sighting ON sighting.entry = entry.id JOIN source ON source.id = sighting.source
        LEFT JOIN response ON response.entry = entry.id
            AND response.at = (SELECT max(at) FROM response WHERE response.entry = entry.id)
        WHERE entry.reread BETWEEN ? AND ?
            AND EXISTS (SELECT 1 FROM mention WHERE mention.entry = entry.id AND mention.suppressed = '')
            AND source.url IN (SELECT value FROM json_each(?))
        GROUP BY entry.id ORDER BY entry.reread, entry.id LIMIT ?
    """
    parameters = [rows.seconds(now - _GIVE_UP_AFTER), rows.seconds(now), json.dumps(list(sources)), limit]
    return [
        RefreshDue(id=row["id"], source=row["source_url"], entry=rows.entry(row), found=rows.moment(row["found"]))
        for row in store.query(statement, parameters)
    ]


def response_history(store: Store, mention: int) -> tuple[ResponseSnapshot, ...]:
    """Return the readings of the entry of a mention, oldest first.

    A last reading with the same counts is repeated with its own time.
    """
    statement = f"""
        SELECT at, response_at, {_COUNTS} FROM response JOIN entry ON entry.id = response.entry
        WHERE entry.id = (SELECT entry FROM mention WHERE id = ?) ORDER BY at
    """
    readings = list(store.query(statement, [mention]))
    if readings and readings[-1]["response_at"] > readings[-1]["at"]:
        readings.append(readings[-1] | {"at": readings[-1]["response_at"]})
    return tuple(ResponseSnapshot(at=rows.moment(row["at"]), response=rows.response(row)) for row in readings)


def _hourly_rise(store: Store, entry: int, response: Response, at: int) -> float | None:
    """Return the response an hour, `None` where no count with a weight is known.

    Between the last two readings, or in the last hour where these are closer; since publication where no earlier
    reading has the same counts.
    """
    statement = "SELECT response_at, coalesce(published, found) FROM entry WHERE id = ?"
    last_read, begin = store.execute(statement, [entry]).fetchone()
    since = at - _HOUR_SECONDS if last_read is None else min(last_read, at - _HOUR_SECONDS)
    before = _last_reading(store, entry, since)
    growth = response.growth_since(before) if before else None
    if growth is not None:
        return growth * _HOUR_SECONDS / (at - since)
    return _rise_since(begin, response, at)


def _rise_since(begin: int, response: Response, at: int) -> float | None:
    """Return the response an hour since publication, at least an hour ago."""
    return None if response.total is None else response.total * _HOUR_SECONDS / max(at - begin, _HOUR_SECONDS)


def _last_reading(store: Store, entry: int, at: int) -> Response | None:
    """Return the latest reading at a time, `None` without one."""
    statement = f"SELECT {_COUNTS} FROM response WHERE entry = ? AND at <= ? ORDER BY at DESC LIMIT 1"
    return next(map(rows.response, store.query(statement, [entry, at])), None)
