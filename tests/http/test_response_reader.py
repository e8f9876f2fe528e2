"""What the status, the headers and the body of a response become."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.loop_time import run_without_waiting

from brandwatch.errors import FetchClass, FetchError
from brandwatch.http import FetchLimits
from brandwatch.http.deadline import Deadline
from brandwatch.http.response_reader import (
    RedirectHop,
    fresh_until,
    is_rate_spent,
    parse_retry_after,
    read_response,
    server_time,
    validator,
)
from brandwatch.http.transport import PROXY, RECEIVED_BYTES
from brandwatch.models import Document, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from time_machine import Traveller

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
DATE = "Mon, 04 May 2026 10:00:00 GMT"
URL = "https://avis.example/mappe/rss"


class Pieces(httpx.AsyncByteStream):
    """The body of a response in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.received = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces; an empty one never comes."""
        for piece in self.pieces:
            if not piece:
                await asyncio.Event().wait()
            self.received += len(piece)
            yield piece


def read(  # noqa: PLR0913 (the facts of an exchange)
    status: int = 200,
    headers: dict[str, str] | None = None,
    pieces: list[bytes] | None = None,
    *,
    limits: FetchLimits = FetchLimits(),  # noqa: B008 (frozen)
    is_conditional: bool = False,
    reads_error_body: bool = False,
    proxy: str = "",
    frames: int = 0,
) -> Document | RedirectHop:
    """Read a response with *frames* bytes around its body."""
    stream = Pieces(pieces or [])
    extensions = {RECEIVED_BYTES: lambda: stream.received + frames} | ({PROXY: proxy} if proxy else {})

    async def go() -> Document | RedirectHop:
        response = httpx.Response(status, headers=headers or {}, stream=stream, extensions=extensions)
        request = Request(url=URL, reads_error_body=reads_error_body)
        async with Deadline(60) as deadline:
            return await read_response(response, request, limits, deadline, is_conditional=is_conditional)

    return run_without_waiting(go())


def failure(*arguments: object, **options: object) -> FetchError:
    """Return how a response fails."""
    with pytest.raises(FetchError) as raised:
        read(*arguments, **options)  # type: ignore[arg-type]
    return raised.value


def test_a_document_has_the_facts_of_its_headers(clock: Traveller):
    """Body, type, validators, times and links."""
    clock.move_to(NOW)
    headers = {
        "Content-Type": "application/rss+xml",
        "Last-Modified": DATE,
        "Cache-Control": "max-age=60",
        "Date": DATE,
        "Age": "5",
        "Link": "<https://avis.example/atom>; rel=alternate",
    }
    document = read(200, headers, [b"<rss", b"/>"])
    assert isinstance(document, Document)
    assert (document.url, document.status, document.body) == (URL, 200, b"<rss/>")
    assert (document.content_type, document.last_modified) == ("application/rss+xml", DATE)
    assert document.fresh_until == NOW + timedelta(seconds=55)
    assert (document.made_at, document.server_time) == (NOW, NOW + timedelta(seconds=5))
    assert document.link == headers["Link"]


@pytest.mark.parametrize("status", [200, 201, 226, 300])
def test_a_success_has_a_document(status: int):
    """So has a choice that prefers nothing."""
    assert read(status, {}, [b"<rss/>"]).url == URL


@pytest.mark.parametrize(
    ("status", "fetch_class", "words"),
    [
        (206, FetchClass.TRUNCATED, "206 with a part"),
        (304, FetchClass.EMPTY, "304 Not Modified, though"),
        (301, FetchClass.REDIRECT, "redirects to nowhere"),
        (305, FetchClass.REDIRECT, "answered 305"),
        (400, FetchClass.HTTP_4XX, "answered 400"),
        (401, FetchClass.BLOCKED, "answered 401"),
        (403, FetchClass.BLOCKED, "answered 403"),
        (404, FetchClass.HTTP_4XX, "answered 404"),
        (407, FetchClass.BLOCKED, "answered 407"),
        (410, FetchClass.GONE, "answered 410"),
        (429, FetchClass.THROTTLED, "answered 429"),
        (451, FetchClass.BLOCKED, "answered 451"),
        (499, FetchClass.HTTP_4XX, "answered 499"),
        (500, FetchClass.HTTP_5XX, "answered 500"),
        (503, FetchClass.HTTP_5XX, "answered 503"),
    ],
)
def test_every_other_status_is_a_failure(status: int, fetch_class: FetchClass, words: str):
    """Its class is decided by the status; the failure has status and server time."""
    ended = failure(status, {"Date": DATE})
    assert (ended.fetch_class, ended.status, ended.server_time) == (fetch_class, status, NOW)
    assert words in ended.message
    assert (ended.retry_at, ended.body, ended.obstacle) == (None, b"", "")


def test_an_unchanged_document_is_empty():
    """304 is an answer to a conditional request only."""
    document = read(304, is_conditional=True)
    assert isinstance(document, Document)
    assert (document.is_not_modified, document.body) == (True, b"")


@pytest.mark.parametrize(
    ("status", "is_permanent"), [(301, True), (302, False), (303, False), (307, False), (308, True)]
)
def test_a_redirect_has_its_target(status: int, is_permanent: bool):
    """Relative to the address that answered; only 301 and 308 are permanent."""
    assert read(status, {"Location": "../ny"}) == RedirectHop("https://avis.example/ny", is_permanent)
    with_cookie = read(status, {"Location": "/ny", "Set-Cookie": "a=1"})
    assert with_cookie == RedirectHop("https://avis.example/ny", is_permanent, sets_cookie=True)


def test_a_preferred_choice_is_a_redirect():
    """A status of success with a Location is none."""
    assert read(300, {"Location": "/ny"}) == RedirectHop("https://avis.example/ny", is_permanent=False)
    assert isinstance(read(201, {"Location": "/ny"}), Document)
    assert "“mailto:kari”" in failure(301, {"Location": "mailto:kari"}).message


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "90"}, 90),
        (503, {"Retry-After": "90"}, 90),
        (403, {"Retry-After": "90"}, 90),
        (503, {"RateLimit-Remaining": "0", "RateLimit-Reset": "30"}, 30),
        (429, {"Retry-After": "86400"}, 86_400),
        (429, {"Retry-After": "86401"}, 86_400),
        (429, {"Retry-After": "0"}, None),
        (429, {}, None),
        (403, {"RateLimit-Remaining": "0"}, None),
    ],
)
def test_a_throttled_request_has_its_pause(clock: Traveller, status: int, headers: dict[str, str], seconds: int | None):
    """A day at most; the message says when it is cut."""
    clock.move_to(NOW)
    ended = failure(status, headers)
    assert ended.fetch_class == FetchClass.THROTTLED
    assert ended.retry_at == (NOW + timedelta(seconds=seconds) if seconds else None)
    assert ("asks to wait until" in ended.message) is (seconds is not None)
    assert ("waits a day" in ended.message) is (headers.get("Retry-After") == "86401")


def test_a_failure_without_a_limit_of_rate_has_no_pause():
    """Other statuses never throttle."""
    for status in (404, 500, 502):
        assert failure(status, {"Retry-After": "90"}).retry_at is None
    assert failure(403, {"RateLimit-Remaining": "1"}).fetch_class == FetchClass.BLOCKED
    assert failure(503, {"RateLimit-Remaining": "1"}).fetch_class == FetchClass.HTTP_5XX


@pytest.mark.parametrize(
    ("status", "is_named", "is_its_own"),
    [(502, True, False), (504, True, False), (407, True, True), (404, False, False)],
)
def test_a_proxy_is_named_in_what_it_may_have_said(status: int, is_named: bool, is_its_own: bool):
    """Only a request for its password is a failure of the proxy itself."""
    ended = failure(status, proxy="the proxy fjord.example:8080")
    assert ended.message.endswith(", from the proxy fjord.example:8080") is is_named
    assert (ended.obstacle == "the proxy fjord.example:8080") is is_its_own
    direct = failure(status)
    assert ", from" not in direct.message
    assert direct.obstacle == ""


@pytest.mark.parametrize(("status", "is_read"), [(399, False), (400, True), (404, True), (499, True), (500, False)])
def test_the_body_of_a_refusal_is_read_if_wanted(status: int, is_read: bool):
    """An API explains itself below 500; nobody reads it unless the kind of the source does."""
    headers = {"Content-Type": "application/json"}
    ended = failure(status, headers, [b'{"a"', b": 1}"], reads_error_body=True)
    assert (ended.body, ended.content_type) == ((b'{"a": 1}', "application/json") if is_read else (b"", ""))
    unread = failure(status, headers, [b"{}"])
    assert (unread.body, unread.content_type) == (b"", "")


def test_a_long_or_late_explanation_is_not_read():
    """64 KiB are the most, and reading ends before the deadline; the refusal itself is known in any case."""
    assert len(failure(400, {}, [b"x" * 65_536], reads_error_body=True).body) == 65_536
    for pieces in ([b"x" * 65_537], [b"x", b""]):
        ended = failure(400, {}, pieces, reads_error_body=True)
        assert (ended.fetch_class, ended.status, ended.body) == (FetchClass.HTTP_4XX, 400, b"")
    small = FetchLimits(wire=10)
    assert failure(400, {}, [b"x" * 11], reads_error_body=True, limits=small).body == b""
    assert failure(400, {}, [b"x" * 10], reads_error_body=True, limits=small).body == b"x" * 10


@pytest.mark.parametrize("coding", ["", "identity", " Identity ", "none", "utf-8", "binary", "8bit"])
def test_a_plain_body_has_the_smaller_limit(coding: str):
    """The limit is of the body and of the frames around it."""
    headers = {"Content-Encoding": coding} if coding else {}
    for limits in (FetchLimits(wire=10, decoded=20), FetchLimits(wire=20, decoded=10)):
        document = read(200, headers, [b"x" * 4, b"y" * 6], limits=limits)
        assert isinstance(document, Document)
        assert document.body == b"xxxxyyyyyy"
        assert failure(200, headers, [b"x" * 4, b"y" * 7], limits=limits).fetch_class == FetchClass.TOO_LARGE
        assert failure(200, headers, [b"x" * 10], limits=limits, frames=1).fetch_class == FetchClass.TOO_LARGE


def test_a_limit_is_told_in_mebibytes():
    """As the documentation has it."""
    limits = FetchLimits(wire=5 * 2**20)
    ended = failure(200, {}, [b"x" * 2**20] * 6, limits=limits)
    assert ended.message == "the answer is larger than 5 MiB"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_a_compressed_body_has_two_limits(coding: str):
    """One on the wire, one after decompression, which is checked while it grows."""
    headers, text = {"Content-Encoding": coding}, b"blue" * 100_000
    packed = gzip.compress(text)
    assert len(packed) < 2_000

    def sizes(wire: int, decoded: int) -> int:
        document = read(200, headers, [packed], limits=FetchLimits(wire=wire, decoded=decoded))
        assert isinstance(document, Document)
        return len(document.body)

    assert sizes(len(packed), len(text)) == len(text)
    for wire, decoded in ((len(packed) - 1, len(text)), (len(packed), len(text) - 1)):
        assert (
            failure(200, headers, [packed], limits=FetchLimits(wire=wire, decoded=decoded)).fetch_class == "too-large"
        )


def test_members_of_gzip_follow_each_other():
    """In pieces of any size; padding after the last is left out, and a missing end is an error."""
    headers = {"Content-Encoding": "gzip"}
    packed = gzip.compress(b"blue") + gzip.compress(b"berry")
    for step in (1, 7, 1_000):
        for padding in (b"", b"\0\0\0"):
            whole = packed + padding
            pieces = [whole[start : start + step] for start in range(0, len(whole), step)]
            document = read(200, headers, pieces)
            assert isinstance(document, Document)
            assert document.body == b"blueberry"
    for end in (len(packed) - 1, len(packed) - 10, 5):
        ended = failure(200, headers, [packed[:end]])
        assert (ended.fetch_class, "breaks off" in ended.message) == (FetchClass.TRUNCATED, True)
    broken = failure(200, headers, [b"\x1f\x8b\x08\x00broken gzip"])
    assert (broken.fetch_class, broken.message) == (FetchClass.TRUNCATED, "the gzip of the answer is broken")


def test_another_coding_was_not_asked_for():
    """Its name is cut in the message."""
    ended = failure(200, {"Content-Encoding": "br" * 100}, [b"x"])
    assert (ended.fetch_class, ended.status, len(ended.message) < 100) == (FetchClass.PARSE, 200, True)


def fields(*pairs: tuple[str, str]) -> httpx.Headers:
    """Build headers."""
    return httpx.Headers(list(pairs))


def test_a_validator_is_sent_back_as_it_came():
    """Not a wildcard, not one of several, not a very long one; the same value twice is one."""
    assert validator(fields(("ETag", '"1"')).raw, b"etag") == '"1"'
    assert validator(httpx.Headers([(b"ETag", b'"\xe5"')]).raw, b"etag") == '"å"'
    assert validator(fields(("ETag", '"1"'), ("etag", '"1"')).raw, b"etag") == '"1"'
    assert validator(fields(("ETag", '"1"'), ("etag", '"2"')).raw, b"etag") == ""
    assert validator(fields(("ETag", "*")).raw, b"etag") == ""
    assert validator(fields(("Last-Modified", DATE)).raw, b"etag") == ""
    assert validator(fields(("ETag", "x" * 1_024)).raw, b"etag") == "x" * 1_024
    assert validator(fields(("ETag", "x" * 1_025)).raw, b"etag") == ""


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120),
        (" 120.5 ", 120),
        ("0", None),
        ("1000000000", 1_000_000_000),
        ("Mon, 04 May 2026 10:01:00 GMT", 60),
        ("Mon, 04 May 2026 12:01:00 +0200", 60),
        ("Mon, 04 May 2026 09:59:00 GMT", None),
        (DATE, None),
        ("2026-05-04T10:01:00Z", 60),
        ("2026-05-04T10:01:00", 60),
        (str(int(NOW.timestamp()) + 60), 60),
        (f"{int(NOW.timestamp()) + 60}000", 60),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_the_time_to_retry_in_all_forms(written: str, seconds: int | None):
    """Seconds, seconds or milliseconds since 1970, an ISO date, an HTTP date; nothing in the past."""
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert parse_retry_after(fields(("Retry-After", written)), NOW) == expected


@pytest.mark.parametrize(
    ("headers", "is_spent"),
    [
        ({"RateLimit-Remaining": "0"}, True),
        ({"RateLimit-Remaining": " 0.0 "}, True),
        ({"X-RateLimit-Remaining": "0"}, True),
        ({"RateLimit-Remaining": "10"}, False),
        ({"RateLimit-Remaining": "0.5"}, False),
        ({"RateLimit-Remaining": "1", "X-RateLimit-Remaining": "0"}, False),
        ({"RateLimit": "limit=100, remaining=0, reset=50"}, True),
        ({"RateLimit": '"default";r=0;t=50'}, True),
        ({"RateLimit": "limit=100, remaining=01, reset=50"}, False),
        ({"RateLimit": "limit=100, remaining=5, reset=50"}, False),
        ({}, False),
    ],
)
def test_a_spent_rate_limit(headers: dict[str, str], is_spent: bool):
    """In the headers of three generations."""
    assert is_rate_spent(httpx.Headers(headers)) is is_spent


def test_the_reset_of_a_rate_limit_counts_if_it_is_spent():
    """Or if the server has refused the request; Retry-After comes first."""
    spent = {"RateLimit-Remaining": "0", "RateLimit-Reset": "50"}
    assert parse_retry_after(httpx.Headers(spent), NOW) == NOW + timedelta(seconds=50)
    left = {"RateLimit-Remaining": "3", "RateLimit-Reset": "50"}
    assert parse_retry_after(httpx.Headers(left), NOW) is None
    assert parse_retry_after(httpx.Headers(left), NOW, is_refused=True) == NOW + timedelta(seconds=50)
    assert parse_retry_after(httpx.Headers(spent | {"Retry-After": "9"}), NOW) == NOW + timedelta(seconds=9)
    for written in ("limit=100, remaining=0, reset=50", '"default";r=0;t=50'):
        assert parse_retry_after(httpx.Headers({"RateLimit": written}), NOW) == NOW + timedelta(seconds=50)
    old = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "50"}
    assert parse_retry_after(httpx.Headers(old), NOW) == NOW + timedelta(seconds=50)
    assert parse_retry_after(httpx.Headers({"RateLimit-Remaining": "0"}), NOW) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "max-age=60"}, 60),
        ({"Cache-Control": 'public, max-age="60"'}, 60),
        ({"Cache-Control": "s-maxage=60"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "max-age=60, no-store"}, None),
        ({"Cache-Control": "no-cache, max-age=60"}, None),
        ({"Cache-Control": "max-age=60", "Age": "59"}, 1),
        ({"Cache-Control": "max-age=60", "Age": "60"}, None),
        ({"Cache-Control": "max-age=60", "Age": "x"}, 60),
        ({"Cache-Control": "max-age=604800"}, 604_800),
        ({"Cache-Control": "max-age=604801"}, 604_800),
        ({"Cache-Control": "max-age=60", "Expires": "Mon, 04 May 2026 11:00:00 GMT"}, 60),
        ({"Expires": "Mon, 04 May 2026 10:05:00 GMT"}, 300),
        ({"Expires": "Mon, 04 May 2026 10:05:00 GMT", "Date": "Mon, 04 May 2026 10:04:00 GMT"}, 60),
        ({"Expires": "Mon, 04 May 2026 10:05:00 GMT", "Date": "Mon, 04 May 2026 10:05:00 GMT"}, None),
        ({"Expires": "Mon, 04 May 2026 09:00:00 GMT"}, None),
        ({"Expires": "Wed, 20 May 2026 10:00:00 GMT"}, 604_800),
        ({"Expires": "0"}, None),
        ({}, None),
    ],
)
def test_the_freshness_lifetime(headers: dict[str, str], seconds: int | None):
    """Cache-Control comes before Expires, and seven days are the longest."""
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert fresh_until(httpx.Headers(headers), NOW) == expected


def test_the_clock_of_a_server_is_date_and_age():
    """A cache repeats the Date of the origin; without a Date the time is not known."""
    assert server_time(httpx.Headers({"Date": DATE})) == NOW
    assert server_time(httpx.Headers({"Date": DATE, "Age": " 90 "})) == NOW + timedelta(seconds=90)
    assert server_time(httpx.Headers({"Date": DATE, "Age": "-90"})) == NOW
    assert server_time(httpx.Headers({"Date": "Mon, 04 May 2026 10:00:00"})) == NOW
    assert server_time(httpx.Headers({"Date": "Fri, 31 Dec 9999 23:59:59 GMT", "Age": "90"})) is None
    assert server_time(httpx.Headers({"Age": "90"})) is None
    assert server_time(httpx.Headers({"Date": "yesterday"})) is None
