"""JMESPath over the data of an answer (jmespath.org/specification.html)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jmespath
from jmespath.exceptions import JMESPathError

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult


def fault(expression: str) -> str:
    """Say what is wrong with an expression, empty if nothing is."""
    try:
        _compiled(expression)
    except JMESPathError as error:
        return f"not a JMESPath expression: {str(error).splitlines()[0]}"
    return ""


def found(expression: str, data: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return what an expression finds in *data*, `None` where it finds nothing or does not fit."""
    try:
        return _compiled(expression).search(data)
    except JMESPathError:
        return None


def text(value: object) -> str:
    """Return a text or number as text, a list of them with commas between, anything else as nothing."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(text, value)))
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def is_true(value: object) -> bool:
    """Say whether JMESPath takes a value for true: 0 is, and what is empty is not."""
    return value not in (None, False, "", [], {})


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> ParsedResult:
    """Return an expression, ready to be used."""
    return jmespath.compile(expression)
