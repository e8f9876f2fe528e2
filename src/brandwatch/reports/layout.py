"""The frame of a report: its period, its groups, and its coverage in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from brandwatch.frozen_classes import dataclass
from brandwatch.models import Health
from brandwatch.text.sanitise import one_line
from brandwatch.urls import readable_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.models import Coverage, SourceCondition, Story
    from brandwatch.reports.columns import Listing, Row


SILENT = (Health.REPLACED, Health.EMPTY, Health.FROZEN, Health.SHRUNK)
"""The states of sources that answer, and list less than they should."""

_LISTED_SOURCES = 10
"""Enough for a bad day: with three, the fourth source that failed was in no report."""


class HottestStories(Protocol):
    """Finds the hottest stories of a report."""

    def __call__(self, counts: Mapping[int, int]) -> Sequence[Story]:
        """Return the hottest of the stories whose mentions are counted, by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How to write a report.

    *excel* and *raw* are about CSV: as Nordic spreadsheets read it, and with exact values. *group* is what mentions are
    grouped by in formats for people. *width* is that of the screen in cells, `None` without one, so that nothing is
    shortened. *page_rows*: a page lists at most this many rows, and its figures count all. *places* are links by their
    names to the pages beside a page that is served; *note* is a remark on it.
    """

    generated: datetime
    coverage: Coverage
    excel: bool = False
    raw: bool = False
    width: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    group: str = ""
    page_rows: int | None = None
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
    """Return the coverage in one line: seen of expected, failures with their class, states, gaps, since when."""
    return " · ".join([f"coverage: {seen_phrase(coverage)}", *coverage_remarks(coverage)])


def seen_phrase(coverage: Coverage) -> str:
    """Return the number of expected sources that were seen, and of those among them that list less than they should."""
    if not coverage.expected:
        return "no source is watched"
    counts = Counter(condition.health for _, condition in coverage.conditions)
    silent = ", ".join(f"{counts[health]} {health}" for health in SILENT if counts[health])
    return f"{coverage.seen} of {coverage.expected} sources seen" + (f" ({silent})" if silent else "")


def coverage_remarks(coverage: Coverage) -> Iterator[str]:
    """Yield the remarks on a coverage: failures, states, late sources, failing threads, gaps, age of the sources."""
    conditions = dict(coverage.conditions)
    if coverage.failures:
        failed = [(url, _failure_words(failure, conditions.get(url))) for url, failure in coverage.failures]
        yield f"{len(failed)} failed: {_list_sources(failed)}"
    yield from _state_remarks(coverage)
    if coverage.unseen:
        yield f"{len(coverage.unseen)} not seen: {_list_sources([(url, '') for url in coverage.unseen])}"
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
        when = f"{_local_minute(latest.start)} to {_local_minute(latest.end)}"
        yield f"{len(coverage.gaps)} gaps: entries missed, last at {readable_link(latest.source)} ({when})"
    if coverage.first_polls:
        moments = {when for _, when in coverage.first_polls}
        first, last = (when.astimezone().date().isoformat() for when in (min(moments), max(moments)))
        yield f"watched since {first}" + (f" (newest source {last})" if last != first else "")


def condition_words(condition: SourceCondition) -> str:
    """Return since when a condition holds, and why."""
    since = f"since {_local_minute(condition.since)}" if condition.since else ""
    return ": ".join(filter(None, (since, one_line(condition.detail))))


def _state_remarks(coverage: Coverage) -> Iterator[str]:
    """Yield the sources in each state that is no failure, the worst state first."""
    failed = {url for url, _ in coverage.failures}
    by_health: dict[Health, list[tuple[str, str]]] = {}
    for url, condition in coverage.conditions:
        if url not in failed or condition.health in SILENT:
            by_health.setdefault(condition.health, []).append((url, condition_words(condition)))
    for health, listed in by_health.items():
        yield f"{len(listed)} {health}: {_list_sources(listed)}"


def _failure_words(failure: str, condition: SourceCondition | None) -> str:
    # Of a source that is frozen too, the time is that of its last news.
    if condition is None or condition.since is None or condition.health in SILENT:
        return failure
    word = f"{failure}, {condition.health}" if condition.health is Health.PAUSED else failure
    return f"{word} since {_local_minute(condition.since)}"


def _list_sources(remarks: Sequence[tuple[str, str]]) -> str:
    """Return the first sources with the remark on each."""
    listed = ", ".join(
        readable_link(source) + (f" ({remark})" if remark else "") for source, remark in remarks[:_LISTED_SOURCES]
    )
    more = f" and {len(remarks) - _LISTED_SOURCES} more" if len(remarks) > _LISTED_SOURCES else ""
    return f"{listed}{more}"


def _local_minute(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
