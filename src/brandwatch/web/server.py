"""A server on loopback: its port is bound before it is announced, and it ends on request."""

from __future__ import annotations

import secrets
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import uvicorn

from brandwatch.errors import UsageError
from brandwatch.web.app import datasette_app
from brandwatch.web.middleware import AuthMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.web.app import WebSource


_LOOPBACK = "127.0.0.1"
_SECONDS_TO_END = 2


class WebServer:
    """A library served at *url*, which holds the key."""

    def __init__(self, library: WebSource, port: int) -> None:
        """Take the port, any free one for 0; raise UsageError where it cannot be had."""
        self._library = library
        self._key = secrets.token_urlsafe(24)
        self._socket = _bound(port)
        self.url = f"http://{_LOOPBACK}:{self._socket.getsockname()[1]}/?key={self._key}"

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until the process is told to end; call *ready* once the port answers."""
        door = AuthMiddleware(datasette_app(self._library), self._library.report, self._key)
        config = uvicorn.Config(
            door,
            log_level="error",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
            ws="none",
        )
        with closing(self._socket):
            self._socket.listen()
            ready()
            uvicorn.Server(config).run(sockets=[self._socket])


def _bound(port: int) -> socket.socket:
    """Return a socket on loopback; nobody can connect to it before it listens."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((_LOOPBACK, port))
    except OSError as error:
        found.close()
        raise UsageError(f"port {port} cannot be had: {error.strerror}", "use another, or --port 0 for any") from error
    return found
