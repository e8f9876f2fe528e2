"""The command `stats`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from brandwatch import clock
from brandwatch.analysis.stats import VoiceShare, comparability_remarks, share_of_voice, stats_lines
from brandwatch.cli import console, options, query_scope, tables
from brandwatch.cli.filters import Filters, with_filters
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.models import IN_TIME, Coverage, Period, Selection, StatsLine
from brandwatch.privacy import disclosure_control
from brandwatch.reports import coverage_line, explanation
from brandwatch.storage import Store, open_store, stats
from brandwatch.text import plural
from brandwatch.text.sanitise import fixed_width_line, one_line

if TYPE_CHECKING:
    from brandwatch.config.query import Query


COLUMNS = ("mentions", "share", "publishers", "response", "known")
NEWER_COLUMNS = ("stories",)
"""Columns that were added later go to the end."""
SHARE_COLUMNS = tuple(
    """
    brand query mentions share low high response response_share known stories story_share story_low story_high
    """.split()
)
_SHARES = ("share", "low", "high", "response_share", "story_share", "story_low", "story_high")
_DEFAULT_DAYS = 30
# With a column for the change, 80 cells would leave two for the name of a query.
_NARROW_CELLS, _NARROW_COMPARED_CELLS, _WIDE_CELLS = 80, 100, 120
_NARROW_SHARES_CELLS, _BAR_CELLS = 100, 16

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
    as_shares: Annotated[
        bool, typer.Option("--share-of-voice", help="A brand beside its competitors, with confidence intervals.")
    ] = False,
    filters: Filters,
    output_format: tables.ListFormat = "",
) -> None:
    """Count, write, and end with the coverage on standard error."""
    settings = options.settings_of(context)
    chosen = tables.parse_list_format(output_format)
    options.require_known("field", by or "?", stats.DIMENSIONS)
    options.require_known("period", compare, ("previous",))
    selection = filters.selection()
    disclosure_control.refuse_identifying_count(selection)
    if as_shares:
        disclosure_control.refuse_staff_only(selection, "share of voice")
    period = _period(selection)
    selection = replace(selection, since=period.since, until=period.until)
    lines: list[StatsLine] = []
    counts = None
    with open_store(settings.db, create=False) as store:
        selection = query_scope.check_selection(store, settings, selection)
        compared = _compared_queries(settings, selection) if as_shares else selection
        coverage = options.configured_coverage(store, settings, compared)
        if as_shares:
            _write_shares(store, settings, selection, period, coverage=coverage, output_format=chosen)
        else:
            lines, counts = _write(store, selection, period, by=by, compares=bool(compare), output_format=chosen)
        has_small_cells = any(line.is_small_cell for line in lines)
        remarks = list(query_scope.scope_remarks(store, settings, selection))
        if counts and not has_small_cells:
            remarks += _entry_remarks(counts, by)
    if settings.verbosity >= 0:
        for remark in (*disclosure_control.disclosure_remarks(selection, has_small_cells=has_small_cells), *remarks):
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


def _write(
    store: Store, selection: Selection, period: Period, *, by: str, compares: bool, output_format: str
) -> tuple[list[StatsLine], stats.SelectionCounts]:
    """Write a line for each value; return the lines, and what was counted."""
    before = replace(selection, since=period.previous.since, until=period.previous.until)
    counts = stats.count_mentions(store, selection, by)
    previous = stats.tally_mentions(store, before, by) if compares else None
    counted = stats_lines(by, period, counts.tallies, counts.reaches, previous)
    people: dict[str, int] = {}
    previous_people: dict[str, int] = {}
    if disclosure_control.needs_people_counts(by, selection):
        people, previous_people = stats.speaker_counts(store, selection, by), stats.speaker_counts(store, before, by)
    is_staff = disclosure_control.selects_only_staff(selection)
    lines = disclosure_control.suppress_small_cells(by, counted, people, previous_people, is_staff=is_staff)
    columns = (by, *COLUMNS, *(("previous", "change") if compares else ()), *NEWER_COLUMNS)
    rows = [_row(by, line, compares=compares) for line in lines]
    tables.write_list(output_format, columns, rows, partial(_write_table, by), _as_data)
    return lines, counts


def _entry_remarks(counts: stats.SelectionCounts, by: str) -> Iterator[str]:
    """Yield the number of entries and of mentions apart, if entries have mentions of several queries."""
    if counts.entries < counts.mentions:
        rule = "counts for each of its queries" if by == "query" else "counts once"
        total = f"{plural(counts.entries, 'entry', 'entries')}, {plural(counts.mentions, 'mention')}"
        yield f"{total}: an entry of several queries {rule}"


def _row(by: str, line: StatsLine, *, compares: bool) -> tables.Row:
    """Return the cells of a line, by column; shares and changes are parts of one, the unknown is empty."""
    row: tables.Row = {
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
        row |= dict.fromkeys((*COLUMNS, *NEWER_COLUMNS), "") | {"mentions": disclosure_control.SMALL_CELL}
    if line.per_day:
        row["course"] = list(line.per_day)
    return row


def _as_data(row: tables.Row) -> tables.Row:
    """Return a row for JSON, in which the unknown and the suppressed are null."""
    numbers = {*COLUMNS, *NEWER_COLUMNS, "previous", "change"}
    return {
        name: None if value in ("", disclosure_control.SMALL_CELL) and name in numbers else value
        for name, value in row.items()
    }


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


def _write_table(by: str, rows: Sequence[tables.Row], stream: TextIO) -> None:
    """Write a bar for each day or week, a sparkline for other values; a narrow screen omits columns."""
    width = console.terminal_width() if stream.isatty() else _WIDE_CELLS
    if by in IN_TIME:
        drawings = tables.bar_texts(
            [0 if isinstance(row["mentions"], str) else row["mentions"] for row in rows], width // 3
        )
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


def _sparklines(rows: Sequence[tables.Row], width: int) -> Iterator[str]:
    """Yield the course of each row; a cell sums several days if there are more days than cells."""
    for row in rows:
        course = row.get("course", [])
        step = -(-len(course) // width) or 1
        sums = [sum(course[max(end - step, 0) : end]) for end in range(len(course), 0, -step)]
        yield explanation.sparkline([*reversed(sums)])


def _shown_columns(by: str, rows: Sequence[tables.Row], width: int) -> list[str]:
    names = ["mentions"]
    if by not in IN_TIME:
        names.append("share")
    if width >= (_NARROW_COMPARED_CELLS if rows and "change" in rows[0] else _NARROW_CELLS):
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


# --- share of voice: a brand beside those of its competitors that have a query, by the same rules ----------------


def _write_shares(
    store: Store, settings: Settings, selection: Selection, period: Period, *, coverage: Coverage, output_format: str
) -> None:
    """Write a line for the brand and each competitor; echo what limits the comparison."""
    brands = _brands(settings, selection.queries)
    measured = [query for query in brands.values() if query]
    selection = replace(selection, queries=tuple(query.name for query in measured))
    counts = stats.count_mentions(store, selection, "query")
    lines = stats_lines("query", period, counts.tallies, counts.reaches)
    shares = share_of_voice(brands, {line.value: line for line in lines})
    rows = [_share_row(share) for share in shares]
    tables.write_list(output_format, SHARE_COLUMNS, rows, _write_shares_table, tables.empty_as_null)
    stories, mentions = (sum(getattr(share, name) or 0 for share in shares) for name in ("stories", "mentions"))
    sample = f"{plural(stories, 'story', 'stories')}, {plural(mentions, 'mention')}"
    console.echo_error(f"n = {sample}; response known of {sum(share.known for share in shares)}")
    broken = {url for url, _ in (*coverage.failures, *coverage.conditions)} | {gap.source for gap in coverage.gaps}
    for remark in comparability_remarks(measured, dict(coverage.first_polls), broken):
        console.echo_error(f"not fully comparable: {remark}")
    for share in shares:
        if not share.query:
            hint = "write one (`brandwatch init --brand …`) to watch it"
            console.echo_error(f"not measured: {share.brand} has no query; {hint}")


def _compared_queries(settings: Settings, selection: Selection) -> Selection:
    """Return the selection of the brand's query and those of its competitors."""
    queries = _brands(settings, selection.queries).values()
    return replace(selection, queries=tuple(query.name for query in queries if query))


def _brands(settings: Settings, names: Sequence[str]) -> Mapping[str, Query | None]:
    """Return the brand and its competitors with their queries, `None` for a competitor without one.

    Raise UsageError if no query, or more than one, names competitors.
    """
    from brandwatch.pipeline import loading

    queries = loading.load_queries(settings.queries).queries
    candidates = [query for query in queries if query.competitors and (not names or query.name in names)]
    if len(candidates) != 1:
        which = ", ".join(query.name for query in candidates) or "no query"
        raise UsageError(f"{which} names competitors", "name the one brand with --query; its file has `competitors:`")
    (query,) = candidates
    by_name: dict[str, Query] = {}
    for other in queries:
        texts = (other.name, other.brand, *(term.text for term in other.names))
        by_name |= dict.fromkeys(map(str.casefold, texts), other)
    brands: dict[str, Query | None] = {query.brand: query}
    for rival in query.competitors:
        texts = (rival.name, *(term.text for term in rival.terms))
        brands[rival.name] = next((by_name[text.casefold()] for text in texts if text.casefold() in by_name), None)
    return brands


def _share_row(share: VoiceShare) -> tables.Row:
    """Return the cells of a share, by column; the unknown is empty."""
    row = {name: getattr(share, name) for name in SHARE_COLUMNS}
    row |= {name: None if row[name] is None else round(row[name], 4) for name in _SHARES}
    return {name: "" if value is None else value for name, value in row.items()}


def _write_shares_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    """Write a bar for each share of stories, with its 95 % confidence interval."""
    is_wide = not stream.isatty() or console.terminal_width() >= _NARROW_SHARES_CELLS
    counts = ("stories", "mentions", "response") if is_wide else ("stories",)
    table = console.new_table()
    table.add_column("brand", overflow="fold")
    table.add_column("", no_wrap=True)
    for name in ("of stories", "95 %", *counts, "of response"):
        table.add_column(name, justify="right", no_wrap=True)
    for row, bar in zip(rows, tables.bar_texts([row["story_share"] or 0 for row in rows], _BAR_CELLS), strict=True):
        interval = f"{row['story_low']:.0%}–{row['story_high']:.0%}" if row["query"] else ""
        cells = [one_line(row["brand"]), bar, _number("share", row["story_share"]), interval]
        cells += [_number(name, row[name]) for name in counts]
        console.add_row(table, *cells, _number("share", row["response_share"]))
    console.print_table(table, stream)
