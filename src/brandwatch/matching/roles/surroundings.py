"""The words on either side of a brand, as far as a phrase reaches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.matching.names import GENITIVES, NOUN_ENDINGS
from brandwatch.matching.roles import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.text.normalise import Folded


REACH = 80
_LETTER = r"[^\W_]"
# One word may hold `R&D`, `vd:n`, `adm.dir`, `Mitarbeiter:innen`, `Mitarbeiter/-innen`, `don't`.
WORD = re.compile(rf"{_LETTER}+(?:[-'&.:*_]{_LETTER}+|/-?in(?:nen)?(?!{_LETTER}))*")
_HEAD = re.compile(r"(?:s|'s|s')?-(?=\w)")
_SOFT = re.compile(r"[\"'«»“”„*_&()]* [ \"'«»“”„*_&()]*")
_COMMA = re.compile(r", +")
_AFTER_ABBREVIATION = re.compile(r"\. +")
_BARE_APOSTROPHE = re.compile(r"'(?!\w)")


class BrandAnchor(NamedTuple):
    """Where a brand stands in a folded text: the whole word (`acme-ansatt`) and the bare name in it (`acme`)."""

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


def surroundings_of(text: Folded, anchor: BrandAnchor) -> BrandSurroundings:
    """Return the brand at *anchor* with its surroundings."""
    folded = text.folded
    prefix = folded[anchor.start : anchor.name_start].lstrip("#@")
    before = _before(text, anchor.start)
    compound = _HEAD.match(folded, anchor.name_end, anchor.name_end + REACH)
    if compound:
        head = WORD.match(folded, compound.end(), min(len(folded), compound.end() + REACH))
        word = _word(text, head) if head else None
        return BrandSurroundings(
            anchor, prefix, "compound", word, before, _after(text, word.end if word else anchor.end)
        )
    ending = folded[anchor.name_end : anchor.end]
    if ending.isalpha() and ending not in GENITIVES and ending not in NOUN_ENDINGS:
        closed = SurroundingWord(ending, anchor.name_end, anchor.end, capital=False)
        return BrandSurroundings(anchor, prefix, "compound", closed, before, _after(text, anchor.end))
    if ending in GENITIVES or _has_bare_apostrophe(folded, anchor.name_end):
        return BrandSurroundings(
            anchor, prefix, "genitive", None, before, _after(text, max(anchor.end, anchor.name_end + 1))
        )
    after = _after(text, anchor.end)
    if after and after[0].text in vocabulary.NORWEGIAN_GENITIVE:
        return BrandSurroundings(anchor, prefix, "genitive", None, before, after[1:])
    return BrandSurroundings(anchor, prefix, "bare", None, before, after)


def join_words(first: SurroundingWord, second: SurroundingWord) -> SurroundingWord:
    """Return two neighbours as one word."""
    return SurroundingWord(f"{first.text} {second.text}", first.start, second.end, first.capital)


def _has_bare_apostrophe(folded: str, name_end: int) -> bool:
    """Say whether a name that ends in s, x or z bears their genitive: `Åsgård AS' direktør`."""
    return folded.endswith(("s", "x", "z"), 0, name_end) and bool(_BARE_APOSTROPHE.match(folded, name_end))


def _before(text: Folded, end: int) -> tuple[SurroundingWord, ...]:
    """Return the words of the phrase that leads up to *end*, nearest first."""
    folded = text.folded
    start = max(0, end - REACH)
    found = list(WORD.finditer(folded, start, end))
    if start and found and found[0].start() == start and folded[start - 1].isalnum():
        del found[0]
    words: list[SurroundingWord] = []
    edge = end
    for match in reversed(found):
        word = _word(text, match)
        if not _is_soft(folded, word, edge):
            break
        words.append(word)
        edge = word.start
    return tuple(words)


def _after(text: Folded, start: int) -> tuple[SurroundingWord, ...]:
    """Return the words of the phrase that follows *start*."""
    folded = text.folded
    end = min(len(folded), start + REACH)
    words: list[SurroundingWord] = []
    edge = start
    for match in WORD.finditer(folded, start, end):
        if not _SOFT.fullmatch(folded, edge, match.start()) or (match.end() == end < len(folded)):
            break
        words.append(_word(text, match))
        edge = match.end()
    return tuple(words)


def _is_soft(folded: str, word: SurroundingWord, edge: int) -> bool:
    """Say whether what stands between *word* and *edge* leaves them in one phrase."""
    if _SOFT.fullmatch(folded, word.end, edge):
        return True
    if word.text in vocabulary.EMPLOYERS and _COMMA.fullmatch(folded, word.end, edge):
        return True
    return word.text in vocabulary.ABBREVIATIONS and bool(_AFTER_ABBREVIATION.fullmatch(folded, word.end, edge))


def _word(text: Folded, match: re.Match[str]) -> SurroundingWord:
    """Return a match as a word."""
    return SurroundingWord(match[0], match.start(), match.end(), text.plain[match.start()].isupper())


class RoleFinding(NamedTuple):
    """A tie, the words before the phrase (nearest first), inside it and after it, and whose job or employer it is."""

    tie: RoleTie
    lead: Sequence[SurroundingWord] = ()
    between: Sequence[SurroundingWord] = ()
    tail: Sequence[SurroundingWord] = ()
    owner: str = ""
    late: bool = False  # the work word stands after the brand


def leftwards(
    words: Sequence[SurroundingWord], limit: int
) -> Iterator[tuple[SurroundingWord, Sequence[SurroundingWord], Sequence[SurroundingWord]]]:
    """Yield each word and known pair of words, with what stands between it and the brand, and what leads to it."""
    for number, word in enumerate(words[:limit]):
        between = words[:number][::-1]
        if number + 1 < len(words) and (pair := join_words(words[number + 1], word)).text in vocabulary.PAIRS:
            yield pair, between, words[number + 2 :]
        yield word, between, words[number + 1 :]


def to_brand(before: Sequence[SurroundingWord]) -> Iterator[tuple[str, Sequence[SurroundingWord]]]:
    """Yield each preposition that may lead to the brand, with the words before it.

    An article may stand between, or what the company is: `i selskapet Acme`, `at the Swedish retailer Acme`,
    `i butikkene til Acme`.
    """
    for number, word in enumerate(before[:4]):
        if word.text in vocabulary.PREPOSITIONS and _introduces(before[:number]):
            yield word.text, before[number + 1 :]


def _introduces(words: Sequence[SurroundingWord]) -> bool:
    """Say whether *words* between preposition and brand only introduce the brand."""
    if not words:
        return True
    if any(word.text in vocabulary.BREAKERS for word in words):
        return False
    if len(words) > 1 and words[0].text in vocabulary.OWNED_BY:
        return vocabulary.is_workplace(words[1].text) and all(word.text in vocabulary.ARTICLES for word in words[2:])
    return vocabulary.is_company(words[0].text) or (len(words) == 1 and words[0].text in vocabulary.ARTICLES)
