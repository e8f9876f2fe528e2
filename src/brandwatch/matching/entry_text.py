"""An entry, folded once for all queries; words and language are computed only where a query needs them."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from brandwatch.matching import voices
from brandwatch.text.language import language_of
from brandwatch.text.normalise import Folded, fold

if TYPE_CHECKING:
    from brandwatch.models import Entry


FIELDS = ("title", "text")
_WORD = re.compile(r"\w+")

Span = tuple[str, int, int]
"""A field, and the characters [start, end) of it."""


class EntryText:
    """One entry with the facts of the source it came through."""

    def __init__(self, entry: Entry, *, source: str = "", kind: str = "") -> None:
        self.entry = entry
        self.source = source
        self.kind = kind
        self.fields: dict[str, Folded] = {field: fold(getattr(entry, field)) for field in FIELDS}

    @cached_property
    def words(self) -> dict[str, list[int]]:
        """The starts of the words of each field."""
        return {name: [match.start() for match in _WORD.finditer(text.folded)] for name, text in self.fields.items()}

    @cached_property
    def language(self) -> str:
        """The language of the entry: the declared one, unless the text contradicts it."""
        return language_of(f"{self.entry.title}\n{self.entry.text}", self.entry.language)

    @cached_property
    def is_social(self) -> bool:
        """Whether the entry is a post or a comment."""
        return voices.is_social(self.entry.url, self.kind)

    @property
    def length(self) -> int:
        """The number of words of the entry."""
        return sum(map(len, self.words.values()))

    def distance(self, first: Span, second: Span) -> int:
        """Count the words between two spans; the title comes before the text."""
        ordinals = []
        for field, start, end in (first, second):
            before = len(self.words["title"]) if field == "text" else 0
            words = self.words[field]
            ordinals.append((before + bisect_right(words, start), before + bisect_right(words, end - 1)))
        (_, last), (next_first, _) = sorted(ordinals)
        return max(0, next_first - last - 1)
