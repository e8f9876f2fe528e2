from __future__ import annotations

import asyncio
import gc
import itertools
import resource
import shutil
import ssl
import threading
import tracemalloc
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.http.chaos import chaos
from tests.http.test_chaos import FEED, HERE, certificate

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.http.environment import connection_limits
from brandwatch.models import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>"
TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

ABSENT = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="certificates are made by the openssl command"
)


class Origin:
    """A keep-alive server; *opened* counts connections, *closed* is set when the client closes the first."""

    writer: asyncio.StreamWriter

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.opened = 0
        self.closed = asyncio.Event()
        self.url = ""
        self.answers: Iterator[bytes] = itertools.repeat(ANSWER)
        self._context = context

    async def start(self, stack: AsyncExitStack) -> None:
        """Listen."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.url = f"http{'s' if self._context else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/rss"
        await stack.enter_async_context(server)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.writer = writer
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(next(self.answers))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed.set()
        finally:
            writer.close()


@asynccontextmanager
async def origins(
    number: int, limits: FetchLimits, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Client, list[Origin]]]:
    """Start a client and some servers."""
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        servers = [Origin(context) for _ in range(number)]
        for server in servers:
            await server.start(stack)
        yield await stack.enter_async_context(Client(limits)), servers


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS context of a server on loopback that the client trusts."""
    path = certificate(tmp_path, "IP:127.0.0.1", "2020-2090")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def fetch_all(client: Client, servers: Iterator[Origin] | list[Origin]) -> None:
    """Fetch from one server after the other."""
    for server in servers:
        assert (await client.fetch(Request(url=server.url))).body == b"<rss/>"


async def status(client: Client, url: str) -> int:
    """The status of a response, successful or not."""
    try:
        return (await client.fetch(Request(url=url))).status
    except FetchError as error:
        return error.status or 0


def test_the_least_recently_used_connection_is_closed_first():
    """Over the limit the longest idle connection is closed; the others are reused."""

    async def go() -> list[int]:
        async with origins(4, FetchLimits(total=120, allowed=HERE, idle=2)) as (client, (first, second, third, fourth)):
            await fetch_all(client, [first, second, third])
            await first.closed.wait()
            await fetch_all(client, [second, fourth])
            await third.closed.wait()
            await fetch_all(client, [second, fourth])
            return [server.opened for server in (first, second, third, fourth)]

    assert asyncio.run(go()) == [1, 1, 1, 1]


def test_without_idle_connections_every_fetch_opens_its_own():
    """With a limit of zero every fetch opens a connection and closes it."""

    async def go() -> int:
        async with origins(1, FetchLimits(total=120, allowed=HERE, idle=0)) as (client, (only,)):
            await fetch_all(client, [only])
            await only.closed.wait()
            await fetch_all(client, [only])
            return only.opened

    assert asyncio.run(go()) == 2


@needs_openssl
def test_a_connection_is_reused(context: ssl.SSLContext):
    """Several fetches from one origin use one connection, also with TLS and its session tickets."""

    async def go(context: ssl.SSLContext | None) -> int:
        async with origins(1, FetchLimits(total=120, allowed=HERE), context) as (client, (only,)):
            await fetch_all(client, [only] * 5)
            return only.opened

    assert asyncio.run(go(None)) == 1
    assert asyncio.run(go(context)) == 1


def test_an_idle_connection_that_its_server_closed_is_dropped():
    """The client closes its side at once, before another fetch needs the connection."""

    async def go() -> None:
        async with origins(1, FetchLimits(total=120, allowed=HERE)) as (client, (only,)):
            await fetch_all(client, [only])
            only.writer.write_eof()
            await only.closed.wait()
            await fetch_all(client, [only])

    asyncio.run(go())


@needs_openssl
@pytest.mark.parametrize("is_secure", [False, True])
@pytest.mark.parametrize("moment", ["with the answer", "while the loop waits", "while the loop is busy"])
def test_bytes_without_a_request_are_no_response(context: ssl.SSLContext, moment: str, *, is_secure: bool):
    """The late 408 of a proxy ends its connection; the next fetch gets its own response."""
    may_complain, has_complained = threading.Event(), threading.Event()

    def script(_: str) -> Iterator[bytes | float]:
        # As long as what the client reads at once, so that it does not see the rest.
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 65494\r\n\r\n"
        answer = head.ljust(65_536, b"x")
        if moment == "with the answer":
            yield answer + TOO_LATE
        else:
            yield answer
            may_complain.wait(300)
            yield TOO_LATE
        has_complained.set()
        yield 1.0

    async def go(url: str) -> list[int]:
        async with Client(FetchLimits(total=120, allowed=HERE)) as client:
            first = await client.fetch(Request(url=url))
            may_complain.set()
            if moment == "while the loop is busy":
                has_complained.wait(300)  # as when a document is parsed meanwhile
            else:
                await asyncio.to_thread(has_complained.wait, 5)
            return [first.status, (await client.fetch(Request(url=url))).status]

    with chaos(script=script, tls=context if is_secure else None) as server:
        assert asyncio.run(go(server.url())) == [200, 200]
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answers", "statuses", "opened"),
    [
        ((ANSWER, TOO_LATE, ANSWER), [200, 200], 2),
        ((ANSWER, TOO_LATE, TOO_LATE), [200, 408], 2),
        ((TOO_LATE, ANSWER), [408, 200], 2),
        ((ANSWER, ABSENT, ANSWER), [200, 404], 1),
    ],
)
def test_a_connection_that_ends_during_a_request(answers: tuple[bytes], statuses: list[int], opened: int):
    """After a 408 on an idle connection the request is repeated on a new one; there it is the response."""

    async def go() -> tuple[list[int], int]:
        async with origins(1, FetchLimits(total=120, allowed=HERE)) as (client, (only,)):
            only.answers = iter(answers)
            seen = [await status(client, only.url) for _ in range(2)]
            return seen, only.opened

    assert asyncio.run(go()) == (statuses, opened)


@needs_openssl
@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        (FEED, "200"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc", "http-4xx"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "redirect"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "truncated"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "connect"),
        (b"untrusted", "tls"),
    ],
)
def test_a_closed_connection_is_freed_at_once(
    context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, answer: bytes, ending: str
):
    """Nothing refers to a connection after a fetch: with TLS each has a buffer of 256 KiB."""
    if answer == b"untrusted":
        monkeypatch.delenv("SSL_CERT_FILE")

    async def ended(client: Client, url: str) -> str:
        try:
            return str((await client.fetch(Request(url=url))).status)
        except FetchError as error:
            return error.fetch_class

    async def go(url: str) -> int:
        async with Client(FetchLimits(total=120, allowed=HERE, idle=0)) as client:
            assert await ended(client, url) == ending  # the first reads the certificates
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(10):
                assert await ended(client, url) == ending
            return tracemalloc.get_traced_memory()[0] - before

    gc.disable()
    tracemalloc.start()
    try:
        with chaos(answer, tls=context) as server:
            assert asyncio.run(go(server.url())) < 3 * 256 * 1024
    finally:
        tracemalloc.stop()
        gc.enable()


@pytest.mark.parametrize(
    ("descriptors", "in_flight", "requests", "idle"),
    [
        (resource.RLIM_INFINITY, 50, 50, 64),
        (20_000, 50, 50, 64),
        (20_000, 400, 400, 64),
        (1024, 50, 50, 64),
        (1024, 500, 500, 0),
        (1024, 600, 500, 0),
        (128, 50, 50, 4),
        (64, 50, 20, 0),
        (64, 10, 10, 20),
        (10, 50, 1, 0),
    ],
)
def test_connections_fit_the_limit_of_descriptors(descriptors: int, in_flight: int, requests: int, idle: int):
    """Few descriptors first reduce idle connections, then requests, to at least one."""
    assert connection_limits(descriptors, in_flight) == (requests, idle)


def test_concurrent_fetches_at_all_hosts_are_limited():
    """Fetches over the limit wait, and all of them end."""
    busy, most = 0, 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal busy, most
        await reader.readuntil(b"\r\n\r\n")
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.01)
        busy -= 1
        writer.write(ANSWER)
        writer.close()

    async def go() -> int:
        async with AsyncExitStack() as stack, asyncio.timeout(20):
            servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(40)]
            urls = [f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/" for server in servers]
            for server in servers:
                await stack.enter_async_context(server)
            client = await stack.enter_async_context(Client(FetchLimits(total=120, allowed=HERE, in_flight=3)))
            return len(await asyncio.gather(*(client.fetch(Request(url=url)) for url in urls)))

    assert asyncio.run(go()) == 40
    assert most == 3
