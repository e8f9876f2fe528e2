"""The view that an expression has of one entry: its texts as words, and its facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from brandwatch.text.normalise import Folded, fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self, Unpack

    from brandwatch.models import Entry


_WORD = re.compile("[^ ]+")

Span = tuple[str, int, int]
"""A field, and the characters [start, end) of its original text."""


class WordPosition(NamedTuple):
    """Words [*first*, *last*) of a text, and the number of signs *before* and *after* them that belong to the match."""

    first: int
    last: int
    before: int = 0
    after: int = 0


class EntryFacts(TypedDict, total=False):
    """Facts about an entry that are not in its document."""

    lang: str
    source: str
    kind: str
    voice: str
    subject: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class IndexedWords:
    """One text as words: runs of letters and digits, counted from 0."""

    field: str
    text: Folded

    @cached_property
    def packed(self) -> str:
        """The words with one space around each: one `str.find` finds a phrase in it."""
        return f" {' '.join(self.text.spaced.split())} "

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The span of each word in the folded text."""
        return [match.span() for match in _WORD.finditer(self.text.spaced)]

    def find(self, needle: str) -> Iterator[tuple[int, int]]:
        """Yield (word, offset in the word) for *needle* in `packed`, once for each word in which it begins."""
        packed, opening = self.packed, needle.startswith(" ")
        # Words are counted on from the last place, so that the cost is that of one walk through the text.
        word, counted = -1, 0
        at = packed.find(needle)
        while at >= 0:
            begin = at + opening
            word += packed.count(" ", counted, begin)
            counted = begin
            yield word, begin - packed.rfind(" ", 0, begin) - 1
            at = packed.find(needle, packed.find(" ", begin))

    def span(self, place: WordPosition) -> Span:
        """Translate a place to the original text."""
        start, end = self.spans[place.first][0] - place.before, self.spans[place.last - 1][1] + place.after
        return self.field, *self.text.span(start, end)


@dataclass(frozen=True)
class EntryView:
    """One entry as an expression sees it; an empty string is an unknown fact."""

    title: Folded
    text: Folded
    author: str = ""
    url: str = ""
    lang: str = ""
    source: str = ""
    kind: str = ""
    voice: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()
    _words: dict[str, IndexedWords] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, entry: Entry, **facts: Unpack[EntryFacts]) -> Self:
        """Build the view of an entry; a *lang* among the facts replaces the declared one."""
        known: EntryFacts = {"lang": entry.language, **facts}
        return cls(fold(entry.title), fold(entry.text), entry.author, entry.url, **known)

    def words(self, name: str) -> IndexedWords:
        """Index the words of `title`, `text` or `author`, once."""
        words = self._words.get(name)
        if words is None:
            text = fold(self.author) if name == "author" else self.title if name == "title" else self.text
            words = self._words[name] = IndexedWords(name, text)
        return words
