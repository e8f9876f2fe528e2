"""The one error of the query language: what is wrong, what to do, and where."""

from __future__ import annotations

import unicodedata

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
