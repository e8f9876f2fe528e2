from __future__ import annotations

import asyncio
import traceback
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
import pytest
from tests.http.chaos import Chaos, chaos
from tests.http.test_chaos import FEED, PATIENT

from brandwatch.errors import FetchClass, FetchError
from brandwatch.http import Client
from brandwatch.http.response_reader import server_time
from brandwatch.models import Document, Request

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SENT = (("X-Api-Key", "hemmelig"), ("Authorization", "Bearer hemmelig"), ("Accept", "text/xml"))


def fetch(url: str) -> Document:
    """Fetch a URL with request headers of its own."""

    async def go() -> Document:
        async with Client(PATIENT) as client:
            return await client.fetch(Request(url=url, headers=SENT))

    return asyncio.run(go())


def redirect(to: str, status: int = 302) -> bytes:
    """A redirect response."""
    return f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def keys(server: Chaos) -> list[bool]:
    """Whether each request had the secret."""
    return ["hemmelig" in head for head in server.asked]


def test_a_request_has_the_headers_of_its_source():
    """They are sent unchanged with the client's headers, and replace a default one."""
    with chaos(FEED) as server:
        fetch(server.url())
    (head,) = server.asked
    assert "X-Api-Key: hemmelig\r\n" in head
    assert "Authorization: Bearer hemmelig\r\n" in head
    assert head.lower().count("accept: ") == 1
    assert "user-agent: brandwatch/" in head.lower()


def test_a_request_has_the_user_agent_of_its_source():
    """It replaces that of the client, also after a redirect to another host: it is no secret."""
    with chaos(FEED) as other, chaos(redirect(other.url(host="localhost"))) as server:

        async def go() -> None:
            async with Client(PATIENT) as client:
                await client.fetch(Request(url=server.url(), user_agent="AcmeMonitor/1.0 (+https://acme.example)"))

        asyncio.run(go())
        for head in (*server.asked, *other.asked):
            assert "User-Agent: AcmeMonitor/1.0 (+https://acme.example)\r\n" in head
            assert head.lower().count("user-agent") == 1


@pytest.mark.parametrize("header", [("X-Api-Key", "hemmelig\n"), ("X-Api-Key", " hemmelig"), ("X Key", "hemmelig")])
def test_a_header_that_cannot_be_sent_fails_its_request_only(header: tuple[str, str]):
    """Its value, which may be a secret, is in no message; the next request is sent."""

    async def go() -> None:
        async with Client(PATIENT) as client:
            with pytest.raises(FetchError, match="the request has a header that cannot be sent") as failed:
                await client.fetch(Request(url=server.url(), headers=(header,)))
            assert failed.value.fetch_class is FetchClass.BLOCKED
            assert "hemmelig" not in "".join(traceback.format_exception(failed.value))
            assert (await client.fetch(Request(url=server.url(), headers=SENT))).status == HTTPStatus.OK

    with chaos(FEED) as server:
        asyncio.run(go())
    assert keys(server) == [False, True]  # the first is a connection without a request


def test_no_request_shows_its_headers():
    """The text of a request in output or logs has none of them."""
    assert "hemmelig" not in repr(Request(url="https://a.example/", headers=SENT))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_origin_gets_no_secret(status: int):
    """After any redirect, another host or port does not get the secret."""
    with chaos(FEED) as other:
        for host in ("127.0.0.1", "localhost"):
            with chaos(redirect(other.url(host=host), status)) as server:
                fetch(server.url())
                assert keys(server) == [True]
    assert keys(other) == [False, False]


def test_the_same_origin_gets_the_secret():
    """Another path, or the host in other case, is the same origin."""
    with chaos(script=lambda head: [FEED if " /ny" in head else redirect("/ny")]) as server:
        fetch(server.url(host="LocalHost"))
        assert keys(server) == [True, True]


def test_a_redirect_back_does_not_restore_headers():
    """The other origin chose the redirect back, not the source."""
    with chaos(script=lambda _: [redirect(f"{home}/tilbake")]) as other:

        def script(head: str) -> list[bytes]:
            return [FEED if "/tilbake" in head else redirect(other.url())]

        with chaos(script=script) as server:
            home = server.url("")
            fetch(server.url())
            assert keys(server) == [True, False]
    assert keys(other) == [False]


def test_the_next_request_has_its_headers():
    """Headers dropped by a redirect are sent with the next fetch, and with no other source of the host."""

    async def go(url: str) -> None:
        async with Client(PATIENT) as client:
            for headers in (SENT, SENT, ()):
                await client.fetch(Request(url=url, headers=headers))

    with chaos(FEED) as other, chaos(redirect(other.url())) as server:
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
def test_server_time(headers: dict[str, str], expected: datetime | None):
    """A cache gives the age of the Date that it repeats; an invalid date is ignored."""
    assert server_time(httpx.Headers(headers)) == expected


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "302 Found", "206 Partial Content"])
def test_every_response_has_its_server_time(status: str):
    """Both documents and failures have it."""
    answer = f"HTTP/1.1 {status}\r\nDate: Mon, 04 May 2026 12:00:00 GMT\r\nContent-Length: 0\r\n\r\n".encode()
    with chaos(answer) as server:
        try:
            found = fetch(server.url()).server_time
        except FetchError as refusal:
            found = refusal.server_time
    assert found == NOON
