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
from brandwatch.cli.options import private_hosts
from brandwatch.cli.screen import say, stderr_console
from brandwatch.errors import Exit, QueryFileError
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from brandwatch.cli.settings import Settings
    from brandwatch.fetch import Client
    from brandwatch.models import Outcome

_SIGNALLED = 128

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
    from brandwatch.loading import endpoints, load
    from brandwatch.poll import due, poll
    from brandwatch.queries import render
    from brandwatch.schedule import Bounds, sources_of
    from brandwatch.store import open_store, polling

    settings: Settings = context.obj
    only = tuple(queries or ())
    bounds = Bounds(fastest=span(fastest), slowest=max(span(slowest), span(fastest)))
    loaded = load(settings.queries, only)
    for fault in loaded.faults:
        say(render(fault))
    if not loaded.queries:
        raise QueryFileError("no query file could be read", "brandwatch check")
    client = Client(Limits.from_environment(os.environ), private_hosts(sources_of(loaded.queries).values()))
    with polling(settings.db), open_store(settings.db) as store:
        kinds = endpoints(settings.queries)
        asked = partial(poll, loaded.queries, store, client, kinds=kinds, only=only, force=force, bounds=bounds)
        expected = len(due(loaded.queries, store.sources(), clock.now(), kinds=kinds, only=only, force=force))
        outcomes: list[Outcome] = []
        ended_by = asyncio.run(_poll(asked, client, outcomes, expected=expected, verbosity=settings.verbosity))
    _summarise(outcomes, settings.verbosity)
    if ended_by:
        say(f"ended by {ended_by.name}: {expected - len(outcomes)} sources had not answered")
        raise typer.Exit(_SIGNALLED + ended_by)
    if expected > len(outcomes):
        say(f"{expected - len(outcomes)} sources were not asked in time; they come first next time")
    has_errors = any(fault.severity == "error" for fault in loaded.faults)
    if has_errors or expected > len(outcomes) or any(outcome.failed for outcome in outcomes):
        raise typer.Exit(Exit.SOURCES_FAILED)


async def _poll(
    asked: Callable[[], AsyncGenerator[Outcome]],
    client: Client,
    outcomes: list[Outcome],
    *,
    expected: int,
    verbosity: int,
) -> signal.Signals | None:
    """Run the poll behind a progress bar, adding to *outcomes*; return the signal that ended it, if one did.

    A signal ends it between two commits, so that each source is stored whole or not at all.
    """
    received: list[signal.Signals] = []
    task = asyncio.ensure_future(_collect(asked, client, outcomes, expected=expected, verbosity=verbosity))

    def stop(number: signal.Signals) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not received:
            raise
    return received[0] if received else None


async def _collect(
    asked: Callable[[], AsyncGenerator[Outcome]],
    client: Client,
    outcomes: list[Outcome],
    *,
    expected: int,
    verbosity: int,
) -> None:
    """Take the outcomes as they come, and tell of each where that is wanted."""
    with progress(expected, hidden=verbosity < 0) as advance:
        async with client, aclosing(asked()) as results:
            async for outcome in results:
                outcomes.append(outcome)
                advance()
                if verbosity > 0:
                    say(_line(outcome))


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
