"""The frame of a report: its period, its groups, and its coverage in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from brandwatch.urls import readable_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.models import Coverage, Story
    from brandwatch.reports.columns import Listing, Row


_LISTED_SOURCES = 3


class HottestStories(Protocol):
    """Finds the hottest stories of a report."""

    def __call__(self, counts: Mapping[int, int]) -> Sequence[Story]:
        """Return the hottest of the stories whose mentions are counted, by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How to write a report.

    *excel* and *raw* are about CSV: as Nordic spreadsheets read it, and with exact values. *group* is what mentions are
    grouped by in formats for people. *width* is that of the screen in cells, `None` without one, so that nothing is
    shortened. *places* are links by their names to the pages beside a page that is served; *note* is a remark on it.
    """

    generated: datetime
    coverage: Coverage
    excel: bool = False
    raw: bool = False
    width: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    group: str = ""
    stories: HottestStories | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def group_rows(listing: Listing[Row], rows: Iterable[Row], group: str) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield each heading with its rows, which come sorted by group; without a group one empty heading."""
    heading = listing.group_heading
    if group and heading:
        yield from groupby(rows, lambda row: heading(row, group))
    else:
        yield "", iter(rows)


def coverage_line(coverage: Coverage) -> str:
    """Return the coverage in one line: seen of expected, failures with their class, gaps, since when."""
    return " · ".join([f"coverage: {seen_phrase(coverage)}", *coverage_remarks(coverage)])


def seen_phrase(coverage: Coverage) -> str:
    """Return the number of expected sources that were seen."""
    return f"{coverage.seen} of {coverage.expected} sources seen"


def coverage_remarks(coverage: Coverage) -> Iterator[str]:
    """Yield the remarks on a coverage: failures, late sources, failing threads, gaps, and the age of the sources."""
    if coverage.failures:
        yield f"{len(coverage.failures)} failed: {_list_sources(coverage.failures)}"
    if coverage.deferred:
        late = _list_sources([(source, f"since {polls} polls") for source, polls in coverage.deferred])
        yield f"{len(coverage.deferred)} deferred, the budget of their kind is spent: {late}"
    if coverage.remarks:
        yield f"{len(coverage.remarks)} with a remark: {_list_sources(coverage.remarks)}"
    if coverage.failing_threads:
        count = f"{len(coverage.failing_threads)} of {coverage.threads}"
        yield f"{count} threads below mentions failed: {_list_sources(coverage.failing_threads)}"
    if coverage.gaps:
        latest = coverage.gaps[-1]
        when = f"{latest.start.astimezone():%Y-%m-%d %H:%M} to {latest.end.astimezone():%Y-%m-%d %H:%M}"
        yield f"{len(coverage.gaps)} gaps: entries missed, last at {readable_link(latest.source)} ({when})"
    if coverage.first_polls:
        dates = sorted({when.astimezone().date().isoformat() for _, when in coverage.first_polls})
        newest = f" (newest source {dates[-1]})" if len(dates) > 1 else ""
        yield f"watched since {dates[0]}{newest}"


def _list_sources(remarks: Sequence[tuple[str, str]]) -> str:
    """Return the first sources with the remark on each."""
    listed = ", ".join(f"{readable_link(source)} ({remark})" for source, remark in remarks[:_LISTED_SOURCES])
    more = f" and {len(remarks) - _LISTED_SOURCES} more" if len(remarks) > _LISTED_SOURCES else ""
    return f"{listed}{more}"
