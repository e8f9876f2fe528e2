"""The command `report`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from brandwatch import clock
from brandwatch.cli import console, options, query_scope
from brandwatch.cli.filters import ALL_FILTERS, Filters, MentionTee, matching_mentions, with_filters
from brandwatch.errors import UsageError
from brandwatch.models import Mention, Selection, Story, Voice
from brandwatch.privacy import disclosure_control
from brandwatch.reports import (
    BINARY_FORMATS,
    FORMATS,
    Layout,
    columns,
    coverage_line,
    format_of_path,
    report_format,
)
from brandwatch.storage import Store, key_use, open_store, selections, stories, verification
from brandwatch.stories.publishers import Published, count_publishers
from brandwatch.text import plural

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings
    from brandwatch.query_language import Expression


ON_SCREEN = 50
_ON_PAGE = 4_000
"""Some 2.5 MB. A page of all mentions of a month, with a million in two years, has 21 MB."""
_HOT_STORIES = 6
# Counting the publishers of more stories takes longer than reading the count.
_MAX_COUNTED_STORIES = 2_000

EPILOG = """[bold]Examples[/bold]

brandwatch report --since yesterday

brandwatch report --query fjordbanken --search "grønne lån" --sort found

brandwatch report --where 'svindel* NEAR/5 Fjordbanken AND voice:public'

brandwatch report --since 7d --sort response --limit 20      most response first; rising: most response right now

brandwatch report --since 7d --stories                       the same news in many places as one line

brandwatch report --since 7d --excel --output week.csv

brandwatch report --since 7d --output week.html --open

brandwatch report --voice public --lang no --group-by publisher --output week.xlsx

brandwatch report --format json | jq '.mentions[].title'

The time of a mention is when it was published; if that is unknown, when it was found.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    """The destination of a report and its form."""

    output_format: str
    path: Path | None
    layout: Layout
    is_quiet: bool


@with_filters(
    ALL_FILTERS,
    limit=typer.Option(
        min=0, metavar="N", help="At most this many, 0 for all; by default 50 on a terminal, 4000 on a page."
    ),
)
def command(
    context: typer.Context,
    *,
    filters: Filters,
    suppressed: Annotated[
        bool,
        typer.Option(
            "--suppressed", help="Instead the mentions that an exclusion or retention hides, with the reason."
        ),
    ] = False,
    remote: Annotated[
        bool, typer.Option("--remote", help="Instead the mentions that only a server's own search found.")
    ] = False,
    as_stories: Annotated[
        bool, typer.Option("--stories", help="One line for the same news in many places, the hottest first.")
    ] = False,
    sort: Annotated[
        str,
        typer.Option(
            metavar="ORDER",
            help="Order: published, found, response, rising, heat, query, source, publisher or title; "
            "of stories: heat, rising, response, publishers, mentions, published or found.",
        ),
    ] = "",
    group: Annotated[
        str,
        typer.Option(
            "--group-by",
            metavar="FIELD",
            help="Group by day, query, source, publisher, voice, subject, language or status.",
        ),
    ] = "",
    output_format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Format: table, csv, tsv, json, jsonl, markdown, html, xlsx or rss.",
        ),
    ] = "",
    path: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a file; its suffix names the format.")
    ] = None,
    excel: options.Excel = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="CSV with exact values, without the ' before what a spreadsheet might run.")
    ] = False,
    opens: Annotated[
        bool, typer.Option("--open", help="Open the file, or without a file the first link, on this desktop.")
    ] = False,
) -> None:
    """Select, write, and end with the coverage on standard error."""
    settings = options.settings_of(context)
    is_screen = path is None and sys.stdout is not None and sys.stdout.isatty()
    chosen = _format(output_format, path, excel=excel, is_screen=is_screen)
    if as_stories:
        _refuse_options(sort=sort or "heat", suppressed=suppressed, remote=remote, group_by=bool(group))
    order = _order("" if as_stories else sort, group)
    selection = replace(filters.selection(), suppressed=suppressed, remote=remote, sort=order, group=group)
    disclosure_control.refuse_ranking(selection, sort)
    default_limit = ON_SCREEN if is_screen and chosen == "table" else 0
    limit = default_limit if filters.limit is None else filters.limit
    with open_store(settings.db, create=False) as store:
        if notice := key_use.copy_notice(store):
            console.echo_error(notice)
        if damaged := verification.count_hidden_damage(store):
            console.echo_error(f"hidden: {plural(damaged, 'damaged mention')}; see `brandwatch audit --verify`")
        selection = query_scope.check_selection(store, settings, selection)
        layout = Layout(
            generated=clock.now(),
            coverage=options.configured_coverage(store, settings, selection),
            excel=excel,
            raw=raw,
            width=console.terminal_width() if is_screen else None,
            since=selection.since,
            until=selection.until,
            group=group,
            page_rows=_ON_PAGE if filters.limit is None else None,
            stories=partial(hottest_stories, store, selection),
        )
        output = _Output(output_format=chosen, path=path, layout=layout, is_quiet=settings.verbosity < 0)
        if as_stories:
            link = _write_stories(store, replace(selection, limit=limit), filters.expression(), sort, output)
        else:
            link = _write_mentions(store, selection, filters.expression(), limit, output, settings)
        if not output.is_quiet:
            for remark in query_scope.scope_remarks(store, settings, selection):
                console.echo_error(remark)
            console.echo_error(coverage_line(layout.coverage))
    if opens:
        _open(path, link)


def _format(written: str, path: Path | None, *, excel: bool, is_screen: bool) -> str:
    """Return the format: the named one, that of the file's suffix, or the default of the destination."""
    options.require_known("format", written, FORMATS)
    if excel and written not in {"", "csv"}:
        raise UsageError(f"--excel is for CSV, not for {written}")
    if is_screen and written in BINARY_FORMATS:
        raise UsageError(f"{written} is not for the screen", f"name a file: --output week.{written}")
    if written or excel:
        return written or "csv"
    if path is not None and str(path) != "-":
        return format_of_path(path)
    return "table" if is_screen else "csv"


def _order(sort: str, group: str) -> str:
    """Return the order of mentions; raise UsageError for an unknown one, or an unknown group."""
    options.require_known("order", sort, selections.ORDERS)
    options.require_known("group", group, selections.GROUPS)
    return sort or "published"


def _write_mentions(
    store: Store, selection: Selection, expression: Expression | None, limit: int, output: _Output, settings: Settings
) -> str:
    """Write the mentions; echo how many there are; return the first link."""
    listing = columns.RANKED_MENTIONS if selection.sort in {"response", "rising"} else columns.MENTIONS
    matching, tee = matching_mentions(store, selection, expression, limit), MentionTee()
    mentions = options.explain_hidden(matching, settings)
    with console.open_output(output.path) as stream:
        report_format(output.output_format)(listing, tee.watch(islice(mentions, limit or None)), stream, output.layout)
        stream.flush()
    if not output.is_quiet:
        if not tee.count:
            console.echo_error("no mentions")
        elif tee.count == limit and (total := _total(store, selection, mentions, limit, is_filtered=bool(expression))):
            console.echo_error(f"{limit} of {total} mentions; --limit 0 shows all")
        elif tee.entries < tee.count:
            console.echo_error(f"{plural(tee.count, 'mention')} of {plural(tee.entries, 'entry', 'entries')}")
    return tee.link


def _total(store: Store, selection: Selection, rest: Iterator[Mention], limit: int, *, is_filtered: bool) -> str:
    """Return the number of mentions in words if it is over the limit, else an empty text."""
    if is_filtered:
        # An exact number would take reading and matching every one of them.
        return f"more than {limit}" if next(rest, None) else ""
    total = selections.count_mentions(store, selection)
    if total is not None and total <= limit:
        return ""
    return f"more than {limit}" if total is None else str(total)


def _open(path: Path | None, link: str) -> None:
    """Open the written file, else the link, with the desktop's program for it."""
    target = str(path.resolve()) if path and path.is_file() else link
    if not target:
        console.echo_error("nothing to open: no mention has a link")
    elif typer.launch(target):
        console.echo_error(f"no program here opens {target}")


# --- stories -----------------------------------------------------------------------------------------------------


def hottest_stories(store: Store, selection: Selection, counts: Mapping[int, int]) -> list[Story]:
    """Return the hottest of the counted stories, hottest first; *counts* has the selected entries of each story."""
    hottest = Selection(queries=selection.queries, gone_queries=selection.gone_queries, limit=_HOT_STORIES)
    return list(stories.select_stories(store, hottest, "heat", counts))


def _refuse_options(*, sort: str, **given: object) -> None:
    """Raise UsageError for an option or an order that stories do not have."""
    for name, value in given.items():
        if value:
            raise UsageError(f"--stories cannot be combined with --{name.replace('_', '-')}")
    options.require_known("order of stories", sort, stories.STORY_ORDERS)


def _write_stories(
    store: Store, selection: Selection, expression: Expression | None, sort: str, output: _Output
) -> str:
    """Write the stories of the selected mentions; echo how many there are; return the first link."""
    order = sort or disclosure_control.default_story_order(selection)
    entries = None
    if expression:
        entries = _selected_entries(matching_mentions(store, replace(selection, limit=0), expression))
    counts = None if entries is None else Counter(entry.story for entry in entries)
    counted: list[Story] = []
    selected = _remember(stories.select_stories(store, selection, order, counts), counted)
    with console.open_output(output.path) as stream:
        report_format(output.output_format)(
            columns.stories_listing(output.layout.generated), selected, stream, output.layout
        )
        stream.flush()
    if not output.is_quiet:
        _print_story_totals(store, counted, selection, entries)
    return next((story.lead.entry.url for story in counted if story.lead.entry.url), "")


class _SelectedEntry(NamedTuple):
    """An entry of a story that an expression has selected."""

    story: int
    copy: Published
    is_comment: bool


def _selected_entries(mentions: Iterable[Mention]) -> list[_SelectedEntry]:
    """Return the entries of mentions, each once; one that any of them counts as the brand's own is its own."""
    entries: dict[int, _SelectedEntry] = {}
    for mention in mentions:
        entry, before = mention.entry, entries.get(mention.entry_id)
        is_owned = mention.voice is Voice.OWNED or (before is not None and before.copy.is_owned)
        copy = Published(entry.url, entry.publisher, is_owned)
        entries[mention.entry_id] = _SelectedEntry(mention.story or 0, copy, bool(entry.thread))
    return list(entries.values())


def _remember(selected: Iterable[Story], counted: list[Story]) -> Iterator[Story]:
    for story in selected:
        if len(counted) <= _MAX_COUNTED_STORIES:
            counted.append(story)
        yield story


def _print_story_totals(
    store: Store, counted: list[Story], selection: Selection, entries: list[_SelectedEntry] | None
) -> None:
    """Echo the number of stories, of their selected mentions and of the publishers of these."""
    if not counted:
        console.echo_error("no stories")
    elif len(counted) <= _MAX_COUNTED_STORIES:
        ids = {story.id for story in counted}
        if entries is None:
            publishers = stories.count_story_publishers(store, ids, selection)
        else:
            publishers = count_publishers(each.copy for each in entries if each.story in ids and not each.is_comment)
        totals = (plural(sum(story.mentions for story in counted), "mention"), plural(publishers, "publisher"))
        more = "; --limit 0 shows all there are" if len(counted) == selection.limit else ""
        console.echo_error(f"{plural(len(counted), 'story', 'stories')}: {', '.join(totals)}{more}")
