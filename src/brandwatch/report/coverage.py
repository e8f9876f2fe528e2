"""How far a report can be trusted, in words: which sources were seen, which failed, what was missed, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brandwatch.models import Coverage

_NAMED = 3


def line(coverage: Coverage) -> str:
    """Return the coverage in one line: seen of expected, failures with their class, gaps, since when."""
    return " · ".join([f"coverage: {seen(coverage)}", *remarks(coverage)])


def seen(coverage: Coverage) -> str:
    """Return how many of the expected sources were seen."""
    return f"{coverage.seen} of {coverage.expected} sources seen"


def remarks(coverage: Coverage) -> list[str]:
    """Return what else there is to say."""
    said = [_failures(coverage)] if coverage.failures else []
    said += [_gaps(coverage)] if coverage.gaps else []
    return said + ([_since(coverage)] if coverage.first_polls else [])


def _failures(coverage: Coverage) -> str:
    """Return how many sources fail, the first of them by name."""
    named = ", ".join(f"{source} ({fetch_class})" for source, fetch_class in coverage.failures[:_NAMED])
    more = f" and {len(coverage.failures) - _NAMED} more" if len(coverage.failures) > _NAMED else ""
    return f"{len(coverage.failures)} failed: {named}{more}"


def _gaps(coverage: Coverage) -> str:
    """Return how often entries were missed, and where last."""
    latest = coverage.gaps[-1]
    when = f"{latest.start.astimezone():%Y-%m-%d %H:%M} to {latest.end.astimezone():%Y-%m-%d %H:%M}"
    return f"{len(coverage.gaps)} gaps: entries missed, last at {latest.source} ({when})"


def _since(coverage: Coverage) -> str:
    """Return since when the sources are watched."""
    dates = sorted({when.astimezone().date().isoformat() for _, when in coverage.first_polls})
    return f"watched since {dates[0]}" + (f" (newest source {dates[-1]})" if len(dates) > 1 else "")
