"""Share of voice: a brand beside those of its competitors that have a query of their own, by the same rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.cli.console import echo_error, new_table, print_table, terminal_width
from brandwatch.cli.stats_table import bar_texts
from brandwatch.cli.tables import write_list
from brandwatch.errors import UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from brandwatch.analysis import VoiceShare
    from brandwatch.config.query import Query
    from brandwatch.config.settings import Settings
    from brandwatch.models import Coverage, Period, Selection
    from brandwatch.storage import Store


COLUMNS = (
    "brand",
    "query",
    "mentions",
    "share",
    "low",
    "high",
    "response",
    "response_share",
    "known",
    "stories",
    "story_share",
    "story_low",
    "story_high",
)
_PARTS = ("share", "low", "high", "response_share", "story_share", "story_low", "story_high")
_NARROW = 100
_BAR = 16


def write_share_of_voice(
    store: Store,
    settings: Settings,
    selection: Selection,
    period: Period,
    *,
    coverage: Coverage,
    form: str,
) -> None:
    """Count the brand and its rivals, write a line for each, and say what makes them hard to compare."""
    from dataclasses import replace

    from brandwatch.analysis import comparability_remarks, share_of_voice, stats_lines
    from brandwatch.storage.stats import story_reach, tally_mentions

    rivals = _rivals(settings, selection.queries)
    measured = [query for query in rivals.values() if query]
    selection = replace(selection, queries=tuple(query.name for query in measured))
    of_query = stats_lines(
        "query", period, tally_mentions(store, selection, "query"), story_reach(store, selection, "query")
    )
    found = share_of_voice(rivals, {line.value: line for line in of_query})
    write_list(form, COLUMNS, [_row(share) for share in found], _table, _as_data)
    echo_error(_counted(found))
    broken = {url for url, _ in coverage.failures} | {gap.source for gap in coverage.gaps}
    for difference in comparability_remarks(measured, dict(coverage.first_polls), broken):
        echo_error(f"not quite alike: {difference}")
    for share in found:
        if not share.query:
            echo_error(f"not measured: {share.brand} has no query; write one (`brandwatch init --brand …`) to watch it")


def _counted(found: Sequence[VoiceShare]) -> str:
    """Return what the shares are shares of."""
    stories, mentions = (sum(getattr(share, name) or 0 for share in found) for name in ("stories", "mentions"))
    known = sum(share.known for share in found)
    return f"n = {plural(stories, 'story', 'stories')}, {plural(mentions, 'mention')}; response known of {known}"


def _rivals(settings: Settings, names: Sequence[str]) -> Mapping[str, Query | None]:
    """Return the brand and its competitors, each with the query that watches it, `None` where there is none.

    Raise UsageError where it is not clear whose competitors are meant, or there are none.
    """
    from brandwatch.pipeline.loading import load_queries

    queries = load_queries(settings.queries).queries
    with_rivals = [query for query in queries if query.competitors and (not names or query.name in names)]
    if len(with_rivals) != 1:
        which = ", ".join(query.name for query in with_rivals) or "no query"
        raise UsageError(f"{which} names competitors", "name the one brand with --query; its file has `competitors:`")
    (query,) = with_rivals
    by_name = {name.casefold(): other for other in queries for name in _names(other)}
    watching = {
        rival.name: _watching(by_name, (rival.name, *(term.text for term in rival.terms)))
        for rival in query.competitors
    }
    return {query.brand: query} | watching


def _names(query: Query) -> list[str]:
    """Return what a query's brand is called."""
    return [query.name, query.brand, *(term.text for term in query.names)]


def _watching(by_name: Mapping[str, Query], names: Sequence[str]) -> Query | None:
    """Return the query that looks for one of the names."""
    return next((by_name[name.casefold()] for name in names if name.casefold() in by_name), None)


def _row(share: VoiceShare) -> dict[str, Any]:
    """Return a share as the columns have it; what is not known is empty."""
    parts = {name: getattr(share, name) for name in _PARTS}
    rounded = {name: None if part is None else round(part, 4) for name, part in parts.items()}
    row = {name: getattr(share, name) for name in COLUMNS} | rounded
    return {name: "" if value is None else value for name, value in row.items()}


def _as_data(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it: what is not known is null."""
    return {name: None if value == "" else value for name, value in row.items()}


def _table(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write the table: a bar for each share of stories, and between what it lies with 95 %."""
    from rich.text import Text

    from brandwatch.text.sanitise import one_line

    is_wide = not stream.isatty() or terminal_width() >= _NARROW
    table = new_table()
    table.add_column("brand", overflow="fold")
    table.add_column("", no_wrap=True)
    for name in ("of stories", "95 %", "stories", *(("mentions", "response") if is_wide else ()), "of response"):
        table.add_column(name, justify="right", no_wrap=True)
    for row, bar in zip(rows, bar_texts([row["story_share"] or 0 for row in rows], _BAR), strict=True):
        sure = f"{row['story_low']:.0%}–{row['story_high']:.0%}" if row["query"] else ""
        cells = [one_line(row["brand"]), bar, _part(row["story_share"]), sure, _number(row["stories"])]
        cells += [_number(row["mentions"]), _number(row["response"])] if is_wide else []
        table.add_row(*map(Text, [*cells, _part(row["response_share"])]))
    print_table(table, stream)


def _part(value: float | str) -> str:
    """Return a part of the whole for people."""
    return "–" if isinstance(value, str) else f"{value:.0%}"


def _number(value: int | str) -> str:
    """Return a number for people."""
    return "–" if isinstance(value, str) else f"{value:,}"
