"""Judge the head of an answer: a redirect, a failure, or something to read."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import urls
from brandwatch.errors import FetchError
from brandwatch.fetch.manners import is_spent, retry_at
from brandwatch.models import FetchClass
from brandwatch.secrets import redacted
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MAY_THROTTLE = frozenset({403, 429, 503})
_BLOCKED = frozenset({401, 403, 407, 451})


class Hop(NamedTuple):
    """Where an answer sends us, and whether for good."""

    url: str
    is_permanent: bool


def redirected(response: httpx.Response, url: str) -> Hop | None:
    """Return where a redirect leads, `None` for another answer; raise FetchError for one that leads nowhere."""
    if response.status_code not in _REDIRECTS:
        return None
    location = response.headers.get("location", "").strip()
    target = urls.web_link(location, url) if location else ""
    if not target:
        where = f"to “{redacted(one_line(location))[:80]}”" if location else "to nowhere"
        raise FetchError(FetchClass.REDIRECT, f"redirects {where}", status=response.status_code)
    return Hop(target, response.status_code in _PERMANENT)


def judge(response: httpx.Response, *, is_conditional: bool, now: datetime) -> None:
    """Raise FetchError unless the answer is one to read: a success, or a 304 to a conditional request."""
    status = response.status_code
    if status == HTTPStatus.PARTIAL_CONTENT:
        raise FetchError(FetchClass.TRUNCATED, "answered 206 with a part, though all was asked for", status=status)
    if (status == HTTPStatus.NOT_MODIFIED and is_conditional) or HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    is_refused = status == HTTPStatus.TOO_MANY_REQUESTS
    wish = retry_at(response.headers, now, is_refused=is_refused) if status in _MAY_THROTTLE else None
    is_throttled = wish is not None or is_refused or is_spent(response.headers)
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
