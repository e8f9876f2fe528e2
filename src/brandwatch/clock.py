"""The one place that reads the system clock, so that tests can stop it."""

from __future__ import annotations

from datetime import UTC, datetime

PLAUSIBLE_YEARS = range(2025, 2100)
"""Years in which the program can run; a machine that lost the time begins in 1970, 1980 or 2000."""


def now() -> datetime:
    """Return the present moment as an aware UTC datetime, to the second."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 (this is the one place)
