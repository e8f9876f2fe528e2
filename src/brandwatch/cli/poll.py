"""Ask every source that is due for what is new, store the mentions, and read again how they are answered."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from contextlib import aclosing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import clock
from brandwatch.cli.console import echo_error, stderr_console
from brandwatch.cli.options import private_hosts
from brandwatch.errors import Exit, QueryFileError
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence

    from brandwatch.config.settings import Settings
    from brandwatch.http import Client
    from brandwatch.models import RefreshOutcome, SourceOutcome
    from brandwatch.pipeline.expire import ExpiryResult


_SIGNALLED = 128
_PUT_OFF = "the requests that one poll has for its kind are spent; it comes first next time"

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
    """Poll, tell what happened where somebody looks, and exit 3 if a source, a query file or the clock is at fault."""
    from brandwatch.cli.filters import parse_span
    from brandwatch.config.diagnostics import render
    from brandwatch.http import Client, FetchLimits
    from brandwatch.pipeline.expire import expire_overdue
    from brandwatch.pipeline.jobs import refreshable_sources
    from brandwatch.pipeline.loading import adapter_lookup, load_queries, source_registry
    from brandwatch.pipeline.refresh_responses import LAST_REFRESH, refresh_responses
    from brandwatch.pipeline.run import plan_poll, run_poll
    from brandwatch.pipeline.schedule import IntervalBounds, sources_of
    from brandwatch.storage import open_store, poll_lock
    from brandwatch.storage.sources import followed_threads

    settings: Settings = context.obj
    # What a poll makes dies at once or lives to its end; looking for cycles in it so often finds none.
    gc.set_threshold(50_000, 20, 50)
    only = tuple(queries or ())
    bounds = IntervalBounds(fastest=parse_span(fastest), slowest=max(parse_span(slowest), parse_span(fastest)))
    loaded = load_queries(settings.queries, only)
    for fault in loaded.faults:
        echo_error(render(fault))
    if not loaded.queries:
        raise QueryFileError("no query file could be read", "brandwatch check")
    client = Client(FetchLimits.from_environment(os.environ), private_hosts(sources_of(loaded.queries).values()))
    outcomes: list[SourceOutcome] = []
    recounts: list[RefreshOutcome] = []
    with poll_lock(settings.db), open_store(settings.db) as store:
        registry = source_registry(settings.queries)
        endpoint_of = adapter_lookup(registry)
        now = clock.now()
        plans = plan_poll(loaded.queries, store, kinds=endpoint_of, only=only, force=force)
        asked, expected = partial(run_poll, loaded.queries, plans, store, client, bounds=bounds, now=now), len(plans)
        named = sources_of(query for query in loaded.queries if not only or query.name in only).values()
        telling = refreshable_sources(named, followed_threads(store, clock.now() - LAST_REFRESH), endpoint_of)
        again = partial(refresh_responses, store, client, registry, telling)
        collected = _collect(asked, again, client, outcomes, recounts, expected=expected, verbosity=settings.verbosity)
        ended_by = asyncio.run(_poll(collected))
        retired = None if ended_by else expire_overdue(loaded.queries, loaded.broken, store, outcomes, now)
    _summarise(outcomes, recounts, settings.verbosity)
    if retired and (line := _retired(retired, settings.verbosity)):
        echo_error(line)
    if ended_by:
        echo_error(f"ended by {ended_by.name}: {expected - len(outcomes)} sources had not answered")
        raise typer.Exit(_SIGNALLED + ended_by)
    if expected > len(outcomes):
        echo_error(f"{expected - len(outcomes)} sources were not asked in time; they come first next time")
    has_errors = any(fault.severity == "error" for fault in loaded.faults)
    is_doubted = retired is not None and retired.clock.doubt is not None
    if has_errors or is_doubted or expected > len(outcomes) or any(map(_counts, outcomes)):
        raise typer.Exit(Exit.SOURCES_FAILED)


async def _poll(collected: Coroutine[None, None, None]) -> signal.Signals | None:
    """Run the poll; return the signal that ended it, if one did.

    A signal ends it between two commits, so that each source is stored whole or not at all.
    """
    received: list[signal.Signals] = []
    task = asyncio.ensure_future(collected)

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
    asked: Callable[[], AsyncGenerator[SourceOutcome]],
    again: Callable[..., AsyncGenerator[RefreshOutcome]],
    client: Client,
    outcomes: list[SourceOutcome],
    recounts: list[RefreshOutcome],
    *,
    expected: int,
    verbosity: int,
) -> None:
    """Take the outcomes as they come, behind a progress bar, then read responses again in what time is left."""
    from brandwatch.pipeline.run import MAX_POLL_DURATION

    end = clock.now() + MAX_POLL_DURATION
    async with client:
        with progress(expected, hidden=verbosity < 0) as advance:
            async with aclosing(asked()) as results:
                async for outcome in results:
                    outcomes.append(outcome)
                    advance()
                    if verbosity > 0:
                        echo_error(_line(outcome))
        now = clock.now()
        async with aclosing(again(now=now, environ=os.environ, longest=end - now)) as read:
            async for recount in read:
                recounts.append(recount)
                if verbosity > 0:
                    echo_error(_recounted(recount))


@contextmanager
def progress(expected: int, *, hidden: bool) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal and nothing elsewhere; call what is given after each source."""
    console = stderr_console()
    if hidden or not console.is_terminal:
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("polling"), BarColumn(), MofNCompleteColumn(), TextColumn("sources"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=expected)
        yield lambda: bar.advance(task)


def _counts(outcome: SourceOutcome) -> bool:
    """Say whether an outcome is a failure of a source that a query names: nobody named what is said below an entry."""
    return outcome.failed and not outcome.is_thread


def _line(outcome: SourceOutcome) -> str:
    """Return one line about one source."""
    fetch = outcome.fetch
    is_put_off = fetch.fetch_class == "put-off"
    what = _PUT_OFF if is_put_off else f"{fetch.entries} entries, {fetch.new} new mentions"
    return f"{fetch.fetch_class:<12} {one_line(outcome.source.url)}  {one_line(fetch.error) or what}"


def _recounted(recount: RefreshOutcome) -> str:
    """Return one line about one request for responses."""
    what = f"{recount.counted} of {recount.entries} responses read again, {recount.grown} grew"
    return f"{recount.fetch_class:<12} {one_line(recount.url)}  {one_line(recount.error) or what}"


def _summarise(outcomes: Sequence[SourceOutcome], recounts: Sequence[RefreshOutcome], verbosity: int) -> None:
    """Name every failure, and sum up where somebody looks; cron mails whatever is printed, so else be silent.

    Responses and conversations that could not be read are asked for again, and are no failure of a source.
    """
    if verbosity <= 0:
        for outcome in outcomes:
            if _counts(outcome):
                echo_error(_line(outcome))
    if verbosity > 0 or (verbosity == 0 and sys.stderr.isatty()):
        failed = sum(map(_counts, outcomes))
        unheard = sum(outcome.failed for outcome in outcomes) - failed
        new = sum(outcome.fetch.new for outcome in outcomes)
        unchanged = sum(outcome.fetch.fetch_class in {"not-modified", "same"} for outcome in outcomes)
        put_off = sum(outcome.fetch.fetch_class == "put-off" for outcome in outcomes)
        asked = len(outcomes) - put_off
        later = f", {put_off} put off" if put_off else ""
        echo_error(f"{asked} sources asked, {unchanged} unchanged, {failed} failed{later}, {new} new mentions")
        if unheard:
            echo_error(f"{unheard} conversations below mentions could not be read; `brandwatch sources` shows them")
        if recounts:
            echo_error(_sum_of(recounts))


def _retired(retired: ExpiryResult, verbosity: int) -> str:
    """Return what went because of its age, or why nothing may go, in one line; empty where there is nothing to say."""
    from brandwatch.pipeline.clock_trust import explain_clock

    if retired.clock.doubt:
        until = "nothing is deleted by age until it is set right or confirmed (`brandwatch doctor` explains)"
        return f"clock: {explain_clock(retired.clock)}; {until}"
    if verbosity <= 0 or not (retired.gone or retired.is_more_due):
        return ""
    more = "; more are due, and go with the next poll" if retired.is_more_due else ""
    if retired.gone == 1:
        return f"1 mention went that was older than its query keeps it; its count stays{more}"
    return f"{retired.gone} mentions went that were older than their query keeps them; their counts stay{more}"


def _sum_of(recounts: Sequence[RefreshOutcome]) -> str:
    """Return what was read again, in one line."""
    counted, grown = sum(recount.counted for recount in recounts), sum(recount.grown for recount in recounts)
    failed = sum(recount.entries for recount in recounts if recount.error)
    later = f", {failed} could not be read and are asked for later" if failed else ""
    return f"{counted} responses read again, {grown} grew{later}"
