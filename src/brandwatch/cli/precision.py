"""Tell how often each query is right, by what was decided in triage, and what tells its mistakes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import echo_error, new_table, print_table
from brandwatch.cli.filters import (
    Languages,
    Queries,
    Search,
    Since,
    Sources,
    Subjects,
    Tags,
    Until,
    Voices,
    build_selection,
)
from brandwatch.cli.options import named_sources
from brandwatch.cli.tables import ListFormat, parse_list_format, write_list
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

    from brandwatch.analysis import KeyFeature, Precision
    from brandwatch.config.settings import Settings

    Row = dict[str, Any]


COLUMNS = ("query", "relevant", "irrelevant", "undecided", "precision", "low", "high", "stories")
TERM_COLUMNS = ("query", "kind", "value", "irrelevant", "relevant", "score", "advice")
_SHOWN = 20

EPILOG = """[bold]Examples[/bold]

brandwatch precision

brandwatch precision --terms --query fjordkraft      what its irrelevant mentions have in common

brandwatch precision --since 30d --format csv

A mention that is done counts as relevant. Hidden ones do not count, so an exclusion that works raises the number.
"""


def command(
    context: typer.Context,
    *,
    terms: Annotated[
        bool, typer.Option("--terms", help="What irrelevant mentions have more often, and what to write against it.")
    ] = False,
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    sources: Sources = None,
    search: Search = "",
    voices: Voices = None,
    subjects: Subjects = None,
    languages: Languages = None,
    tags: Tags = None,
    form: ListFormat = "",
) -> None:
    """Count what was decided, write, and end with the coverage on standard error."""
    from brandwatch.analysis import VERDICT_STATUSES, keyness, newest_by_query, precisions
    from brandwatch.models import Status
    from brandwatch.privacy import disclosure_control
    from brandwatch.reports import coverage_line
    from brandwatch.storage import open_store
    from brandwatch.storage.selections import select_mentions
    from brandwatch.storage.sources import source_coverage
    from brandwatch.storage.stats import tally_mentions

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
        tags=tags,
    )
    disclosure_control.refuse_staff_only(selection, "precision")
    with open_store(settings.db, create=False) as store:
        coverage = source_coverage(store, [source.url for source in named_sources(settings)], selection.since)
        decided = replace(selection, statuses=tuple(VERDICT_STATUSES))
        known = precisions(select_mentions(store, decided))
        newest = newest_by_query(select_mentions(store, decided))
        undecided = tally_mentions(store, replace(selection, statuses=(Status.NEW,)), "query")
    found = [keyness(query, mentions) for query, mentions in newest.items()]
    if terms:
        rows = [_term_row(one) for of_query in found for one in of_query[:_SHOWN]]
        write_list(chosen, TERM_COLUMNS, rows, _terms_table)
    else:
        waiting = {one.query: sum(tally.mentions for tally in undecided if tally.value == one.query) for one in known}
        write_list(chosen, COLUMNS, [_row(one, waiting[one.query]) for one in known], _table)
    if settings.verbosity >= 0:
        _conclude(sum(map(len, found)), is_nothing=not known, terms=terms)
        echo_error(coverage_line(coverage))


def _row(precision: Precision, undecided: int) -> Row:
    """Return a query as the columns have it."""
    return {
        "query": precision.query,
        "relevant": precision.relevant,
        "irrelevant": precision.irrelevant,
        "undecided": undecided,
        "precision": round(precision.share, 4),
        "low": round(precision.low, 4),
        "high": round(precision.high, 4),
        "stories": precision.stories,
    }


def _term_row(telling: KeyFeature) -> Row:
    """Return what tells irrelevant mentions as the columns have it."""
    return {name: getattr(telling, name) for name in TERM_COLUMNS} | {"score": round(telling.score, 2)}


def _table(rows: Sequence[Row], stream: TextIO) -> None:
    """Write how often each query is right."""
    from rich.text import Text

    from brandwatch.text.sanitise import one_line

    table = new_table()
    table.add_column("query", overflow="fold")
    for name in ("precision", "95 %", "relevant", "irrelevant", "undecided"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        sure = f"{row['low']:.0%}–{row['high']:.0%}"
        numbers = (str(row[name]) for name in ("relevant", "irrelevant", "undecided"))
        table.add_row(*map(Text, (one_line(row["query"]), f"{row['precision']:.0%}", sure, *numbers)))
    print_table(table, stream)


def _terms_table(rows: Sequence[Row], stream: TextIO) -> None:
    """Write what tells irrelevant mentions."""
    from rich.text import Text

    from brandwatch.text.sanitise import one_line

    table = new_table()
    for name in ("query", "value"):
        table.add_column(name, overflow="fold")
    for name in ("irrelevant", "relevant", "score"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("advice", overflow="fold")
    for row in rows:
        numbers = (str(row["irrelevant"]), str(row["relevant"]), f"{row['score']:.1f}")
        table.add_row(*map(Text, (one_line(row["query"]), one_line(row["value"]), *numbers, one_line(row["advice"]))))
    print_table(table, stream)


def _conclude(found: int, *, is_nothing: bool, terms: bool) -> None:
    """Say where there is nothing, and where there is more."""
    if is_nothing:
        echo_error("nothing was decided yet; `brandwatch triage` goes through what is new")
    elif terms and not found:
        echo_error("nothing that five mentions in three stories share tells the irrelevant ones")
    elif not terms and found:
        echo_error(
            f"{plural(found, 'thing')} {'tells' if found == 1 else 'tell'} the irrelevant ones; --terms lists them"
        )
