"""Guarded HTTP/1.1 connections below httpx, at its public extension point."""

from __future__ import annotations

import asyncio
import select
import ssl
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
import httpx

from brandwatch.errors import FetchError
from brandwatch.http.address_guard import resolve_host
from brandwatch.http.environment import Proxies, tls_context
from brandwatch.models import FetchClass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from brandwatch.http.address_guard import AddressGuard
    from brandwatch.http.environment import Proxy


_READ = 65_536
# h11 stops at 16 KiB, which some publishers' Content-Security-Policy alone comes near to; a flood of headers is longer.
_LONGEST_HEAD = 65_536
# A server may say 103 Early Hints; the deadline ends one that says it slowly for ever, this one that floods.
_MOST_HINTS = 1_000
# Each chunk costs some microseconds, however little is in it; a line of a feed in each is far fewer.
_MOST_CRUMBS = 100_000


class Connection:
    """Sends requests and reads responses, one after the other; *received* counts the bytes since the last head."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, receiver: _Receiver) -> None:
        self.reader = reader
        self.writer = writer
        self.received = 0
        self._receiver = receiver
        self._read = 0
        self._protocol = _new_protocol()

    @classmethod
    async def open(cls, address: str, port: int, context: ssl.SSLContext | None, name: str) -> Connection:
        """Connect to an address; with a TLS context the certificate must be for *name*."""
        # As asyncio.open_connection does it, with a protocol of our own.
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        receiver = _Receiver(reader, loop=loop)
        transport, _ = await loop.create_connection(
            lambda: receiver, address, port, ssl=context, server_hostname=name if context else None
        )
        return cls(reader, asyncio.StreamWriter(transport, receiver, reader, loop), receiver)

    async def ask(
        self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> h11.Response:
        """Send a request and return the head of the answer."""
        request = h11.Request(method=method, target=target, headers=headers)
        events = [request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()]
        self.writer.write(b"".join(self._protocol.send(event) or b"" for event in events))
        await self.writer.drain()
        for _ in range(_MOST_HINTS):
            event = await self._next()
            if isinstance(event, h11.Response):
                self.received = 0
                return event
            if not isinstance(event, h11.InformationalResponse):
                break
        raise httpx.RemoteProtocolError("no response where one should be")

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes on the wire; raise httpx.ReadError where it breaks off or makes no sense.

        Crumbs that came at once are yielded at once, and a body of very many of them is refused.
        """
        try:
            async for crumbs in self._crumbs():
                yield b"".join(crumbs)
        except (httpx.RemoteProtocolError, ConnectionError) as error:
            raise httpx.ReadError(str(error)) from error

    def begin_again(self) -> None:
        """Speak a protocol of its own through the tunnel that the last response opened."""
        self._protocol = _new_protocol()

    def is_reusable(self) -> bool:
        """Say whether the connection may take another request, and make it ready for one."""
        is_done = self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE
        # What comes after the end of an answer would be taken for the next one.
        if is_done and not self._protocol.trailing_data[0]:
            self._protocol.start_next_cycle()
            return self.is_quiet()
        return False

    def is_quiet(self) -> bool:
        """Whether the connection is open, and its server has sent nothing after its last answer."""
        if self.writer.is_closing() or self.reader.at_eof() or self._receiver.received != self._read:
            return False
        # The event loop may have been busy elsewhere for 100 ms, and not have read yet what the kernel has received.
        poll = select.poll()
        poll.register(self.writer.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

    def watch(self, on_event: Callable[[], None] | None) -> None:
        """Call *on_event* when anything arrives, bytes or the end of the stream; `None` ends that."""
        self._receiver.on_event = on_event

    def close(self) -> None:
        """Let go of the connection at once; a polite end would wait for a server that may not answer."""
        self.writer.transport.abort()

    async def _crumbs(self) -> AsyncIterator[list[bytes]]:
        """Yield the pieces of a body that can be had without waiting for more."""
        crumbs: list[bytes] = []
        left = _MOST_CRUMBS
        while isinstance(event := self._event(), h11.Data) or event is h11.NEED_DATA:
            if isinstance(event, h11.Data):
                crumbs.append(bytes(event.data))
                left -= 1
            elif crumbs:
                yield crumbs
                crumbs = []
            else:
                await self._receive()
            if not left:
                raise FetchError(FetchClass.TOO_LARGE, f"the answer comes in more than {_MOST_CRUMBS:,} pieces")
        yield crumbs

    async def _next(self) -> object:
        """Return the next event of the protocol."""
        while (event := self._event()) is h11.NEED_DATA:
            await self._receive()
        return event

    def _event(self) -> object:
        """Return what can be had without waiting; raise what httpx calls a connection that ends in the middle."""
        try:
            return self._protocol.next_event()
        except h11.RemoteProtocolError as error:
            # A frame in the traceback refers to the error and to this connection, which would outlive its end.
            raise httpx.RemoteProtocolError(str(error)) from error.with_traceback(None)

    async def _receive(self) -> None:
        """Wait for more, and count it."""
        data = await self.reader.read(_READ)
        self.received += len(data)
        self._read += len(data)
        try:
            self._protocol.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error


class _Receiver(asyncio.StreamReaderProtocol):
    """Feeds a stream reader, counts its bytes, and reports each event while the connection is watched."""

    def __init__(self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(reader, loop=loop)
        self.received = 0
        self.on_event: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)
        self._report()

    def eof_received(self) -> bool | None:
        stays_open = super().eof_received()
        self._report()
        return stays_open

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._report()

    def _report(self) -> None:
        if self.on_event:
            self.on_event()


def _new_protocol() -> h11.Connection:
    """Return a conversation that has not begun."""
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)


WIRE = "wire"
"""The extension of a response that says how many bytes of it have come: the frames of its chunks are among them."""

Origin = tuple[str, str, int]
"""Scheme, host and port."""

_PORTS = {"http": 80, "https": 443}


class Transport(httpx.AsyncBaseTransport):
    """Connects to checked addresses only, and keeps up to *max_idle* connections for later requests.

    httpcore's pool takes an address guard as well, as its `network_backend`. This transport is here for what it
    costs. `bench/fetch.py --feeds 1000`, CPU ms for a 200 of 47 kB and for a 304 below httpx's client, both guarded:
    httpcore's pool 1.33 and 1.12 without idle connections, 1.98 and 1.89 with 64 of them, which it polls for every
    request; this transport 0.60 and 0.44. On that pool, without idle connections, a poll of 1,000 unchanged feeds
    takes 1.5 times the CPU, with https 1.3 times (`bench/poll.py --only brandwatch,httpcore`). aiohttp below httpx
    costs 0.64 and 0.52, but is nine packages more, and without a resolver of our own looks names up in the loop's
    threads, which delay the end of the program; h11 comes with httpx. Every wait here ends with the task that waits,
    so that one deadline holds for all of it.
    """

    def __init__(self, guard: AddressGuard, connect_seconds: float, max_idle: int) -> None:
        self._guard = guard
        self._connect_seconds = connect_seconds
        self._idle = _IdleConnections(max_idle)
        self._context: ssl.SSLContext | None = None
        self._proxies = Proxies()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* and return its response, the body still to be read."""
        url = request.url
        if url.scheme not in _PORTS:
            raise httpx.UnsupportedProtocol(f"{url.scheme} is neither http nor https")
        # The name as the network spells it: httpx's own `host` undoes IDNA, and a resolver may redo it another way.
        origin = (url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme])
        proxy = self._proxies.proxy_for(*origin)
        connection, head = await self._asked(request, origin, proxy)
        body = _Body(self._idle, origin, connection)
        headers = head.headers.raw_items()
        return httpx.Response(head.status_code, headers=headers, stream=body, extensions={WIRE: body.received})

    async def aclose(self) -> None:
        """Close every idle connection."""
        self._idle.close()

    async def _asked(
        self, request: httpx.Request, origin: Origin, proxy: Proxy | None
    ) -> tuple[Connection, h11.Response]:
        """Ask over an idle connection; over a new one where there is none, or its server was just closing it."""
        is_absolute = proxy is not None and origin[0] == "http"
        target = str(request.url.copy_with(userinfo=b"")).encode() if is_absolute else request.url.raw_path
        headers = request.headers.raw + (proxy.headers if proxy and is_absolute else [])
        if connection := self._idle.take(origin):
            with suppress(httpx.RemoteProtocolError, ConnectionError):
                head = await _answered(connection, request, target, headers)
                # RFC 9110 §15.5.9: a 408 ends an idle connection, and may cross a request that is then repeated.
                if head.status_code != HTTPStatus.REQUEST_TIMEOUT:
                    return connection, head
                connection.close()
        connection = await self._opened(origin, proxy)
        return connection, await _answered(connection, request, target, headers)

    async def _opened(self, origin: Origin, proxy: Proxy | None) -> Connection:
        """Open a connection, through a proxy where one is configured."""
        scheme, host, port = origin
        if proxy is None:
            return await self._dialled(origin, await self._guard.addresses(host, port))
        self._guard.check_literal(host, port)
        # Whoever configured the proxy meant its address, wherever it is.
        connection = await self._dialled(("http", proxy.host, proxy.port), await resolve_host(proxy.host, proxy.port))
        if scheme == "https":
            try:
                await self._tunnelled(connection, host, port, proxy)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _dialled(self, origin: Origin, addresses: list[str]) -> Connection:
        """Connect to the first address that answers; the certificate must be for the name."""
        scheme, host, port = origin
        failure: Exception = OSError("no address")
        context = self._tls() if scheme == "https" else None
        for address in addresses:
            try:
                async with asyncio.timeout(self._connect_seconds / len(addresses)):
                    return await Connection.open(address, port, context, host)
            except ssl.SSLError as error:
                # A frame of asyncio in the traceback refers to the error and to the connection, and keeps both.
                raise error.with_traceback(None) from None
            except TimeoutError:
                failure = httpx.ConnectTimeout("no connection in time")
            except OSError as error:
                failure = error
        raise failure

    async def _tunnelled(self, connection: Connection, host: str, port: int, proxy: Proxy) -> None:
        """Let a proxy connect us, and speak TLS through it."""
        target = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()
        answer = await connection.ask(b"CONNECT", target, [(b"Host", target), *proxy.headers])
        if answer.status_code != HTTPStatus.OK:  # RFC 9110 §9.3.6
            raise httpx.ProxyError(f"the proxy answered {answer.status_code}")
        await connection.writer.start_tls(self._tls(), server_hostname=host)
        connection.begin_again()

    def _tls(self) -> ssl.SSLContext:
        """Return the one TLS context; reading the certificates costs 0.1 s, so it waits for the first https."""
        if self._context is None:
            self._context = tls_context()
        return self._context


async def _answered(
    connection: Connection, request: httpx.Request, target: bytes, headers: list[tuple[bytes, bytes]]
) -> h11.Response:
    """Return the head of the answer; let go of a connection that gives none."""
    try:
        return await connection.ask(request.method.encode(), target, headers, await request.aread())
    except BaseException:
        connection.close()
        raise


class _IdleConnections:
    """The connections that wait for another request of their origin; beyond *most* the least recently used is closed.

    An open connection takes a descriptor and 4 KiB, with TLS 320 KiB: 256 for asyncio's read buffer, 50 for OpenSSL.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._origins: dict[Connection, Origin] = {}  # the least recently used first

    def put(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection whose response was read whole, close any other."""
        if not connection.is_reusable():
            connection.close()
            return
        self._origins[connection] = origin
        # RFC 9112 §9.2: what comes without a request is no answer, such as the 408 of a proxy that has waited enough.
        connection.watch(partial(self._discard, connection))
        if len(self._origins) > self._most:
            self._discard(next(iter(self._origins)))

    def take(self, origin: Origin) -> Connection | None:
        """Return the most recently used connection of an origin, `None` where there is none that can be used."""
        for connection in [one for one, at in reversed(self._origins.items()) if at == origin]:
            if connection.is_quiet():
                del self._origins[connection]
                connection.watch(None)
                return connection
            self._discard(connection)
        return None

    def close(self) -> None:
        """Close all of them."""
        for connection in list(self._origins):
            self._discard(connection)

    def _discard(self, connection: Connection) -> None:
        """Close a connection; what comes of that is nobody's event."""
        del self._origins[connection]
        connection.watch(None)
        connection.close()


class _Body(httpx.AsyncByteStream):
    """The body of a response, and the connection it comes by."""

    def __init__(self, idle: _IdleConnections, origin: Origin, connection: Connection) -> None:
        self._idle = idle
        self._origin = origin
        self._connection = connection

    def received(self) -> int:
        """Return how many bytes of the response have come."""
        return self._connection.received

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._connection.body():
            yield chunk

    async def aclose(self) -> None:
        self._idle.put(self._origin, self._connection)
        # A response of httpx refers to itself by its stream: only the cycle collector would free the connection, and
        # a poll lets that run so seldom that hundreds of closed ones were in memory.
        del self._connection
