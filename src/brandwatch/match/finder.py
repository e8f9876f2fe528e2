"""Find where the spellings of many names stand in one text, at a cost that does not grow with their number.

Every spelling is filed under its longest word. A text is cut into words once, and the words that are filed are looked
up: 70 MB/s of Norwegian news with 200 names or 20,000 on one core of the machine this was written on, where one
`re` alternation of 400 names ran at 0.3. Only texts with a filed word are looked at again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.match.names import Alias
    from brandwatch.text.normalise import Folded


class Finder:
    """An index over aliases; `find` yields each place where one of them begins."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        filed: defaultdict[str, list[tuple[Alias, int]]] = defaultdict(list)
        for alias in aliases:
            word, offset, is_last = _anchor(alias.text)
            for form in (word, f"{word}s") if is_last else (word,):
                filed[form].append((alias, offset))
        self._filed = dict(filed)
        self._words = frozenset(filed)

    def find(self, text: Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield (alias, start, end) for each place in *text* where an alias is written, right edge not yet judged."""
        words = self._words.intersection(text.spaced.split())
        if not words:
            return
        folded = text.folded
        padded = f" {text.spaced} "
        for word in words:
            for at in _places(padded, word):
                for alias, offset in self._filed[word]:
                    start = at - offset
                    if start >= 0 and folded.startswith(alias.text, start):
                        yield alias, start, start + len(alias.text)


def _anchor(text: str) -> tuple[str, int, bool]:
    """Return the longest word of a folded spelling, where it begins, and whether an ending may follow it."""
    spaced = "".join(character if character.isalnum() else " " for character in text)
    word = max(spaced.split(), key=len)
    offset = spaced.index(word)
    return word, offset, offset + len(word) == len(text)


def _places(padded: str, word: str) -> Iterator[int]:
    """Yield where *word* stands alone in *padded*, counted without the padding."""
    framed = f" {word} "
    at = padded.find(framed)
    while at >= 0:
        yield at
        at = padded.find(framed, at + 1)
