"""The command `stats`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from brandwatch import clock
from brandwatch.analysis.stats import stats_lines
from brandwatch.cli import console, options, stats_share
from brandwatch.cli.filters import Filters, with_filters
from brandwatch.cli.tables import ListFormat, bar_texts, parse_list_format, write_list
from brandwatch.errors import UsageError
from brandwatch.models import IN_TIME, Period, Selection, StatsLine
from brandwatch.privacy import disclosure_control
from brandwatch.privacy.disclosure_control import SMALL_CELL
from brandwatch.reports import coverage_line
from brandwatch.reports.explanation import sparkline
from brandwatch.storage import Store, open_store, stats
from brandwatch.text.sanitise import fixed_width_line, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = dict[str, Any]


COLUMNS = ("mentions", "share", "publishers", "response", "known")
NEWER_COLUMNS = ("stories",)
"""Columns that were added later go to the end."""
_DEFAULT_DAYS = 30
_NARROW_CELLS, _WIDE_CELLS = 80, 120

EPILOG = """[bold]Examples[/bold]

brandwatch stats

brandwatch stats --by publisher --since 7d --compare previous

brandwatch stats --by voice --query fjordkraft --format csv

brandwatch stats --share-of-voice --query fjordkraft     a brand beside the competitors that have a query

The default period is the last 30 days. Response is the sum of known comments, replies, likes and shares.
Owned channels and aggregators are not counted as publishers. Counts of fewer than five staff members are <5.
"""


@with_filters("query since until voice subject lang status tag source search")
def command(
    context: typer.Context,
    *,
    by: Annotated[
        str,
        typer.Option(metavar="FIELD", help="Count by day, week, query, source, publisher, voice, subject or language."),
    ] = "day",
    compare: Annotated[
        str, typer.Option(metavar="previous", help="Compare with the period of the same length before.")
    ] = "",
    share_of_voice: Annotated[
        bool, typer.Option("--share-of-voice", help="A brand beside its competitors, with confidence intervals.")
    ] = False,
    filters: Filters,
    output_format: ListFormat = "",
) -> None:
    """Count, write, and end with the coverage on standard error."""
    settings = options.settings_of(context)
    chosen = parse_list_format(output_format)
    if by not in stats.DIMENSIONS:
        raise UsageError(f"cannot count by “{by}”", f"use one of {', '.join(stats.DIMENSIONS)}")
    if compare not in {"", "previous"}:
        raise UsageError(f"cannot compare with “{compare}”", "use --compare previous")
    selection = filters.selection()
    disclosure_control.refuse_identifying_count(selection)
    if share_of_voice:
        disclosure_control.refuse_staff_only(selection, "share of voice")
    period = _period(selection)
    selection = replace(selection, since=period.since, until=period.until)
    has_small_cells = False
    with open_store(settings.db, create=False) as store:
        coverage = options.configured_coverage(store, settings, selection.since)
        if share_of_voice:
            stats_share.write_share_of_voice(
                store, settings, selection, period, coverage=coverage, output_format=chosen
            )
        else:
            has_small_cells = _write(store, selection, period, by=by, compares=bool(compare), output_format=chosen)
    if settings.verbosity >= 0:
        for remark in disclosure_control.disclosure_remarks(selection, has_small_cells=has_small_cells):
            console.echo_error(remark)
        console.echo_error(_period_line(period, [when for _, when in coverage.first_polls], compares=bool(compare)))
        console.echo_error(coverage_line(coverage))


def _period(selection: Selection) -> Period:
    """Return the counted period: by default the last thirty days in local time, today included."""
    until = selection.until or clock.now()
    day = until.astimezone().date() - timedelta(days=_DEFAULT_DAYS - 1)
    since = selection.since or datetime(day.year, day.month, day.day).astimezone(until.tzinfo)
    if since >= until:
        raise UsageError("the period ends before it begins", "--since comes before --until")
    return Period(since=since, until=until)


def _write(store: Store, selection: Selection, period: Period, *, by: str, compares: bool, output_format: str) -> bool:
    """Write a line for each value; return whether small cells were suppressed."""
    before = replace(selection, since=period.previous.since, until=period.previous.until)
    counted = stats_lines(
        by,
        period,
        stats.tally_mentions(store, selection, by),
        stats.story_reach(store, selection, by),
        stats.tally_mentions(store, before, by) if compares else None,
    )
    people: dict[str, int] = {}
    previous_people: dict[str, int] = {}
    if disclosure_control.needs_people_counts(by, selection):
        people, previous_people = stats.speaker_counts(store, selection, by), stats.speaker_counts(store, before, by)
    is_staff = disclosure_control.selects_only_staff(selection)
    lines = disclosure_control.suppress_small_cells(by, counted, people, previous_people, is_staff=is_staff)
    columns = (by, *COLUMNS, *(("previous", "change") if compares else ()), *NEWER_COLUMNS)
    rows = [_row(by, line, compares=compares) for line in lines]
    write_list(output_format, columns, rows, partial(_write_table, by), _as_data)
    return any(line.is_small_cell for line in lines)


def _row(by: str, line: StatsLine, *, compares: bool) -> Row:
    """Return the cells of a line, by column; shares and changes are parts of one, the unknown is empty."""
    row: Row = {
        by: line.value,
        "mentions": line.mentions,
        "share": round(line.share, 4),
        "publishers": line.publishers,
        "response": "" if line.response is None else line.response,
        "known": line.with_response,
    }
    if compares:
        row["previous"] = "" if line.previous is None else line.previous
        row["change"] = "" if line.change is None else round(line.change, 4)
    row["stories"] = line.stories
    if line.is_small_cell:
        row |= dict.fromkeys((*COLUMNS, *NEWER_COLUMNS), "") | {"mentions": SMALL_CELL}
    if line.per_day:
        row["course"] = list(line.per_day)
    return row


def _as_data(row: Row) -> Row:
    """Return a row for JSON, in which the unknown and the suppressed are null."""
    numbers = {*COLUMNS, *NEWER_COLUMNS, "previous", "change"}
    return {name: None if value in ("", SMALL_CELL) and name in numbers else value for name, value in row.items()}


def _period_line(period: Period, first_polls: Sequence[datetime], *, compares: bool) -> str:
    """Return the period in words, and what limits the comparison with the one before."""
    parts = [_span(period)]
    if compares:
        parts.append(f"compared with {_span(period.previous)}")
        late = sum(when > period.previous.since for when in first_polls)
        if late:
            parts.append(f"{late} of {len(first_polls)} sources were not watched from its beginning")
    return " · ".join(parts)


def _span(period: Period) -> str:
    return f"{period.since.astimezone():%Y-%m-%d %H:%M} to {period.until.astimezone():%Y-%m-%d %H:%M}"


# --- the table ---------------------------------------------------------------------------------------------------


def _write_table(by: str, rows: Sequence[Row], stream: TextIO) -> None:
    """Write a bar for each day or week, a sparkline for other values; a narrow screen omits columns."""
    width = console.terminal_width() if stream.isatty() else _WIDE_CELLS
    if by in IN_TIME:
        drawings = bar_texts([0 if isinstance(row["mentions"], str) else row["mentions"] for row in rows], width // 3)
    else:
        drawings = _sparklines(rows, width // 4)
    table = console.new_table()
    table.add_column(by, overflow="fold")
    table.add_column("", no_wrap=True)
    names = _shown_columns(by, rows, width)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    line = fixed_width_line if stream.isatty() else one_line
    for row, drawing in zip(rows, drawings, strict=True):
        console.add_row(table, line(row[by]) or "unknown", drawing, *(_number(name, row[name]) for name in names))
    console.print_table(table, stream)


def _sparklines(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Yield the course of each row; a cell sums several days if there are more days than cells."""
    for row in rows:
        course = row.get("course", [])
        step = -(-len(course) // width) or 1
        sums = [sum(course[max(end - step, 0) : end]) for end in range(len(course), 0, -step)]
        yield sparkline([*reversed(sums)])


def _shown_columns(by: str, rows: Sequence[Row], width: int) -> list[str]:
    names = ["mentions"]
    if by not in IN_TIME:
        names.append("share")
    if width >= _NARROW_CELLS:
        names += ["stories", "publishers", "response"]
    if width >= _WIDE_CELLS:
        names.append("previous")
    return [name for name in (*names, "change") if rows and name in rows[0]]


def _number(name: str, value: float | str) -> str:
    """Return a number for people; the unknown is a dash."""
    if isinstance(value, str):
        return value or "–"
    if name == "change":
        return f"{round(value, 2) + 0.0:+.0%}"  # the zero turns a small fall from `-0%` into `+0%`
    return f"{value:.0%}" if name == "share" else f"{value:,}"
