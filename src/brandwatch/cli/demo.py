"""The command `demo`, and its small web on loopback: validators, a redirect, and one server that is down."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shlex
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from brandwatch import clock
from brandwatch.cli.console import stdout_console, terminal_width
from brandwatch.errors import OutputError, UsageError
from brandwatch.models import Selection, SourceOutcome
from brandwatch.reports import Layout, columns, report_format
from brandwatch.storage import Store, open_store, poll_lock, selections
from brandwatch.text.sanitise import shown_path

if TYPE_CHECKING:
    from brandwatch.config.query import Query


EPILOG = """[bold]Examples[/bold]

brandwatch demo

brandwatch demo --folder try-it
"""

_PATH_CELLS = 32
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


_PUBLISHERS = (
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

_QUERY = """\
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


def command(
    *,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for query and database; without it a temporary one."),
    ] = None,
) -> None:
    """Serve, poll twice, report: the same code as a real poll, over real HTTP, into a real database."""
    from brandwatch.pipeline import loading

    home = _home(folder)
    database, queries = home / "brandwatch.db", home / "queries"
    with _serve_web() as base:
        queries.mkdir()
        sources = "\n".join(f"  - {base}{publisher.path}" for publisher in _PUBLISHERS)
        (queries / "fjordkraft.yaml").write_text(_QUERY.format(sources=sources), encoding="utf-8")
        os.environ["BRANDWATCH_ALLOW_HOSTS"] = urlsplit(base).netloc
        with poll_lock(database), open_store(database) as store:
            loaded = loading.load_queries(queries).queries
            typer.echo(f"A small web of {len(_PUBLISHERS)} fictional publishers is served at {base}.\n")
            _show("First poll: everything is new", asyncio.run(_poll(loaded, store)))
            _show("Second poll: nothing has changed", asyncio.run(_poll(loaded, store)))
    typer.echo("One source is down on purpose: a poll never hides that.\n\nWhat was found:\n")
    _report(database)
    _next_steps(home, database, queries)


def _home(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="brandwatch-demo-"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}", "name a new folder") from None
    if any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "name a new folder")
    return folder.resolve()


async def _poll(queries: tuple[Query, ...], store: Store) -> list[SourceOutcome]:
    from brandwatch.http import Client, FetchLimits
    from brandwatch.pipeline.run import Poll
    from brandwatch.sources.registry import Registry

    async with Client(FetchLimits.from_environment(os.environ)) as client:
        poll = Poll(queries=queries, store=store, client=client, registry=Registry(), force=True)
        return [outcome async for outcome in poll.read_and_record(poll.due_jobs())]


def _show(title: str, outcomes: list[SourceOutcome]) -> None:
    """Print the outcome of each source."""
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("source")
    for name in ("class", "status"):
        table.add_column(name, no_wrap=True)
    for name in ("entries", "mentions"):
        table.add_column(name, justify="right", no_wrap=True)
    for outcome in sorted(outcomes, key=lambda outcome: outcome.source.url):
        fetch = outcome.fetch
        path = urlsplit(outcome.source.url).path
        cells = (
            path[:_PATH_CELLS],
            fetch.fetch_class,
            str(fetch.status or "–"),
            str(fetch.entries),
            str(fetch.counts.stored),
        )
        table.add_row(*map(Text, cells), style="red" if outcome.has_failed else "")
    table.caption = Text(f"{sum(outcome.fetch.counts.stored for outcome in outcomes)} mentions stored")
    table.caption_justify = "left"
    stdout_console().print(table)
    stdout_console().print()


def _report(database: Path) -> None:
    from brandwatch.pipeline import coverage

    with open_store(database, create=False) as store:
        measured = coverage.measure_coverage(store, None, coverage.ReportPeriod(now=clock.now()))
        layout = Layout(
            generated=clock.now(), coverage=measured, width=terminal_width() if sys.stdout.isatty() else None
        )
        report_format("table")(columns.MENTIONS, selections.select_mentions(store, Selection()), sys.stdout, layout)
    typer.echo(f"\ncoverage: {measured.seen} of {measured.expected} sources seen, {len(measured.failures)} failed")


def _next_steps(home: Path, database: Path, queries: Path) -> None:
    """Print the paths and four commands to try."""
    start = f"{shlex.quote(sys.argv[0])} --db {shlex.quote(str(database))} --queries {shlex.quote(str(queries))}"
    typer.echo(f"\nThe database: {shown_path(database)}")
    typer.echo(f"The query file: {shown_path(queries / 'fjordkraft.yaml')}\n\nTry next:")
    for arguments in ("show 1", "report --stories", "stats --by publisher", "sources"):
        typer.echo(f"  {start} {arguments}")
    typer.echo(f"\nAll of it is in {shown_path(home)}; delete the folder when you are done.")


# --- the small web -----------------------------------------------------------------------------------------------


@contextmanager
def _serve_web() -> Iterator[str]:
    """Serve the small web during a `with` block; give its URL, `http://127.0.0.1:PORT`."""
    now = clock.now()
    web = {publisher.path: (publisher, _page(publisher, now)) for publisher in (*_PUBLISHERS, *_OTHER_PAGES)}
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
    text = (Path(__file__).with_name("demo_pages") / publisher.page).read_text(encoding="utf-8")

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
