"""NEAR and ONEAR: two phrases in the same text with few words between them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from brandwatch.expression.node import Clause, Node
from brandwatch.models import needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.expression.leaves import Phrase
    from brandwatch.expression.view import Place, Span, View, Words

DEFAULT_DISTANCE = 10
MAX_DISTANCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Node):
    """One phrase of *left* and one of *right* in the same of *fields*, at most *distance* words between them."""

    left: tuple[Phrase, ...]
    right: tuple[Phrase, ...]
    fields: tuple[str, ...]
    distance: int
    ordered: bool

    def holds(self, view: View) -> bool:
        """Say whether there is such a pair."""
        return any(True for _ in self._pairs(view))

    def spans(self, view: View) -> tuple[Span, ...]:
        """Return the phrases that have a partner."""
        found = {(words.field, place): words for words, pair in self._pairs(view) for place in pair}
        ordered = sorted(found, key=lambda key: (self.fields.index(key[0]), key[1]))
        return tuple(found[key].span(key[1]) for key in ordered)

    def clauses(self, view: View) -> Iterator[Clause]:
        """Yield a clause for each phrase, and then one for their being near."""
        for phrase in (*self.left, *self.right):
            yield from phrase.clauses(view)
        yield Clause(self.text, self.holds(view), self.spans(view))

    def needs(self) -> needs.Need | None:
        """Return one phrase of each side."""
        sides = [_any_of(side) for side in (self.left, self.right)]
        wanted = tuple(side for side in sides if side is not None)
        return needs.AllOf(wanted) if len(wanted) > 1 else next(iter(wanted), None)

    def words(self) -> Iterator[str]:
        """Yield the phrases of both sides."""
        for phrase in (*self.left, *self.right):
            yield from phrase.words()

    def _pairs(self, view: View) -> Iterator[tuple[Words, tuple[Place, Place]]]:
        """Yield phrases that are near each other: for each of them the nearest partner, not every one."""
        for field in self.fields:
            words = view.words(field)
            left = _places(self.left, words)
            right = _places(self.right, words) if left else []
            for pair in _following(left, right, self.distance):
                yield words, pair
            if not self.ordered:
                for pair in _following(right, left, self.distance):
                    yield words, pair


def _places(side: tuple[Phrase, ...], words: Words) -> list[Place]:
    """Return where the phrases of one side stand, in reading order."""
    return sorted({place for phrase in side if words.field in phrase.fields for place in phrase.places(words)})


def _following(firsts: list[Place], seconds: list[Place], distance: int) -> Iterator[tuple[Place, Place]]:
    """Yield each of *seconds* with the last of *firsts* that ends before it begins, where that is near enough."""
    firsts = sorted(firsts, key=attrgetter("last"))
    ends = [place.last for place in firsts]
    for second in seconds:
        at = bisect_right(ends, second.first)
        if at and second.first - ends[at - 1] <= distance:
            yield firsts[at - 1], second


def _any_of(side: tuple[Phrase, ...]) -> needs.Need | None:
    """Return what one of the phrases needs, nothing where one of them needs nothing."""
    wanted = [need for phrase in side if (need := phrase.needs()) is not None]
    if len(wanted) < len(side):
        return None
    return needs.AnyOf(tuple(wanted)) if len(wanted) > 1 else wanted[0]
