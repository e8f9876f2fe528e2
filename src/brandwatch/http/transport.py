"""Guarded HTTP/1.1 connections below httpx, at its public extension point."""

from __future__ import annotations

import asyncio
import logging
import select
import ssl
from asyncio import sslproto
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
import httpx

from brandwatch.errors import FetchClass, FetchError
from brandwatch.http.address_guard import AddressGuard, resolve_host
from brandwatch.http.deadline import Deadline
from brandwatch.http.environment import Proxies, Proxy, tls_context
from brandwatch.http.response_head import repair_head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


_LOG = logging.getLogger(__name__)

RECEIVED_BYTES = "received_bytes"
"""The extension of a response that returns the bytes received so far, the frames of its chunks among them."""

PROXY = "proxy"
"""The extension of a response that came through a proxy: its name."""

Origin = tuple[str, str, int]
"""Scheme, host and port."""
_PORTS = {"http": 80, "https": 443}

_READ_BYTES = 65_536
_TLS_BUFFER_BYTES = 32_768
# h11 stops at 16 KiB, which some publishers' Content-Security-Policy alone comes near to; a flood of headers is longer.
_MAX_HEAD_BYTES = 65_536
# The deadline ends a server that sends 103 Early Hints slowly for ever, this limit one that floods.
_MAX_HINTS = 1_000
# Each chunk costs some microseconds, however small it is; a chunk for each line of a feed is far fewer.
_MAX_CHUNKS = 100_000


class FailedProxyError(httpx.ProxyError):
    """A proxy that cannot be reached, or refuses to connect; the cause is the failure of its connection, if any."""

    def __init__(self, proxy: Proxy, reason: str = "") -> None:
        super().__init__(reason)
        self.proxy = str(proxy)
        self.reason = reason


class Connection:
    """Sends requests and reads responses, one after the other; *received* counts the bytes since the last head."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, receiver: _Receiver) -> None:
        self.reader = reader
        self.writer = writer
        self.received = 0
        self._receiver = receiver
        self._read = 0
        self._protocol = _new_protocol()
        # What was sent and received until the head of the response is complete, `None` after that.
        self._sent: list[h11.Event] = []
        self._head: bytearray | None = None

    @classmethod
    async def open(cls, address: str, port: int, context: ssl.SSLContext | None, name: str) -> Connection:
        """Connect to an address; with a TLS context the certificate must be for *name*."""
        # Like asyncio.open_connection does it, with a protocol of our own.
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        receiver = _Receiver(reader, loop=loop)
        transport, _ = await loop.create_connection(
            lambda: receiver, address, port, ssl=context, server_hostname=name if context else None
        )
        return cls(reader, asyncio.StreamWriter(transport, receiver, reader, loop), receiver)

    async def request(
        self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> h11.Response:
        """Send a request and return the head of the response."""
        events: list[h11.Event] = [h11.Request(method=method, target=target, headers=headers)]
        if body:
            events.append(h11.Data(data=body))
        events.append(h11.EndOfMessage())
        self._sent, self._head = events, bytearray()
        self.writer.write(b"".join(self._protocol.send(event) or b"" for event in events))
        await self.writer.drain()
        for _ in range(_MAX_HINTS):
            while (event := self._next_event()) is h11.NEED_DATA:
                await self._receive()
            if isinstance(event, h11.Response):
                self.received = 0
                self._sent, self._head = [], None
                return event
            if not isinstance(event, h11.InformationalResponse):
                break
            self._head = bytearray(self._protocol.trailing_data[0])
        raise httpx.RemoteProtocolError("no response where one should be")

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body as it is on the wire; raise httpx.ReadError if it breaks off or is malformed."""
        chunks: list[bytes] = []
        remaining = _MAX_CHUNKS
        try:
            while isinstance(event := self._next_event(), h11.Data) or event is h11.NEED_DATA:
                if isinstance(event, h11.Data):
                    chunks.append(bytes(event.data))
                    remaining -= 1
                elif chunks:
                    # Those that arrived together leave together.
                    yield b"".join(chunks)
                    chunks = []
                else:
                    await self._receive()
                if not remaining:
                    raise FetchError(FetchClass.TOO_LARGE, f"the answer comes in more than {_MAX_CHUNKS:,} pieces")
            yield b"".join(chunks)
        except (httpx.RemoteProtocolError, ConnectionError) as error:
            raise httpx.ReadError(str(error)) from error

    async def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        """Start TLS, and HTTP within it, through the tunnel that the last response opened."""
        await self.writer.start_tls(context, server_hostname=name)
        self._protocol = _new_protocol()

    def is_reusable(self) -> bool:
        """Whether the connection may take another request; if so, it is ready for one."""
        is_done = self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE
        # Bytes after the end of a response would be taken for the next one.
        if is_done and not self._protocol.trailing_data[0]:
            self._protocol.start_next_cycle()
            return self.is_quiet()
        return False

    def is_quiet(self) -> bool:
        """Whether the connection is open, and its server has sent nothing after its last response."""
        if self.writer.is_closing() or self.reader.at_eof() or self._receiver.received != self._read:
            return False
        # The event loop may have been busy for 100 ms, and not yet have read what the kernel has received.
        poll = select.poll()
        poll.register(self.writer.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

    def watch(self, on_event: Callable[[], None] | None) -> None:
        """Call *on_event* when anything arrives, bytes or the end of the stream; `None` ends that."""
        self._receiver.on_event = on_event

    def close(self) -> None:
        """Close the connection at once; a polite end would wait for a server that may not answer."""
        self.writer.transport.abort()

    def _next_event(self) -> object:
        """Return the next event without waiting; raise httpx.RemoteProtocolError if the connection ends within one."""
        try:
            return self._protocol.next_event()
        except h11.RemoteProtocolError as error:
            if self._head and (repaired := repair_head(bytes(self._head))) != self._head:
                return self._read_again(repaired)
            # A frame in the traceback refers to the error and to this connection, which would outlive its end.
            raise httpx.RemoteProtocolError(str(error)) from error.with_traceback(None)

    def _read_again(self, repaired: bytes) -> object:
        """Return the first event of a repaired head: after an error h11 reads nothing more."""
        _LOG.debug("repaired head bytes=%d", len(repaired))
        self._head = bytearray(repaired)
        self._protocol = _new_protocol()
        for sent in self._sent:
            self._protocol.send(sent)
        self._protocol.receive_data(repaired)
        if self.reader.at_eof():
            self._protocol.receive_data(b"")
        return self._next_event()

    async def _receive(self) -> None:
        data = await self.reader.read(_READ_BYTES)
        if self._head is not None:
            self._head += data
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
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)


class Transport(httpx.AsyncBaseTransport):
    """Connects to checked addresses only; up to *max_idle* connections stay open for later requests.

    httpcore's pool takes an address guard as well, as its `network_backend`. This transport is here for what it
    costs. Over https and with the same guard, a request below httpx's client takes httpcore's pool 1.6 times the CPU
    without idle connections, and 1.8 (200) or 2.4 times (304) with 64 of them, which it polls for every request
    (`bench/fetch.py FOLDER --feeds 200`, with `--idle 0` and without). aiohttp below httpx costs as much as this
    transport, but is nine packages more, and without a resolver of our own looks names up in the loop's
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
        """Send *request* and return its response; the body is read later."""
        url = request.url
        if url.scheme not in _PORTS:
            raise httpx.UnsupportedProtocol(f"{url.scheme} is neither http nor https")
        # The name as the network spells it: httpx's own `host` undoes IDNA, and a resolver may redo it another way.
        origin = (url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme])
        proxy = self._proxies.proxy_for(*origin)
        connection, head = await self._request(request, origin, proxy)
        body = _Body(self._idle, origin, connection)
        headers = head.headers.raw_items()
        extensions: dict[str, object] = {RECEIVED_BYTES: body.received_bytes}
        # Through a tunnel the source answers itself.
        if proxy is not None and origin[0] == "http":
            extensions[PROXY] = str(proxy)
        return httpx.Response(head.status_code, headers=headers, stream=body, extensions=extensions)

    async def aclose(self) -> None:
        """Close every idle connection."""
        self._idle.close()

    async def _request(
        self, request: httpx.Request, origin: Origin, proxy: Proxy | None
    ) -> tuple[Connection, h11.Response]:
        """Send over an idle connection; over a new one if there is none, or its server was just closing it."""
        is_absolute = proxy is not None and origin[0] == "http"
        target = str(request.url.copy_with(userinfo=b"")).encode() if is_absolute else request.url.raw_path
        headers = request.headers.raw + (proxy.headers if proxy and is_absolute else [])
        if connection := self._idle.pop(origin):
            try:
                head = await _send(connection, request, target, headers)
            except (httpx.RemoteProtocolError, ConnectionError):
                _LOG.debug("retried host=%s reason=closed", origin[1])
            else:
                # RFC 9110 §15.5.9: a 408 ends an idle connection, and may cross a request that is then repeated.
                if head.status_code != HTTPStatus.REQUEST_TIMEOUT:
                    return connection, head
                connection.close()
                _LOG.debug("retried host=%s reason=timeout", origin[1])
        connection = await self._open(origin, proxy)
        return connection, await _send(connection, request, target, headers)

    async def _open(self, origin: Origin, proxy: Proxy | None) -> Connection:
        """Open a connection, through a proxy if one is configured."""
        scheme, host, port = origin
        if proxy is None:
            return await self._connect(origin, await self._guard.addresses(host, port))
        self._guard.check_literal(host, port)
        # The user configured the proxy, so that its address may be anywhere.
        try:
            addresses = await resolve_host(proxy.host, proxy.port)
            connection = await self._connect(("http", proxy.host, proxy.port), addresses)
        except (OSError, httpx.TimeoutException) as error:
            raise FailedProxyError(proxy) from error
        if scheme == "https":
            try:
                await self._open_tunnel(connection, host, port, proxy)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _connect(self, origin: Origin, addresses: list[str]) -> Connection:
        """Connect to the first address that answers; the certificate must be for the name."""
        scheme, host, port = origin
        failure: Exception = OSError("no address")
        context = self._tls() if scheme == "https" else None
        for address in addresses:
            try:
                async with Deadline(self._connect_seconds / len(addresses)):
                    return await Connection.open(address, port, context, host)
            except ssl.SSLError as error:
                # A frame of asyncio in the traceback refers to the error and to the connection, and keeps both.
                raise error.with_traceback(None) from None
            except TimeoutError:
                failure = httpx.ConnectTimeout("no connection in time")
            except OSError as error:
                failure = error
        raise failure

    async def _open_tunnel(self, connection: Connection, host: str, port: int, proxy: Proxy) -> None:
        """Have a proxy connect to the host, and start TLS through it."""
        target = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()
        try:
            response = await connection.request(b"CONNECT", target, [(b"Host", target), *proxy.headers])
        except (httpx.ProtocolError, OSError) as error:
            raise FailedProxyError(proxy) from error
        if response.status_code != HTTPStatus.OK:  # RFC 9110 §9.3.6
            raise FailedProxyError(proxy, f"answered {describe_status(response.status_code)}")
        await connection.start_tls(self._tls(), host)

    def _tls(self) -> ssl.SSLContext:
        # Made for the first https: reading the certificates costs 0.1 s.
        if self._context is None:
            self._context = tls_context()
            # asyncio fills a buffer of 256 KiB for each connection before it reads; a record of TLS has 16 KiB.
            sslproto.SSLProtocol.max_size = _TLS_BUFFER_BYTES
        return self._context


def describe_status(status: int) -> str:
    """Return a status with the phrase of its standard: the one that a server sends may be anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


async def _send(
    connection: Connection, request: httpx.Request, target: bytes, headers: list[tuple[bytes, bytes]]
) -> h11.Response:
    """Return the head of the response; close a connection that has none."""
    try:
        return await connection.request(request.method.encode(), target, headers, await request.aread())
    except h11.LocalProtocolError:
        connection.close()
        # Not chained: h11 quotes the header, which may hold a secret.
        raise FetchError(FetchClass.BLOCKED, "the request has a header that cannot be sent") from None
    except BaseException:
        connection.close()
        raise


class _IdleConnections:
    """The open connections without a request; beyond *max_idle* the least recently used is closed.

    An open connection takes a descriptor and 4 KiB, with TLS 90 KiB: 32 for asyncio's read buffer, 50 for OpenSSL.
    """

    def __init__(self, max_idle: int) -> None:
        self._max_idle = max_idle
        self._origins: dict[Connection, Origin] = {}  # the least recently used first

    def put(self, origin: Origin, connection: Connection) -> None:
        """Add a connection whose response was read completely; close any other."""
        if not connection.is_reusable():
            connection.close()
            return
        self._origins[connection] = origin
        # RFC 9112 §9.2: bytes without a request are no response, such as the 408 of a proxy that has waited enough.
        connection.watch(partial(self._discard, connection))
        if len(self._origins) > self._max_idle:
            self._discard(next(iter(self._origins)))

    def pop(self, origin: Origin) -> Connection | None:
        """Remove and return the most recently used connection of an origin, `None` for none that is usable."""
        for connection in [idle for idle, at in reversed(self._origins.items()) if at == origin]:
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
        del self._origins[connection]
        connection.watch(None)
        connection.close()


class _Body(httpx.AsyncByteStream):
    """The body of a response, on its connection."""

    def __init__(self, idle: _IdleConnections, origin: Origin, connection: Connection) -> None:
        self._idle = idle
        self._origin = origin
        self._connection = connection

    def received_bytes(self) -> int:
        """Return the bytes of the response so far."""
        return self._connection.received

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._connection.body():
            yield chunk

    async def aclose(self) -> None:
        self._idle.put(self._origin, self._connection)
        # A response of httpx refers to itself by its stream: only the cycle collector would free the connection, and
        # a poll lets that run so seldom that hundreds of closed ones were in memory.
        del self._connection
