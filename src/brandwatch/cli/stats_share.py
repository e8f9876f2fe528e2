"""Share of voice: a brand beside those of its competitors that have a query of their own, by the same rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.analysis.stats import VoiceShare, comparability_remarks, share_of_voice, stats_lines
from brandwatch.cli.console import add_row, echo_error, new_table, print_table, terminal_width
from brandwatch.cli.tables import bar_texts, write_list
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.models import Coverage, Period, Selection
from brandwatch.storage import Store, stats
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brandwatch.config.query import Query


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
_SHARES = ("share", "low", "high", "response_share", "story_share", "story_low", "story_high")
_NARROW_CELLS = 100
_BAR_CELLS = 16


def write_share_of_voice(
    store: Store, settings: Settings, selection: Selection, period: Period, *, coverage: Coverage, output_format: str
) -> None:
    """Write a line for the brand and each competitor; echo what limits the comparison."""
    brands = _brands(settings, selection.queries)
    measured = [query for query in brands.values() if query]
    selection = replace(selection, queries=tuple(query.name for query in measured))
    lines = stats_lines(
        "query", period, stats.tally_mentions(store, selection, "query"), stats.story_reach(store, selection, "query")
    )
    shares = share_of_voice(brands, {line.value: line for line in lines})
    write_list(output_format, COLUMNS, [_row(share) for share in shares], _write_table, _as_data)
    echo_error(_sample_line(shares))
    broken = {url for url, _ in coverage.failures} | {gap.source for gap in coverage.gaps}
    for remark in comparability_remarks(measured, dict(coverage.first_polls), broken):
        echo_error(f"not fully comparable: {remark}")
    for share in shares:
        if not share.query:
            hint = "write one (`brandwatch init --brand …`) to watch it"
            echo_error(f"not measured: {share.brand} has no query; {hint}")


def _sample_line(shares: Sequence[VoiceShare]) -> str:
    stories, mentions = (sum(getattr(share, name) or 0 for share in shares) for name in ("stories", "mentions"))
    known = sum(share.known for share in shares)
    return f"n = {plural(stories, 'story', 'stories')}, {plural(mentions, 'mention')}; response known of {known}"


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


def _row(share: VoiceShare) -> dict[str, Any]:
    """Return the cells of a share, by column; the unknown is empty."""
    row = {name: getattr(share, name) for name in COLUMNS}
    row |= {name: None if row[name] is None else round(row[name], 4) for name in _SHARES}
    return {name: "" if value is None else value for name, value in row.items()}


def _as_data(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value == "" else value for name, value in row.items()}


def _write_table(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write a bar for each share of stories, with its 95 % confidence interval."""
    is_wide = not stream.isatty() or terminal_width() >= _NARROW_CELLS
    counts = ("stories", "mentions", "response") if is_wide else ("stories",)
    table = new_table()
    table.add_column("brand", overflow="fold")
    table.add_column("", no_wrap=True)
    for name in ("of stories", "95 %", *counts, "of response"):
        table.add_column(name, justify="right", no_wrap=True)
    for row, bar in zip(rows, bar_texts([row["story_share"] or 0 for row in rows], _BAR_CELLS), strict=True):
        interval = f"{row['story_low']:.0%}–{row['story_high']:.0%}" if row["query"] else ""
        cells = [one_line(row["brand"]), bar, _percentage(row["story_share"]), interval]
        cells += [_count(row[name]) for name in counts]
        add_row(table, *cells, _percentage(row["response_share"]))
    print_table(table, stream)


def _percentage(value: float | str) -> str:
    return "–" if isinstance(value, str) else f"{value:.0%}"


def _count(value: int | str) -> str:
    return "–" if isinstance(value, str) else f"{value:,}"
