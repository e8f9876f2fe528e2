"""The command `trends`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TextIO

import typer

from brandwatch import clock
from brandwatch.analysis.trends import RULE, fill_hours, peaks, silences
from brandwatch.cli import console, options, query_scope, tables
from brandwatch.cli.filters import Filters, with_filters
from brandwatch.config.settings import Settings
from brandwatch.errors import QueryFileError, UsageError
from brandwatch.models import HourCount, Peak, Selection, Silence
from brandwatch.privacy import disclosure_control
from brandwatch.reports import coverage_line, trends
from brandwatch.storage import Store, hour_counts, open_store, selections, sources
from brandwatch.text import plural, titles
from brandwatch.text.sanitise import fixed_width_line, one_line

_BASELINE_WEEKS = 8
_DEFAULT_DAYS = 7
_HOUR = timedelta(hours=1)
_GROUPS_OF_PEOPLE = frozenset({"social", "forum", "review"})
"""The groups of kinds in which people write, not publishers."""

EPILOG = """[bold]Examples[/bold]

brandwatch trends

brandwatch trends --since 30d --query fjordkraft --voice public

brandwatch trends --since 1d --format jsonl

The eight weeks before are the baseline. A peak is above every recent hour and rarer than 1 in 100.
Only news count: the first mention of a story by a publisher, and what people write.
"""


@with_filters("query since until voice subject lang source search")
def command(context: typer.Context, *, filters: Filters, output_format: tables.ListFormat = "") -> None:
    """Learn the baseline, compare each hour, write, and end with the coverage on standard error."""
    settings: Settings = context.obj
    chosen = tables.parse_list_format(output_format)
    selection = filters.selection()
    disclosure_control.refuse_staff_only(selection, "trend")
    end = selection.until or clock.now()
    begin = selection.since or end - timedelta(days=_DEFAULT_DAYS)
    if begin >= end:
        raise UsageError("the period ends before it begins", "--since comes before --until")
    selection = replace(selection, since=begin - timedelta(weeks=_BASELINE_WEEKS), until=end)
    with open_store(settings.db, create=False) as store:
        selection = query_scope.check_selection(store, settings, selection)
        coverage = options.configured_coverage(store, settings, replace(selection, since=begin))
        hours = hour_counts.mention_hours(store, selection, _kinds_of_people(settings, sources.source_kinds(store)))
        alerts = [alert for alert in _alerts(hours, end) if alert.start + _HOUR > begin]
        rows = [_row(alert, store, selection) for alert in sorted(alerts, key=lambda alert: alert.start, reverse=True)]
        scope_remarks = list(query_scope.scope_remarks(store, settings, selection))
    tables.write_list(chosen, trends.TREND_COLUMNS, rows, _write_table, _as_data)
    if settings.verbosity >= 0:
        remarks = (*disclosure_control.disclosure_remarks(selection), *scope_remarks)
        for remark in (*remarks, *_remarks(hours, begin, end, is_quiet=not rows)):
            console.echo_error(remark)
        console.echo_error(coverage_line(coverage))


def _kinds_of_people(settings: Settings, stored: Iterable[str]) -> list[str]:
    """Return the stored kinds in which people write, without those whose file is gone or has errors."""
    known, kinds = options.registry(settings), []
    for name in stored:
        with suppress(UsageError, QueryFileError):
            if known.kind(name).group in _GROUPS_OF_PEOPLE:
                kinds.append(name)
    return kinds


def _alerts(hours: Sequence[HourCount], until: datetime) -> Iterator[Peak | Silence]:
    """Yield the peaks and silences of each query; a query is known from its first mention on."""
    for query, group in groupby(hours, lambda hour: hour.query):
        counts = list(group)
        every_hour = list(fill_hours(query, counts, counts[0].start, until))
        yield from peaks(every_hour)
        # The current hour is not over: it is no silence.
        yield from silences(every_hour[:-1])


def _row(alert: Peak | Silence, store: Store, selection: Selection) -> tables.Row:
    """Return the cells of an alert, by column; a peak has the mention of its hour with the highest response."""
    if isinstance(alert, Silence):
        return trends.silence_row(alert)
    end = alert.start + _HOUR
    of_hour = replace(selection, queries=(alert.query,), since=alert.start, until=end, sort="response", limit=1)
    largest = next(selections.select_mentions(store, of_hour), None)
    heading = titles.shown_title(largest.entry.title, largest.entry.text) if largest else ""
    return trends.peak_row(alert, largest) | {"heading": heading}


def _as_data(row: tables.Row) -> tables.Row:
    """Return a row for JSON: its columns, without the heading that only the table shows."""
    return tables.empty_as_null({name: row[name] for name in trends.TREND_COLUMNS})


def _remarks(hours: Sequence[HourCount], begin: datetime, end: datetime, *, is_quiet: bool) -> Iterator[str]:
    """Yield the basis of an empty answer, and the queries with too short a history."""
    firsts = {query: next(iter(group)).start for query, group in groupby(hours, lambda hour: hour.query)}
    young = [query for query, first in firsts.items() if end - first < timedelta(hours=RULE.young_hours)]
    if is_quiet:
        period = f"{begin.astimezone():%Y-%m-%d %H:%M} to {end.astimezone():%Y-%m-%d %H:%M}"
        yield f"nothing unusual for {plural(len(firsts) - len(young), 'query', 'queries')}, {period}"
    if young:
        yield f"not compared, with a history under {RULE.young_hours} hours: {', '.join(young)}"


def _write_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    """Write a sentence for each alert, the newest first."""
    from rich.text import Text

    line = fixed_width_line if stream.isatty() else one_line
    table = console.new_table()
    table.add_column("when", no_wrap=True)
    table.add_column("query", overflow="fold")
    table.add_column("what", overflow="fold")
    for row in rows:
        sentence = Text("Silence", style="bold yellow")
        if row["kind"] == "spike":
            sentence = Text("Peak", style="bold red")
        sentence.append(f": {row['says']}", style="not bold default")
        if row.get("heading"):
            sentence.append(f"\nhighest response: {row['mention']}  {row['heading']}", style="not bold dim")
        console.add_row(table, row["start"][:16].replace("T", " "), line(row["query"]), sentence)
    console.print_table(table, stream)
