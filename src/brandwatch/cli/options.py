"""Options and arguments that several commands have, and what they name: queries, sources, kinds, mentions."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import clock
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from brandwatch.config.query import Query
    from brandwatch.config.settings import Settings
    from brandwatch.models import Coverage, Mention, QueryFacts, Selection, Source
    from brandwatch.privacy.retention import Policies
    from brandwatch.sources.registry import Registry
    from brandwatch.storage import Store
    from brandwatch.storage.query_cache import FolderFacts


TextOrJson = Annotated[str, typer.Option("--format", "-f", metavar="text|json", help="For people or for programs.")]
Excel = Annotated[bool, typer.Option("--excel", help="CSV for Nordic spreadsheets: BOM, semicolons, local dates.")]
AllowPrivate = Annotated[bool, typer.Option("--allow-private", help="The address may be on a private network.")]
MentionId = Annotated[int, typer.Argument(metavar="ID", help="The number in the first column of a report.")]
QueryName = Annotated[str, typer.Argument(metavar="QUERY", help="The query, by the name of its file.")]

_STORY = "story:"
_HEADINGS = {"id": "", "story": _STORY}
_LISTED_IDS = 5


def settings_of(context: typer.Context) -> Settings:
    """Return the settings of the run, which the global options made."""
    settings: Settings = context.find_root().obj
    return settings


def is_json(output_format: str) -> bool:
    """Whether the output is for a program; raise UsageError for an unknown format."""
    require_known("format", output_format, ("text", "json"))
    return output_format == "json"


def require_known(what: str, value: str, choices: Collection[str]) -> None:
    """Raise UsageError for a value that is none of the choices; an empty value is the default."""
    if value and value not in choices:
        raise unknown_name(what, value, choices)


def unknown_name(what: str, name: str, known: Iterable[str]) -> UsageError:
    """Return the error of a name that does not exist, with the nearest one that does."""
    from brandwatch.config.diagnostics import explain_unknown_name

    return UsageError(f"unknown {what} “{name}”", explain_unknown_name(name, known))


def query_by_name(directory: Path, name: str) -> Query:
    """Return the query of a name; raise UsageError if there is none or its file has errors."""
    from brandwatch.pipeline import loading

    query = next((query for query in loading.load_queries(directory, [name]).queries if query.name == name), None)
    if query is None:
        raise UsageError(f"the query file of “{name}” has errors", "`brandwatch check` shows them")
    return query


def configured_sources(settings: Settings, queries: Collection[str] = ()) -> list[Source]:
    """Return the sources of the query files, or of the named *queries*, each once; none without query files."""
    return _sources_of(_configured_queries(settings), queries)


def _sources_of(configured: Iterable[QueryFacts], names: Collection[str]) -> list[Source]:
    from brandwatch.pipeline import schedule

    return list(schedule.merge_sources(query for query in configured if not names or query.name in names).values())


def queries_of_sources(settings: Settings) -> tuple[dict[str, list[str]], tuple[str, ...] | None]:
    """Return the names of the queries of each source, by its URL, and the names of the query files with errors.

    The sources of these are not known; `None` if there are no query files.
    """
    named: dict[str, list[str]] = {}
    facts = _configured_facts(settings)
    for query in facts.queries if facts else ():
        for url in query.urls:
            named.setdefault(url, []).append(query.name)
    return named, facts.broken if facts else None


def _configured_queries(settings: Settings) -> Sequence[QueryFacts]:
    facts = _configured_facts(settings)
    return facts.queries if facts else ()


def _configured_facts(settings: Settings) -> FolderFacts | None:
    from brandwatch.pipeline import loading

    try:
        return loading.QueryFolder(settings).facts
    except UsageError:
        return None


def configured_coverage(store: Store, settings: Settings, selection: Selection) -> Coverage:
    """Return the coverage of the configured sources of a selection: of its queries, in its period.

    Without query files these are all sources that were ever polled.
    """
    from brandwatch.pipeline import coverage

    urls = None
    if configured := _configured_queries(settings):
        named = [query for query in configured if not selection.queries or query.name in selection.queries]
        urls = [url for query in named for url in query.urls]
        urls = [url for url in urls if _is_selected(url, selection.sources)] if selection.sources else urls
    period = coverage.ReportPeriod(now=clock.now(), since=selection.since, until=selection.until)
    return coverage.measure_coverage(store, urls, period)


def _is_selected(url: str, parts: Collection[str]) -> bool:
    from brandwatch.urls import contains

    return any(contains(url, part) for part in parts)


def explain_hidden(mentions: Iterable[Mention], settings: Settings) -> Iterator[Mention]:
    """Yield mentions with the reason why each is hidden, with the day on which its retention ends."""
    from brandwatch.privacy import retention

    policies = None
    for mention in mentions:
        if mention.is_expiring:
            policies = _retention_policies(settings) if policies is None else policies
            yield replace(mention, suppressed=retention.explain_hidden(mention, policies))
        else:
            yield mention


def _retention_policies(settings: Settings) -> Policies:
    """Return the retention of the query files; without any, mentions have the default."""
    from brandwatch.privacy import retention

    facts = _configured_facts(settings)
    return retention.retention_policies(facts.queries, facts.broken) if facts else {}


def registry(settings: Settings) -> Registry:
    """Return the kinds of source: the built-in ones, and those in the folder `sources` beside the query files."""
    from brandwatch.pipeline import loading

    return loading.source_registry(settings.queries)


def mention_ids(store: Store, written: Iterable[str]) -> list[int]:
    """Return the ids of the mentions that arguments name, each once: `17`, `story:12`, or `-` for standard input.

    Raise UsageError for an argument that names none.
    """
    ids: dict[int, None] = {}
    arguments = (_read_ids() if argument == "-" else [argument.strip().lower()] for argument in written)
    for argument in chain.from_iterable(arguments):
        if argument.startswith(_STORY):
            ids |= dict.fromkeys(_story_mention_ids(store, argument))
        else:
            ids[_number(argument, argument)] = None
    return list(ids)


def refuse_unknown(ids: Iterable[int], known: Iterable[int]) -> None:
    """Raise UsageError for ids without a mention."""
    unknown = sorted(set(ids).difference(known))
    if unknown:
        listed = ", ".join(map(str, unknown[:_LISTED_IDS])) + (" …" if len(unknown) > _LISTED_IDS else "")
        what = f"is no mention {listed}" if len(unknown) == 1 else f"are no mentions {listed}"
        raise UsageError(f"there {what}; nothing was changed", "`brandwatch report` lists them with their numbers")


def _read_ids() -> Iterator[str]:
    """Yield the first column of standard input; below the heading `story` its numbers are stories."""
    from brandwatch.reports.spreadsheets import read_lines

    if sys.stdin is None:
        raise UsageError("there is no standard input")
    prefix = ""
    for index, line in enumerate(read_lines(sys.stdin.buffer.read(), "standard input")):
        value = line.cells[0].strip().lower()
        if index == 0 and value in _HEADINGS:
            prefix = _HEADINGS[value]
        elif value:
            digits = value.removeprefix(_STORY)
            number = _number(digits, value, f"standard input:{line.number}: ")
            yield f"{prefix or value[: -len(digits)]}{number}"


def _story_mention_ids(store: Store, written: str) -> list[int]:
    from brandwatch.storage.stories import story_mentions

    ids = [mention.id for mention in story_mentions(store, _number(written.removeprefix(_STORY), written))]
    if not ids:
        raise UsageError(f"there is no {written.replace(':', ' ')}", "`brandwatch report --stories` lists them")
    return ids


def _number(digits: str, written: str, place: str = "") -> int:
    # SQLite's integers end at 2⁶³.
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(2**62))):
        hint = "write numbers, story:12, or - for a list on standard input"
        raise UsageError(f"{place}“{written}” names no mention", hint)
    return int(digits)
