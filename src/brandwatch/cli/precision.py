"""The command `precision`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TextIO

import typer

from brandwatch.analysis.keyness import keyness, newest_by_query
from brandwatch.analysis.precision import VERDICT_STATUSES, Precision, precisions
from brandwatch.cli import console, options, query_scope, tables
from brandwatch.cli.filters import Filters, with_filters
from brandwatch.models import Status
from brandwatch.privacy import disclosure_control
from brandwatch.reports import coverage_line
from brandwatch.storage import open_store, selections, stats
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line

COLUMNS = ("query", "relevant", "irrelevant", "undecided", "precision", "low", "high", "stories")
TERM_COLUMNS = ("query", "kind", "value", "irrelevant", "relevant", "score", "advice")
_MAX_TERMS = 20

EPILOG = """[bold]Examples[/bold]

brandwatch precision

brandwatch precision --terms --query fjordkraft      what its irrelevant mentions have in common

brandwatch precision --since 30d --format csv

A mention that is done counts as relevant. Hidden mentions do not count, so a good exclusion raises the precision.
"""


@with_filters("query since until voice subject lang tag source search")
def command(
    context: typer.Context,
    *,
    terms: Annotated[
        bool, typer.Option("--terms", help="List what irrelevant mentions have in common, with advice.")
    ] = False,
    filters: Filters,
    output_format: tables.ListFormat = "",
) -> None:
    """Count the decisions, write, and end with the coverage on standard error."""
    settings = options.settings_of(context)
    chosen = tables.parse_list_format(output_format)
    selection = filters.selection()
    disclosure_control.refuse_staff_only(selection, "precision")
    with open_store(settings.db, create=False) as store:
        selection = query_scope.check_selection(store, settings, selection)
        coverage = options.configured_coverage(store, settings, selection)
        decided = replace(selection, statuses=tuple(VERDICT_STATUSES))
        measured = precisions(selections.select_mentions(store, decided))
        newest = newest_by_query(selections.select_mentions(store, decided))
        undecided = stats.tally_mentions(store, replace(selection, statuses=(Status.NEW,)), "query")
        remarks = list(query_scope.scope_remarks(store, settings, selection))
    features = [keyness(query, mentions) for query, mentions in newest.items()]
    if terms:
        listed = [feature for of_query in features for feature in of_query[:_MAX_TERMS]]
        rows = [
            {name: getattr(feature, name) for name in TERM_COLUMNS} | {"score": round(feature.score, 2)}
            for feature in listed
        ]
        tables.write_list(chosen, TERM_COLUMNS, rows, _write_terms_table)
    else:
        waiting = {
            precision.query: sum(tally.mentions for tally in undecided if tally.value == precision.query)
            for precision in measured
        }
        rows = [_row(precision, waiting[precision.query]) for precision in measured]
        tables.write_list(chosen, COLUMNS, rows, _write_table)
    if settings.verbosity >= 0:
        _print_summary(sum(map(len, features)), is_empty=not measured, terms=terms)
        for remark in remarks:
            console.echo_error(remark)
        console.echo_error(coverage_line(coverage))


def _row(precision: Precision, undecided: int) -> tables.Row:
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


def _write_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    table = console.new_table()
    table.add_column("query", overflow="fold")
    for name in ("precision", "95 %", "relevant", "irrelevant", "undecided"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        interval = f"{row['low']:.0%}–{row['high']:.0%}"
        numbers = (str(row[name]) for name in ("relevant", "irrelevant", "undecided"))
        console.add_row(table, one_line(row["query"]), f"{row['precision']:.0%}", interval, *numbers)
    console.print_table(table, stream)


def _write_terms_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    table = console.new_table()
    for name in ("query", "value"):
        table.add_column(name, overflow="fold")
    for name in ("irrelevant", "relevant", "score"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("advice", overflow="fold")
    for row in rows:
        numbers = (str(row["irrelevant"]), str(row["relevant"]), f"{row['score']:.1f}")
        console.add_row(
            table,
            one_line(row["query"]),
            one_line(row["value"]),
            *numbers,
            one_line(row["advice"]),
        )
    console.print_table(table, stream)


def _print_summary(features: int, *, is_empty: bool, terms: bool) -> None:
    """Echo why there is nothing, or that there is more."""
    if is_empty:
        console.echo_error("no decisions yet; `brandwatch triage` goes through new mentions")
    elif terms and not features:
        console.echo_error("nothing distinguishes the irrelevant mentions: it takes five mentions in three stories")
    elif not terms and features:
        verb = "distinguishes" if features == 1 else "distinguish"
        console.echo_error(f"{plural(features, 'feature')} {verb} the irrelevant mentions; --terms lists them")
