"""An entry, folded once for all queries; words and language are computed only where a query needs them."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from brandwatch.matching import channels
from brandwatch.text.language import language_of
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from brandwatch.models import Entry
    from brandwatch.text.normalise import Folded


FIELDS = ("title", "text")

# A token is a link by its scheme, by `www.`, as a mail address, or by an ending that is a common top-level domain.
_TOP_LEVEL = (
    "no|se|dk|fi|de|is|uk|eu|com|org|net|io|info|biz|ai|app|dev|co|me|nu|tv|xyz|cloud|tech|shop|news|blog|gov|edu|"
    "example"
)
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|(?<![\w.@/-])[\w-]+(?:\.[\w-]+)*\.(?:{_TOP_LEVEL})(?![\w-])(?:[/:?#]\S*)?"
)
_LINK_SIGNS = re.compile(r"[.@]\w")
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
        return channels.is_social(self.entry.url, self.kind)

    @property
    def length(self) -> int:
        """The number of words of the entry."""
        return sum(map(len, self.words.values()))

    def is_in_link(self, field: str, start: int, end: int) -> bool:
        """Whether [*start*, *end*) of a field is a piece of a link or a mail address, where a name does not count."""
        folded = self.fields[field].folded
        first = max(folded.rfind(blank, 0, start) for blank in " \n") + 1
        last = min((at for blank in " \n" if (at := folded.find(blank, end)) >= 0), default=len(folded))
        if not _LINK_SIGNS.search(folded, first, last):
            return False
        links = (match.span() for match in _LINK.finditer(folded, first, last))
        return any(left <= start and end <= right and end - start < right - left for left, right in links)

    def is_first_word(self, field: str, start: int) -> bool:
        """Whether a sentence, a line or a quotation begins at *start* of a field."""
        before = self.fields[field].folded[max(0, start - 8) : start].rstrip(" \"'«»“”„([-*•>")
        return not before or before[-1] in ".!?:;…\n" or "\n" in self.fields[field].original[max(0, start - 3) : start]

    def distance(self, first: Span, second: Span) -> int:
        """Count the words between two spans; the title comes before the text."""
        ordinals = []
        for field, start, end in (first, second):
            before = len(self.words["title"]) if field == "text" else 0
            words = self.words[field]
            ordinals.append((before + bisect_right(words, start), before + bisect_right(words, end - 1)))
        (_, last), (next_first, _) = sorted(ordinals)
        return max(0, next_first - last - 1)
