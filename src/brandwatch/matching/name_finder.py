"""Find where the spellings of many names stand in one text, at a cost that does not grow with their number."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch.matching.names import name_grammar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.matching.names import Alias
    from brandwatch.text.normalise import Folded


_NEVER = re.compile(r"(?!)")


class NameFinder:
    """An index over aliases by their longest word; `find` yields each place where one of them begins."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        by_word: defaultdict[str, list[tuple[Alias, int]]] = defaultdict(list)
        closing: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            for word, offset in _index_words(alias):
                by_word[word].append((alias, offset))
            if alias.closes:
                closing[alias.text].append(alias)
        self._by_word = dict(by_word)
        self._words = frozenset(by_word)
        # Where one name begins another (Tele, Telenor), both may stand where the longer was found.
        self._closing = {
            text: [alias for other in closing if text.startswith(other) for alias in closing[other]] for text in closing
        }
        longest_first = "|".join(re.escape(text) for text in sorted(closing, key=len, reverse=True))
        self._compound = re.compile(rf"(?<![^\W_])({longest_first})(?=\w\w)") if longest_first else _NEVER

    def find(self, text: Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield (alias, start, end) for each place in *text* where an alias is written, right edge not yet checked."""
        yield from self._find_words(text)
        for match in self._compound.finditer(text.folded):
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
            framed = f" {word} "
            # A position in the padded text, less the padding, is that of the word behind the blank.
            at = padded.find(framed)
            while at >= 0:
                for alias, offset in self._by_word[word]:
                    start = at - offset
                    if start >= 0 and folded.startswith(alias.text, start):
                        yield alias, start, start + len(alias.text)
                at = padded.find(framed, at + 1)


def _index_words(alias: Alias) -> Iterator[tuple[str, int]]:
    """Yield the longest word of an alias, in each form that its ending may have, and where it begins in the alias."""
    spaced = "".join(character if character.isalnum() else " " for character in alias.text)
    word = max(spaced.split(), key=len)
    offset = spaced.index(word)
    yield word, offset
    if offset + len(word) < len(alias.text):
        return
    # The last word may have an ending that is written without a sign.
    grammar = name_grammar()
    stems = {word, *(word + ending for ending in grammar.noun_endings if alias.inflects)}
    genitives = {stem + ending for stem in stems for ending in grammar.genitives if ending.isalpha()}
    for form in (stems | genitives) - {word}:
        yield form, offset


class AutomatonFinder(NameFinder):
    """The same answers as `NameFinder` once the edges are checked, by `ahocorasick_rs`."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        import ahocorasick_rs  # noqa: PLC0415 (an extra)

        by_text: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            by_text[alias.text].append(alias)
        self._aliases = list(by_text.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_text))

    def find(self, text: Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield (alias, start, end) for each place in *text* where an alias is written, edges not yet checked."""
        folded = text.folded
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if not start or not folded[start - 1].isalnum():
                for alias in self._aliases[number]:
                    yield alias, start, end


def best_finder() -> type[NameFinder]:
    """Return the quicker finder where the extra is installed."""
    try:
        import ahocorasick_rs  # noqa: F401, PLC0415 (an extra)
    except ImportError:
        return NameFinder
    return AutomatonFinder
