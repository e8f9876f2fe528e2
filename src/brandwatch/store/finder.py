"""Whether a value of the database is, or holds, what somebody wants to see or to be erased."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.text.traces import DISTINCTIVE, holds, squeezed, traces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Wanted
    from brandwatch.text.traces import Trace

_LINK = re.compile(r"https?:[^\s\"'<>\\]+", re.IGNORECASE)
_AROUND = ".,;:!?)]}…»”’"


class Finder:
    """What is wanted, prepared to be looked for in many values."""

    def __init__(self, wanted: Wanted) -> None:
        named = (trace for name in (*wanted.names, *wanted.texts) for trace in traces(name))
        # A short account, `@kari`, is a first name everywhere else.
        posted = (trace for author in wanted.authors for trace in traces(author) if len(trace.letters) >= DISTINCTIVE)
        self.traces: tuple[Trace, ...] = (*named, *posted)
        self.authors = frozenset(squeezed(author).letters for author in wanted.authors)
        self.pages = frozenset(map(urls.canonical, wanted.urls)) - {""}

    def holds(self, column: str, value: object) -> bool:
        """Say whether the value of a column holds what is wanted."""
        text = _text(value)
        if not text:
            return False
        is_author = column == "author" and squeezed(text).letters in self.authors
        return is_author or holds(text, self.traces) or (bool(self.pages) and not self.pages.isdisjoint(pages(text)))

    def may_hold(self, *values: object) -> bool:
        """Say whether one of the values of a row may hold what is wanted; to read them as one is the quickest way."""
        text = "\n".join(filter(None, map(_text, values)))
        if self.authors and any(map(squeezed(text).holds, self.authors)):
            return True
        return self.holds("", text)


def pages(text: str) -> Iterator[str]:
    """Yield the keys of the pages that the links in a text lead to."""
    yield from (urls.canonical(link.rstrip(_AROUND)) for link in _LINK.findall(text))


def _text(value: object) -> str:
    """Return a value as text, nothing for a number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""
