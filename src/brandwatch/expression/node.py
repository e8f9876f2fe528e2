"""What every part of an expression can do: hold or not, say why, and say what it needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.expression.view import Span, View
    from brandwatch.models.needs import Need


class Clause(NamedTuple):
    """One part of an expression as it was written, whether it holds, and where in the original texts."""

    text: str
    holds: bool
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(ABC):
    """A part of an expression: *text* as it was written, from *start* on. What is here is true of most leaves."""

    text: str
    start: int

    @abstractmethod
    def holds(self, view: View) -> bool:
        """Say whether this is true of the entry."""

    def spans(self, view: View) -> tuple[Span, ...]:  # noqa: ARG002 (a fact is nowhere in the text)
        """Return where in the entry's texts it is true."""
        return ()

    def clauses(self, view: View) -> Iterator[Clause]:
        """Yield a clause for each leaf, in reading order."""
        yield Clause(self.text, self.holds(view), self.spans(view))

    def failing(self, view: View) -> Clause:
        """Return the clause that makes this false, given that it is."""
        return Clause(self.text, holds=False, spans=self.spans(view))

    def exclusion(self) -> Node | None:
        """Return the part for which this can only exclude, or `None` where it says what must be there."""
        return None

    def needs(self) -> Need | None:
        """Return what a title or text must hold for this to be true, or `None` where nothing is needed."""
        return None

    def words(self) -> Iterator[str]:
        """Yield the folded words and phrases that are looked for, excluded ones too."""
        yield from ()
