"""The small web of the demo on loopback: real HTTP, with validators, a redirect and one server that is down.

It is a file of its own because `http.server` takes longer to import than all other modules of a command.
"""

from __future__ import annotations

import hashlib
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import TYPE_CHECKING

from brandwatch import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


_DATE = re.compile(r"\{\{(rfc|iso) (\d+)([hd])\}\}")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPublisher:
    """One URL of the small web: a page, a redirect, or without either a server that is down."""

    path: str
    page: str = ""
    content_type: str = "application/rss+xml"
    encoding: str = "utf-8"
    moved_to: str = ""


DEMO_PUBLISHERS = (
    DemoPublisher(path="/fjordavisa/rss.xml", page="fjordavisa.xml"),
    DemoPublisher(path="/strandebladet/feed.xml", page="strandebladet.xml", encoding="iso-8859-1"),
    DemoPublisher(path="/fagblogg/feed/", page="fagblogg.xml"),
    DemoPublisher(path="/fagblogg/comments/feed/", page="fagblogg-comments.xml"),
    DemoPublisher(path="/elforum/atom.xml", page="elforum.xml", content_type="application/atom+xml"),
    DemoPublisher(path="/pressroom/index.rdf", page="pressroom.rdf", content_type="application/rdf+xml"),
    DemoPublisher(path="/teknik/feed.json", page="teknik.json", content_type="application/feed+json"),
    DemoPublisher(path="/kystradio/gammel.xml", moved_to="/kystradio/rss.xml"),
    DemoPublisher(path="/nedlagt/rss.xml"),
)
"""The sources of the demo, in this order; the last one is down on purpose."""

_OTHER_PAGES = (
    DemoPublisher(path="/kystradio/rss.xml", page="kystradio.xml"),
    # The threads below two of the entries: followed from the second poll on.
    DemoPublisher(path="/fagblogg/2026/bytte/feed/", page="fagblogg-comments.xml"),
    DemoPublisher(path="/elforum/t/5512/atom.xml", page="elforum-t5512.xml", content_type="application/atom+xml"),
)

DEMO_QUERY = """\
# The query of the demo: a fictional power company and the publishers of a small web on this machine.
brand: Fjordkraft Åsgård AS
names:
  - Fjordkraft Åsgård
  - Fjordkraft Åsgård AS
  - Åsgårdstrøm                 # what people call its tariff
exclude:
  words: [Fjordkraft Åsgård kunstlag]
languages: [no, sv, da, en]
sources:
{sources}
examples:
  match:
    - Sjekk dette bildet av rådgiveren i Fjordkraft Åsgård
    - Fjordkraft Åsgårds priser stiger
    - En Åsgårdstrøm-kunde klager
  reject:
    - Fjordkraft er et ord for seg
"""


@contextmanager
def serve_demo() -> Iterator[str]:
    """Serve the small web during a `with` block; give its URL, `http://127.0.0.1:PORT`."""
    now = clock.now()
    web = {publisher.path: (publisher, _page(publisher, now)) for publisher in (*DEMO_PUBLISHERS, *_OTHER_PAGES)}
    server = _Server(web)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(publisher: DemoPublisher, now: datetime) -> bytes:
    """Return the page of a publisher with recent dates."""
    if not publisher.page:
        return b""
    text = resources.files("brandwatch.cli").joinpath("demo_pages", publisher.page).read_text(encoding="utf-8")

    def date(match: re.Match[str]) -> str:
        moment = now - int(match[2]) * _UNITS[match[3]]
        return format_datetime(moment, usegmt=True) if match[1] == "rfc" else moment.isoformat()

    return _DATE.sub(date, text).encode(publisher.encoding)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        publisher, body = self.server.web.get(self.path, (None, b""))
        if publisher is None:
            self._answer(HTTPStatus.NOT_FOUND)
        elif publisher.moved_to:
            self._answer(HTTPStatus.MOVED_PERMANENTLY, {"Location": publisher.moved_to})
        elif not body:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._answer_page(publisher, body)

    def _answer_page(self, publisher: DemoPublisher, body: bytes) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self._answer(HTTPStatus.NOT_MODIFIED, {"ETag": etag})
        else:
            self._answer(HTTPStatus.OK, {"ETag": etag, "Content-Type": publisher.content_type}, body)

    def _answer(self, status: HTTPStatus, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class calls it so)
        """Stay silent: the poll reports what happened."""


class _Server(ThreadingHTTPServer):
    def __init__(self, web: dict[str, tuple[DemoPublisher, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.web = web
