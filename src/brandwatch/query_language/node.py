"""What every node of an expression can do, and the error of the language with its position."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Prefilter
    from brandwatch.query_language.view import EntryView, Span


_WIDTH = 72
_WIDE = frozenset("WF")


class ExpressionError(Exception):
    """An expression that cannot be followed; *position* is an offset into *text*, which is the whole expression."""

    def __init__(self, message: str, hint: str = "", *, position: int = 0, text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.position = position
        self.text = text

    def render(self) -> str:
        """Return the line that is wrong with a caret beneath the place, cut to what a terminal shows."""
        begin = self.text.rfind("\n", 0, self.position) + 1
        line = self.text[begin:].split("\n", 1)[0]
        left, right = _window(len(line), self.position - begin)
        head = ("…" if left else "") + _printable(line[left : self.position - begin])
        tail = _printable(line[self.position - begin : right]) + ("…" if right < len(line) else "")
        return f"{head}{tail}\n{' ' * _columns(head)}^"


def _window(length: int, column: int) -> tuple[int, int]:
    """Return which part of a line to show, so that *column* is in it."""
    left = max(0, min(column - _WIDTH // 2, length - _WIDTH))
    return left, min(length, left + _WIDTH)


def _printable(text: str) -> str:
    """Return the text with one space for each character that a terminal would act on or not show."""
    return "".join(character if character.isprintable() else " " for character in text)


def _columns(text: str) -> int:
    """Count the columns that a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in _WIDE)
        for character in text
    )


class ClauseOutcome(NamedTuple):
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
    def holds(self, view: EntryView) -> bool:
        """Say whether this is true of the entry."""

    def spans(self, view: EntryView) -> tuple[Span, ...]:  # noqa: ARG002 (a fact is nowhere in the text)
        """Return where in the entry's texts it is true."""
        return ()

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield a clause for each leaf, in reading order."""
        yield ClauseOutcome(self.text, self.holds(view), self.spans(view))

    def failing(self, view: EntryView) -> ClauseOutcome:
        """Return the clause that makes this false, given that it is."""
        return ClauseOutcome(self.text, holds=False, spans=self.spans(view))

    def exclusion(self) -> Node | None:
        """Return the part for which this can only exclude, or `None` where it says what must be there."""
        return None

    def needs(self) -> Prefilter | None:
        """Return what a title or text must hold for this to be true, or `None` where nothing is needed."""
        return None

    def words(self) -> Iterator[str]:
        """Yield the folded words and phrases that are looked for, excluded ones too."""
        yield from ()
