"""Say how many of the decided mentions of each query were relevant, and what the others have in common."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.analyse.precision import LEAST
from brandwatch.cli.listing import ListForm, chosen_form, write_list
from brandwatch.cli.screen import new_table, print_table, say
from brandwatch.cli.selecting import Languages, Queries, Since, Sources, Until, Voices, selected
from brandwatch.models import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from brandwatch.analyse import Precision, Telling
    from brandwatch.cli.settings import Settings
    from brandwatch.models import Selection
    from brandwatch.store import Store

COLUMNS = ("query", "relevant", "irrelevant", "precision", "low", "high")
TERMS = ("query", "kind", "term", "irrelevant", "relevant", "weight", "suggestion")
_DECIDED = tuple(status for status in Status if status is not Status.NEW)
# The newest of each query; what was decided before says what the query was like then.
_READ = 5_000
# A rule that hides one relevant mention for so many irrelevant ones is worth a look.
_FEW = 10

EPILOG = """[bold]Examples[/bold]

brandwatch precision

brandwatch precision --query fjordkraft --since 90d

brandwatch precision --terms --format csv      what irrelevant mentions have more often, and what to do about it

It counts what somebody decided with `brandwatch triage`; done counts as relevant.
"""


def command(
    context: typer.Context,
    *,
    terms: Annotated[bool, typer.Option("--terms", help="What irrelevant mentions have in common instead.")] = False,
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    sources: Sources = None,
    voices: Voices = None,
    languages: Languages = None,
    form: ListForm = "",
) -> None:
    """Count the decisions, write a line for each query, and say what they rest on."""
    from brandwatch.store import open_store

    settings: Settings = context.obj
    chosen = chosen_form(form)
    selection = selected(queries=queries, since=since, until=until, sources=sources, voices=voices, languages=languages)
    with open_store(settings.db, create=False) as store:
        found = _precision(store, selection)
        told = [one for line in found for one in _telling(store, selection, line.query, settings)] if terms else []
    if terms:
        write_list(chosen, TERMS, list(map(_term, told)), _table_of_terms)
    else:
        write_list(chosen, COLUMNS, list(map(_row, found)), _table)
    if settings.verbosity >= 0:
        say(_told(found, told, is_of_terms=terms))


def _precision(store: Store, selection: Selection) -> list[Precision]:
    """Return the precision of each query with decisions; what is done was relevant."""
    from brandwatch.analyse import precision

    relevant = _counts(store, selection, Status.RELEVANT, Status.DONE)
    return precision(relevant, _counts(store, selection, Status.IRRELEVANT))


def _counts(store: Store, selection: Selection, *statuses: Status) -> dict[str, int]:
    """Return how many mentions of each query have one of the statuses."""
    counts: Counter[str] = Counter()
    for tally in store.tallies(replace(selection, statuses=statuses), "query"):
        counts[tally.value] += tally.mentions
    return counts


def _telling(store: Store, selection: Selection, query: str, settings: Settings) -> list[Telling]:
    """Return what the irrelevant mentions of a query have in common, the people of its file aside."""
    from brandwatch.analyse import telling

    decided = replace(selection, queries=(query,), statuses=_DECIDED, limit=_READ)
    return telling(query, store.mentions(decided), _people(settings, query))


def _people(settings: Settings, name: str) -> list[str]:
    """Return the names of the people in a query file that can be used."""
    from brandwatch.errors import BrandwatchError
    from brandwatch.loading import load

    try:
        queries = load(settings.queries, [name]).queries
    except BrandwatchError:
        return []
    return [person.name for query in queries for person in query.people]


def _row(line: Precision) -> dict[str, Any]:
    """Return a precision as the columns have it, in parts of one."""
    shares = {"precision": line.share, "low": line.low, "high": line.high}
    counts = {"query": line.query, "relevant": line.relevant, "irrelevant": line.irrelevant}
    return counts | {name: round(share, 4) for name, share in shares.items()}


def _term(one: Telling) -> dict[str, Any]:
    """Return something telling as the columns have it."""
    row = {"query": one.query, "kind": one.kind, "term": one.text, "irrelevant": one.irrelevant}
    return row | {"relevant": one.relevant, "weight": round(one.weight, 2), "suggestion": _suggestion(one)}


def _suggestion(one: Telling) -> str:
    """Return the line of a query file that would hide those mentions, where it would hide few others."""
    if one.relevant * _FEW > one.irrelevant:
        return ""
    if one.kind == "term":
        return f"{{name: {one.text}, any_of_context: […]}}"
    if one.kind == "site":
        return f"exclude: {{sites: [{one.text}]}}"
    return f'match: NOT "{one.text}"' if one.kind == "phrase" else f"match: NOT {one.text}"


def _told(found: Sequence[Precision], told: Sequence[Telling], *, is_of_terms: bool) -> str:
    """Return what the answer rests on."""
    if not found:
        return "nothing was decided yet: `brandwatch triage`"
    if not is_of_terms:
        return "with 95 % between low and high; `--terms` says what irrelevant mentions have in common"
    least = "nothing tells irrelevant mentions from relevant ones" if not told else "in mentions"
    return f"{least}; what is in fewer than {LEAST} of them is not told"


def _table(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write a line for each query."""
    from rich.text import Text

    from brandwatch.text.safe import one_line

    table = new_table()
    table.add_column("query", overflow="fold")
    for name in ("precision", "95 %", "relevant", "irrelevant"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        sure = f"{row['low']:.0%}–{row['high']:.0%}"
        cells = (
            one_line(row["query"]),
            f"{row['precision']:.0%}",
            sure,
            f"{row['relevant']:,}",
            f"{row['irrelevant']:,}",
        )
        table.add_row(*map(Text, cells))
    print_table(table, stream)


def _table_of_terms(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write a line for each thing that is telling."""
    from rich.text import Text

    from brandwatch.text.safe import one_line

    table = new_table()
    for name in ("query", "what", "irrelevant", "relevant", "suggestion"):
        is_number = name in {"irrelevant", "relevant"}
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    for row in rows:
        what = f"{row['kind']} {row['term']}"
        cells = (row["query"], what, str(row["irrelevant"]), str(row["relevant"]), row["suggestion"])
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    print_table(table, stream)
