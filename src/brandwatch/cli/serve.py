"""The command `serve`."""

from __future__ import annotations

import io
import tempfile
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import DISTRIBUTION, clock
from brandwatch.cli import console, options, query_scope, report
from brandwatch.cli.filters import Filters, with_filters
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.reports import Layout, columns, report_format
from brandwatch.storage import browsing, open_store, selections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brandwatch.web import WebServer


PORT = 8765
ON_PAGE = 2_000

_DEFAULT_SINCE = "30d"
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

# The backslash is for rich: `[serve]` would be markup.
EPILOG = f"""[bold]Examples[/bold]

brandwatch serve --open

brandwatch serve --port 0 --since 7d

It listens on 127.0.0.1 only, and its URL holds a new key each time. From another machine:

ssh -L 8765:127.0.0.1:8765 the-machine

It needs Datasette: pip install '{DISTRIBUTION}\\[serve]'. Ctrl-C ends it.
"""


@with_filters(
    "query since", since=typer.Option(metavar="TIME", help="Start of the front report: 7d, 2026-05-01; default 30d.")
)
def command(
    context: typer.Context,
    *,
    filters: Filters,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="The port; 0 takes a free one.")] = PORT,
    opens: Annotated[bool, typer.Option("--open", help="Open the page on this desktop.")] = False,
) -> None:
    """Serve until Ctrl-C; a poll may run meanwhile."""
    settings: Settings = context.obj
    filters = replace(filters, since=filters.since or _DEFAULT_SINCE)
    with open_store(settings.db, create=False) as store:
        selection = query_scope.check_selection(store, settings, filters.selection())
        remarks = list(query_scope.scope_remarks(store, settings, selection))
        # An older database is migrated; a damaged one is reported here and not in the browser.
        browsing.refuse_unreadable(settings.db)
    server = _server(settings, filters, port, () if selection.queries else selection.gone_queries)

    def announce() -> None:
        console.write_text(server.url)
        for remark in remarks:
            console.echo_error(remark)
        console.echo_error("Ctrl-C ends it")
        if opens:
            _open(server.url, settings.db.absolute().parent)

    server.run(announce)


def _open(url: str, folder: Path) -> None:
    """Open a URL through a file that only its owner reads: everybody sees the arguments of a program."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="ascii", dir=folder, prefix="brandwatch-", suffix=".html", delete=False
        ) as file:
            file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={url}">')
    except OSError as error:
        console.echo_error(f"the page cannot be opened from here: {error.strerror}")
        return
    removal = threading.Timer(_SECONDS_TO_OPEN, Path(file.name).unlink, kwargs={"missing_ok": True})
    removal.daemon = True
    removal.start()
    if typer.launch(file.name):
        console.echo_error("no program here opens the page")


def _server(settings: Settings, filters: Filters, port: int, gone_queries: Sequence[str]) -> WebServer:
    """Return the server of the database without the mentions of *gone_queries*.

    Raise UsageError without the extra `serve`.
    """
    try:
        from brandwatch.web import WebServer, WebSource
    except ModuleNotFoundError as error:
        raise UsageError("serve needs Datasette", f"pip install '{DISTRIBUTION}[serve]'") from error
    source = WebSource(
        sheets=browsing.BROWSE_VIEWS,
        questions=browsing.CANNED_QUERIES,
        index=browsing.INDEX,
        connect=partial(browsing.browse_connection, settings.db, gone_queries),
        report=partial(_report, settings, filters),
    )
    return WebServer(source, port)


def _report(settings: Settings, filters: Filters) -> str:
    """Return the report as a page, as things are now."""
    selection = filters.selection()
    with open_store(settings.db, create=False) as store:
        selection = query_scope.check_selection(store, settings, selection)
        count = selections.count_mentions(store, selection)
        layout = Layout(
            generated=clock.now(),
            coverage=options.configured_coverage(store, settings, selection),
            since=selection.since,
            stories=partial(report.hottest_stories, store, selection),
            places=_PLACES,
            note="" if count is not None and count <= ON_PAGE else f"The newest {ON_PAGE:,} only; Mentions has all.",
        )
        page = io.StringIO()
        report_format("html")(
            columns.MENTIONS, selections.select_mentions(store, replace(selection, limit=ON_PAGE)), page, layout
        )
    return page.getvalue()
