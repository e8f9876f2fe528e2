"""How many of the mentions that somebody decided on are about the brand, and what gives the others away."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import urls
from brandwatch.analyse.shares import interval
from brandwatch.models import Part, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from brandwatch.models import Mention

LEAST = 5
"""What fewer irrelevant mentions have is chance, or somebody's own."""
_TELLING = 10
# Standard deviations, above which one of a hundred words would be by chance, if there were no more to look at.
_SURE = 2.58
# As if as many mentions had been seen before, with each word in as many of them as in all.
_PRIOR = 10.0
_READ = 2_000
_SHORTEST = 3
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Of the mentions of a *query* that were decided on, so many are *relevant*: a *share*, with 95 % from *low* on."""

    query: str
    relevant: int
    irrelevant: int
    share: float
    low: float
    high: float


class Telling(NamedTuple):
    """What so many *irrelevant* mentions of a query have and so many *relevant* ones; *kind* says what it is.

    *kind* is `word`, `phrase` (two words), `term` (of the query) or `site`. *weight* is by how many standard deviations
    the odds differ.
    """

    query: str
    kind: str
    text: str
    irrelevant: int
    relevant: int
    weight: float


def precision(relevant: Mapping[str, int], irrelevant: Mapping[str, int]) -> list[Precision]:
    """Return the precision of each query, by how many of its mentions were decided on either way."""
    names = sorted({*relevant, *irrelevant})
    return [_precision(name, relevant.get(name, 0), irrelevant.get(name, 0)) for name in names]


def telling(query: str, decided: Iterable[Mention], names: Collection[str] = ()) -> list[Telling]:
    """Return what the irrelevant ones of a query's mentions have more often than the relevant ones, the surest first.

    By the odds of both with a prior from all (Monroe, Colaresi and Quinn, “Fightin' Words”, Political Analysis 2008),
    of mentions and not of words: one that says a word ten times says it once. *names* of people are told of nobody.
    """
    private = {word for name in names for word in _words(name)}
    seen: dict[bool, Counter[tuple[str, str]]] = {False: Counter(), True: Counter()}
    totals: Counter[bool] = Counter()
    for mention in decided:
        is_irrelevant = mention.status is Status.IRRELEVANT
        totals[is_irrelevant] += 1
        seen[is_irrelevant].update(set(_features(mention, private)))
    often = ((feature, count) for feature, count in seen[True].items() if count >= LEAST)
    compared = (
        Telling(query, kind, text, count, others, _weight(count, totals[True], others, totals[False]))
        for (kind, text), count in often
        for others in (seen[False][kind, text],)
    )
    sure = [one for one in compared if one.weight >= _SURE]
    return _without_repetition(sorted(sure, key=_order))[:_TELLING]


def _precision(query: str, relevant: int, irrelevant: int) -> Precision:
    """Return the precision of a query."""
    total = relevant + irrelevant
    low, high = interval(relevant, total)
    return Precision(query=query, relevant=relevant, irrelevant=irrelevant, share=relevant / total, low=low, high=high)


def _features(mention: Mention, private: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what may tell a mention from others: its words and pairs of words, the terms it holds, its site."""
    entry = mention.entry
    terms = [piece.term for piece in mention.evidence if piece.part is Part.ANCHOR]
    hidden = {*private, *_words(entry.author), *_words(" ".join(terms))}
    for field in (entry.title, entry.text[:_READ]):
        words = _words(field)
        told = [word not in hidden and len(word) >= _SHORTEST for word in words]
        yield from (("word", word) for word, is_told in zip(words, told, strict=True) if is_told)
        pairs = zip(words, words[1:], told, told[1:], strict=False)
        yield from (("phrase", f"{one} {two}") for one, two, *both in pairs if all(both))
    yield from (("term", term) for term in terms)
    if site := urls.host(entry.url):
        yield "site", site


def _words(text: str) -> list[str]:
    """Return the words of a text in small letters, numbers aside."""
    return _WORD.findall(text.casefold())


def _weight(count: int, total: int, others: int, of_others: int) -> float:
    """Return by how many standard deviations the odds of *count* in *total* are above those of the others."""
    expected = _PRIOR * (count + others) / (total + of_others)
    left = _PRIOR - expected
    cells = (count + expected, total - count + left, others + expected, of_others - others + left)
    # A word that all of them have, of both kinds, tells nothing.
    if min(cells) <= 0:
        return 0.0
    have, lack, others_have, others_lack = cells
    difference = math.log(have / lack) - math.log(others_have / others_lack)
    return difference / math.sqrt(sum(1 / cell for cell in cells))


def _order(one: Telling) -> tuple[float, int, str]:
    """Return what sorts the surest first, of as sure ones that which says more."""
    return -round(one.weight, 6), -len(one.text), one.text


def _without_repetition(found: Iterable[Telling]) -> list[Telling]:
    """Return what says something of its own: a word that is part of what was told already does not."""
    told: set[str] = set()
    kept = []
    for one in found:
        words = {one.text} if one.kind == "site" else set(_words(one.text))
        if told.isdisjoint(words):
            told |= words
            kept.append(one)
    return kept
