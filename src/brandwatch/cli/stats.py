"""Count the mentions of a period: by day, week, query, source, publisher, voice, subject or language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli import stats_share, stats_table
from brandwatch.cli.console import echo_error
from brandwatch.cli.filters import (
    Languages,
    Queries,
    Search,
    Since,
    Sources,
    Statuses,
    Subjects,
    Tags,
    Until,
    Voices,
    build_selection,
)
from brandwatch.cli.options import named_sources
from brandwatch.cli.tables import ListFormat, parse_list_format, write_list
from brandwatch.errors import UsageError
from brandwatch.privacy import disclosure_control
from brandwatch.privacy.disclosure_control import SMALL_CELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brandwatch.config.settings import Settings
    from brandwatch.models import Period, Selection, StatsLine
    from brandwatch.storage import Store


COLUMNS = ("mentions", "share", "publishers", "response", "known")
LATER = ("stories",)
"""The columns that came later go to the end."""
_DAYS = 30

EPILOG = """[bold]Examples[/bold]

brandwatch stats

brandwatch stats --by publisher --since 7d --compare previous

brandwatch stats --by voice --query fjordkraft --format csv

brandwatch stats --share-of-voice --query fjordkraft     against the rivals that have a query of their own

Without --since it is the last 30 days. Response is comments, replies, likes and shares, where they are known.
The brand's own channels and aggregators are no publishers. Fewer than five of the staff are <5.
"""


def command(
    context: typer.Context,
    *,
    by: Annotated[
        str, typer.Option(metavar="WHAT", help="day, week, query, source, publisher, voice, subject or language.")
    ] = "day",
    compare: Annotated[
        str, typer.Option(metavar="previous", help="Beside each number that of the period before, as long as this one.")
    ] = "",
    share_of_voice: Annotated[
        bool, typer.Option("--share-of-voice", help="A brand beside its competitors, with how sure the shares are.")
    ] = False,
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    sources: Sources = None,
    search: Search = "",
    voices: Voices = None,
    subjects: Subjects = None,
    languages: Languages = None,
    statuses: Statuses = None,
    tags: Tags = None,
    form: ListFormat = "",
) -> None:
    """Count, write, and end with the coverage on standard error."""
    from brandwatch.reports import coverage_line
    from brandwatch.storage import open_store
    from brandwatch.storage.sources import source_coverage
    from brandwatch.storage.stats import DIMENSIONS

    settings: Settings = context.obj
    chosen = parse_list_format(form)
    if by not in DIMENSIONS:
        raise UsageError(f"cannot count by “{by}”", f"use one of {', '.join(DIMENSIONS)}")
    if compare not in {"", "previous"}:
        raise UsageError(f"cannot compare with “{compare}”", "use --compare previous")
    selection = build_selection(
        queries=queries,
        since=since,
        until=until,
        sources=sources,
        search=search,
        voices=voices,
        subjects=subjects,
        languages=languages,
        statuses=statuses,
        tags=tags,
    )
    disclosure_control.refuse_identifying_count(selection)
    if share_of_voice:
        disclosure_control.refuse_staff_only(selection, "share of voice")
    period = _period(selection)
    selection = replace(selection, since=period.since, until=period.until)
    with open_store(settings.db, create=False) as store:
        coverage = source_coverage(store, [source.url for source in named_sources(settings)], selection.since)
        hides = False
        if share_of_voice:
            stats_share.write_share_of_voice(store, settings, selection, period, coverage=coverage, form=chosen)
        else:
            hides = _write(store, selection, period, by=by, compares=bool(compare), form=chosen)
    if settings.verbosity >= 0:
        for told in disclosure_control.disclosure_remarks(selection, has_small_cells=hides):
            echo_error(told)
        echo_error(_told(period, [when for _, when in coverage.first_polls], compares=bool(compare)))
        echo_error(coverage_line(coverage))


def _period(selection: Selection) -> Period:
    """Return the period that is counted: without a beginning the last thirty days of this machine, today the last."""
    from brandwatch import clock
    from brandwatch.models import Period

    until = selection.until or clock.now()
    day = until.astimezone().date() - timedelta(days=_DAYS - 1)
    since = selection.since or datetime(day.year, day.month, day.day).astimezone(until.tzinfo)
    if since >= until:
        raise UsageError("the period ends before it begins", "--since comes before --until")
    return Period(since=since, until=until)


def _write(store: Store, selection: Selection, period: Period, *, by: str, compares: bool, form: str) -> bool:
    """Count by one thing, and write a line for each of its values; return whether some are too few to be told."""
    from brandwatch.analysis import stats_lines
    from brandwatch.storage.stats import speaker_counts, story_reach, tally_mentions

    before = replace(selection, since=period.previous.since, until=period.previous.until)
    counted = stats_lines(
        by,
        period,
        tally_mentions(store, selection, by),
        story_reach(store, selection, by),
        tally_mentions(store, before, by) if compares else None,
    )
    people: dict[str, int] = {}
    previous_people: dict[str, int] = {}
    if disclosure_control.needs_people_counts(by, selection):
        people, previous_people = speaker_counts(store, selection, by), speaker_counts(store, before, by)
    is_staff = disclosure_control.selects_only_staff(selection)
    found = disclosure_control.suppress_small_cells(by, counted, people, previous_people, is_staff=is_staff)
    columns = (by, *COLUMNS, *(("previous", "change") if compares else ()), *LATER)
    rows = [_row(by, line, compares=compares) for line in found]
    write_list(form, columns, rows, partial(stats_table.write_stats_table, by), _as_data)
    return any(line.is_small_cell for line in found)


def _row(by: str, line: StatsLine, *, compares: bool) -> dict[str, Any]:
    """Return a line as the columns have it, shares and changes as parts of one; what is not known is empty."""
    row: dict[str, Any] = {
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
        row |= dict.fromkeys((*COLUMNS, *LATER), "") | {"mentions": SMALL_CELL}
    return row | ({"course": list(line.per_day)} if line.per_day else {})


def _as_data(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it: what is not known, or not told, is null."""
    numbers = {*COLUMNS, *LATER, "previous", "change"}
    return {name: None if value in ("", SMALL_CELL) and name in numbers else value for name, value in row.items()}


def _told(period: Period, first_polls: Sequence[datetime], *, compares: bool) -> str:
    """Return the period in words, and what makes the one before hard to compare with it."""
    told = [_span(period)]
    if compares:
        told.append(f"compared with {_span(period.previous)}")
        late = sum(when > period.previous.since for when in first_polls)
        told += [f"{late} of {len(first_polls)} sources were not watched from its beginning"] if late else []
    return " · ".join(told)


def _span(period: Period) -> str:
    """Return a period in local time."""
    return f"{period.since.astimezone():%Y-%m-%d %H:%M} to {period.until.astimezone():%Y-%m-%d %H:%M}"
