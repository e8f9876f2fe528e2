"""Retry-After, rate limits, Cache-Control and Expires: when a server wants to be asked again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


MAX_FRESHNESS = timedelta(days=7)
"""How long a server's wish is believed."""

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NEVER_FRESH = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)
# RateLimit: limit=100, remaining=0, reset=50 (draft-ietf-httpapi-ratelimit-headers), and `t=50` in its later form.
_RATE = re.compile(r"\b(?:reset|t)\s*=\s*(\d{1,9})")
_NONE_LEFT = re.compile(r"\b(?:remaining|r)\s*=\s*0\b")
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
# Some count requests and seconds in fractions.
_ZERO = re.compile(r"0+(?:\.0+)?")
_FRACTION = re.compile(r"(?<=\d)\.\d+$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_SINCE_1970 = re.compile(r"[12]\d{9}", re.ASCII)
_MILLISECONDS = re.compile(r"[12]\d{12}", re.ASCII)
_EPOCH = 1_000_000_000


def parse_retry_after(headers: httpx.Headers, now: datetime, *, is_refused: bool = False) -> datetime | None:
    """Return when the server wants to be asked again (RFC 9110 §10.2.3, or its rate limit), `None` for no wish.

    *is_refused* says that it has answered that it is asked too often: then its rate limit is spent, said or not.
    """
    is_over = is_refused or is_rate_spent(headers)
    moment = _moment(headers.get("retry-after", ""), now) or (_reset(headers, now) if is_over else None)
    return min(moment, now + MAX_FRESHNESS) if moment and moment > now else None


def is_rate_spent(headers: httpx.Headers) -> bool:
    """Say whether the server says that no requests are left."""
    remaining = headers.get("ratelimit-remaining", headers.get("x-ratelimit-remaining", "")).strip()
    return bool(_ZERO.fullmatch(remaining) or _NONE_LEFT.search(headers.get("ratelimit", "")))


def fresh_until(headers: httpx.Headers, now: datetime) -> datetime | None:
    """Return until when nothing will be new (RFC 9111 §4.2.1), `None` where the server does not say."""
    control = headers.get("cache-control", "")
    if _NEVER_FRESH.search(control):
        return None
    if age := _MAX_AGE.search(control):
        spent = headers.get("age", "").strip()
        seconds = int(age[1]) - (int(spent) if _SECONDS.fullmatch(spent) else 0)
        return now + min(timedelta(seconds=seconds), MAX_FRESHNESS) if seconds > 0 else None
    expires, date = _date(headers.get("expires", "")), _date(headers.get("date", "")) or now
    return now + min(expires - date, MAX_FRESHNESS) if expires and expires > date else None


def server_time(headers: httpx.Headers) -> datetime | None:
    """Return the time by a server's own clock, `None` where it sends no Date.

    A cache repeats the Date of the origin and counts in Age the seconds since then (RFC 9111 §5.1).
    """
    date, age = _date(headers.get("date", "")), headers.get("age", "").strip()
    if date is None or not _SECONDS.fullmatch(age):
        return date
    try:
        return date + timedelta(seconds=int(age))
    except OverflowError:
        return None


def _reset(headers: httpx.Headers, now: datetime) -> datetime | None:
    """Return when a rate limit begins anew."""
    found = _RATE.search(headers.get("ratelimit", ""))
    written = headers.get("ratelimit-reset", headers.get("x-ratelimit-reset", found[1] if found else ""))
    return _moment(written, now)


def _moment(written: str, now: datetime) -> datetime | None:
    """Return a moment that is written as seconds from now, as seconds since 1970, or as a date of either kind."""
    written = _FRACTION.sub("", written.strip())
    if _MILLISECONDS.fullmatch(written):
        written = written[:-3]
    if _SECONDS.fullmatch(written) or _SINCE_1970.fullmatch(written):
        number = int(written)
        return datetime.fromtimestamp(number, UTC) if number > _EPOCH else now + timedelta(seconds=number)
    return _iso(written) if _ISO.match(written) else _date(written)


def _iso(written: str) -> datetime | None:
    """Return a date as Mastodon writes it, taken for UTC where it has no zone."""
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _date(written: str) -> datetime | None:
    """Return an HTTP date."""
    try:
        moment = parsedate_to_datetime(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
