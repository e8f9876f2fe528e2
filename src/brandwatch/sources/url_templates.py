"""Templates: text with `{name}` or `{expression|filter}` in it; `${NAME}` is a secret and stays."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from brandwatch import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Filter = Callable[[str], str]


FILTERS: Mapping[str, Filter] = {
    "last": lambda text: text.rstrip("/").rpartition("/")[2],
    "authority": lambda text: text.partition("//")[2].partition("/")[0],
    "lower": str.lower,
    "host": urls.host,
    "quote": lambda text: quote(text, safe=""),
    "line": lambda text: text.strip().partition("\n")[0],
}
"""What may be done to a value: its last segment, what stands after `//`, small letters, its host, percent-encoding,
its first line."""

_PLACE = re.compile(r"(?<!\$)\{([^{}]*)\}")
# A single bar: JMESPath's own `||` stays whole.
_BAR = re.compile(r"(?<!\|)\|(?!\|)")


class TemplatePiece(NamedTuple):
    """A stretch of plain text, or a place where something goes."""

    text: str
    name: str = ""
    filters: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def template_pieces(template: str) -> tuple[TemplatePiece, ...]:
    """Return the pieces of a template in their order."""
    parts = _PLACE.split(template)
    found = []
    for number, part in enumerate(parts):
        if number % 2:
            name, *filters = (step.strip() for step in _BAR.split(part))
            found.append(TemplatePiece("", name, tuple(filters)))
        elif part:
            found.append(TemplatePiece(part))
    return tuple(found)


def is_template(text: str) -> bool:
    """Say whether something goes into *text*."""
    return bool(_PLACE.search(text))


def template_names(template: str) -> tuple[str, ...]:
    """Return the names of the places in a template."""
    return tuple(piece.name for piece in template_pieces(template) if piece.name)


def apply_filters(text: str, filters: tuple[str, ...]) -> str:
    """Return *text* as the filters make it, one after the other."""
    for name in filters:
        text = FILTERS[name](text)
    return text


def fill_template(template: str, value: Callable[[str], str]) -> str:
    """Return a template with the *value* of each place put in, empty where one of them has none."""
    texts = []
    for piece in template_pieces(template):
        text = apply_filters(value(piece.name), piece.filters) if piece.name else piece.text
        if not text:
            return ""
        texts.append(text)
    return "".join(texts)
