"""Find where the spellings of many names stand in one text, at a cost that does not grow with their number."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch.matching.names import NOUN_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.matching.names import Alias
    from brandwatch.text.normalise import Folded


_NEVER = re.compile(r"(?!)")


class NameFinder:
    """An index over aliases; `find` yields each place where one of them begins."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        filed: defaultdict[str, list[tuple[Alias, int]]] = defaultdict(list)
        closing: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            word, offset, is_last = _anchor(alias.text)
            for form in _forms(word, alias) if is_last else (word,):
                filed[form].append((alias, offset))
            if alias.closes:
                closing[alias.text].append(alias)
        self._filed = dict(filed)
        self._words = frozenset(filed)
        # Where one name begins another (Tele, Telenor), both may stand where the longer was found.
        self._closing = {
            text: [alias for other in closing if text.startswith(other) for alias in closing[other]] for text in closing
        }
        self._opening = _beginnings(closing)

    def find(self, text: Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield (alias, start, end) for each place in *text* where an alias is written, right edge not yet judged."""
        yield from self._find_words(text)
        for match in self._opening.finditer(text.folded):
            for alias in self._closing[match[1]]:
                yield alias, match.start(1), match.start(1) + len(alias.text)

    def _find_words(self, text: Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield the places of aliases whose last word ends as a word does."""
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


def _forms(word: str, alias: Alias) -> tuple[str, ...]:
    """Return the words that *word* becomes with the endings that may follow it without a sign."""
    if not alias.inflects:
        return (word, f"{word}s")
    stems = (word, *(f"{word}{ending}" for ending in NOUN_ENDINGS))
    return tuple(dict.fromkeys(form for stem in stems for form in (stem, f"{stem}s")))


def _beginnings(texts: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for the names that solid compounds may begin with, longest first."""
    spelled = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])({spelled})(?=\w\w)") if spelled else _NEVER


def _places(padded: str, word: str) -> Iterator[int]:
    """Yield where *word* stands alone in *padded*, counted without the padding."""
    framed = f" {word} "
    at = padded.find(framed)
    while at >= 0:
        yield at
        at = padded.find(framed, at + 1)


class AutomatonFinder(NameFinder):
    """The same answers as `Finder` once the edges are judged, by `ahocorasick_rs`."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        import ahocorasick_rs  # noqa: PLC0415 (an extra)

        spelled: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            spelled[alias.text].append(alias)
        self._spelled = list(spelled.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(spelled))

    def find(self, text: Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield (alias, start, end) for each place in *text* where an alias is written, edges not yet judged."""
        folded = text.folded
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if not start or not folded[start - 1].isalnum():
                for alias in self._spelled[number]:
                    yield alias, start, end


def best_finder() -> type[NameFinder]:
    """Return the quicker finder where the extra is installed."""
    try:
        import ahocorasick_rs  # noqa: F401, PLC0415 (an extra)
    except ImportError:
        return NameFinder
    return AutomatonFinder
