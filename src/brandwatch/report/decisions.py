"""What was decided of a mention, in words and for programs: what it was, what it became, when, and through what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.models import Act, Via
from brandwatch.report.json import utc
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Decision

_VIAS = {Via.TRIAGE: "at the keyboard", Via.OPTION: "by an option", Via.IMPORT: "from a file"}


def lines(decisions: Iterable[Decision]) -> Iterator[str]:
    """Yield a line for each decision, in local time."""
    for one in decisions:
        how = f"undone {_VIAS[one.via]}" if one.is_undo else _VIAS[one.via]
        yield f"{one.at.astimezone():%Y-%m-%d %H:%M}  {_what(one)}, {how}"


def as_data(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """Return the decisions as JSON has them."""
    return [
        {
            "at": utc(one.at),
            "verb": one.act,
            "value": one.value,
            "was": one.was,
            "via": one.via,
            "undo": one.is_undo,
        }
        for one in decisions
    ]


def _what(decision: Decision) -> str:
    """Return what was decided."""
    value, was = one_line(decision.value), one_line(decision.was)
    match decision.act:
        case Act.STATUS:
            return f"status {was} → {value}"
        case Act.TAG:
            return f"tag {value} given"
        case Act.UNTAG:
            return f"tag {value} taken away"
        case Act.NOTE:
            return f"note “{value}”" if value else "note taken away"
