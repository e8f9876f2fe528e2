"""Coverage in words: which sources were seen, which failed, what was missed, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brandwatch.models import Coverage


_NAMED = 3


def coverage_line(coverage: Coverage) -> str:
    """Return the coverage in one line: seen of expected, failures with their class, gaps, since when."""
    return " · ".join([f"coverage: {seen_phrase(coverage)}", *coverage_remarks(coverage)])


def seen_phrase(coverage: Coverage) -> str:
    """Return how many of the expected sources were seen."""
    return f"{coverage.seen} of {coverage.expected} sources seen"


def coverage_remarks(coverage: Coverage) -> list[str]:
    """Return what else there is to say."""
    said = [f"{len(coverage.failures)} failed: {_named(coverage.failures)}"] if coverage.failures else []
    said += [_unheard(coverage)] if coverage.failing_threads else []
    said += [_gaps(coverage)] if coverage.gaps else []
    return said + ([_since(coverage)] if coverage.first_polls else [])


def _named(failures: Sequence[tuple[str, str]]) -> str:
    """Return the first of what fails by name, with its class."""
    named = ", ".join(f"{source} ({fetch_class})" for source, fetch_class in failures[:_NAMED])
    more = f" and {len(failures) - _NAMED} more" if len(failures) > _NAMED else ""
    return f"{named}{more}"


def _unheard(coverage: Coverage) -> str:
    """Return how many of the conversations below mentions fail."""
    count = f"{len(coverage.failing_threads)} of {coverage.threads}"
    return f"{count} conversations below mentions failed: {_named(coverage.failing_threads)}"


def _gaps(coverage: Coverage) -> str:
    """Return how often entries were missed, and where last."""
    latest = coverage.gaps[-1]
    when = f"{latest.start.astimezone():%Y-%m-%d %H:%M} to {latest.end.astimezone():%Y-%m-%d %H:%M}"
    return f"{len(coverage.gaps)} gaps: entries missed, last at {latest.source} ({when})"


def _since(coverage: Coverage) -> str:
    """Return since when the sources are watched."""
    dates = sorted({when.astimezone().date().isoformat() for _, when in coverage.first_polls})
    return f"watched since {dates[0]}" + (f" (newest source {dates[-1]})" if len(dates) > 1 else "")
