"""`/…/`: a regular expression, only by an engine without backtracking, so that none can make matching slow."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from brandwatch.expression.errors import ExpressionError
from brandwatch.expression.node import Node
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.expression.view import Span, View

# One search is linear in the text, but a pattern such as `a(.*b)?` looks through all of it for every match.
_MOST_PLACES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex(Node):
    """A pattern found in one of *fields*, in any case, in the normalised text."""

    fields: tuple[str, ...]
    source: str
    pattern: Any

    def holds(self, view: View) -> bool:
        """Say whether the pattern is found."""
        return any(self.pattern.search(_encodable(view.words(field).text.plain)) for field in self.fields)

    def spans(self, view: View) -> tuple[Span, ...]:
        """Return where the pattern is found."""
        return tuple(self._found(view))

    def words(self) -> Iterator[str]:
        """Yield the pattern itself, folded: names may be read out of it."""
        yield fold(self.source).folded

    def _found(self, view: View) -> Iterator[Span]:
        """Yield the places that have a length."""
        for field in self.fields:
            text = view.words(field).text
            for match in islice(self.pattern.finditer(_encodable(text.plain)), _MOST_PLACES):
                start, end = match.span()
                if start < end:
                    yield field, *text.span(start, end)


def pattern(source: str, position: int) -> Any:  # noqa: ANN401 (an optional package without types)
    """Compile a pattern; *position* is where it stands in the expression."""
    if not source:
        raise ExpressionError("this pattern is empty", position=position)
    try:
        re2 = importlib.import_module("re2")
    except ImportError:
        raise ExpressionError(
            "patterns in /…/ need the package google-re2",
            "pip install 'brandwatch[regex]', or use words and NEAR/n",
            position=position,
        ) from None
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(_encodable(source), options)
    except re2.error as error:
        raise ExpressionError(f"this pattern cannot be read: {_said(error)}", position=position) from None


def _encodable(text: str) -> str:
    """Return the text with `?` for lone surrogates, which the engine cannot take; no character moves."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _said(error: Exception) -> str:
    """Return what the engine complained of, as text."""
    words = error.args[0] if error.args else ""
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
