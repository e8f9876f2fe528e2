"""A server on loopback that misbehaves by script: raw sockets, no HTTP library."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator

    Script = Callable[[str], Iterable[bytes | float]]
    """From the head of a request to what is sent: bytes, and seconds of silence."""


class Chaos:
    """One misbehaving server; *asked* has the request heads that it received."""

    def __init__(self, script: Script, context: ssl.SSLContext | None) -> None:
        self.asked: list[str] = []
        self._script = script
        self._context = context
        self._is_over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        """Return an address of the server."""
        return f"http{'s' if self._context else ''}://{host}:{self.port}{path}"

    def stop(self) -> None:
        """End at once."""
        self._is_over.set()
        self._thread.join()

    def _listen(self) -> None:
        with self._listener:
            while not self._is_over.is_set():
                with suppress(TimeoutError):
                    connection = self._listener.accept()[0]
                    threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            stream = self._context.wrap_socket(connection, server_side=True) if self._context else connection
            with stream:
                self._answer(stream)

    def _answer(self, stream: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += stream.recv(65_536) or b"\r\n\r\n"
        text = head.decode("latin-1")  # any byte may be in a header
        self.asked.append(text)
        for piece in self._script(text):
            if self._is_over.is_set():
                return
            if isinstance(piece, bytes):
                stream.sendall(piece)
            else:
                self._is_over.wait(piece)


@contextmanager
def chaos(*pieces: bytes | float, script: Script | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Chaos]:
    """Serve *pieces*, or the result of a script, to every request."""
    server = Chaos(script or (lambda _: pieces), tls)
    try:
        yield server
    finally:
        server.stop()


def for_ever(*pieces: bytes | float, first: bytes = b"") -> Script:
    """A script that sends *first*, and then *pieces* over and over."""

    def script(_: str) -> Iterator[bytes | float]:
        yield first
        while True:
            yield from pieces

    return script
