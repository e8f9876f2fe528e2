"""What stands below httpx: guarded connections of our own, at its public extension point.

Measured with `bench/poll.py` over 1,000 origins: httpx's own pool looks at every connection it has for every request,
so its cost grows with what is under way; it has no total deadline and no guard for addresses. asyncio's streams and h11
(which httpx brings along) need neither anyio nor a pool, and every wait in them ends with the task that waits.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from typing import TYPE_CHECKING

import httpx

from brandwatch.fetch.connection import Connection
from brandwatch.fetch.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brandwatch.fetch.guard import Guard
    from brandwatch.fetch.proxies import Proxy

Origin = tuple[str, str, int]
"""Scheme, host and port."""

_PORTS = {"http": 80, "https": 443}
_MOST_IDLE = 2


class Transport(httpx.AsyncBaseTransport):
    """Opens connections to checked addresses, and keeps a few of each origin for the next request."""

    def __init__(self, guard: Guard, connect_seconds: float) -> None:
        self._guard = guard
        self._connect_seconds = connect_seconds
        self._idle: defaultdict[Origin, list[Connection]] = defaultdict(list)
        self._context: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* and return its response, the body still to be read."""
        url = request.url
        origin = (url.scheme, url.host, url.port or _PORTS[url.scheme])
        proxy = proxy_for(*origin)
        connection = self._reused(origin) or await self._opened(origin, proxy)
        is_absolute = proxy is not None and url.scheme == "http"
        target = str(url).encode() if is_absolute else url.raw_path
        headers = request.headers.raw + (proxy.headers if proxy and is_absolute else [])
        try:
            head = await connection.ask(request.method.encode(), target, headers)
        except BaseException:
            connection.close()
            raise
        return httpx.Response(
            head.status_code, headers=head.headers.raw_items(), stream=_Body(self, origin, connection)
        )

    async def aclose(self) -> None:
        """Let go of every connection."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()

    def give_back(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection whose response was read whole, close any other."""
        if connection.is_reusable() and len(self._idle[origin]) < _MOST_IDLE:
            self._idle[origin].append(connection)
        else:
            connection.close()

    def _reused(self, origin: Origin) -> Connection | None:
        """Return an idle connection that its server has not closed."""
        while self._idle[origin]:
            connection = self._idle[origin].pop()
            if not connection.reader.at_eof():
                return connection
            connection.close()
        return None

    async def _opened(self, origin: Origin, proxy: Proxy | None) -> Connection:
        """Open a connection, through a proxy where one is configured."""
        scheme, host, port = origin
        if proxy is None:
            return await self._dialled(origin, await self._guard.addresses(host, port))
        self._guard.check_literal(host, port)
        connection = await self._dialled(("http", proxy.host, proxy.port), [proxy.host])
        if scheme == "https":
            await self._tunnelled(connection, host, port, proxy)
        return connection

    async def _dialled(self, origin: Origin, addresses: list[str]) -> Connection:
        """Connect to the first address that answers; the certificate must be for the name."""
        scheme, host, port = origin
        failure: Exception = OSError("no address")
        secure = {"ssl": self._tls(), "server_hostname": host} if scheme == "https" else {}
        for address in addresses:
            try:
                async with asyncio.timeout(self._connect_seconds):
                    streams = await asyncio.open_connection(address, port, **secure)  # type: ignore[arg-type]
            except ssl.SSLError:
                raise
            except TimeoutError:
                failure = httpx.ConnectTimeout("no connection in time")
            except OSError as error:
                failure = error
            else:
                return Connection(*streams)
        raise failure

    async def _tunnelled(self, connection: Connection, host: str, port: int, proxy: Proxy) -> None:
        """Let a proxy connect us, and speak TLS through it."""
        target = f"{host}:{port}".encode()
        answer = await connection.ask(b"CONNECT", target, [(b"Host", target), *proxy.headers])
        if answer.status_code != 200:  # noqa: PLR2004 (RFC 9110 §9.3.6)
            connection.close()
            raise httpx.ProxyError(f"the proxy answered {answer.status_code}")
        await connection.writer.start_tls(self._tls(), server_hostname=host)
        connection.begin_again()

    def _tls(self) -> ssl.SSLContext:
        """Return the one TLS context; reading the certificates costs 0.1 s, so it waits for the first https."""
        if self._context is None:
            self._context = httpx.create_ssl_context()
        return self._context


class _Body(httpx.AsyncByteStream):
    """The body of a response, and the connection it comes by."""

    def __init__(self, transport: Transport, origin: Origin, connection: Connection) -> None:
        self._transport = transport
        self._origin = origin
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._connection.body():
            yield chunk

    async def aclose(self) -> None:
        self._transport.give_back(self._origin, self._connection)
