"""One HTTP/1.1 connection over asyncio's streams, with h11 for the protocol."""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING

import h11
import httpx

from brandwatch.errors import FetchError
from brandwatch.models import FetchClass

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

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
