"""Ask every source that is due for what is new, and store the mentions."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import aclosing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import clock
from brandwatch.cli.screen import say, stderr_console
from brandwatch.errors import Exit, QueryFileError
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from brandwatch.cli.settings import Settings
    from brandwatch.fetch import Client
    from brandwatch.models import Outcome

_TERMINATED = 128 + signal.SIGTERM

EPILOG = """[bold]Examples[/bold]

brandwatch poll                    all sources that are due

brandwatch poll fjordbanken -v     the sources of one query, a line for each

*/15 * * * * cd /srv/brand && brandwatch poll        in a crontab: prints nothing unless something failed
"""


def command(
    context: typer.Context,
    queries: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]...", help="Only the sources of these.")
    ] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Ask sources that are not due, or paused, as well.")] = False,
    fastest: Annotated[
        str, typer.Option(envvar="BRANDWATCH_FASTEST", metavar="TIME", help="How often a busy source is asked.")
    ] = "15m",
    slowest: Annotated[
        str, typer.Option(envvar="BRANDWATCH_SLOWEST", metavar="TIME", help="How often a quiet source is asked.")
    ] = "3h",
) -> None:
    """Poll, tell what happened where somebody looks, and exit 3 if a source or a query file failed."""
    from brandwatch.cli.times import span
    from brandwatch.fetch import Client, Limits
    from brandwatch.poll import due, poll
    from brandwatch.queries import load, render
    from brandwatch.schedule import Bounds
    from brandwatch.store import open_store, polling

    settings: Settings = context.obj
    only = tuple(queries or ())
    bounds = Bounds(fastest=span(fastest), slowest=max(span(slowest), span(fastest)))
    loaded = load(settings.queries, only)
    for fault in loaded.faults:
        say(render(fault))
    if not loaded.queries:
        raise QueryFileError("no query file could be read", "brandwatch check")
    client = Client(Limits.from_environment(os.environ))
    with polling(settings.db), open_store(settings.db) as store:
        asked = partial(poll, loaded.queries, store, client, only=only, force=force, bounds=bounds)
        expected = len(due(loaded.queries, store.sources(), clock.now(), only=only, force=force))
        try:
            outcomes = asyncio.run(_poll(asked, client, expected, settings.verbosity))
        except asyncio.CancelledError:
            raise typer.Exit(_TERMINATED) from None
    _summarise(outcomes, settings.verbosity)
    if expected > len(outcomes):
        say(f"{expected - len(outcomes)} sources were not asked in time; they come first next time")
    has_errors = any(fault.severity == "error" for fault in loaded.faults)
    if has_errors or expected > len(outcomes) or any(outcome.failed for outcome in outcomes):
        raise typer.Exit(Exit.SOURCES_FAILED)


async def _poll(
    asked: Callable[[], AsyncGenerator[Outcome]], client: Client, expected: int, verbosity: int
) -> list[Outcome]:
    """Run the poll behind a progress bar; SIGTERM ends it as Ctrl-C does, after the commit under way."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    outcomes: list[Outcome] = []
    with progress(expected, hidden=verbosity < 0) as advance:
        async with client, aclosing(asked()) as results:
            async for outcome in results:
                outcomes.append(outcome)
                advance()
                if verbosity > 0:
                    say(_line(outcome))
    return outcomes


@contextmanager
def progress(expected: int, *, hidden: bool) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal and nothing elsewhere; call what is given after each source."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = stderr_console()
    columns = (TextColumn("polling"), BarColumn(), MofNCompleteColumn(), TextColumn("sources"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal) as bar:
        task = bar.add_task("", total=expected)
        yield lambda: bar.advance(task)


def _line(outcome: Outcome) -> str:
    """Return one line about one source."""
    fetch = outcome.fetch
    what = f"{fetch.entries} entries, {fetch.new} new mentions"
    return f"{fetch.fetch_class:<12} {one_line(outcome.source.url)}  {one_line(fetch.error) or what}"


def _summarise(outcomes: Sequence[Outcome], verbosity: int) -> None:
    """Name every failure, and sum up where somebody looks; cron mails whatever is printed, so else be silent."""
    if verbosity <= 0:
        for outcome in outcomes:
            if outcome.failed:
                say(_line(outcome))
    if verbosity > 0 or (verbosity == 0 and sys.stderr.isatty()):
        failed = sum(outcome.failed for outcome in outcomes)
        new = sum(outcome.fetch.new for outcome in outcomes)
        unchanged = sum(outcome.fetch.fetch_class in {"not-modified", "same"} for outcome in outcomes)
        say(f"{len(outcomes)} sources asked, {unchanged} unchanged, {failed} failed, {new} new mentions")
