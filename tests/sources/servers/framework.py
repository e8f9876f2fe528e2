"""One web server on loopback for all endpoints: a path leads to a function that turns a question into a reply."""

from __future__ import annotations

import gzip
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.conftest import QuietServer

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Sequence

    from tests.sources.servers.world import World

    Endpoint = Callable[["World", "Asked"], "Reply"]
    Routes = Sequence[tuple[re.Pattern[str], Endpoint]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: where, with what, and the parts of its path that the route names."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    host: str
    every: tuple[tuple[str, str], ...] = ()
    parts: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def number(self, name: str, usual: int) -> int:
        """Return a parameter that is a number."""
        return int(self.params.get(name, usual))


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(data: Any, status: int = 200, **headers: str) -> Reply:
    """Return data as the answer of an interface; `_` in the name of a header stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps(data, ensure_ascii=False).encode(), status, headers=named)


def as_text(text: str, status: int = 200, content_type: str = "text/plain; charset=utf-8", **headers: str) -> Reply:
    """Return words for people where a program asked."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(text.encode(), status, content_type, named)


def as_page(text: str, status: int = 200, **headers: str) -> Reply:
    """Return a web page where a program asked."""
    return as_text(f"<!DOCTYPE html><title>{text}</title><p>{text}</p>", status, "text/html; charset=utf-8", **headers)


def squeezed(reply: Reply) -> Reply:
    """Return a reply in gzip, whether or not that was asked for."""
    headers = reply.headers | {"Content-Encoding": "gzip"}
    return Reply(gzip.compress(reply.body), reply.status, reply.content_type, headers)


class Server:
    """A running server: *log* holds what it was asked; *instead* is answered in place of everything while it is set.

    *first* is the first question of all: the source's own, before there was a conversation to follow.
    """

    def __init__(self, port: int, world: World, routes: Routes) -> None:
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        self.world = world
        self.log: list[Asked] = []
        self.instead: Reply | None = None
        self.first: Asked | None = None
        self._routes = routes

    def answer(self, asked: Asked) -> Reply:
        """Return the reply to a request."""
        self.log.append(asked)
        self.first = self.first or asked
        if self.instead:
            return self.instead
        for pattern, endpoint in self._routes:
            if match := pattern.fullmatch(asked.path):
                parts = {name: part for name, part in match.groupdict().items() if part is not None}
                return endpoint(self.world, Asked(**{**_fields(asked), "parts": parts}))
        return as_page("404 Not Found", 404)


@contextmanager
def serve(world: World, routes: Routes) -> Iterator[Server]:
    """Serve a world until the end of the block."""
    listener = QuietServer(("127.0.0.1", 0), _Handler)
    listener.timeout = 0.02
    server = listener.endpoints = Server(listener.server_port, world, routes)  # type: ignore[attr-defined]
    is_over = threading.Event()
    thread = threading.Thread(target=_listen, args=(listener, is_over), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        is_over.set()
        thread.join()


def _listen(listener: ThreadingHTTPServer, is_over: threading.Event) -> None:
    """Take requests until it is over."""
    with listener:
        while not is_over.is_set():
            listener.handle_request()


def _fields(asked: Asked) -> dict[str, Any]:
    """Return the parts of a request by their names."""
    return {name: getattr(asked, name) for name in Asked.__dataclass_fields__}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        every = tuple(parse_qsl(address.query, keep_blank_values=True))
        asked = Asked(
            path=unquote(address.path),
            params=dict(every),
            headers={name.lower(): value for name, value in self.headers.items()},
            host=self.headers.get("Host", ""),
            every=every,
            body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
        )
        reply = self.server.endpoints.answer(asked)  # type: ignore[attr-defined]
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_POST = do_GET  # noqa: N815 (the library calls it so)

    def log_message(self, *args: object) -> None:
        pass
