"""The command `demo`."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from brandwatch import clock
from brandwatch.cli.console import stdout_console, terminal_width
from brandwatch.cli.demo_web import DEMO_PUBLISHERS, DEMO_QUERY, serve_demo
from brandwatch.errors import UsageError
from brandwatch.models import Selection, SourceOutcome
from brandwatch.reports import FORMATS, Layout, columns
from brandwatch.storage import Store, open_store, poll_lock, selections, sources

if TYPE_CHECKING:
    from brandwatch.config.query import Query


EPILOG = """[bold]Examples[/bold]

brandwatch demo

brandwatch demo --folder try-it
"""

_PATH_CELLS = 32


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
    with serve_demo() as base:
        queries.mkdir()
        sources = "\n".join(f"  - {base}{publisher.path}" for publisher in DEMO_PUBLISHERS)
        (queries / "fjordkraft.yaml").write_text(DEMO_QUERY.format(sources=sources), encoding="utf-8")
        os.environ["BRANDWATCH_ALLOW_HOSTS"] = urlsplit(base).netloc
        with poll_lock(database), open_store(database) as store:
            loaded = loading.load_queries(queries).queries
            typer.echo(f"A small web of {len(DEMO_PUBLISHERS)} fictional publishers is served at {base}.\n")
            _show("First poll: everything is new", asyncio.run(_poll(loaded, store)))
            _show("Second poll: nothing has changed", asyncio.run(_poll(loaded, store)))
    typer.echo("One source is down on purpose: a poll never hides that.\n\nWhat was found:\n")
    _report(database)
    _next_steps(home, database, queries)


def _home(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="brandwatch-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "name a new folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    for name in ("entries", "new"):
        table.add_column(name, justify="right", no_wrap=True)
    for outcome in sorted(outcomes, key=lambda outcome: outcome.source.url):
        fetch = outcome.fetch
        path = urlsplit(outcome.source.url).path
        cells = (path[:_PATH_CELLS], fetch.fetch_class, str(fetch.status or "–"), str(fetch.entries), str(fetch.new))
        table.add_row(*map(Text, cells), style="red" if outcome.has_failed else "")
    table.caption = Text(f"{sum(outcome.fetch.new for outcome in outcomes)} new mentions")
    table.caption_justify = "left"
    stdout_console().print(table)
    stdout_console().print()


def _report(database: Path) -> None:
    with open_store(database, create=False) as store:
        coverage = sources.source_coverage(store, (), None)
        layout = Layout(
            generated=clock.now(), coverage=coverage, width=terminal_width() if sys.stdout.isatty() else None
        )
        FORMATS["table"](columns.MENTIONS, selections.select_mentions(store, Selection()), sys.stdout, layout)
    typer.echo(f"\ncoverage: {coverage.seen} of {coverage.expected} sources seen, {len(coverage.failures)} failed")


def _next_steps(home: Path, database: Path, queries: Path) -> None:
    """Print the paths and four commands to try."""
    start = f"{shlex.quote(sys.argv[0])} --db {shlex.quote(str(database))} --queries {shlex.quote(str(queries))}"
    typer.echo(f"\nThe database: {database}\nThe query file: {queries / 'fjordkraft.yaml'}\n\nTry next:")
    for arguments in ("show 1", "report --stories", "stats --by publisher", "sources"):
        typer.echo(f"  {start} {arguments}")
    typer.echo(f"\nAll of it is in {home}; delete the folder when you are done.")
