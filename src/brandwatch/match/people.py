"""Official representatives, who count only where the brand stands in the same entry.

Their names are looked for nowhere else: the functions here take the anchors of the brand, and do nothing without.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.match.channels import posted_by
from brandwatch.match.forms import GENITIVES
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.match.hits import Hit
    from brandwatch.match.page import Page, Span
    from brandwatch.models import Account, Person

LONG_ENTRY = 300
"""From this many words on, a brand somewhere in the entry is no tie any more."""
NEAR = 60
"""How many words a name may be away from the brand in a long entry."""


class Known(NamedTuple):
    """A person with the pattern of the full name."""

    person: Person
    pattern: re.Pattern[str]


class Seen(NamedTuple):
    """A person in an entry: where, and how many words away from which anchor."""

    person: Person
    field: str
    start: int
    end: int
    distance: int
    anchor: Hit

    @property
    def is_tied(self) -> bool:
        """Say whether the brand is near enough."""
        return self.distance >= 0


def known(person: Person) -> Known:
    """Prepare a person to be looked for: the full name, blanks or hyphens between its parts, a genitive or none."""
    parts = re.split(r"[\s-]+", fold(person.name).folded.strip())
    name = r"[\s-]+".join(map(re.escape, parts))
    return Known(person, re.compile(rf"(?<!\w){name}(?:{'|'.join(GENITIVES)})?(?!\w)"))


def seen(people: Sequence[Known], anchors: Sequence[Hit], page: Page) -> Iterator[Seen]:
    """Yield each place where a person is named, with the distance to the nearest anchor, -1 where that is too far."""
    if not anchors or not people:
        return
    is_long = page.length > LONG_ENTRY
    for person, pattern in people:
        for field, text in page.fields.items():
            for match in pattern.finditer(text.folded):
                distance, anchor = _nearest((field, *match.span()), anchors, page)
                is_tied = not is_long or distance <= NEAR
                yield Seen(person, field, match.start(), match.end(), distance if is_tied else -1, anchor)


def _nearest(place: Span, anchors: Sequence[Hit], page: Page) -> tuple[int, Hit]:
    """Return the anchor that is nearest to a place, and how many words lie between."""
    distances = [page.distance(place, (hit.field, hit.start, hit.end)) for hit in anchors]
    nearest = min(distances)
    return nearest, anchors[distances.index(nearest)]


def speaking(people: Sequence[Known], anchors: Sequence[Hit], page: Page) -> tuple[Person, Account | None] | None:
    """Return the person whose registered account, or whose byline, an entry that names the brand comes from."""
    entry = page.entry
    for person, pattern in people if anchors else ():
        if found := posted_by(person.accounts, entry):
            return person, found
        if entry.author and pattern.fullmatch(fold(entry.author).folded.strip()):
            return person, None
    return None
