"""What a response means: a redirect, a document within its bounds, or a failure; and when the server wants the next."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import httpx

from brandwatch import clock, urls
from brandwatch.config.secrets import redact_text
from brandwatch.errors import FetchClass, FetchError
from brandwatch.http.deadline import Deadline
from brandwatch.http.response_head import shorten
from brandwatch.http.transport import PROXY, RECEIVED_BYTES, describe_status
from brandwatch.models import Document, Request
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from brandwatch.http.environment import FetchLimits


MAX_FRESHNESS = timedelta(days=7)
"""The longest time for which a server's headers are respected."""
MAX_RETRY_PAUSE = timedelta(days=1)
"""The longest pause after a failure, whatever the server asks for."""

# A longer one would come near the limits of servers for the head of a request.
_MAX_VALIDATOR_BYTES = 1_024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT_REDIRECTS = frozenset({301, 308})
_MAY_THROTTLE = frozenset({403, 429, 503})
_FORBIDDEN = frozenset({401, 403, 407, 451})

# RFC 9110 §15.5.8, §15.6.3, §15.6.5: a proxy answers so for itself, or where it does not reach the server.
_FROM_PROXY = frozenset({407, 502, 503, 504})

_GZIP = frozenset({"gzip", "x-gzip"})
# Not codings at all, but servers were seen to send them for a plain body.
_PLAIN = frozenset({"", "identity", "none", "utf-8", "binary", "8bit"})
_STEP_BYTES = 65_536
_GZIP_WINDOW_BITS = 31
_GZIP_MEMBER = b"\x1f"
# The explanation of a refusal is a sentence or two.
_MAX_REFUSAL_BYTES = 65_536
_SECONDS_BEFORE_DEADLINE = 0.2

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


class RedirectHop(NamedTuple):
    """The target of a redirect, whether it is permanent, and whether it came with a cookie."""

    url: str
    is_permanent: bool
    sets_cookie: bool = False


async def read_response(
    response: httpx.Response, request: Request, limits: FetchLimits, deadline: Deadline, *, is_conditional: bool
) -> Document | RedirectHop:
    """Return the document, empty after a 304 if *is_conditional*, or the redirect; raise FetchError for anything else.

    A failure has the server's time and, if *request* wants it, the body of a 4xx response.
    """
    # As a plain dictionary: httpx goes through all headers for each one that is asked for.
    headers, now = dict(response.headers.items()), clock.now()
    try:
        if hop := _redirect(response.status_code, headers, request.url):
            return hop
        _raise_for_status(response.status_code, headers, is_conditional=is_conditional, now=now)
        return Document(
            url=request.url,
            status=response.status_code,
            body=await _read_body(response, limits),
            content_type=headers.get("content-type", ""),
            etag=validator(response.headers.raw, b"etag"),
            last_modified=validator(response.headers.raw, b"last-modified"),
            fresh_until=fresh_until(headers, now),
            made_at=_date(headers.get("date", "")),
            server_time=server_time(headers),
            link=headers.get("link", ""),  # several are joined by commas
        )
    except FetchError as failure:
        failure.server_time = server_time(headers)
        _name_proxy(failure, response)
        # A server that refuses a request may say why; beyond 500 it only fails.
        is_refusal = HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        if request.reads_error_body and is_refusal:
            failure.content_type = headers.get("content-type", "")
            failure.body = await _read_refusal(response, limits, deadline)
        raise


def _name_proxy(failure: FetchError, response: httpx.Response) -> None:
    """Name the proxy in a failure that is its own, or that it may have reported for a source."""
    proxy = response.extensions.get(PROXY)
    if proxy and response.status_code in _FROM_PROXY:
        failure.message = f"{failure.message}, from {proxy}"
    if proxy and response.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        failure.hint, failure.obstacle = "see HTTP_PROXY", proxy


def _redirect(status: int, headers: Mapping[str, str], url: str) -> RedirectHop | None:
    """Return the target of a redirect, `None` for another response; raise FetchError for an invalid target."""
    location = headers.get("location", "").strip()
    # RFC 9110 §15.4.1: a server that offers several documents may name the one that it prefers.
    has_preferred = status == HTTPStatus.MULTIPLE_CHOICES and location
    if status not in _REDIRECTS and not has_preferred:
        return None
    target = urls.web_link(location, url) if location else ""
    if not target:
        where = f"to “{shorten(redact_text(one_line(location)))}”" if location else "to nowhere"
        raise FetchError(FetchClass.REDIRECT, f"redirects {where}", status=status)
    return RedirectHop(target, status in _PERMANENT_REDIRECTS, "set-cookie" in headers)


def validator(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """Return a validator as it was sent, its bytes as Latin-1; empty for one that must not be sent back.

    `*` would match every document, and of several values one is wrong.
    """
    values = {value for key, value in headers if key.lower() == name}
    value = values.pop() if len(values) == 1 else b""
    return "" if value == b"*" or len(value) > _MAX_VALIDATOR_BYTES else value.decode("latin-1")


def _raise_for_status(status: int, headers: Mapping[str, str], *, is_conditional: bool, now: datetime) -> None:
    """Raise FetchError unless the response has a document, or is a 304 to a conditional request."""
    if status == HTTPStatus.PARTIAL_CONTENT:
        raise FetchError(FetchClass.TRUNCATED, "answered 206 with a part, though all was asked for", status=status)
    if status == HTTPStatus.NOT_MODIFIED and not is_conditional:
        message = "answered 304 Not Modified, though the whole document was asked for"
        raise FetchError(FetchClass.EMPTY, message, "a cache before the server is misconfigured", status=status)
    # A choice without a preferred target has the list as its body, or a document all the same.
    if HTTPStatus.OK <= status <= HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.NOT_MODIFIED:
        return
    is_refused = status == HTTPStatus.TOO_MANY_REQUESTS
    wanted, is_throttled = None, False
    if status in _MAY_THROTTLE:
        wanted = parse_retry_after(headers, now, is_refused=is_refused)
        is_throttled = wanted is not None or is_refused or is_rate_spent(headers)
    fetch_class, message, hint = _classify(status, is_throttled=is_throttled)
    retry_at = None
    if wanted:
        retry_at = min(wanted, now + MAX_RETRY_PAUSE)
        message += f"; asks to wait until {wanted:%Y-%m-%d %H:%M} UTC{', waits a day' if retry_at < wanted else ''}"
    raise FetchError(fetch_class, message, hint, status=status, retry_at=retry_at)


def _classify(status: int, *, is_throttled: bool) -> tuple[FetchClass, str, str]:
    """Return the class of a failing status, its message and its hint."""
    message = f"answered {describe_status(status)}"
    if is_throttled:
        return FetchClass.THROTTLED, message, "a longer `interval` for this source is kinder"
    if status == HTTPStatus.GONE:
        return FetchClass.GONE, message, "the feed is gone for good; take it out of the query file"
    if status in _FORBIDDEN:
        return FetchClass.BLOCKED, message, "the publisher does not let us read it; see whether a browser may"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FetchClass.HTTP_5XX, message, ""
    if status >= HTTPStatus.BAD_REQUEST:
        return FetchClass.HTTP_4XX, message, "see whether the feed has moved"
    return FetchClass.REDIRECT, message, ""


async def _read_body(response: httpx.Response, limits: FetchLimits) -> bytes:
    """Return the decoded body; raise FetchError: `too-large` beyond *limits*, `truncated` if it breaks off."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in _PLAIN:
        body = bytearray()
        async for chunk in _limited_chunks(response, min(limits.wire, limits.decoded)):
            body += chunk
        return bytes(body)
    if coding in _GZIP:
        return await _gunzip(_limited_chunks(response, limits.wire), limits.decoded)
    message = f"sent as “{one_line(coding)[:40]}”, which was not asked for"
    raise FetchError(FetchClass.PARSE, message, status=response.status_code)


async def _read_refusal(response: httpx.Response, limits: FetchLimits, deadline: Deadline) -> bytes:
    """Return the body of a refusal, none if it is long, broken, or late."""
    short = replace(limits, wire=min(limits.wire, _MAX_REFUSAL_BYTES), decoded=min(limits.decoded, _MAX_REFUSAL_BYTES))
    # The refusal itself is known: no failure in its body may hide it, and so reading ends before the deadline does.
    try:
        async with Deadline(deadline.remaining() - _SECONDS_BEFORE_DEADLINE):
            return await _read_body(response, short)
    except (FetchError, TimeoutError, httpx.HTTPError, OSError):
        return b""


async def _limited_chunks(response: httpx.Response, limit_bytes: int) -> AsyncIterator[bytes]:
    """Yield the chunks of a body until they, or the frames around them, exceed the limit."""
    size, received_bytes = 0, response.extensions[RECEIVED_BYTES]
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if max(size, received_bytes()) > limit_bytes:
            raise _too_large(limit_bytes)
        yield chunk


async def _gunzip(chunks: AsyncIterator[bytes], limit_bytes: int) -> bytes:
    """Decompress in small steps, so that a bomb is noticed before it explodes."""
    decompressor, body, is_complete = zlib.decompressobj(_GZIP_WINDOW_BITS), bytearray(), True
    async for chunk in chunks:
        rest = chunk
        while rest:
            if decompressor.eof:
                # RFC 1952 §2.2: several members may follow each other; padding may follow the last.
                if not rest.startswith(_GZIP_MEMBER):
                    break
                decompressor = zlib.decompressobj(_GZIP_WINDOW_BITS)
            try:
                body += decompressor.decompress(rest, _STEP_BYTES)
            except zlib.error as error:
                raise FetchError(FetchClass.TRUNCATED, "the gzip of the answer is broken") from error
            rest = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
            is_complete = decompressor.eof
            if len(body) > limit_bytes:
                raise _too_large(limit_bytes)
    if not is_complete:
        raise FetchError(FetchClass.TRUNCATED, "the answer breaks off in the middle of its gzip")
    return bytes(body)


def _too_large(limit_bytes: int) -> FetchError:
    return FetchError(FetchClass.TOO_LARGE, f"the answer is larger than {limit_bytes / 2**20:.0f} MiB")


def parse_retry_after(headers: Mapping[str, str], now: datetime, *, is_refused: bool = False) -> datetime | None:
    """Return the time to retry (Retry-After, RFC 9110 §10.2.3, or the reset of the rate limit), `None` if not given.

    After 429 (*is_refused*) the rate limit is spent, whether the headers say so or not.
    """
    moment = _moment(headers.get("retry-after", ""), now)
    if moment is None and (is_refused or is_rate_spent(headers)):
        rate = _RATE.search(headers.get("ratelimit", ""))
        reset = headers.get("ratelimit-reset", headers.get("x-ratelimit-reset", rate[1] if rate else ""))
        moment = _moment(reset, now)
    return moment if moment and moment > now else None


def is_rate_spent(headers: Mapping[str, str]) -> bool:
    """Whether no requests are left of the rate limit."""
    remaining = headers.get("ratelimit-remaining", headers.get("x-ratelimit-remaining", "")).strip()
    return bool(_ZERO.fullmatch(remaining) or _NONE_LEFT.search(headers.get("ratelimit", "")))


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
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


def server_time(headers: Mapping[str, str]) -> datetime | None:
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
    # Mastodon sends an ISO date.
    return _date(written, datetime.fromisoformat if _ISO.match(written) else parsedate_to_datetime)


def _date(written: str, parse: Callable[[str], datetime] = parsedate_to_datetime) -> datetime | None:
    """Parse a date; without a zone it is UTC."""
    try:
        moment = parse(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
