"""Print the mentions, newest first: a table on a terminal, CSV when piped."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.options import named_sources
from brandwatch.cli.output import output
from brandwatch.cli.screen import say, screen_width
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.cli.settings import Settings
    from brandwatch.expression import Expression
    from brandwatch.models import Coverage, Mention, Selection
    from brandwatch.store import Store

ON_SCREEN = 50

EPILOG = """[bold]Examples[/bold]

brandwatch report --since yesterday

brandwatch report --query fjordbanken --search "grønne lån" --sort found

brandwatch report --where 'svindel* NEAR/5 Fjordbanken AND voice:public'

brandwatch report --since 7d --excel --output week.csv

brandwatch report --format json | jq '.mentions[].title'

The time of a mention is when it was published; where nobody said, when it was found.
"""


def command(
    context: typer.Context,
    *,
    queries: Annotated[
        list[str] | None, typer.Option("--query", "-Q", metavar="NAME", help="Only of this query.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="TIME", help="From this time: 7d, 2h, yesterday, 2026-05-01.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Before this time.")] = "",
    sources: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="TEXT", help="Only seen through sources whose URL holds this."),
    ] = None,
    search: Annotated[
        str, typer.Option(metavar="WORDS", help='Only with all these words; "a phrase", wor* and C++ work too.')
    ] = "",
    where: Annotated[
        str, typer.Option(metavar="EXPR", help='Only what fits: "svindel* NEAR/5 Acme AND voice:public".')
    ] = "",
    suppressed: Annotated[
        bool, typer.Option("--suppressed", help="Those that an exclusion hides, with the reason, instead.")
    ] = False,
    remote: Annotated[
        bool, typer.Option("--remote", help="Those that only a server's own search found, instead.")
    ] = False,
    statuses: Annotated[
        list[str] | None, typer.Option("--status", metavar="STATUS", help="new, relevant, irrelevant or done.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="At most this many, 0 for all; without it 50 on a terminal.")
    ] = None,
    sort: Annotated[
        str, typer.Option(metavar="ORDER", help="published, found, query, source, publisher or title.")
    ] = "published",
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="FORM", help="table, csv, tsv, json, jsonl or markdown.")
    ] = "",
    path: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there; the suffix names the form.")
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="CSV as Nordic spreadsheets read it: BOM, ;, local dates.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="CSV with exact values, without the ' before what a spreadsheet might run.")
    ] = False,
) -> None:
    """Select, write, and end with the coverage on standard error."""
    from brandwatch import clock
    from brandwatch.report import FORMS, Layout
    from brandwatch.store import open_store

    settings: Settings = context.obj
    is_screen = path is None and sys.stdout is not None and sys.stdout.isatty()
    chosen = _form(form, path, excel=excel, is_screen=is_screen)
    selection = _selection(queries, since, until, sources, search, statuses, sort)
    expression = _expression(where)
    selection = replace(
        selection, suppressed=suppressed, remote=remote, needs=expression.needs() if expression else None
    )
    most = _limit(limit, chosen, is_screen=is_screen)
    with open_store(settings.db, create=False) as store:
        coverage = store.coverage([source.url for source in named_sources(settings)], selection.since)
        layout = Layout(
            generated=clock.now(), coverage=coverage, excel=excel, raw=raw, width=screen_width() if is_screen else None
        )
        with output(path) as stream:
            FORMS[chosen](islice(_selected(store, selection, expression, most), most or None), stream, layout)
            stream.flush()
        if settings.verbosity >= 0:
            total = sum(1 for _ in _selected(store, selection, expression)) if expression else store.count(selection)
            _conclude(total, most, coverage)


def _form(form: str, path: Path | None, *, excel: bool, is_screen: bool) -> str:
    """Return the name of the form: as asked for, as the file's suffix says, or what fits where it goes."""
    from brandwatch.report import FORMS, form_of

    if form and form not in FORMS:
        raise UsageError(f"there is no form “{form}”", f"use one of {', '.join(FORMS)}")
    if excel and form not in {"", "csv"}:
        raise UsageError(f"--excel is about CSV, not {form}")
    if form or excel:
        return form or "csv"
    if path is not None and str(path) != "-":
        return form_of(path)
    return "table" if is_screen else "csv"


def _limit(limit: int | None, form: str, *, is_screen: bool) -> int:
    """Return how many mentions to show: a screenful or two where somebody looks, unless they say."""
    return limit if limit is not None else ON_SCREEN if is_screen and form == "table" else 0


def _expression(where: str) -> Expression | None:
    """Return the expression of `--where`, ready to be asked; raise UsageError with a caret for one that is none."""
    from brandwatch.expression import ExpressionError, compile_expression

    if not where.strip():
        return None
    try:
        return compile_expression(where, only_negative=True)
    except ExpressionError as error:
        raise UsageError(f"--where: {error.message}\n{error.render()}", error.hint) from None


def _selected(store: Store, selection: Selection, expression: Expression | None, most: int = 0) -> Iterator[Mention]:
    """Yield the mentions that are selected and that the expression holds for; only then may a limit cut."""
    from brandwatch.expression import View

    if expression is None:
        yield from store.mentions(replace(selection, limit=most))
        return
    for mention in store.mentions(selection):
        view = View.of(
            mention.entry,
            lang=mention.entry.language,
            source=mention.source,
            kind=mention.kind,
            voice=mention.voice,
            subject=mention.subject,
        )
        if expression.holds(view):
            yield mention


def _selection(  # noqa: PLR0917 (one for each option)
    queries: list[str] | None,
    since: str,
    until: str,
    sources: list[str] | None,
    search: str,
    statuses: list[str] | None,
    sort: str,
) -> Selection:
    """Return the selection that the options mean."""
    from brandwatch.cli.times import moment
    from brandwatch.models import Selection, Status
    from brandwatch.store.selections import ORDERS

    for status in statuses or ():
        if status not in list(Status):
            raise UsageError(f"there is no status “{status}”", f"use one of {', '.join(Status)}")
    if sort not in ORDERS:
        raise UsageError(f"cannot sort by “{sort}”", f"use one of {', '.join(ORDERS)}")
    return Selection(
        queries=tuple(queries or ()),
        since=moment(since),
        until=moment(until),
        sources=tuple(sources or ()),
        statuses=tuple(Status(status) for status in statuses or ()),
        search=search,
        sort=sort,
    )


def _conclude(total: int, most: int, coverage: Coverage) -> None:
    """Say how many mentions there are, and how far the answer can be trusted."""
    if not total:
        say("no mentions")
    elif most and total > most:
        say(f"{most} of {total} mentions; --limit 0 shows all")
    say(_coverage_line(coverage))


def _coverage_line(coverage: Coverage) -> str:
    """Return the coverage in one line: seen of expected, failures with their class, since when."""
    parts = [f"coverage: {coverage.seen} of {coverage.expected} sources seen"]
    if coverage.failures:
        named = ", ".join(f"{source} ({fetch_class})" for source, fetch_class in coverage.failures[:3])
        more = f" and {len(coverage.failures) - 3} more" if len(coverage.failures) > 3 else ""  # noqa: PLR2004
        parts.append(f"{len(coverage.failures)} failed: {named}{more}")
    if coverage.gaps:
        latest = coverage.gaps[-1]
        when = f"{latest.start.astimezone():%Y-%m-%d %H:%M} to {latest.end.astimezone():%Y-%m-%d %H:%M}"
        parts.append(f"{len(coverage.gaps)} gaps: entries missed, last at {latest.source} ({when})")
    if coverage.first_polls:
        dates = sorted({when.astimezone().date().isoformat() for _, when in coverage.first_polls})
        parts.append(f"watched since {dates[0]}" + (f" (newest source {dates[-1]})" if len(dates) > 1 else ""))
    return " · ".join(parts)
