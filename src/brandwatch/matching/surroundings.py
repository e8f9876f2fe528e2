"""The words on either side of a brand, as far as a phrase reaches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.matching.names import name_grammar

if TYPE_CHECKING:
    from brandwatch.matching.vocabulary import Vocabulary
    from brandwatch.text.normalise import Folded


REACH_CHARS = 80
MAX_WORDS_TO_BRAND = 4
MAX_WORDS_TO_ROLE = 5
MAX_WORDS_TO_EMPLOYER = 2
MAX_QUALIFIERS = 2

_SOFT = re.compile(r"[\"'«»“”„*_&()]* [ \"'«»“”„*_&()]*")
_COMMA = re.compile(r", +")
_AFTER_ABBREVIATION = re.compile(r"\. +")
_BARE_APOSTROPHE = re.compile(r"'(?!\w)")


class BrandAnchor(NamedTuple):
    """The span of a brand in a folded text: the whole word (`acme-ansatt`) and the bare name in it (`acme`)."""

    start: int
    end: int
    name_start: int
    name_end: int


class RoleTie(NamedTuple):
    """A phrase that ties a role or work to the brand: [*start*, *end*) of the folded text, brand included."""

    start: int
    end: int
    rule: str
    words: str


class SurroundingWord(NamedTuple):
    """A word of a folded text, and whether it is written with a capital."""

    text: str
    start: int
    end: int
    capital: bool


class BrandSurroundings(NamedTuple):
    """A brand with the words around it, nearest first; the lists end where the phrase ends (comma, full stop)."""

    anchor: BrandAnchor
    prefix: str
    standing: str  # "bare", "genitive" or "compound"
    head: SurroundingWord | None
    before: tuple[SurroundingWord, ...]
    after: tuple[SurroundingWord, ...]
    # Of a bare brand: the words and known pairs next to it that may be a word for an employer.
    nearest: Sequence[WordToTheLeft] = ()


class RoleFinding(NamedTuple):
    """A tie, the words before the phrase (nearest first), inside it and after it, and whose job or employer it is."""

    tie: RoleTie
    lead: Sequence[SurroundingWord] = ()
    between: Sequence[SurroundingWord] = ()
    tail: Sequence[SurroundingWord] = ()
    owner: str = ""
    late: bool = False  # the work word stands after the brand


RolePhrases = tuple[RoleFinding, ...]
"""The findings around one anchor, the surest first."""
WordToTheLeft = tuple[SurroundingWord, Sequence[SurroundingWord], Sequence[SurroundingWord]]
"""A word or pair, the words between it and the brand in the order of the text, and those before it, nearest first."""


class PathToBrand(NamedTuple):
    """A preposition that may lead to the brand, the words before it (nearest first), and the candidates among them."""

    preposition: str
    rest: Sequence[SurroundingWord]
    words: Sequence[WordToTheLeft]


WordToTheRight = tuple[int, SurroundingWord, Sequence[SurroundingWord]]
"""How many words come before a word or pair, the word itself, and those after it."""


class SurroundingsReader:
    """Reads the words around a brand by a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def read(self, text: Folded, anchor: BrandAnchor) -> BrandSurroundings:
        """Return the brand at *anchor* with its surroundings."""
        folded, grammar = text.folded, name_grammar()
        prefix = folded[anchor.start : anchor.name_start].lstrip("#@")
        before = self._before(text, anchor.start)
        if joint := grammar.compound_joint.match(folded, anchor.name_end, anchor.name_end + REACH_CHARS):
            match = self._vocabulary.word.match(folded, joint.end(), min(len(folded), joint.end() + REACH_CHARS))
            head = _word(text, match) if match else None
            after = self._after(text, head.end if head else anchor.end)
            return BrandSurroundings(anchor, prefix, "compound", head, before, after)
        ending = folded[anchor.name_end : anchor.end]
        if ending.isalpha() and ending not in grammar.genitives and ending not in grammar.noun_endings:
            head = SurroundingWord(ending, anchor.name_end, anchor.end, capital=False)
            return BrandSurroundings(anchor, prefix, "compound", head, before, self._after(text, anchor.end))
        has_bare_genitive = folded.endswith(grammar.bare_genitives, 0, anchor.name_end)
        if ending in grammar.genitives or (has_bare_genitive and _BARE_APOSTROPHE.match(folded, anchor.name_end)):
            after = self._after(text, max(anchor.end, anchor.name_end + 1))
            return BrandSurroundings(anchor, prefix, "genitive", None, before, after)
        after = self._after(text, anchor.end)
        if after and after[0].text in self._vocabulary.words.genitive_pronouns:
            return BrandSurroundings(anchor, prefix, "genitive", None, before, after[1:])
        nearest = self.leftwards(before, MAX_WORDS_TO_EMPLOYER)
        return BrandSurroundings(anchor, prefix, "bare", None, before, after, nearest)

    def leftwards(self, words: Sequence[SurroundingWord], limit: int) -> list[WordToTheLeft]:
        """Return each of the nearest words and known pairs of words, with the words on both sides of it."""
        found = []
        for number, word in enumerate(words[:limit]):
            between = words[:number][::-1]
            if number + 1 < len(words):
                pair = _join_words(words[number + 1], word)
                if pair.text in self._vocabulary.pairs:
                    found.append((pair, between, words[number + 2 :]))
            found.append((word, between, words[number + 1 :]))
        return found

    def rightwards(self, words: Sequence[SurroundingWord]) -> list[WordToTheRight]:
        """Return the words and known pairs that may be a role after a brand; adjectives and names may come between."""
        vocabulary = self._vocabulary
        found: list[WordToTheRight] = []
        for number, word in enumerate(words[: MAX_QUALIFIERS + 2]):
            if number + 1 < len(words):
                pair = _join_words(word, words[number + 1])
                if pair.text in vocabulary.pairs:
                    found.append((number, pair, words[number + 2 :]))
            found.append((number, word, words[number + 1 :]))
            is_name = word.capital and word.text not in vocabulary.breakers
            if not is_name and not vocabulary.is_adjective(word.text):
                break
        return found

    def to_brand(self, before: Sequence[SurroundingWord]) -> list[PathToBrand]:
        """Return each preposition that may lead to the brand, with the words before it.

        An article may stand between, or a word for the company: `i selskapet Acme`, `at the Swedish retailer Acme`,
        `i butikkene til Acme`.
        """
        paths = []
        for number, word in enumerate(before[:MAX_WORDS_TO_BRAND]):
            if word.text in self._vocabulary.prepositions and self._only_introduce(before[:number]):
                rest = before[number + 1 :]
                paths.append(PathToBrand(word.text, rest, self.leftwards(rest, MAX_WORDS_TO_ROLE)))
        return paths

    def _only_introduce(self, words: Sequence[SurroundingWord]) -> bool:
        """Whether *words* between preposition and brand only introduce the brand."""
        vocabulary = self._vocabulary
        if not words:
            return True
        if any(word.text in vocabulary.breakers for word in words):
            return False
        articles = vocabulary.words.articles
        if len(words) > 1 and words[0].text in vocabulary.words.owner_prepositions:
            return vocabulary.is_workplace(words[1].text) and all(word.text in articles for word in words[2:])
        return vocabulary.is_company(words[0].text) or (len(words) == 1 and words[0].text in articles)

    def _before(self, text: Folded, end: int) -> tuple[SurroundingWord, ...]:
        """Return the words of the phrase before *end*, nearest first."""
        folded = text.folded
        start = max(0, end - REACH_CHARS)
        matches = list(self._vocabulary.word.finditer(folded, start, end))
        if start and matches and matches[0].start() == start and folded[start - 1].isalnum():
            del matches[0]
        words: list[SurroundingWord] = []
        edge = end
        for match in reversed(matches):
            word = _word(text, match)
            if not self._is_one_phrase(folded, word, edge):
                break
            words.append(word)
            edge = word.start
        return tuple(words)

    def _after(self, text: Folded, start: int) -> tuple[SurroundingWord, ...]:
        """Return the words of the phrase that follows *start*."""
        folded = text.folded
        end = min(len(folded), start + REACH_CHARS)
        words: list[SurroundingWord] = []
        edge = start
        for match in self._vocabulary.word.finditer(folded, start, end):
            is_cut = match.end() == end < len(folded)
            if is_cut or not _SOFT.fullmatch(folded, edge, match.start()):
                break
            words.append(_word(text, match))
            edge = match.end()
        return tuple(words)

    def _is_one_phrase(self, folded: str, word: SurroundingWord, edge: int) -> bool:
        """Whether what stands between *word* and *edge* leaves them in one phrase."""
        if _SOFT.fullmatch(folded, word.end, edge):
            return True
        words = self._vocabulary.words
        if word.text in words.employers and _COMMA.fullmatch(folded, word.end, edge):
            return True
        return word.text in words.abbreviations and bool(_AFTER_ABBREVIATION.fullmatch(folded, word.end, edge))


def _join_words(first: SurroundingWord, second: SurroundingWord) -> SurroundingWord:
    """Return two neighbours as one word."""
    return SurroundingWord(f"{first.text} {second.text}", first.start, second.end, first.capital)


def _word(text: Folded, match: re.Match[str]) -> SurroundingWord:
    return SurroundingWord(match[0], match.start(), match.end(), text.plain[match.start()].isupper())
