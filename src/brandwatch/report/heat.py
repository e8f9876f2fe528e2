"""How hot a story is, item by item: what was done with it, who else tells it, where the brand is named, its age."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any

from brandwatch.stories import PUBLISHER, WEIGHTS
from brandwatch.text.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from brandwatch.stories import Heat

_DAY = 86_400
_NAMES = {"likes": ("like",), "comments": ("comment",), "replies": ("reply", "replies"), "shares": ("share",)}
_PLACES = {1: "named in a title", 0: "named in a text", -2: "named in links only"}


def lines(heat: Heat, now: datetime) -> Iterator[str]:
    """Yield how hot it is now, and a line for each thing that makes it so; they add up to it."""
    items = as_data(heat, now)
    weighed = [_weighed(count, *_NAMES[name], weight=WEIGHTS[name]) for name, count in heat.counts.items()]
    if heat.others:
        weighed.append(_weighed(heat.others, "other publisher", weight=PUBLISHER))
    yield f"{items['heat']:.1f}"
    yield f"{items['response']:+5.1f}  response: {' + '.join(weighed) or 'none that is known'}; one for each doubling"
    yield f"{items['place']:+5.1f}  the brand is {_PLACES[heat.place]}"
    yield f"{items['age']:+5.1f}  age: one for each day"


def as_data(heat: Heat, now: datetime) -> dict[str, Any]:
    """Return the items as JSON has them: each as what it adds, and the counts behind the first."""
    parts = {"response": log2(1 + heat.response), "place": heat.place, "age": (heat.begin - now.timestamp()) / _DAY}
    rounded = {name: round(value, 2) for name, value in parts.items()}
    counts = heat.counts | {"other_publishers": heat.others}
    return {"heat": round(sum(parts.values()), 2), **rounded, "counts": counts}


def _weighed(count: int, *names: str, weight: int) -> str:
    """Return a count with what each of it weighs, where that is more than one."""
    return f"{counted(count, *names)} x {weight}" if weight > 1 else counted(count, *names)
