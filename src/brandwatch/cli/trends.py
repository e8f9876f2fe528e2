"""Tell what is out of the ordinary: hours that are busier than any lately, and silences that are longer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

import typer

from brandwatch.cli.console import echo_error, new_table, print_table
from brandwatch.cli.filters import Languages, Queries, Search, Since, Sources, Subjects, Until, Voices, build_selection
from brandwatch.cli.options import named_sources, registry
from brandwatch.cli.tables import ListFormat, parse_list_format, write_list
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from typing import TextIO

    from brandwatch.config.settings import Settings
    from brandwatch.models import HourCount, Peak, Selection, Silence
    from brandwatch.storage import Store


_LEARNED = timedelta(weeks=8)
_TOLD = timedelta(days=7)
_PEOPLE = frozenset({"social", "forum", "review"})
"""The groups of kinds in which people speak, and not publishers."""

EPILOG = """[bold]Examples[/bold]

brandwatch trends

brandwatch trends --since 30d --query fjordkraft --voice public

brandwatch trends --since 1d --format jsonl

What is usual is learned from the eight weeks before. A spike is busier than any hour lately, and rarer than 1 in 100.
Only news count: a story by a publisher who had not told it yet, and what people say.
"""


def command(
    context: typer.Context,
    *,
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    sources: Sources = None,
    search: Search = "",
    voices: Voices = None,
    subjects: Subjects = None,
    languages: Languages = None,
    form: ListFormat = "",
) -> None:
    """Learn, judge hour by hour, write, and end with the coverage on standard error."""
    from brandwatch import clock
    from brandwatch.privacy import disclosure_control
    from brandwatch.reports import coverage_line
    from brandwatch.reports.trends import TREND_COLUMNS
    from brandwatch.storage import open_store
    from brandwatch.storage.sources import source_coverage, source_kinds
    from brandwatch.storage.stats import mention_hours

    settings: Settings = context.obj
    chosen = parse_list_format(form)
    selection = build_selection(
        queries=queries,
        since=since,
        until=until,
        sources=sources,
        search=search,
        voices=voices,
        subjects=subjects,
        languages=languages,
    )
    disclosure_control.refuse_staff_only(selection, "trend")
    end = selection.until or clock.now()
    begin = selection.since or end - _TOLD
    if begin >= end:
        raise UsageError("the period ends before it begins", "--since comes before --until")
    selection = replace(selection, since=begin - _LEARNED, until=end)
    with open_store(settings.db, create=False) as store:
        coverage = source_coverage(store, [source.url for source in named_sources(settings)], begin)
        hours = mention_hours(store, selection, _of_people(settings, source_kinds(store)))
        alerts = [alert for alert in _alerts(hours, end) if alert.start + timedelta(hours=1) > begin]
        rows = [_row(alert, store, selection) for alert in sorted(alerts, key=lambda alert: alert.start, reverse=True)]
    write_list(chosen, TREND_COLUMNS, rows, _table, _as_data)
    if settings.verbosity >= 0:
        for told in (*disclosure_control.disclosure_remarks(selection), *_told(hours, begin, end, is_quiet=not rows)):
            echo_error(told)
        echo_error(coverage_line(coverage))


def _of_people(settings: Settings, kinds: Iterable[str]) -> list[str]:
    """Return the kinds in which people speak; one whose file is gone, or cannot be used, is none of them."""
    from brandwatch.errors import QueryFileError

    known, found = registry(settings), []
    for name in kinds:
        with suppress(UsageError, QueryFileError):
            found += [name] if known.kind(name).group in _PEOPLE else []
    return found


def _alerts(hours: Sequence[HourCount], until: datetime) -> Iterator[Peak | Silence]:
    """Yield what is out of the ordinary, query by query; each is known from its first mention on."""
    from brandwatch.analysis import fill_hours, peaks, silences

    for query, known in groupby(hours, lambda hour: hour.query):
        of_query = list(known)
        every = list(fill_hours(query, of_query, of_query[0].start, until))
        yield from peaks(every)
        # An hour that is not over yet is no silence.
        yield from silences(every[:-1])


def _row(alert: Peak | Silence, store: Store, selection: Selection) -> dict[str, Any]:
    """Return an alert as the columns have it, with the mention of its hour that was answered most."""
    from brandwatch.models import Silence
    from brandwatch.reports import trends
    from brandwatch.storage.selections import select_mentions

    if isinstance(alert, Silence):
        return trends.silence_row(alert)
    end = alert.start + timedelta(hours=1)
    of_hour = replace(selection, queries=(alert.query,), since=alert.start, until=end, sort="response", limit=1)
    return trends.peak_row(alert, next(select_mentions(store, of_hour), None))


def _as_data(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it: what there is none of is null."""
    return {name: None if value == "" else value for name, value in row.items()}


def _told(hours: Sequence[HourCount], begin: datetime, end: datetime, *, is_quiet: bool) -> Iterator[str]:
    """Yield what an answer of nothing rests on, and which queries are too young to be judged."""
    from brandwatch.analysis import RULE

    firsts = {query: next(iter(known)).start for query, known in groupby(hours, lambda hour: hour.query)}
    young = [query for query, first in firsts.items() if (end - first) < timedelta(hours=RULE.young_hours)]
    if is_quiet:
        period = f"{begin.astimezone():%Y-%m-%d %H:%M} to {end.astimezone():%Y-%m-%d %H:%M}"
        yield f"nothing out of the ordinary for {len(firsts) - len(young)} queries, {period}"
    if young:
        yield f"too young to be judged, with less than {RULE.young_hours} hours: {', '.join(young)}"


def _table(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write what happened in sentences, the newest first."""
    from rich.text import Text

    from brandwatch.text.sanitise import fixed_width_line, one_line

    line = fixed_width_line if stream.isatty() else one_line
    table = new_table()
    table.add_column("when", no_wrap=True)
    table.add_column("query", overflow="fold")
    table.add_column("what", overflow="fold")
    for row in rows:
        said = Text(row["kind"], style="bold red" if row["kind"] == "spike" else "bold yellow")
        said.append(f": {row['says']}", style="not bold default")
        if row["title"]:
            said.append(f"\nmost answered: {row['mention']}  {one_line(row['title'])}", style="not bold dim")
        table.add_row(Text(row["start"][:16].replace("T", " ")), Text(line(row["query"])), said)
    print_table(table, stream)
