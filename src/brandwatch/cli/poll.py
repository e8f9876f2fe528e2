"""The command `poll`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import ExitStack, aclosing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli import console, filters, options, poll_lines
from brandwatch.config.diagnostics import render
from brandwatch.errors import Exit, QueryFileError
from brandwatch.models import NO_MENTIONS, NoticeKind, RefreshOutcome, SourceOutcome
from brandwatch.text import plural

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query_files import LoadedQueries
    from brandwatch.config.settings import Settings
    from brandwatch.pipeline.edits import QueryEdit
    from brandwatch.pipeline.expire import ExpiryResult
    from brandwatch.pipeline.idle_poll import IdlePoll
    from brandwatch.pipeline.loading import QueryFolder
    from brandwatch.pipeline.poll_end import PollEnded
    from brandwatch.pipeline.run import Poll
    from brandwatch.pipeline.schedule import IntervalBounds
    from brandwatch.storage import Store
    from brandwatch.storage.query_cache import FolderFacts


_SIGNAL_EXIT_BASE = 128

EPILOG = """[bold]Examples[/bold]

brandwatch poll                    all sources that are due

brandwatch poll --in-flight 200    thousands of sources, on a machine that can open many files

brandwatch poll fjordbanken -v     the sources of one query, with a log; -vv logs more

*/15 * * * * cd /srv/brand && brandwatch poll        in a crontab: mails what changed

Without a terminal only changes are printed: a source began to fail (at the third failure in a row, after an hour), \
still fails after a week, is well again. The exit code is 3 while a source fails, printed or not.
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
    in_flight: Annotated[
        int | None,
        typer.Option(
            envvar="BRANDWATCH_IN_FLIGHT",
            metavar="N",
            min=1,
            max=1000,
            help="Requests at a time, two at most to one host.",
            show_default="50, or fewer within `ulimit -n`",
        ),
    ] = None,
) -> None:
    """Poll, print what failed or changed, and exit 3 if a source, a query file or the clock failed."""
    from brandwatch.pipeline import loading, schedule
    from brandwatch.storage import atomic_files, open_store, poll_lock

    settings = options.settings_of(context)
    only = tuple(queries or ())
    shortest = filters.parse_span(fastest)
    bounds = schedule.IntervalBounds(fastest=shortest, slowest=max(filters.parse_span(slowest), shortest))
    folder, report = loading.QueryFolder(settings, only), PollReport(settings.verbosity)
    facts = folder.facts
    is_perhaps_idle = not (force or folder.are_files_read or facts.has_faults or _unknown(only, facts))
    if not is_perhaps_idle and not folder.queries.queries:
        _print_faults(folder.queries.faults)
        raise QueryFileError("no query file could be read", "brandwatch check")
    with poll_lock(settings.db), open_store(settings.db) as store:
        atomic_files.sweep_leftovers(settings.db.parent)
        if is_perhaps_idle and _poll_idle(store, facts, only, bounds, report):
            ended_by = None
        else:
            selected = {"only": only, "force": force, "bounds": bounds, "in_flight": in_flight}
            ended_by = _poll(store, settings, folder.queries, report, selected)
    _end(folder, report, ended_by)


def _unknown(only: Iterable[str], facts: FolderFacts) -> bool:
    return not set(only) <= {query.name for query in facts.queries}


def _poll_idle(
    store: Store, facts: FolderFacts, only: Collection[str], bounds: IntervalBounds, report: PollReport
) -> bool:
    """Do what is left of a poll in which nothing is due; return whether it is one."""
    from brandwatch.pipeline import fault_notices, idle_poll

    poll = idle_poll.IdlePoll(
        store=store, queries=facts.queries, only=only, prints_notices=report.is_unattended, bounds=bounds
    )
    if not poll.is_idle():
        return False
    _catch_up(store, poll.now)
    if report.is_unattended:
        # What was wrong with a query file and is no more is forgotten.
        fault_notices.faults_to_print(store, {}, poll.now)
    report.collect_idle(poll)
    return True


def _poll(
    store: Store, settings: Settings, loaded: LoadedQueries, report: PollReport, selected: Mapping[str, Any]
) -> signal.Signals | None:
    """Poll what is due; return the signal that has ended the poll."""
    import asyncio

    from brandwatch.pipeline import run

    poll = run.wire_poll(
        store, settings, loaded.queries, broken=loaded.broken, prints_notices=report.is_unattended, **selected
    )
    _catch_up(store, poll.now)
    if report.is_unattended:
        _print_new_faults(loaded, poll)
    else:
        _print_faults(loaded.faults)
    return asyncio.run(_until_signal(report.collect(poll)))


def _catch_up(store: Store, now: datetime) -> None:
    from brandwatch.storage import restored_copy

    if restored := restored_copy.catch_up(store, now, continues=True):
        console.echo_error(restored)


def _end(folder: QueryFolder, report: PollReport, ended_by: signal.Signals | None) -> None:
    """Print what is left to print, and exit with the code of the poll."""
    if not folder.are_files_read:
        # The facts in the cache are of files without faults.
        if report.has_failed:
            raise typer.Exit(Exit.SOURCES_FAILED)
        return
    loaded = folder.queries
    if not report.is_unattended:
        _print_faults(loaded.unwatched)
    if ended_by:
        report.summarise_part()
        console.echo_error(f"ended by {ended_by.name}: {report.missing} sources have no result")
        raise typer.Exit(_SIGNAL_EXIT_BASE + ended_by)
    if report.missing and not report.is_unattended:
        console.echo_error(f"{report.missing} sources were not fetched in time; they come first next time")
    if report.has_failed or loaded.unwatched or any(fault.is_error for fault in loaded.faults):
        raise typer.Exit(Exit.SOURCES_FAILED)


def _print_faults(faults: Iterable[Diagnostic]) -> None:
    for fault in faults:
        console.echo_error(render(fault))


def _print_new_faults(loaded: LoadedQueries, poll: Poll) -> None:
    """Print the faults of query files that no earlier poll has printed, and errors once a week."""
    from brandwatch.pipeline import fault_notices

    faults = {render(fault): fault.is_error for fault in loaded.faults}
    faults |= {render(warning): True for warning in loaded.unwatched}
    for text in fault_notices.faults_to_print(poll.store, faults, poll.now):
        console.echo_error(text)


class PollReport:
    """The events of a poll: shown as they happen, and summed up at its end.

    A poll is unattended without a terminal and without `-v`: cron mails what is printed, so that it is changes only.
    """

    def __init__(self, verbosity: int) -> None:
        self._verbosity = verbosity
        self.is_unattended = verbosity <= 0 and not (sys.stderr is not None and sys.stderr.isatty())
        self._due = 0
        self._edits: list[QueryEdit] = []
        self._outcomes: list[SourceOutcome] = []
        self._refreshed: list[RefreshOutcome] = []
        self._expiry: ExpiryResult | None = None
        self._ended: PollEnded | None = None

    @property
    def missing(self) -> int:
        """The number of sources that are due and have no outcome."""
        return self._due - len(self._outcomes)

    @property
    def has_failed(self) -> bool:
        """Whether a source fails or has no outcome, or the clock is not trusted."""
        is_doubted = self._expiry is not None and self._expiry.clock.doubt is not None
        fails = self._ended is not None and bool(self._ended.failing)
        return is_doubted or fails or self.missing > 0 or any(map(_is_source_failure, self._outcomes))

    def collect_idle(self, poll: IdlePoll) -> None:
        """Run a poll in which nothing is due."""
        from brandwatch.pipeline import poll_end

        for event in poll.run():
            if isinstance(event, poll_end.PollEnded):
                self._ended = event
                self._summarise(event)
            else:
                self._expiry = event

    async def collect(self, poll: Poll) -> None:
        """Run a poll behind a progress bar; with `-v`, print a line for each source and each refresh."""
        from brandwatch.pipeline import edits, expire, poll_end, run

        async with aclosing(poll.run()) as events:
            with ExitStack() as screen:
                show_progress = screen.enter_context(progress(hidden=self._verbosity < 0))
                async for event in events:
                    match event:
                        case edits.QueryEdit():
                            self._add_edit(event)
                        case run.PollStarted(sources=due):
                            self._due = due
                            show_progress(0, due)
                        case SourceOutcome():
                            self._add_outcome(event)
                            show_progress(len(self._outcomes), self._due)
                        case RefreshOutcome():
                            self._refreshed.append(event)
                            self._print_refresh(event)
                        case expire.ExpiryResult():
                            self._expiry = event
                        case poll_end.PollEnded():
                            self._ended = event
                            screen.close()
                            # The poll stores after this event that its notices were printed.
                            self._summarise(event)

    def _add_edit(self, edit: QueryEdit) -> None:
        self._edits.append(edit)
        # At once: no later poll prints it.
        if self._verbosity >= 0:
            console.echo_error(poll_lines.edit_line(edit))

    def _add_outcome(self, outcome: SourceOutcome) -> None:
        self._outcomes.append(outcome)
        # A busy hour leaves more threads waiting than anybody reads.
        if self._verbosity > 0 and not (outcome.is_thread and outcome.fetch.fetch_class == "put-off"):
            console.echo_error(poll_lines.outcome_line(outcome))

    def _print_refresh(self, refreshed: RefreshOutcome) -> None:
        if self._verbosity > 0:
            result = f"{refreshed.counted} of {refreshed.entries} responses updated, {refreshed.grown} grew"
            line = poll_lines.result_line(refreshed.fetch_class, refreshed.url, refreshed.error, result)
            console.echo_error(line)

    def _summarise(self, ended: PollEnded) -> None:
        """Print the notices of an unattended poll; else every failure, and a summary.

        Responses and comment threads that could not be read are read later, and are no failure of a source.
        """
        if self.is_unattended:
            # `-q` prints errors only, and the end of one is none.
            notices = [each for each in ended.notices if self._verbosity == 0 or each.kind is not NoticeKind.ENDED]
            for line in poll_lines.notice_lines(notices):
                console.echo_error(line)
        else:
            self._print_failures(ended)
        if not self.is_unattended and self._verbosity >= 0:
            self._print_totals(ended)
        if self._expiry and (line := _expiry_line(self._expiry, self._verbosity)):
            console.echo_error(line)

    def _print_failures(self, ended: PollEnded) -> None:
        """Print the network if it is down, else every source that fails; those with a line already are left out."""
        if ended.network:
            console.echo_error(poll_lines.network_line(ended.network))
            return
        printed = {outcome.source.url for outcome in self._outcomes} if self._verbosity > 0 else frozenset()
        for line in poll_lines.failing_lines(state for state in ended.failing if state.url not in printed):
            console.echo_error(line)

    def summarise_part(self) -> None:
        """Sum up a poll that was ended by a signal; of an unattended one the next poll prints the changes."""
        if self.is_unattended or self._ended:
            return
        if self._verbosity <= 0:
            for outcome in filter(_is_source_failure, self._outcomes):
                console.echo_error(poll_lines.outcome_line(outcome))
        if self._verbosity >= 0:
            self._print_totals(None)

    def _print_totals(self, ended: PollEnded | None) -> None:
        outcomes = self._outcomes
        failed = sum(map(_is_source_failure, outcomes))
        failed_threads = sum(outcome.has_failed for outcome in outcomes) - failed
        parts = [*(edit.counts for edit in self._edits), *(outcome.fetch.counts for outcome in outcomes)]
        mentions = sum(parts, NO_MENTIONS)
        unchanged = sum(outcome.fetch.fetch_class in {"not-modified", "same"} for outcome in outcomes)
        deferred = sum(outcome.fetch.fetch_class == "put-off" for outcome in outcomes)
        later = f", {deferred} deferred" if deferred else ""
        asked = len(outcomes) - deferred
        counts = f"{unchanged} unchanged, {failed} failed{later}, {poll_lines.count_words(mentions)}"
        if outcomes:
            console.echo_error(f"{plural(asked, 'source')} fetched, {counts}")
        if ended and (line := poll_lines.next_line(ended.next_due, is_idle=not outcomes)):
            console.echo_error(line)
        if failed_threads:
            hint = "`brandwatch sources` lists them"
            console.echo_error(f"{plural(failed_threads, 'thread')} below mentions could not be read; {hint}")
        if self._refreshed:
            counted = sum(outcome.counted for outcome in self._refreshed)
            grown = sum(outcome.grown for outcome in self._refreshed)
            unread = sum(outcome.entries for outcome in self._refreshed if outcome.error)
            later = f", {unread} could not be read and are tried later" if unread else ""
            console.echo_error(f"{counted} responses updated, {grown} grew{later}")


async def _until_signal(running: Coroutine[None, None, None]) -> signal.Signals | None:
    """Run a poll until it ends, or a signal cancels it; return that signal."""
    import asyncio

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
    # Without rich: 30 ms, of half a second for a poll from cron with nothing due.
    if hidden or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("polling"), BarColumn(), MofNCompleteColumn(), TextColumn("sources"), TimeElapsedColumn())
    with Progress(*columns, console=console.stderr_console(), transient=True) as bar:
        task = bar.add_task("", visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def _is_source_failure(outcome: SourceOutcome) -> bool:
    """Whether an outcome is a failure of a source that a query names, not of a comment thread."""
    return outcome.has_failed and not outcome.is_thread


def _expiry_line(expiry: ExpiryResult, verbosity: int) -> str:
    """Return the line about expiry: the number of mentions, or the reason why none may expire; empty for none."""
    if expiry.clock.doubt:
        from brandwatch.pipeline.clock_trust import explain_clock

        until = "nothing is deleted by age until it is set right or confirmed (`brandwatch doctor` explains)"
        return f"clock: {explain_clock(expiry.clock)}; {until}"
    if verbosity <= 0:
        return ""
    parts = {
        "hidden near the end of retention": expiry.counts.hidden,
        "shown again by a longer retention": expiry.counts.shown,
        "deleted by age, with counts that stay": expiry.counts.gone,
    }
    done = "; ".join(f"{plural(count, 'mention')} {what}" for what, count in parts.items() if count)
    return f"{done}; more are due, and are deleted by the next poll" if expiry.is_more_due else done
