"""What a text must hold before it is worth a closer look: the rough filter that an index can answer.

A need is a promise in one direction only. Whatever matches holds what is needed; what holds it need not match.
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """Words that follow each other, folded (lower case, letters and digits only); the last may be a beginning only."""

    words: tuple[str, ...]
    is_prefix: bool = False


class Site(NamedTuple):
    """The entry's own link leads to this host, or to a part of it."""

    host: str


class AllOf(NamedTuple):
    """Every part is needed."""

    parts: tuple[Need, ...]


class AnyOf(NamedTuple):
    """At least one part is needed."""

    parts: tuple[Need, ...]


Need = Words | Site | AllOf | AnyOf
