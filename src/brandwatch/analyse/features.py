"""What a mention has that others may have too: words, pairs of words, what stands at its name, terms, site, source."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Part
from brandwatch.text.normalise import fold
from brandwatch.urls import host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Evidence, Mention

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
# What is said further down is said of something else.
_READ = 120


class Kind(StrEnum):
    """What a feature is."""

    WORD = "word"
    PAIR = "pair"
    NAMED = "named"
    TERM = "term"
    SITE = "site"
    SOURCE = "source"


class Feature(NamedTuple):
    """One thing that mentions share; words are in small letters."""

    kind: Kind
    value: str


class Lexicon:
    """Which words may be shown: the brand's, and those that are most often written with a small letter.

    What is written with a capital may be somebody's name, and people are not counted. A list of ordinary words would
    not help: Berg, Lykke and Kari are on it.
    """

    def __init__(self) -> None:
        self.brand: set[str] = set()
        self._written = Counter[str]()
        self._small = Counter[str]()
        self._people: set[str] = set()

    def learn(self, mention: Mention) -> None:
        """Remember how a mention writes its words, and which of them are the brand's or a person's."""
        for piece in mention.evidence:
            target = self._people if piece.part is Part.PERSON else self.brand if piece.part is Part.ANCHOR else None
            if target is not None:
                target.update(word.lower() for word in _words(f"{piece.term} {_found(mention, piece)}"))
        words = _words(_text(mention))
        self._written.update(word.lower() for word in words)
        self._small.update(word for word in words if word.islower() or word.isdigit())

    def may_be_shown(self, feature: Feature) -> bool:
        """Say whether a feature names nobody."""
        if feature.kind not in {Kind.WORD, Kind.PAIR, Kind.NAMED}:
            return True
        return all(self._is_no_name(word) for word in feature.value.split())

    def _is_no_name(self, word: str) -> bool:
        """Say whether a word in small letters is nobody's name."""
        is_small = self._small[word] * 2 > self._written[word]
        return word in self.brand or (is_small and word not in self._people)


def features(mention: Mention) -> set[Feature]:
    """Return what a mention has."""
    words = [word.lower() for word in _words(_text(mention))]
    found = {Feature(Kind.WORD, word) for word in words if len(word) > 1}
    found |= {Feature(Kind.PAIR, f"{first} {second}") for first, second in pairwise(words)}
    found |= {Feature(Kind.NAMED, phrase) for phrase in _named(mention)}
    found |= {Feature(Kind.TERM, piece.term) for piece in mention.evidence if piece.part is Part.ANCHOR}
    places = {Kind.SITE: host(mention.entry.url), Kind.SOURCE: mention.source}
    return found | {Feature(kind, place) for kind, place in places.items() if place}


def _named(mention: Mention) -> Iterator[str]:
    """Yield the names of the brand as they were found, with the word before or behind each."""
    for piece in mention.evidence:
        if piece.part is not Part.ANCHOR or piece.field not in {"title", "text"}:
            continue
        value = getattr(mention.entry, piece.field)
        name = " ".join(_words(value[piece.start : piece.end])).lower()
        before = re.search(r"([^\W_]+)[ -]$", value[: piece.start])
        behind = re.match(r"[ -]([^\W_]+)", value[piece.end :])
        if before:
            yield f"{before[1].lower()} {name}"
        if behind:
            yield f"{name} {behind[1].lower()}"


def _found(mention: Mention, piece: Evidence) -> str:
    """Return what was found of a piece of evidence, where that is in a text."""
    value = getattr(mention.entry, piece.field) if piece.field in {"title", "text"} else ""
    return str(value[piece.start : piece.end])


def _text(mention: Mention) -> str:
    """Return what is read of a mention."""
    return f"{mention.entry.title}\n{mention.entry.text}"


def _words(text: str) -> list[str]:
    """Return the words of a text with their capitals, up to where it is read."""
    return _WORD.findall(fold(text).plain)[:_READ]
