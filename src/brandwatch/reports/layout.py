"""The layout of a report, and its groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from brandwatch.privacy.disclosure_control import is_hidden_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.models import Coverage, Mention, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How to write: *excel* for spreadsheets that want it their way, *raw* for exact values in CSV.

    *generated*, *coverage* and the period asked for go into the forms that carry them; what shares the value of *group*
    stands under one heading in forms that are read by people. *stories* gives the hottest of those that mentions are
    of, from how many there are of each; only forms that show them ask. *response* asks for its total where there is no
    room for all counts. *width* is that of the screen, in cells, and `None` where there is none, so that nothing is
    shortened. *places* are links, by their names, to what lies beside a page that is served, and *note* is what it says
    of itself.
    """

    generated: datetime
    coverage: Coverage
    excel: bool = False
    raw: bool = False
    response: bool = False
    width: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    group: str = ""
    stories: Callable[[Mapping[int, int]], Sequence[Story]] | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def group_mentions(mentions: Iterable[Mention], group: str) -> Iterator[tuple[str, Iterator[Mention]]]:
    """Yield each heading with its mentions, which come sorted so; one heading that is empty where *group* is."""
    if group:
        yield from groupby(mentions, lambda mention: group_heading(mention, group))
    else:
        yield "", iter(mentions)


def group_heading(mention: Mention, group: str) -> str:
    """Return what a mention has in common with others of its group: a day is one of this machine."""
    entry = mention.entry
    match group:
        case _ if is_hidden_group(mention, group):
            value = ""
        case "day":
            value = f"{(entry.published or mention.found).astimezone():%Y-%m-%d}"
        case "publisher":
            value = entry.publisher
        case "language":
            value = entry.language.partition("-")[0]
        case _:
            value = str(getattr(mention, group))
    return value or "unknown"
