from __future__ import annotations

import asyncio
import gzip
import threading
import tracemalloc
import zlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.loop_time import run_without_waiting

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.models import Document, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.conftest import Site

    Misbehaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HERE = frozenset({"127.0.0.1", "localhost"})
LIMITS = FetchLimits(total=60, connect=30, wire=100_000, decoded=300_000, allowed=HERE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


def fetch(url: str, limits: FetchLimits = LIMITS, etag: str = "", last_modified: str = "") -> Document:
    """Fetch one URL."""

    async def go() -> Document:
        async with Client(limits) as client:
            return await client.fetch(Request(url=url, etag=etag, last_modified=last_modified))

    return asyncio.run(go())


@asynccontextmanager
async def misbehaving(answer: Misbehaviour) -> AsyncIterator[str]:
    """Serve raw bytes on loopback."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed"
    finally:
        server.close()


def fetch_class(answer: Misbehaviour) -> str:
    """The outcome of a fetch from a misbehaving server."""

    async def go() -> str:
        async with misbehaving(answer) as url, Client(LIMITS) as client:
            try:
                document = await client.fetch(Request(url=url))
            except FetchError as error:
                return error.fetch_class
            return f"{document.status} {len(document.body)}"

    return run_without_waiting(go())


def sends(*pieces: bytes, pause: float = 0, repeat: int = 1) -> Misbehaviour:
    """A server that sends pieces, with pauses, repeatedly."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _round in range(repeat):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)

    return answer


BOMB = gzip.compress(b"\0" * 5_000_000)


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        pytest.param(sends(b"", pause=90), "timeout", id="silent"),
        pytest.param(sends(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 50, pause=2), "timeout", id="headers trickle"),
        pytest.param(sends(b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=2, repeat=500), "timeout", id="endless hints"),
        pytest.param(sends(HEAD + b"\r\n", *[b"x"] * 50, pause=2), "timeout", id="body trickles"),
        pytest.param(sends(HEAD + b"Content-Length: 100000\r\n\r\n<rss>"), "truncated", id="short body"),
        pytest.param(sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"), "truncated", id="short chunks"),
        pytest.param(
            sends(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<rss/>" * 50)[:20]),
            "truncated",
            id="short gzip",
        ),
        pytest.param(sends(HEAD + b"Content-Encoding: gzip\r\n\r\nnot gzip at all"), "truncated", id="no gzip"),
        pytest.param(sends(HEAD + b"Content-Encoding: gzip\r\n\r\n" + BOMB), "too-large", id="gzip bomb"),
        pytest.param(sends(HEAD + b"\r\n", b"x" * 50_000, repeat=20), "too-large", id="endless body"),
        pytest.param(sends(HEAD + b"Content-Encoding: br\r\n\r\nx"), "parse", id="brotli"),
        pytest.param(sends(HEAD + b"Content-Encoding: gzip, gzip\r\n\r\nx"), "parse", id="gzip twice"),
        pytest.param(sends(b"SSH-2.0-OpenSSH\r\n"), "connect", id="ssh"),
        pytest.param(sends(b""), "connect", id="hangs up"),
        pytest.param(sends(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"), "200 0", id="empty gzip"),
        pytest.param(sends(HEAD + b"Content-Encoding: utf-8\r\n\r\n<rss/>"), "200 6", id="odd coding"),
        pytest.param(sends(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<rss/>")), "200 6", id="gzip"),
    ],
)
def test_outcomes_of_a_fetch(answer: Misbehaviour, ending: str):
    """Every fetch ends within its deadline and limits, with the class of its failure."""
    assert fetch_class(answer) == ending


def test_a_gzip_bomb_is_stopped_early():
    """Decompression is incremental: a body of a gigabyte needs no gigabyte."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(60)) + packer.flush()
    tracemalloc.start()
    try:
        assert fetch_class(sends(HEAD + b"Content-Encoding: gzip\r\n\r\n" + bomb)) == "too-large"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_validators_make_a_request_conditional(site: Site):
    """ETag and Last-Modified are sent with the next request; a 304 is a document without a body."""
    url = site.put("/feed", "<rss/>", ETag='"a"', Last_Modified="Mon, 04 May 2026 10:00:00 GMT")
    first = fetch(url)
    assert (first.etag, first.last_modified, first.body) == ('"a"', "Mon, 04 May 2026 10:00:00 GMT", b"<rss/>")
    second = fetch(url, etag=first.etag, last_modified=first.last_modified)
    assert (second.status, second.is_not_modified, second.body) == (304, True, b"")
    assert site.log[1].headers["if-modified-since"] == "Mon, 04 May 2026 10:00:00 GMT"
    assert "if-none-match" not in site.log[0].headers


def test_the_headers_of_the_client(site: Site):
    """The client sends its name, accepts feeds, and accepts no coding but gzip."""
    fetch(site.put("/feed", "<rss/>"))
    headers = site.log[0].headers
    assert headers["user-agent"].startswith("brandwatch/")
    assert headers["accept-encoding"] == "gzip"
    assert "application/rss+xml" in headers["accept"]


def test_redirects(site: Site):
    """A chain is followed; the source has moved only if every step is permanent."""
    site.put("/new", "<rss/>")
    site.put("/moved", "", 301, Location="/new")
    site.put("/twice", "", 308, Location=site.url("/moved"))
    site.put("/mixed", "", 302, Location="/moved")
    assert fetch(site.url("/twice")).moved_to == fetch(site.url("/twice")).url == site.url("/new")
    mixed = fetch(site.url("/mixed"))
    assert (mixed.url, mixed.moved_to, mixed.body) == (site.url("/new"), "", b"<rss/>")


def test_a_choice_of_documents(site: Site):
    """The preferred one of a 300 is fetched and is no move; without one the body is the document."""
    site.put("/ny", "<rss>ny</rss>")
    preferred = fetch(site.put("/valg", "<ul>", 300, Location="/ny"))
    assert (preferred.body, preferred.url, preferred.moved_to) == (b"<rss>ny</rss>", site.url("/ny"), "")
    assert fetch(site.put("/liste", "<ul>", 300)).body == b"<ul>"


def test_a_cookie_wall_is_named(site: Site):
    """A circle of redirects that sets a cookie wants it back; one without a cookie is only a circle."""
    messages = []
    site.put("/sett", "", 302, Location="/feed", Set_Cookie="samtykke=1")
    for headers in ({"Set_Cookie": "samtykke=1"}, {"Location": "/sett"}, {}):
        with pytest.raises(FetchError) as caught:
            fetch(site.put("/feed", "", 302, **({"Location": "/feed"} | headers)))
        assert caught.value.fetch_class == "redirect"
        messages.append("cookie wall" in caught.value.message)
    assert messages == [True, True, False]


def test_a_cookie_on_the_way_is_no_wall(site: Site):
    """A redirect that sets a cookie and leads to the document is followed."""
    site.put("/ny", "<rss/>")
    assert fetch(site.put("/feed", "", 302, Location="/ny", Set_Cookie="a=1")).body == b"<rss/>"


@pytest.mark.parametrize("location", ["/loop", None, "file:///etc/passwd", "http://[::1", "javascript:x"])
def test_invalid_redirects(site: Site, location: str | None):
    """Loops and invalid targets end as `redirect`."""
    url = site.put("/loop", "", 302, **({"Location": location} if location else {}))
    with pytest.raises(FetchError) as caught:
        fetch(url)
    assert caught.value.fetch_class == "redirect"


@pytest.mark.parametrize(
    ("status", "headers", "ending"),
    [
        (206, {}, "truncated"),
        (401, {}, "blocked"),
        (403, {}, "blocked"),
        (404, {}, "http-4xx"),
        (410, {}, "gone"),
        (429, {"Retry_After": "3600"}, "throttled"),
        (500, {}, "http-5xx"),
        (503, {}, "http-5xx"),
        (503, {"Retry_After": "60"}, "throttled"),
        (304, {}, "empty"),
    ],
)
def test_statuses(site: Site, status: int, headers: dict[str, str], ending: str):
    """Each error status has its class, its number, and a message."""
    with pytest.raises(FetchError) as caught:
        fetch(site.put("/feed", "x" if status != 304 else "", status, **headers))
    assert (caught.value.fetch_class, caught.value.status) == (ending, status)
    assert str(status) in caught.value.message


def test_no_cookies(site: Site):
    """No later request carries a cookie of an earlier response."""
    url = site.put("/feed", "<rss/>", Set_Cookie="id=1")

    async def twice() -> None:
        async with Client(LIMITS) as client:
            await client.fetch(Request(url=url))
            await client.fetch(Request(url=url))

    asyncio.run(twice())
    assert all("cookie" not in asked.headers for asked in site.log)


@pytest.mark.parametrize(
    ("url", "ending"),
    [("http://127.0.0.1:9/feed", "connect"), ("http://no-such-host.invalid/feed", "dns")],
)
def test_a_closed_port_and_an_unknown_name(url: str, ending: str):
    """They have different classes, and no message has the URL."""
    with pytest.raises(FetchError) as caught:
        fetch(f"{url}?key=hemmelig")
    assert caught.value.fetch_class == ending
    assert "hemmelig" not in caught.value.message + caught.value.hint


def test_a_server_without_tls(site: Site):
    """`https` to a server of plain HTTP is a TLS failure with its reason."""
    with pytest.raises(FetchError) as caught:
        fetch(site.url("/feed").replace("http:", "https:"), FetchLimits(total=60, allowed=HERE))
    assert caught.value.fetch_class == "tls"
    assert "_" not in caught.value.message


def test_an_impossible_name_is_told_in_words():
    """A label of 64 characters is no name; the message has nothing of Python's codecs."""
    with pytest.raises(FetchError) as caught:
        fetch(f"http://{'a' * 64}.example/feed")
    assert (caught.value.fetch_class, "codec" in caught.value.message) == ("dns", False)


def test_a_host_gets_two_requests_at_a_time():
    """However many sources a host has, it gets at most two requests at once."""
    busy, most, lock = 0, 0, threading.Lock()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        await asyncio.sleep(1)
        with lock:
            busy -= 1
        writer.write(HEAD + b"Content-Length: 6\r\nConnection: close\r\n\r\n<rss/>")
        await writer.drain()

    async def go() -> None:
        async with misbehaving(answer) as url, Client(FetchLimits(total=60, allowed=HERE)) as client:
            await asyncio.gather(*(client.fetch(Request(url=f"{url}{number}")) for number in range(8)))

    run_without_waiting(go())
    assert most == 2
