"""Browse the database in a browser on this machine: the report, tables with facets and a search, and questions."""

from __future__ import annotations

import io
import tempfile
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli import report_stories
from brandwatch.cli.console import echo_error, write_text
from brandwatch.cli.filters import Queries, build_selection
from brandwatch.cli.options import named_sources
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.config.settings import Settings
    from brandwatch.web import WebServer


PORT = 8765
ON_PAGE = 2_000

_SINCE = "30d"
_SECONDS_TO_OPEN = 20
_PLACES = {
    "Mentions": "/brandwatch/mentions",
    "Stories": "/brandwatch/stories",
    "Latest": "/brandwatch/latest",
    "Most answered": "/brandwatch/answered",
    "Hottest": "/brandwatch/hottest",
    "Share per week": "/brandwatch/share",
    "Coverage": "/brandwatch/coverage",
    "All tables": "/brandwatch",
}

EPILOG = """[bold]Examples[/bold]

brandwatch serve --open

brandwatch serve --port 0 --since 7d

It listens on 127.0.0.1 only, and the address holds a key that is new each time. From another machine:

ssh -L 8765:127.0.0.1:8765 the-machine

It needs Datasette: pip install 'brandwatch[serve]'. Ctrl-C ends it.
"""


def command(
    context: typer.Context,
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="On this port; 0 takes any.")] = PORT,
    queries: Queries = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="From when the report at the front tells: 7d, 2026-05-01; 30d without.")
    ] = "",
    opens: Annotated[bool, typer.Option("--open", help="Open the page on this desktop.")] = False,
) -> None:
    """Serve until Ctrl-C; a poll may go on meanwhile."""
    from brandwatch.storage import open_store
    from brandwatch.storage.browsing import refuse_unreadable

    settings: Settings = context.obj
    build_selection(queries=queries, since=since)
    with open_store(settings.db, create=False):
        # One of an older version is brought up to date; a damaged one is told here and not in the browser.
        refuse_unreadable(settings.db)
    serving = _serving(settings, lambda: _report(settings, queries, since or _SINCE), port)

    def tell() -> None:
        write_text(serving.url)
        echo_error("Ctrl-C ends it")
        if opens:
            _open(serving.url, settings.db.absolute().parent)

    serving.run(tell)


def _open(url: str, folder: Path) -> None:
    """Open an address through a file that only its owner reads: what a program is started with, everybody sees."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="ascii", dir=folder, prefix="brandwatch-", suffix=".html", delete=False
        ) as file:
            file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={url}">')
    except OSError as error:
        echo_error(f"it cannot be opened from here: {error.strerror}")
        return
    gone = threading.Timer(_SECONDS_TO_OPEN, Path(file.name).unlink, kwargs={"missing_ok": True})
    gone.daemon = True
    gone.start()
    if typer.launch(file.name):
        echo_error("nothing here opens it")


def _serving(settings: Settings, report: Callable[[], str], port: int) -> WebServer:
    """Return what serves the database; raise UsageError where the extra is not installed."""
    from brandwatch.storage.browse_views import BROWSE_VIEWS, CANNED_QUERIES, INDEX
    from brandwatch.storage.browsing import browse_connection

    try:
        from brandwatch.web import WebServer, WebSource
    except ModuleNotFoundError as error:
        raise UsageError("serve needs Datasette", "pip install 'brandwatch[serve]'") from error
    library = WebSource(
        sheets=BROWSE_VIEWS,
        questions=CANNED_QUERIES,
        index=INDEX,
        connect=lambda: browse_connection(settings.db),
        report=report,
    )
    return WebServer(library, port)


def _report(settings: Settings, queries: list[str] | None, since: str) -> str:
    """Return the report as a page, as things are now."""
    from brandwatch import clock
    from brandwatch.reports import FORMATS, Layout
    from brandwatch.reports.columns import MENTIONS
    from brandwatch.storage import open_store
    from brandwatch.storage.selections import count_mentions, select_mentions
    from brandwatch.storage.sources import source_coverage

    selection = build_selection(queries=queries, since=since)
    with open_store(settings.db, create=False) as store:
        count = count_mentions(store, selection)
        layout = Layout(
            generated=clock.now(),
            coverage=source_coverage(store, [source.url for source in named_sources(settings)], selection.since),
            since=selection.since,
            stories=partial(report_stories.hottest_stories, store),
            places=_PLACES,
            note="" if count is not None and count <= ON_PAGE else f"The newest {ON_PAGE:,} only; Mentions has all.",
        )
        page = io.StringIO()
        FORMATS["html"](MENTIONS, select_mentions(store, replace(selection, limit=ON_PAGE)), page, layout)
    return page.getvalue()
