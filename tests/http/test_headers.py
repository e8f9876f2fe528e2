from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from tests.http.chaos import Chaos, chaos
from tests.http.test_chaos import FEED, QUICK

from brandwatch.errors import FetchError
from brandwatch.http import Client
from brandwatch.http.response_reader import server_time
from brandwatch.models import Document, Request

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SENT = (("X-Api-Key", "hemmelig"), ("Authorization", "Bearer hemmelig"), ("Accept", "text/xml"))


def fetched(url: str) -> Document:
    """Fetch an address with headers of its own."""

    async def go() -> Document:
        async with Client(QUICK) as client:
            return await client.fetch(Request(url=url, headers=SENT))

    return asyncio.run(go())


def moved(to: str, status: int = 302) -> bytes:
    """Return an answer that leads elsewhere."""
    return f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def keys(server: Chaos) -> list[bool]:
    """Say of each request whether it held the secret."""
    return ["hemmelig" in head for head in server.asked]


def test_a_request_has_the_headers_of_its_source():
    """They arrive as they are, beside our own, and replace a default one."""
    with chaos(FEED) as server:
        fetched(server.url())
    (head,) = server.asked
    assert "X-Api-Key: hemmelig\r\n" in head
    assert "Authorization: Bearer hemmelig\r\n" in head
    assert head.lower().count("accept: ") == 1
    assert "user-agent: brandwatch/" in head.lower()


def test_no_request_shows_its_headers():
    """The text of a request that is printed or logged has none of them."""
    assert "hemmelig" not in repr(Request(url="https://a.example/", headers=SENT))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_origin_gets_none(status: int):
    """After any kind of redirect, another host or port does not get the secret."""
    with chaos(FEED) as other:
        for host in ("127.0.0.1", "localhost"):
            with chaos(moved(other.url(host=host), status)) as server:
                fetched(server.url())
                assert keys(server) == [True]
    assert keys(other) == [False, False]


def test_the_same_origin_keeps_them():
    """Another path is no other origin, nor is the same host in other capitals."""
    with chaos(script=lambda head: [FEED if " /ny" in head else moved("/ny")]) as server:
        fetched(server.url(host="LocalHost"))
        assert keys(server) == [True, True]


def test_a_way_back_does_not_restore_them():
    """A redirect back was chosen by the other origin, not by the source."""
    with chaos(script=lambda _: [moved(f"{home}/tilbake")]) as other:

        def script(head: str) -> list[bytes]:
            return [FEED if "/tilbake" in head else moved(other.url())]

        with chaos(script=script) as server:
            home = server.url("")
            fetched(server.url())
            assert keys(server) == [True, False]
    assert keys(other) == [False]


def test_the_next_request_has_them_again():
    """Headers that one fetch lost by a redirect are sent with the next, and with no other source of the host."""

    async def go(url: str) -> None:
        async with Client(QUICK) as client:
            for headers in (SENT, SENT, ()):
                await client.fetch(Request(url=url, headers=headers))

    with chaos(FEED) as other, chaos(moved(other.url())) as server:
        asyncio.run(go(server.url()))
    assert keys(server) == [True, True, False]
    assert keys(other) == [False, False, False]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Date": "Mon, 04 May 2026 12:00:00 GMT"}, NOON),
        ({"Date": "Monday, 04-May-26 12:00:00 GMT"}, NOON),
        ({"Date": "Mon, 04 May 2026 14:00:00 +0200"}, NOON),
        ({"Date": "Mon, 04 May 2026 11:00:00 GMT", "Age": "3600"}, NOON),
        ({"Date": "Mon, 04 May 2026 12:00:00 GMT", "Age": "-60"}, NOON),
        ({"Date": "Mon, 04 May 2026 12:00:00 GMT", "Age": "9" * 40}, NOON),
        ({"Date": "Fri, 31 Dec 9999 23:59:59 GMT", "Age": "9"}, None),
        ({"Date": "Mon, 32 May 2026 12:00:00 GMT"}, None),
        ({"Date": ""}, None),
        ({"Age": "60"}, None),
    ],
)
def test_the_time_by_the_clock_of_a_server(headers: dict[str, str], expected: datetime | None):
    """A cache gives the age of the Date that it repeats; an invalid date is none."""
    assert server_time(httpx.Headers(headers)) == expected


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "302 Found", "206 Partial Content"])
def test_every_answer_has_the_time_of_its_server(status: str):
    """A document has it, and so has a failure."""
    answer = f"HTTP/1.1 {status}\r\nDate: Mon, 04 May 2026 12:00:00 GMT\r\nContent-Length: 0\r\n\r\n".encode()
    with chaos(answer) as server:
        try:
            found = fetched(server.url()).server_time
        except FetchError as refusal:
            found = refusal.server_time
    assert found == NOON
