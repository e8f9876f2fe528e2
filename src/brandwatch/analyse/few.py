"""Staff is told of as many only: what is counted of a few of them is a watch on each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.analyse.tables import IN_TIME
from brandwatch.models import FEWEST, Voice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brandwatch.analyse.tables import Line

_TELLING = frozenset({"voice", "subject"})
"""What sets staff apart where it is counted by."""


def discreet(by: str, found: Sequence[Line], *, is_staff: bool = False) -> list[Line]:
    """Return the lines as they may be told; *is_staff* says that all of them count staff and nothing else.

    Of staff a line with fewer than `FEWEST` mentions, none too, says only that; no line has its course over the days.
    Shares are parts of what is told, and nothing adds up to one line that is not: the next smallest goes with it.
    """
    staff = {line.value for line in found if is_staff or (by in _TELLING and line.value == Voice.STAFF)}
    few = _few([line for line in found if line.value in staff])
    total = sum(line.mentions for line in found if line.value not in few)
    told = [_hidden(line) if line.value in few else _told(line, total, is_staff=line.value in staff) for line in found]
    # Where a line stands among others must not tell how large it is.
    return told if by in IN_TIME else sorted(told, key=lambda line: line.is_few)


def _few(staff: Sequence[Line]) -> set[str]:
    """Return the values whose mentions are not told: together they are none, or many enough."""
    by_size = sorted(staff, key=lambda line: (line.mentions, line.value))
    few = {line.value for line in by_size if line.mentions < FEWEST}
    sum_of_few = sum(line.mentions for line in by_size if line.value in few)
    if 0 < sum_of_few < FEWEST and len(few) < len(by_size):
        few.add(by_size[len(few)].value)
    return few


def _hidden(line: Line) -> Line:
    """Return a line that says nothing but that there are few."""
    return replace(
        line,
        mentions=0,
        share=0.0,
        stories=0,
        publishers=0,
        response=None,
        known=0,
        course=(),
        previous=_many(line.previous),
        is_few=True,
    )


def _told(line: Line, total: int, *, is_staff: bool) -> Line:
    """Return a line with its share of what is told; of staff without its course, and without a few before."""
    line = replace(line, share=line.mentions / total if total else 0.0)
    return replace(line, course=(), previous=_many(line.previous)) if is_staff else line


def _many(count: int | None) -> int | None:
    """Return a count of staff that may be told."""
    return None if count is None or count < FEWEST else count
