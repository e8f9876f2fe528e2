"""Secrets in addresses: named in a query file as `${NAME}`, taken from the environment, never written anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def names(text: str) -> tuple[str, ...]:
    """Return the names of the secrets that *text* asks for, in their order."""
    return tuple(dict.fromkeys(_NAME.findall(text)))


def expanded(text: str, environ: Mapping[str, str]) -> str:
    """Return *text* with its secrets put in; raise UsageError where one is not in the environment."""
    missing = [name for name in names(text) if not environ.get(name)]
    if missing:
        raise UsageError(
            f"the environment variable {missing[0]} is not set",
            "set it where the poll runs, for example in the crontab",
        )
    return _NAME.sub(lambda match: environ[match[1]], text)


def hidden(text: str, asked: str, environ: Mapping[str, str]) -> str:
    """Return *text* with the secrets that *asked* names replaced by their names again."""
    for name in names(asked):
        if value := environ.get(name):
            text = text.replace(value, f"${{{name}}}")
    return text
