"""What an expression sees of one entry: its texts as words, and its facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from brandwatch import urls
from brandwatch.text.normalise import Folded, fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self, Unpack

    from brandwatch.models import Entry


_WORD = re.compile("[^ ]+")

Span = tuple[str, int, int]
"""A field, and the characters [start, end) of its original text."""


class WordPosition(NamedTuple):
    """Words [*first*, *last*) of a text, with so many signs *before* and *after* them as belong to what was found."""

    first: int
    last: int
    before: int = 0
    after: int = 0


class EntryFacts(TypedDict, total=False):
    """What is known of an entry beside what its document says."""

    lang: str
    source: str
    kind: str
    voice: str
    subject: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class IndexedWords:
    """One text cut into words: runs of letters and digits, counted from 0."""

    field: str
    text: Folded

    @cached_property
    def packed(self) -> str:
        """Return the words with one space around each: a phrase is found in it by one `str.find`."""
        return f" {' '.join(self.text.spaced.split())} "

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Return where each word stands in the folded text."""
        return [match.span() for match in _WORD.finditer(self.text.spaced)]

    def find(self, needle: str) -> Iterator[tuple[int, int]]:
        """Yield (word, offset in the word) where *needle* stands in `packed`, once for each word it begins in.

        Words are counted on from the last place, so that the cost is that of one walk through the text.
        """
        packed, opening = self.packed, needle.startswith(" ")
        word, counted = -1, 0
        at = packed.find(needle)
        while at >= 0:
            begin = at + opening
            word += packed.count(" ", counted, begin)
            counted = begin
            yield word, begin - packed.rfind(" ", 0, begin) - 1
            at = packed.find(needle, packed.find(" ", begin))

    def span(self, place: WordPosition) -> Span:
        """Return where a place stands in the original text."""
        start, end = self.spans[place.first][0] - place.before, self.spans[place.last - 1][1] + place.after
        return self.field, *self.text.span(start, end)


@dataclass(frozen=True)
class EntryView:
    """One entry as an expression sees it; an empty string means that a fact is not known."""

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
        """Return the view of an entry; a *lang* among the facts replaces the declared one."""
        known: EntryFacts = {"lang": entry.language, **facts}
        return cls(fold(entry.title), fold(entry.text), entry.author, entry.url, **known)

    @cached_property
    def host(self) -> str:
        """Return the host of the entry's link."""
        return urls.host(self.url)

    def words(self, name: str) -> IndexedWords:
        """Return the words of `title`, `text` or `author`."""
        words = self._words.get(name)
        if words is None:
            text = fold(self.author) if name == "author" else self.title if name == "title" else self.text
            words = self._words[name] = IndexedWords(name, text)
        return words
