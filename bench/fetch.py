"""Measure what one fetch costs the client, for the transports that may stand below httpx, in one run.

    python bench/fetch.py FOLDER --feeds 884 --rounds 5 [--idle 64] [--only ours,httpcore]

Each asks the publishers of `bench/real_feeds.py`, all with validators that work, over https for everything, 50 at a
time: whole (200, packed with gzip) and with validators (304). Prints milliseconds of processor time per request and the
peak memory of the process, one process for each transport. `--idle` is how many connections are kept open between
requests.

`httpcore` is the pool below httpx's client with the address guard at its public seam, `network_backend`; `streams` the
same with asyncio's streams below it instead of anyio; `client on httpcore` is our whole client on that pool, as `our
client` is on our transport. `aiohttp` is there where the package httpx-aiohttp is; `bare` is our transport without
httpx's client on top.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import importlib.util
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore
import httpx
from real_network import enter_namespace, serve

from brandwatch.http import Client, FetchLimits
from brandwatch.http import client as client_module
from brandwatch.http.address_guard import AddressGuard
from brandwatch.http.environment import tls_context
from brandwatch.http.transport import RECEIVED_BYTES, Transport
from brandwatch.models import Request

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from contextlib import AbstractAsyncContextManager

    Ask = Callable[[str, str], Awaitable[str]]
    Contender = Callable[[list[str], int], AbstractAsyncContextManager[Ask]]

_IN_FLIGHT = 50
_CONNECT_SECONDS = 60  # a busy machine is not what is measured


def main() -> None:
    """Serve, measure each contender in a process of its own, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=int, default=64)
    parser.add_argument("--only", default=",".join(_CONTENDERS))
    options = parser.parse_args()
    enter_namespace()
    arguments = [options.folder, "--honest", "--hosts", str(options.feeds)]
    with tempfile.TemporaryDirectory() as home, serve(arguments, Path(home)) as network:
        os.environ["SSL_CERT_FILE"] = str(network.certificates)
        addresses = "\n".join(network.published.urls)
        print(f"{'CPU ms per request':20}{'200':>8}{'304':>8}{'MiB':>8}")
        for name in options.only.split(","):
            if name == "aiohttp" and importlib.util.find_spec("httpx_aiohttp") is None:
                continue
            child = [sys.executable, __file__, "--contender", name, str(options.rounds), str(options.idle)]
            done = subprocess.run(child, input=addresses, stdout=subprocess.PIPE, text=True, check=True)
            print(done.stdout, end="", flush=True)


def contender(name: str, rounds: int, idle: int) -> None:
    """Measure one contender with the addresses on standard input, print its line."""
    whole, unchanged = asyncio.run(_measured(_CONTENDERS[name], sys.stdin.read().split(), rounds, idle))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:20}{whole:8.2f}{unchanged:8.2f}{memory:8.0f}")


async def _measured(contender: Contender, addresses: list[str], rounds: int, idle: int) -> tuple[float, float]:
    """Return what a 200 and a 304 cost; every round has connections of its own, as every poll has."""
    tags = dict.fromkeys(addresses, "")
    start = functools.partial(contender, addresses, idle)
    whole = [await _round(start, dict.fromkeys(addresses, ""), tags) for _ in range(rounds)]
    unchanged = [await _round(start, tags, dict(tags)) for _ in range(rounds)]
    return min(whole), min(unchanged)


async def _round(
    start: Callable[[], AbstractAsyncContextManager[Ask]], known: dict[str, str], tags: dict[str, str]
) -> float:
    """Ask for everything once, with what is known of it; return the processor time of one request."""
    waiting = list(known)
    begun = time.process_time()
    async with start() as ask:

        async def work() -> None:
            while waiting:
                address = waiting.pop()
                tags[address] = await ask(address, known[address])

        await asyncio.gather(*(work() for _ in range(_IN_FLIGHT)))
    return (time.process_time() - begun) * 1000 / len(known)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """The address guard as a network backend: connects only to addresses that it has checked."""

    def __init__(self, guard: AddressGuard, connect: Callable[..., Awaitable[httpcore.AsyncNetworkStream]]) -> None:
        self._guard = guard
        self._connect = connect

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of httpcore)
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in await self._guard.addresses(host, port):
            try:
                return await self._connect(address, port, timeout=timeout)
            except (httpcore.ConnectError, OSError) as error:
                failure = error
        raise failure


class Stream(httpcore.AsyncNetworkStream):
    """A network stream of httpcore over asyncio's streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, address: str, port: int, **_: object) -> Stream:
        """Connect to an address."""
        return cls(*await asyncio.open_connection(address, port))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Read what there is."""
        return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Write all of it."""
        self._writer.write(buffer)
        await self._writer.drain()

    async def aclose(self) -> None:
        """Close at once."""
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Go on with TLS."""
        await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (the interface of httpcore)
        """Return what httpcore asks for: whether an idle connection can be read, which then is of no more use."""
        if info != "is_readable":
            return self._writer.get_extra_info(info)
        poll = select.poll()
        poll.register(self._writer.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))


class GuardedPool(httpx.AsyncBaseTransport):
    """The connection pool of httpcore below httpx's client, as httpx.AsyncHTTPTransport has it, with a guard."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, idle: int) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls_context(),
            max_connections=_IN_FLIGHT + idle,
            max_keepalive_connections=idle,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask by the pool."""
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        answer = await self._pool.handle_async_request(asked)
        body = _PoolBody(answer)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=body, extensions={RECEIVED_BYTES: lambda: 0}
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _PoolBody(httpx.AsyncByteStream):
    """The body of an answer of the pool."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


@asynccontextmanager
async def _with_httpx(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Ask]:
    """Ask through httpx's client on a transport."""
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:

        async def ask(address: str, tag: str) -> str:
            answer = await client.get(address, headers={"If-None-Match": tag} if tag else {})
            return answer.headers["etag"]

        yield ask


def _default(_: list[str], idle: int) -> AbstractAsyncContextManager[Ask]:
    limits = httpx.Limits(max_connections=_IN_FLIGHT + idle, max_keepalive_connections=idle)
    return _with_httpx(httpx.AsyncHTTPTransport(verify=tls_context(), limits=limits))


def _anyio(guard: AddressGuard, idle: int) -> GuardedPool:
    return GuardedPool(GuardedBackend(guard, httpcore.AnyIOBackend().connect_tcp), idle)


def _httpcore(addresses: list[str], idle: int) -> AbstractAsyncContextManager[Ask]:
    return _with_httpx(_anyio(AddressGuard(_hosts(addresses)), idle))


def _streams(addresses: list[str], idle: int) -> AbstractAsyncContextManager[Ask]:
    return _with_httpx(GuardedPool(GuardedBackend(AddressGuard(_hosts(addresses)), Stream.connect), idle))


def _aiohttp(_: list[str], __: int) -> AbstractAsyncContextManager[Ask]:
    return _with_httpx(importlib.import_module("httpx_aiohttp").AiohttpTransport())


def _ours(addresses: list[str], idle: int) -> AbstractAsyncContextManager[Ask]:
    return _with_httpx(Transport(AddressGuard(_hosts(addresses)), _CONNECT_SECONDS, idle))


@asynccontextmanager
async def _bare(addresses: list[str], idle: int) -> AsyncIterator[Ask]:
    """Ask our transport without httpx's client; the request and the response are httpx's."""
    transport = Transport(AddressGuard(_hosts(addresses)), _CONNECT_SECONDS, idle)

    async def ask(address: str, tag: str) -> str:
        headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if tag else {})
        answer = await transport.handle_async_request(httpx.Request("GET", address, headers=headers))
        await answer.aread()
        await answer.aclose()
        return answer.headers["etag"]

    yield ask
    await transport.aclose()


@asynccontextmanager
async def _our_client(addresses: list[str], idle: int) -> AsyncIterator[Ask]:
    """Ask with the client as a poll uses it."""
    async with Client(FetchLimits(allowed=_hosts(addresses), idle=idle)) as client:

        async def ask(address: str, tag: str) -> str:
            return (await client.fetch(Request(url=address, etag=tag))).etag

        yield ask


def _client_on_httpcore(addresses: list[str], idle: int) -> AbstractAsyncContextManager[Ask]:
    setattr(client_module, "Transport", lambda guard, *_: _anyio(guard, idle))  # noqa: B010 (mypy: not exported)
    return _our_client(addresses, idle)


def _hosts(addresses: list[str]) -> frozenset[str]:
    """Return the hosts of the publishers, which are on loopback."""
    return frozenset(urlsplit(address).hostname or "" for address in addresses)


_CONTENDERS: dict[str, Contender] = {
    "httpx default": _default,
    "httpcore": _httpcore,
    "streams": _streams,
    "aiohttp": _aiohttp,
    "ours": _ours,
    "bare": _bare,
    "our client": _our_client,
    "client on httpcore": _client_on_httpcore,
}

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--contender", name, rounds, idle]:
            contender(name, int(rounds), int(idle))
        case _:
            main()
