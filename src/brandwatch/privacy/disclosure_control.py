"""Disclosure control: counts of fewer than five staff members are suppressed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models import IN_TIME, Voice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brandwatch.models import StatsLine


MIN_CELL_SIZE = 5
"""What is by or about fewer people of the staff is not told as a number: it might be told of one of them."""

DIMENSIONS_OF_STAFF = frozenset({"voice", "subject"})
"""What sets staff apart where it is counted by."""


def suppress_small_cells(
    by: str, found: Sequence[StatsLine], now: Mapping[str, int], before: Mapping[str, int], *, is_staff: bool = False
) -> list[StatsLine]:
    """Return the lines as they may be told; *is_staff* says that all of them count staff and nothing else.

    Of staff a line that is of fewer than `FEWEST` people *now*, of nobody too, says only that, and none what was of
    fewer *before*; no line has its course over the days. Shares are parts of what is told, and nothing adds up to one
    line that is not: the next smallest goes with it.
    """
    staff = {line.value for line in found if is_staff or (by in DIMENSIONS_OF_STAFF and line.value == Voice.STAFF)}
    few = _few({value: now.get(value, 0) for value in staff})
    total = sum(line.mentions for line in found if line.value not in few)
    quiet = [_without_days(line, before) if line.value in staff else line for line in found]
    told = [_hidden(line) if line.value in few else _with_share(line, total) for line in quiet]
    # Where a line stands among others must not tell how large it is.
    return told if by in IN_TIME else sorted(told, key=lambda line: line.is_few)


def _few(people: Mapping[str, int]) -> set[str]:
    """Return the values whose mentions are not told: together they are of nobody, or of people enough."""
    by_size = sorted(people, key=lambda value: (people[value], value))
    few = {value for value in by_size if people[value] < MIN_CELL_SIZE}
    if 0 < sum(people[value] for value in few) < MIN_CELL_SIZE and len(few) < len(by_size):
        few.add(by_size[len(few)])
    return few


def _without_days(line: StatsLine, before: Mapping[str, int]) -> StatsLine:
    """Return a line of staff without its course, and without what was of a few before."""
    return replace(line, course=(), previous=line.previous if before.get(line.value, 0) >= MIN_CELL_SIZE else None)


def _hidden(line: StatsLine) -> StatsLine:
    """Return a line that says nothing but that there are few."""
    nothing = replace(line, mentions=0, share=0.0, stories=0, publishers=0, response=None, known=0)
    return replace(nothing, is_few=True)


def _with_share(line: StatsLine, total: int) -> StatsLine:
    """Return a line with its share of what is told."""
    return replace(line, share=line.mentions / total if total else 0.0)
