"""The command `poll`."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli import console, filters, options
from brandwatch.config.diagnostics import render
from brandwatch.errors import Exit, QueryFileError
from brandwatch.models import NO_MENTIONS, MentionCounts, RefreshOutcome, SourceOutcome
from brandwatch.text.sanitise import one_line
from brandwatch.urls import readable_link

if TYPE_CHECKING:
    from brandwatch.pipeline.expire import ExpiryResult
    from brandwatch.pipeline.run import Poll


_SIGNAL_EXIT_BASE = 128

EPILOG = """[bold]Examples[/bold]

brandwatch poll                    all sources that are due

brandwatch poll fjordbanken -v     the sources of one query, with a log; -vv logs more

*/15 * * * * cd /srv/brand && brandwatch poll        in a crontab: prints nothing unless something failed
"""


def command(
    context: typer.Context,
    queries: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]...", help="Only the sources of these queries.")
    ] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Also fetch sources that are paused or not due.")] = False,
    fastest: Annotated[
        str, typer.Option(envvar="BRANDWATCH_FASTEST", metavar="TIME", help="Shortest interval of a busy source.")
    ] = "15m",
    slowest: Annotated[
        str, typer.Option(envvar="BRANDWATCH_SLOWEST", metavar="TIME", help="Longest interval of a quiet source.")
    ] = "3h",
) -> None:
    """Poll, print failures, and exit 3 if a source, a query file or the clock failed."""
    from brandwatch.pipeline import loading, run, schedule

    settings = options.settings_of(context)
    # The objects of a poll die at once or live to its end: frequent collections find no cycles.
    gc.set_threshold(50_000, 20, 50)
    only = tuple(queries or ())
    shortest = filters.parse_span(fastest)
    bounds = schedule.IntervalBounds(fastest=shortest, slowest=max(filters.parse_span(slowest), shortest))
    loaded = loading.load_queries(settings.queries, only)
    for fault in loaded.faults:
        console.echo_error(render(fault))
    if not loaded.queries:
        raise QueryFileError("no query file could be read", "brandwatch check")
    report = PollReport(settings.verbosity)
    with run.open_poll(settings, loaded.queries, broken=loaded.broken, only=only, force=force, bounds=bounds) as poll:
        ended_by = asyncio.run(_until_signal(report.collect(poll)))
    report.summarise()
    for warning in loaded.unwatched:
        console.echo_error(render(warning))
    if ended_by:
        console.echo_error(f"ended by {ended_by.name}: {report.missing} sources have no result")
        raise typer.Exit(_SIGNAL_EXIT_BASE + ended_by)
    if report.missing:
        console.echo_error(f"{report.missing} sources were not fetched in time; they come first next time")
    if report.has_failed or loaded.unwatched or any(fault.is_error for fault in loaded.faults):
        raise typer.Exit(Exit.SOURCES_FAILED)


class PollReport:
    """The events of a poll: shown as they happen, and summed up at its end."""

    def __init__(self, verbosity: int) -> None:
        self._verbosity = verbosity
        self._due = 0
        self._outcomes: list[SourceOutcome] = []
        self._refreshed: list[RefreshOutcome] = []
        self._expiry: ExpiryResult | None = None

    @property
    def missing(self) -> int:
        """The number of sources that are due and have no outcome."""
        return self._due - len(self._outcomes)

    @property
    def has_failed(self) -> bool:
        """Whether a source failed or has no outcome, or the clock is not trusted."""
        is_doubted = self._expiry is not None and self._expiry.clock.doubt is not None
        return is_doubted or self.missing > 0 or any(map(_counts, self._outcomes))

    async def collect(self, poll: Poll) -> None:
        """Run a poll behind a progress bar; with `-v`, print a line for each source and each refresh."""
        from brandwatch.pipeline import expire, run

        async with aclosing(poll.run()) as events:
            with progress(hidden=self._verbosity < 0) as show_progress:
                async for event in events:
                    match event:
                        case run.PollStarted(sources=due):
                            self._due = due
                            show_progress(0, due)
                        case SourceOutcome():
                            self._outcomes.append(event)
                            show_progress(len(self._outcomes), self._due)
                            # A busy hour leaves more threads waiting than anybody reads.
                            if not (event.is_thread and event.fetch.fetch_class == "put-off"):
                                self._echo(_source_line(event))
                        case RefreshOutcome():
                            self._refreshed.append(event)
                            result = f"{event.counted} of {event.entries} responses updated, {event.grown} grew"
                            self._echo(_line(event.fetch_class, event.url, event.error, result))
                        case expire.ExpiryResult():
                            self._expiry = event

    def _echo(self, line: str) -> None:
        if self._verbosity > 0:
            console.echo_error(line)

    def summarise(self) -> None:
        """Print every failure, and a summary for people; cron mails whatever is printed, so else print nothing.

        Responses and comment threads that could not be read are read later, and are no failure of a source.
        """
        if self._verbosity <= 0:
            for outcome in self._outcomes:
                if _counts(outcome):
                    console.echo_error(_source_line(outcome))
        if self._verbosity > 0 or (self._verbosity == 0 and sys.stderr.isatty()):
            self._print_totals()
        if self._expiry and (line := _expiry_line(self._expiry, self._verbosity)):
            console.echo_error(line)

    def _print_totals(self) -> None:
        outcomes = self._outcomes
        failed = sum(map(_counts, outcomes))
        failed_threads = sum(outcome.has_failed for outcome in outcomes) - failed
        mentions = sum((outcome.fetch.counts for outcome in outcomes), NO_MENTIONS)
        unchanged = sum(outcome.fetch.fetch_class in {"not-modified", "same"} for outcome in outcomes)
        deferred = sum(outcome.fetch.fetch_class == "put-off" for outcome in outcomes)
        later = f", {deferred} deferred" if deferred else ""
        asked = len(outcomes) - deferred
        counts = f"{unchanged} unchanged, {failed} failed{later}, {count_words(mentions)}"
        console.echo_error(f"{asked} sources fetched, {counts}")
        if failed_threads:
            hint = "`brandwatch sources` lists them"
            console.echo_error(f"{failed_threads} threads below mentions could not be read; {hint}")
        if self._refreshed:
            counted = sum(outcome.counted for outcome in self._refreshed)
            grown = sum(outcome.grown for outcome in self._refreshed)
            unread = sum(outcome.entries for outcome in self._refreshed if outcome.error)
            later = f", {unread} could not be read and are tried later" if unread else ""
            console.echo_error(f"{counted} responses updated, {grown} grew{later}")


async def _until_signal(running: Coroutine[None, None, None]) -> signal.Signals | None:
    """Run a poll until it ends, or a signal cancels it; return that signal."""
    received: list[signal.Signals] = []
    task = asyncio.ensure_future(running)

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


@contextmanager
def progress(*, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many of all sources are done; without a terminal it shows nothing."""
    screen = console.stderr_console()
    if hidden or not screen.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("polling"), BarColumn(), MofNCompleteColumn(), TextColumn("sources"), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def _counts(outcome: SourceOutcome) -> bool:
    """Whether an outcome is a failure of a source that a query names, not of a comment thread."""
    return outcome.has_failed and not outcome.is_thread


def count_words(counts: MentionCounts) -> str:
    """Write counts of mentions out; those that are 0 are left out, except the new ones."""
    others = {
        "from the backlog": counts.backlog,
        "updated": counts.updated,
        "hidden": counts.hidden,
        "shown again": counts.shown,
        "gone": counts.gone,
    }
    return ", ".join([f"{counts.new} new mentions", *(f"{count} {words}" for words, count in others.items() if count)])


def _source_line(outcome: SourceOutcome) -> str:
    fetch = outcome.fetch
    result = f"{fetch.entries} entries, {count_words(fetch.counts)}"
    if fetch.remark:
        result += f"; {one_line(fetch.remark)}"
    if fetch.fetch_class == "put-off":
        result = "the request budget of its kind is spent; it comes first next time"
    return _line(fetch.fetch_class, outcome.source.url, fetch.error, result)


def _line(fetch_class: str, url: str, error: str, result: str) -> str:
    return f"{fetch_class:<12} {one_line(readable_link(url))}  {one_line(error) or result}"


def _expiry_line(expiry: ExpiryResult, verbosity: int) -> str:
    """Return the line about expiry: the number of mentions, or the reason why none may expire; empty for none."""
    if expiry.clock.doubt:
        from brandwatch.pipeline.expire import explain_clock

        until = "nothing is deleted by age until it is set right or confirmed (`brandwatch doctor` explains)"
        return f"clock: {explain_clock(expiry.clock)}; {until}"
    if verbosity <= 0 or not (expiry.gone or expiry.is_more_due):
        return ""
    more = "; more are due, and go with the next poll" if expiry.is_more_due else ""
    if expiry.gone == 1:
        return f"1 mention went that was older than its query keeps it; its count stays{more}"
    return f"{expiry.gone} mentions went that were older than their query keeps them; their counts stay{more}"
