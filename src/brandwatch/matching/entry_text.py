"""An entry, folded once for all queries; words and language are computed only where a query needs them."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from brandwatch.matching import voices
from brandwatch.models import TEXT_FIELDS
from brandwatch.query_language import IndexedWords
from brandwatch.text.language import language_of
from brandwatch.text.normalise import Folded, fold

if TYPE_CHECKING:
    from brandwatch.models import Entry, TextPart


_WORD = re.compile(r"\w+")

Span = tuple[str, int, int]
"""A field, and the characters [start, end) of it."""


class EntryText:
    """One entry with the facts of the source it came through."""

    def __init__(self, entry: Entry, *, source: str = "", kind: str = "", with_language: bool = True) -> None:
        self.entry = entry
        self._has_language = with_language
        self.source = source
        self.kind = kind
        self.fields: dict[str, Folded] = {"title": fold(entry.title)}
        """The title and each text, in reading order; a second text of one field has a number: `alt 2`."""
        self._parts: dict[str, TextPart] = {}
        for part in entry.texts:
            name = part.field if part.field not in self.fields else f"{part.field} {len(self.fields)}"
            self.fields[name] = fold(entry.text[part.start : part.end] if entry.parts else entry.text)
            self._parts[name] = part

    def span(self, field: str, start: int, end: int) -> Span:
        """Translate characters of a folded field to the field of the entry and the characters that people read."""
        start, end = self.fields[field].span(start, end)
        part = self._parts.get(field)
        return (part.field, part.start + start, part.start + end) if part else (field, start, end)

    def field_name(self, field: str) -> str:
        """Return a field in words."""
        part = self._parts.get(field)
        return TEXT_FIELDS[part.field] if part else field

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each field in reading order."""
        return {name: number for number, name in enumerate(self.fields)}

    @cached_property
    def words_before(self) -> dict[str, int]:
        """The number of words before each field."""
        counts = accumulate((len(words) for words in self.words.values()), initial=0)
        return dict(zip(self.fields, counts, strict=False))

    @cached_property
    def words(self) -> dict[str, list[int]]:
        """The starts of the words of each field."""
        return {name: [match.start() for match in _WORD.finditer(text.folded)] for name, text in self.fields.items()}

    @cached_property
    def title(self) -> IndexedWords:
        """The title for expressions."""
        return IndexedWords("title", self.fields["title"])

    @cached_property
    def texts(self) -> tuple[IndexedWords, ...]:
        """The texts below the title for expressions."""
        return tuple(IndexedWords(part.field, self.fields[name], part.start) for name, part in self._parts.items())

    @cached_property
    def language(self) -> str:
        """The language of the entry: the declared one, unless the text contradicts it."""
        return language_of(f"{self.entry.title}\n{self.entry.text}", self.entry.language)

    @property
    def result_language(self) -> str:
        """The language that results have, empty if nobody reads it."""
        return self.language if self._has_language else ""

    @cached_property
    def is_social(self) -> bool:
        """Whether the entry is a post or a comment."""
        return voices.is_social(self.entry.url, self.kind)

    @property
    def length(self) -> int:
        """The number of words of the entry."""
        return sum(map(len, self.words.values()))

    def distance(self, first: Span, second: Span) -> int:
        """Count the words between two spans; the fields follow each other in reading order."""
        ordinals = []
        for field, start, end in (first, second):
            before, words = self.words_before[field], self.words[field]
            ordinals.append((before + bisect_right(words, start), before + bisect_right(words, end - 1)))
        (_, last), (next_first, _) = sorted(ordinals)
        return max(0, next_first - last - 1)
