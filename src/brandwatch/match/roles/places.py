"""Where a brand stands: the words on its left and right, as far as a phrase reaches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.match.forms import GENITIVES, NOUN_ENDINGS
from brandwatch.match.roles import lexicon

if TYPE_CHECKING:
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


class Anchor(NamedTuple):
    """Where a brand stands in a folded text: the whole word (`acme-ansatt`) and the bare name in it (`acme`)."""

    start: int
    end: int
    name_start: int
    name_end: int


class Tie(NamedTuple):
    """A phrase that ties a role or work to the brand: [*start*, *end*) of the folded text, brand included."""

    start: int
    end: int
    rule: str
    words: str


class Word(NamedTuple):
    """A word of a folded text, and whether it is written with a capital."""

    text: str
    start: int
    end: int
    capital: bool


class Place(NamedTuple):
    """A brand with the words around it, nearest first; the lists end where the phrase ends (comma, full stop)."""

    anchor: Anchor
    prefix: str
    standing: str  # "bare", "genitive" or "compound"
    head: Word | None
    before: tuple[Word, ...]
    after: tuple[Word, ...]


def place(text: Folded, anchor: Anchor) -> Place:
    """Return the brand at *anchor* with its surroundings."""
    folded = text.folded
    prefix = folded[anchor.start : anchor.name_start].lstrip("#@")
    before = _before(text, anchor.start)
    compound = _HEAD.match(folded, anchor.name_end, anchor.name_end + REACH)
    if compound:
        head = WORD.match(folded, compound.end(), min(len(folded), compound.end() + REACH))
        word = _word(text, head) if head else None
        return Place(anchor, prefix, "compound", word, before, _after(text, word.end if word else anchor.end))
    ending = folded[anchor.name_end : anchor.end]
    if ending.isalpha() and ending not in GENITIVES and ending not in NOUN_ENDINGS:
        closed = Word(ending, anchor.name_end, anchor.end, capital=False)
        return Place(anchor, prefix, "compound", closed, before, _after(text, anchor.end))
    if ending in GENITIVES or _has_bare_apostrophe(folded, anchor.name_end):
        return Place(anchor, prefix, "genitive", None, before, _after(text, max(anchor.end, anchor.name_end + 1)))
    after = _after(text, anchor.end)
    if after and after[0].text in lexicon.NORWEGIAN_GENITIVE:
        return Place(anchor, prefix, "genitive", None, before, after[1:])
    return Place(anchor, prefix, "bare", None, before, after)


def joined(first: Word, second: Word) -> Word:
    """Return two neighbours as one word."""
    return Word(f"{first.text} {second.text}", first.start, second.end, first.capital)


def _has_bare_apostrophe(folded: str, name_end: int) -> bool:
    """Say whether a name that ends in s, x or z bears their genitive: `Åsgård AS' direktør`."""
    return folded.endswith(("s", "x", "z"), 0, name_end) and bool(_BARE_APOSTROPHE.match(folded, name_end))


def _before(text: Folded, end: int) -> tuple[Word, ...]:
    """Return the words of the phrase that leads up to *end*, nearest first."""
    folded = text.folded
    start = max(0, end - REACH)
    found = list(WORD.finditer(folded, start, end))
    if start and found and found[0].start() == start and folded[start - 1].isalnum():
        del found[0]
    words: list[Word] = []
    edge = end
    for match in reversed(found):
        word = _word(text, match)
        if not _is_soft(folded, word, edge):
            break
        words.append(word)
        edge = word.start
    return tuple(words)


def _after(text: Folded, start: int) -> tuple[Word, ...]:
    """Return the words of the phrase that follows *start*."""
    folded = text.folded
    end = min(len(folded), start + REACH)
    words: list[Word] = []
    edge = start
    for match in WORD.finditer(folded, start, end):
        if not _SOFT.fullmatch(folded, edge, match.start()) or (match.end() == end < len(folded)):
            break
        words.append(_word(text, match))
        edge = match.end()
    return tuple(words)


def _is_soft(folded: str, word: Word, edge: int) -> bool:
    """Say whether what stands between *word* and *edge* leaves them in one phrase."""
    if _SOFT.fullmatch(folded, word.end, edge):
        return True
    if word.text in lexicon.EMPLOYERS and _COMMA.fullmatch(folded, word.end, edge):
        return True
    return word.text in lexicon.ABBREVIATIONS and bool(_AFTER_ABBREVIATION.fullmatch(folded, word.end, edge))


def _word(text: Folded, match: re.Match[str]) -> Word:
    """Return a match as a word."""
    return Word(match[0], match.start(), match.end(), text.plain[match.start()].isupper())
