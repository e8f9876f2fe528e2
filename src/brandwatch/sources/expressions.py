"""The two notations in the file of a kind: JMESPath expressions, and templates.

A template holds placeholders: `{name}` or `{expression|filter}`. `${NAME}` is a secret and is left as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from brandwatch import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jmespath.parser import ParsedResult

    TextFilter = Callable[[str], str]


FILTERS: Mapping[str, TextFilter] = {
    "last": lambda text: text.rstrip("/").rpartition("/")[2],
    "authority": lambda text: text.partition("//")[2].partition("/")[0],
    "lower": str.lower,
    "host": lambda link: urls.readable_host(urls.host(link)),
    "quote": lambda text: quote(text, safe=""),
    "line": lambda text: text.strip().partition("\n")[0],
}
"""Filters of placeholders: last path segment, part after `//`, lower case, host, percent-encoding, first line."""

_PLACEHOLDER = re.compile(r"(?<!\$)\{([^{}]*)\}")
# A single bar: JMESPath's own `||` stays whole.
_BAR = re.compile(r"(?<!\|)\|(?!\|)")


class TemplatePiece(NamedTuple):
    """Plain *text*, or a placeholder: its *name*, which may be an expression, and its filters."""

    text: str
    name: str = ""
    filters: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def template_pieces(template: str) -> tuple[TemplatePiece, ...]:
    """Split a template into its pieces, in order."""
    pieces = []
    for number, part in enumerate(_PLACEHOLDER.split(template)):
        if number % 2:
            name, *filters = (step.strip() for step in _BAR.split(part))
            pieces.append(TemplatePiece("", name, tuple(filters)))
        elif part:
            pieces.append(TemplatePiece(part))
    return tuple(pieces)


def is_template(text: str) -> bool:
    """Whether the text has a placeholder."""
    return bool(_PLACEHOLDER.search(text))


def template_names(template: str) -> tuple[str, ...]:
    """Return the names of the placeholders, in order."""
    return tuple(piece.name for piece in template_pieces(template) if piece.name)


def apply_filters(text: str, filters: tuple[str, ...]) -> str:
    """Apply the named filters in order."""
    for name in filters:
        text = FILTERS[name](text)
    return text


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """Fill in the placeholders; the result is empty if one of them has no value."""
    texts = []
    for piece in template_pieces(template):
        text = apply_filters(values.get(piece.name, ""), piece.filters) if piece.name else piece.text
        if not text:
            return ""
        texts.append(text)
    return "".join(texts)


@lru_cache(maxsize=1024)
def _compile(expression: str) -> ParsedResult:
    import jmespath  # noqa: PLC0415 (a poll of feeds does without it)

    return jmespath.compile(expression)


def expression_error(expression: str) -> str:
    """Explain why an expression cannot be compiled; empty if it can."""
    try:
        _compile(expression)
    except ValueError as error:  # JMESPathError is one
        return f"not a JMESPath expression: {str(error).splitlines()[0]}"
    return ""


def template_error(template: str) -> str:
    """Explain an error in the filters of a template; empty for none."""
    for piece in template_pieces(template):
        for name in piece.filters:
            if name not in FILTERS:
                return f"there is no filter `{name}`: {', '.join(FILTERS)}"
    return ""


def field_error(rule: str) -> str:
    """Explain an error in an expression or a template of expressions; empty for none."""
    names = template_names(rule) if is_template(rule) else (rule,)
    return next(filter(None, map(expression_error, names)), "") or template_error(rule)


def evaluate(expression: str, data: Any) -> Any:  # noqa: ANN401 (JSON)
    """Evaluate an expression; `None` for an empty one, and where it finds nothing or a function refuses a value."""
    if not expression:
        return None
    try:
        return _compile(expression).search(data)
    except ValueError:
        return None


def text_at(expression: str, data: object) -> str:
    """Evaluate an expression to text; see `as_text`."""
    return as_text(evaluate(expression, data))


def is_true_at(expression: str, data: object) -> bool:
    """Whether an expression is true by the rules of JMESPath: 0 is, and empty texts, lists and objects are not."""
    return evaluate(expression, data) not in (None, False, "", [], {})


def as_text(value: object) -> str:
    """Return text or a number as text, a list of them with commas between, anything else as an empty text."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(as_text, value)))
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
