"""Shared fixtures: a site on loopback, the command line, and a fixed time zone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest
import time_machine
from hypothesis import settings
from tests.seal_guard import SealGuard

from brandwatch.cli import run
from brandwatch.http import Client
from brandwatch.reports import columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from time_machine import Traveller


START = datetime(2026, 5, 4, 12, tzinfo=UTC)
"""The time at which the fixture `clock` stands still."""

# A slow machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@dataclass
class Page:
    """The response of the site at one path; a header Date replaces that of the site."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Asked(NamedTuple):
    """A request to the site."""

    path: str
    headers: dict[str, str]
    body: bytes = b""


class Site:
    """A web server on loopback whose pages a test can change while it runs; *answer* makes those that are not there.

    *date* is the header Date of every answer, empty for none; by default it is the time of the test.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.date: str | None = None
        self.pages: dict[str, Page] = {}
        self.answer: Callable[[str], bytes] | None = None
        self.log: list[Asked] = []

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> str:
        """Show *body* at *path*; return its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page(body.encode() if isinstance(body, str) else body, status, named)
        return self.url(path)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    own_date: str | None = None
    # One packet an answer: the second of two would wait 40 ms for the acknowledgement of the first.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        site.log.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        absent = Page(site.answer(self.path)) if site.answer else Page(b"nothing here", 404)
        page = site.pages.get(self.path, absent)
        etag = page.headers.get("ETag")
        is_known = etag is not None and self.headers.get("If-None-Match") == etag
        self.own_date = page.headers.get("Date")
        self.send_response(304 if is_known else page.status)
        for name, value in page.headers.items():
            if name != "Date":
                self.send_header(name, value)
        if not is_known:
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if not is_known:
            self.wfile.write(page.body)

    def send_header(self, keyword: str, value: str) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        if keyword == "Date":
            value = next((date for date in (self.own_date, site.date) if date is not None), value)
        if keyword != "Date" or value:
            super().send_header(keyword, value)

    def log_message(self, *args: object) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    """A server that prints nothing when a client closes the connection."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Print the errors of the server itself."""
        # Tests compare the standard error of this process.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serving() -> Iterator[Site]:
    """A site on loopback for the length of a block."""
    server = QuietServer(("127.0.0.1", 0), _Handler)
    server.site = Site(server.server_port)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with closing(server.socket):
        yield server.site  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hosts of this test count as public: servers on this machine do not confirm its clock."""
    monkeypatch.setattr(Client, "may_be_private", lambda _client, _url: False)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on loopback for the length of a test."""
    with serving() as opened:
        yield opened


_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ brandwatch")


class Answer(NamedTuple):
    """The exit code and the output of the program."""

    code: int
    out: str
    err: str

    @property
    def messages(self) -> list[str]:
        """The lines of standard error for people, without the log of `-v`."""
        return [line for line in self.err.splitlines() if not _LOG_LINE.match(line)]


@pytest.fixture(autouse=True)
def oslo() -> Iterator[None]:
    """Local time is Oslo, whatever the machine's zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Oslo"
    time.tzset()
    # What a fixture of a whole module has written may have been in the zone of the machine.
    columns.local_zone.cache_clear()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with an environment free of our variables."""
    for name in ("BRANDWATCH_DB", "BRANDWATCH_QUERIES", "BRANDWATCH_TIMEOUT", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BRANDWATCH_ALLOW_HOSTS", "127.0.0.1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "100")
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def cli(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Answer]:
    """The command line in this process: `cli("report", "--format", "csv")`."""
    guard = SealGuard(home)

    def call(*arguments: str) -> Answer:
        guard.note()
        monkeypatch.setattr(sys, "argv", ["brandwatch", *arguments])
        capfdbinary.readouterr()
        code = 0
        try:
            run()
        except SystemExit as ending:
            code = int(ending.code or 0)
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        guard.check()
        return Answer(code, out.decode(), err.decode())

    return call


@pytest.fixture
def program(home: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """The command line as a process of its own."""

    def call(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "brandwatch", *arguments]
        settings: dict[str, object] = {"capture_output": True, "timeout": 300} | options
        return subprocess.run(command, check=False, **settings)  # type: ignore[call-overload,no-any-return]

    return call


ITEM = "<item><title>{title}</title><link>{link}</link><guid>{guid}</guid><pubDate>{date}</pubDate>{more}</item>"


@pytest.fixture
def rss() -> Callable[..., str]:
    """A feed of (title, link) pairs, or of (title, link, more XML)."""

    def build(*entries: tuple[str, ...], language: str = "nb", channel: str = "") -> str:
        items = "".join(
            ITEM.format(
                title=entry[0],
                link=entry[1],
                guid=entry[1],
                date="Mon, 04 May 2026 10:00:00 +0200",
                more=entry[2] if len(entry) > 2 else "",
            )
            for entry in entries
        )
        head = f"<title>Fjordavisa</title><language>{language}</language>{channel}"
        return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'

    return build


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """A clock that only the test moves."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def query(home: Path) -> Callable[..., Path]:
    """Write a query file for Fjordkraft Åsgård AS with the given sources; return its path."""

    def write(*sources: str, name: str = "fjordkraft", more: str = "") -> Path:
        folder = home / "queries"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.yaml"
        listed = "".join(f"  - {source}\n" for source in sources)
        text = f"brand: Fjordkraft Åsgård AS\nnames: [Fjordkraft Åsgård]\nsources:\n{listed or '  []'}\n{more}"
        path.write_text(text, encoding="utf-8")
        return path

    return write
