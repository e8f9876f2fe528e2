"""Retry-After, rate limits, Cache-Control, Expires and Date: when a server wants the next request."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


MAX_FRESHNESS = timedelta(days=7)
"""The longest time for which a server's headers are respected."""

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NEVER_FRESH = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)
# RateLimit: limit=100, remaining=0, reset=50 (draft-ietf-httpapi-ratelimit-headers), and `t=50` in its later form.
_RATE = re.compile(r"\b(?:reset|t)\s*=\s*(\d{1,9})")
_NONE_LEFT = re.compile(r"\b(?:remaining|r)\s*=\s*0\b")
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
# Some servers count requests and seconds in fractions.
_ZERO = re.compile(r"0+(?:\.0+)?")
_FRACTION = re.compile(r"(?<=\d)\.\d+$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_SINCE_1970 = re.compile(r"[12]\d{9}", re.ASCII)
_MILLISECONDS = re.compile(r"[12]\d{12}", re.ASCII)
# A larger number of seconds is a time since 1970.
_MIN_EPOCH_SECONDS = 1_000_000_000


def parse_retry_after(headers: httpx.Headers, now: datetime, *, is_refused: bool = False) -> datetime | None:
    """Return the time to retry (Retry-After, RFC 9110 §10.2.3, or the reset of the rate limit), `None` if not given.

    After 429 (*is_refused*) the rate limit is spent, whether the headers say so or not.
    """
    moment = _moment(headers.get("retry-after", ""), now)
    if moment is None and (is_refused or is_rate_spent(headers)):
        rate = _RATE.search(headers.get("ratelimit", ""))
        reset = headers.get("ratelimit-reset", headers.get("x-ratelimit-reset", rate[1] if rate else ""))
        moment = _moment(reset, now)
    return min(moment, now + MAX_FRESHNESS) if moment and moment > now else None


def is_rate_spent(headers: httpx.Headers) -> bool:
    """Whether no requests are left of the rate limit."""
    remaining = headers.get("ratelimit-remaining", headers.get("x-ratelimit-remaining", "")).strip()
    return bool(_ZERO.fullmatch(remaining) or _NONE_LEFT.search(headers.get("ratelimit", "")))


def fresh_until(headers: httpx.Headers, now: datetime) -> datetime | None:
    """Return the end of the freshness lifetime (RFC 9111 §4.2.1), `None` if not given."""
    control = headers.get("cache-control", "")
    if _NEVER_FRESH.search(control):
        return None
    if age := _MAX_AGE.search(control):
        elapsed = headers.get("age", "").strip()
        seconds = int(age[1]) - (int(elapsed) if _SECONDS.fullmatch(elapsed) else 0)
        return now + min(timedelta(seconds=seconds), MAX_FRESHNESS) if seconds > 0 else None
    expires, date = _date(headers.get("expires", "")), _date(headers.get("date", "")) or now
    return now + min(expires - date, MAX_FRESHNESS) if expires and expires > date else None


def server_time(headers: httpx.Headers) -> datetime | None:
    """Return the time of the server's own clock, `None` without a Date."""
    # A cache repeats the Date of the origin; Age counts the seconds since then (RFC 9111 §5.1).
    date, age = _date(headers.get("date", "")), headers.get("age", "").strip()
    if date is None or not _SECONDS.fullmatch(age):
        return date
    try:
        return date + timedelta(seconds=int(age))
    except OverflowError:
        return None


def _moment(written: str, now: datetime) -> datetime | None:
    """Parse seconds from now, seconds or milliseconds since 1970, an ISO date, or an HTTP date."""
    written = _FRACTION.sub("", written.strip())
    if _MILLISECONDS.fullmatch(written):
        written = written[:-3]
    if _SECONDS.fullmatch(written) or _SINCE_1970.fullmatch(written):
        number = int(written)
        return datetime.fromtimestamp(number, UTC) if number > _MIN_EPOCH_SECONDS else now + timedelta(seconds=number)
    return _iso(written) if _ISO.match(written) else _date(written)


def _iso(written: str) -> datetime | None:
    """Parse an ISO date, as Mastodon sends it; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _date(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
