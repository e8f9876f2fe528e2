"""The operators over whole expressions: AND, OR and NOT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch import models
from brandwatch.query_language.node import ClauseOutcome, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.query_language.view import EntryView, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joined(Node):
    """Two parts or more."""

    parts: tuple[Node, ...]

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """Return where its parts are true."""
        return tuple(span for part in self.parts for span in part.spans(view))

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield the clauses of its parts."""
        for part in self.parts:
            yield from part.clauses(view)

    def words(self) -> Iterator[str]:
        """Yield the words of its parts."""
        for part in self.parts:
            yield from part.words()


class And(_Joined):
    """Every part must hold."""

    __slots__ = ()

    def holds(self, view: EntryView) -> bool:
        """Say whether every part holds."""
        for part in self.parts:  # noqa: SIM110 (half the stack frames of `all`, which nested groups need)
            if not part.holds(view):
                return False
        return True

    def failing(self, view: EntryView) -> ClauseOutcome:
        """Return what makes the first false part false."""
        return next(part.failing(view) for part in self.parts if not part.holds(view))

    def exclusion(self) -> Node | None:
        """Return the first part where all of them can only exclude."""
        found = [part.exclusion() for part in self.parts]
        return None if None in found else found[0]

    def needs(self) -> models.Prefilter | None:
        """Return what all parts need."""
        wanted = tuple(need for part in self.parts if (need := part.needs()) is not None)
        return models.AllOf(wanted) if len(wanted) > 1 else next(iter(wanted), None)


class Or(_Joined):
    """One part must hold."""

    __slots__ = ()

    def holds(self, view: EntryView) -> bool:
        """Say whether a part holds."""
        for part in self.parts:  # noqa: SIM110 (as in And)
            if part.holds(view):
                return True
        return False

    def exclusion(self) -> Node | None:
        """Return the first part that can only exclude: it alone would let nearly everything through."""
        return next((found for part in self.parts if (found := part.exclusion()) is not None), None)

    def needs(self) -> models.Prefilter | None:
        """Return what one of the parts needs, nothing where a part needs nothing."""
        wanted = [part.needs() for part in self.parts]
        return None if None in wanted else models.AnyOf(tuple(need for need in wanted if need is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """The part must not hold."""

    part: Node

    def holds(self, view: EntryView) -> bool:
        """Say whether the part does not hold."""
        return not self.part.holds(view)

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield the clauses of the part, each with its own truth."""
        return self.part.clauses(view)

    def failing(self, view: EntryView) -> ClauseOutcome:
        """Return the exclusion with the places of what it excludes."""
        return ClauseOutcome(self.text, holds=False, spans=self.part.spans(view))

    def exclusion(self) -> Node | None:
        """Return itself; excluding an exclusion asks for something again."""
        return self if self.part.exclusion() is None else None

    def words(self) -> Iterator[str]:
        """Yield the words of the part."""
        return self.part.words()
