"""Print the mentions, newest first, or their stories: a table on a terminal, CSV when piped."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli import report_stories
from brandwatch.cli.console import echo_error, open_output, terminal_width
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
    Where,
    build_selection,
)
from brandwatch.cli.options import named_sources
from brandwatch.cli.tee import MentionTee, open_first_link
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brandwatch.config.settings import Settings
    from brandwatch.models import Mention, Selection
    from brandwatch.query_language import Expression
    from brandwatch.storage import Store


ON_SCREEN = 50

EPILOG = """[bold]Examples[/bold]

brandwatch report --since yesterday

brandwatch report --query fjordbanken --search "grønne lån" --sort found

brandwatch report --where 'svindel* NEAR/5 Fjordbanken AND voice:public'

brandwatch report --since 7d --sort response --limit 20      what was answered most; rising: what is answered now

brandwatch report --since 7d --stories                       the same news in many places as one line

brandwatch report --since 7d --excel --output week.csv

brandwatch report --since 7d --output week.html --open

brandwatch report --voice public --lang no --group-by publisher --output week.xlsx

brandwatch report --format json | jq '.mentions[].title'

The time of a mention is when it was published; where nobody said, when it was found.
"""


def command(
    context: typer.Context,
    *,
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    sources: Sources = None,
    search: Search = "",
    where: Where = "",
    suppressed: Annotated[
        bool, typer.Option("--suppressed", help="Those that an exclusion hides, with the reason, instead.")
    ] = False,
    remote: Annotated[
        bool, typer.Option("--remote", help="Those that only a server's own search found, instead.")
    ] = False,
    statuses: Statuses = None,
    voices: Voices = None,
    subjects: Subjects = None,
    languages: Languages = None,
    tags: Tags = None,
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="At most this many, 0 for all; without it 50 on a terminal.")
    ] = None,
    as_stories: Annotated[
        bool, typer.Option("--stories", help="One line for the same news in many places, the hottest first.")
    ] = False,
    sort: Annotated[
        str,
        typer.Option(
            metavar="ORDER",
            help="published, found, response, rising, heat, query, source, publisher or title; "
            "stories by heat, rising, response, publishers, mentions, published or found.",
        ),
    ] = "",
    group: Annotated[
        str,
        typer.Option(
            "--group-by", metavar="WHAT", help="day, query, source, publisher, voice, subject, language or status."
        ),
    ] = "",
    form: Annotated[
        str,
        typer.Option(
            "--format", "-f", metavar="FORM", help="table, csv, tsv, json, jsonl, markdown, html, xlsx or rss."
        ),
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
    opens: Annotated[
        bool, typer.Option("--open", help="Open the file, or without one the first link, on this desktop.")
    ] = False,
) -> None:
    """Select, write, and end with the coverage on standard error."""
    from brandwatch import clock
    from brandwatch.privacy import disclosure_control
    from brandwatch.reports import FORMATS, Layout, columns, coverage_line
    from brandwatch.storage import open_store
    from brandwatch.storage.sources import source_coverage

    settings: Settings = context.obj
    is_screen = path is None and sys.stdout is not None and sys.stdout.isatty()
    chosen = _form(form, path, excel=excel, is_screen=is_screen)
    if as_stories:
        report_stories.refuse_options(sort=sort or "heat", suppressed=suppressed, remote=remote, group_by=bool(group))
    selection = replace(
        build_selection(
            queries=queries,
            since=since,
            until=until,
            sources=sources,
            search=search,
            statuses=statuses,
            voices=voices,
            subjects=subjects,
            languages=languages,
            tags=tags,
        ),
        suppressed=suppressed,
        remote=remote,
        sort=_order("" if as_stories else sort),
        group=_group(group),
    )
    disclosure_control.refuse_ranking(selection, sort)
    expression = compiled(where)
    selection = replace(selection, prefilter=expression.prefilter() if expression else None)
    most = _limit(limit, chosen, is_screen=is_screen)
    with open_store(settings.db, create=False) as store:
        coverage = source_coverage(store, [source.url for source in named_sources(settings)], selection.since)
        layout = Layout(
            generated=clock.now(),
            coverage=coverage,
            excel=excel,
            raw=raw,
            width=terminal_width() if is_screen else None,
            since=selection.since,
            until=selection.until,
            group=group,
            stories=partial(report_stories.hottest_stories, store),
        )
        is_quiet = settings.verbosity < 0
        if as_stories:
            link = report_stories.write_stories(
                store,
                replace(selection, limit=most),
                matching(store, selection, expression) if expression else None,
                sort=sort or disclosure_control.default_story_order(selection),
                form=chosen,
                path=path,
                layout=layout,
                is_quiet=is_quiet,
            )
        else:
            found, passed = matching(store, selection, expression, most), MentionTee()
            listing = columns.RANKED_MENTIONS if sort in {"response", "rising"} else columns.MENTIONS
            with open_output(path) as stream:
                FORMATS[chosen](listing, passed.of(islice(found, most or None)), stream, layout)
                stream.flush()
            link = passed.link
            if not is_quiet:
                _conclude(passed.count, most, lambda: _total(store, selection, found, most, is_tried=bool(expression)))
        if not is_quiet:
            echo_error(coverage_line(coverage))
    if opens:
        open_first_link(path, link)


def _form(form: str, path: Path | None, *, excel: bool, is_screen: bool) -> str:
    """Return the name of the form: as asked for, as the file's suffix says, or what fits where it goes."""
    from brandwatch.reports import BINARY_FORMATS, FORMATS, format_of_path

    if form and form not in FORMATS:
        raise UsageError(f"there is no form “{form}”", f"use one of {', '.join(FORMATS)}")
    if excel and form not in {"", "csv"}:
        raise UsageError(f"--excel is about CSV, not {form}")
    if is_screen and form in BINARY_FORMATS:
        raise UsageError(f"{form} is not for the screen", f"name a file: --output week.{form}")
    if form or excel:
        return form or "csv"
    if path is not None and str(path) != "-":
        return format_of_path(path)
    return "table" if is_screen else "csv"


def _order(sort: str) -> str:
    """Return the order; raise UsageError for one that there is none of."""
    from brandwatch.storage.selections import ORDERS

    if sort and sort not in ORDERS:
        raise UsageError(f"cannot sort by “{sort}”", f"use one of {', '.join(ORDERS)}")
    return sort or "published"


def _group(group: str) -> str:
    """Return what stands together; raise UsageError for what cannot."""
    from brandwatch.storage.selections import GROUPS

    if group and group not in GROUPS:
        raise UsageError(f"cannot group by “{group}”", f"use one of {', '.join(GROUPS)}")
    return group


def _limit(limit: int | None, form: str, *, is_screen: bool) -> int:
    """Return how many mentions to show: a screenful or two where somebody looks, unless they say."""
    return limit if limit is not None else ON_SCREEN if is_screen and form == "table" else 0


def compiled(where: str) -> Expression | None:
    """Return the expression of `--where`, ready to be asked; raise UsageError with a caret for one that is none."""
    from brandwatch.query_language import ExpressionError, compile_expression

    if not where.strip():
        return None
    try:
        return compile_expression(where, only_negative=True)
    except ExpressionError as error:
        raise UsageError(f"--where: {error.message}\n{error.render()}", error.hint) from None


def matching(store: Store, selection: Selection, expression: Expression | None, most: int = 0) -> Iterator[Mention]:
    """Yield the mentions that are selected and that the expression holds for; only then may a limit cut."""
    from brandwatch.privacy.disclosure_control import searchable_mention
    from brandwatch.query_language import EntryView
    from brandwatch.storage.selections import select_mentions

    if expression is None:
        yield from select_mentions(store, replace(selection, limit=most))
        return
    for mention in select_mentions(store, replace(selection, first_page_only=bool(most))):
        seen = searchable_mention(mention)
        view = EntryView.of(
            seen.entry,
            lang=seen.entry.language,
            source=seen.source,
            kind=seen.kind,
            voice=seen.voice,
            subject=seen.subject,
        )
        if expression.matches(view):
            yield mention


def _conclude(count: int, most: int, total: Callable[[], str]) -> None:
    """Say that there was nothing, or how many more there are."""
    if not count:
        echo_error("no mentions")
    elif count == most and (of := total()):
        echo_error(f"{most} of {of} mentions; --limit 0 shows all")


def _total(store: Store, selection: Selection, found: Iterator[Mention], most: int, *, is_tried: bool) -> str:
    """Return how many there are, in words, where it is more than *most*; empty where that is all."""
    from brandwatch.storage.selections import count_mentions

    if is_tried:
        # Each further one would have to be read and tried.
        return f"more than {most}" if next(found, None) else ""
    total = count_mentions(store, selection)
    if total is not None and total <= most:
        return ""
    return f"more than {most}" if total is None else str(total)
