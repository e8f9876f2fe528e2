"""Failures of a fetch as classes that a report can count, and redirects."""

from __future__ import annotations

import os
import re
import socket
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import httpx

from brandwatch import urls
from brandwatch.config.secrets import redact_text
from brandwatch.errors import FetchError
from brandwatch.http.caching_rules import is_rate_spent, parse_retry_after
from brandwatch.models import FetchClass
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def translate_error(error: Exception) -> FetchError:
    """Return *error* as a FetchError; its message holds no URL, which may hold a secret."""
    if root := next((cause for cause in _causes(error) if isinstance(cause, socket.gaierror | ssl.SSLError)), None):
        return _unreachable(root)
    if isinstance(error, httpx.TimeoutException):
        return FetchError(FetchClass.TIMEOUT, "no connection in time")
    if isinstance(error, httpx.ReadError):
        return FetchError(FetchClass.TRUNCATED, "the answer breaks off")
    # httpx reads the Location of a redirect even where it is told not to follow it; its host may be no IDNA at all.
    is_no_address = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError)
    if is_no_address or "location header" in str(error):
        return FetchError(FetchClass.REDIRECT, "the address is not one that can be asked")
    return FetchError(FetchClass.CONNECT, _why_unconnected(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what led to it: httpx says `ConnectError` for names, ports and certificates alike."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for part in error.exceptions:
                yield from _causes(part)
        error = error.__cause__ or error.__context__


def _why_unconnected(error: Exception) -> str:
    """Return why there was no connection, or none that made sense."""
    if isinstance(error, httpx.ProxyError):
        return one_line(str(error))
    if isinstance(error, httpx.ProtocolError):
        return f"what answers does not speak HTTP: {redact_text(one_line(str(error)))[:80]}"
    # asyncio words it “Connect call failed”, with the address; the number says what the system found.
    number = next((cause.errno for cause in _causes(error) if isinstance(cause, OSError) and cause.errno), 0)
    reason = os.strerror(number) if number else ""
    return f"no connection: {reason}" if reason else "no connection"


def _unreachable(error: socket.gaierror | ssl.SSLError) -> FetchError:
    """Return why a host was not found, or its certificate not believed."""
    if isinstance(error, socket.gaierror):
        return FetchError(FetchClass.DNS, f"the name of the host is not known: {error.strerror}")
    reason = getattr(error, "verify_message", "") or error.reason or "TLS failed"
    doubt = "; is the clock of this machine right?" if re.search("not yet valid|expired", reason) else ""
    return FetchError(FetchClass.TLS, f"no secure connection: {one_line(reason)}{doubt}")


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MAY_THROTTLE = frozenset({403, 429, 503})
_BLOCKED = frozenset({401, 403, 407, 451})


class RedirectHop(NamedTuple):
    """Where an answer sends us, and whether for good."""

    url: str
    is_permanent: bool


def redirect_of(response: httpx.Response, url: str) -> RedirectHop | None:
    """Return where a redirect leads, `None` for another answer; raise FetchError for one that leads nowhere."""
    if response.status_code not in _REDIRECTS:
        return None
    location = response.headers.get("location", "").strip()
    target = urls.web_link(location, url) if location else ""
    if not target:
        where = f"to “{redact_text(one_line(location))[:80]}”" if location else "to nowhere"
        raise FetchError(FetchClass.REDIRECT, f"redirects {where}", status=response.status_code)
    return RedirectHop(target, response.status_code in _PERMANENT)


def raise_for_failure(response: httpx.Response, *, is_conditional: bool, now: datetime) -> None:
    """Raise FetchError unless the answer is one to read: a success, or a 304 to a conditional request."""
    status = response.status_code
    if status == HTTPStatus.PARTIAL_CONTENT:
        raise FetchError(FetchClass.TRUNCATED, "answered 206 with a part, though all was asked for", status=status)
    if (status == HTTPStatus.NOT_MODIFIED and is_conditional) or HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    is_refused = status == HTTPStatus.TOO_MANY_REQUESTS
    wish = parse_retry_after(response.headers, now, is_refused=is_refused) if status in _MAY_THROTTLE else None
    is_throttled = wish is not None or is_refused or is_rate_spent(response.headers)
    fetch_class, message, hint = _failure(status, is_throttled=status in _MAY_THROTTLE and is_throttled)
    asked = f"; asks to wait until {wish:%Y-%m-%d %H:%M} UTC" if wish else ""
    raise FetchError(fetch_class, message + asked, hint, status=status, retry_at=wish)


def is_refusal(response: httpx.Response) -> bool:
    """Say whether a server refused what was asked: below 500 it may say why, beyond that it only fails."""
    return HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


def _failure(status: int, *, is_throttled: bool) -> tuple[FetchClass, str, str]:
    """Return the class of a failing status, what it means, and what to do about it."""
    message = f"answered {status} {_phrase(status)}".rstrip()
    if is_throttled:
        return FetchClass.THROTTLED, message, "a longer `interval` for this source is kinder"
    if status == HTTPStatus.GONE:
        return FetchClass.GONE, message, "the feed is gone for good; take it out of the query file"
    if status in _BLOCKED:
        return FetchClass.BLOCKED, message, "the publisher does not let us read it; see whether a browser may"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FetchClass.HTTP_5XX, message, ""
    if status >= HTTPStatus.BAD_REQUEST:
        return FetchClass.HTTP_4XX, message, "see whether the feed has moved"
    return FetchClass.REDIRECT, message, ""


def _phrase(status: int) -> str:
    """Return the standard phrase of a status; the one the server sends is not to be trusted."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
