"""What a phrase gives away besides its tie: its surroundings, for those who ask who is speaking."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from brandwatch.match.roles import lexicon
from brandwatch.match.roles.places import joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.match.roles.places import Tie, Word


class Finding(NamedTuple):
    """A tie, the words before the phrase (nearest first), inside it and after it, and whose job or employer it is."""

    tie: Tie
    lead: Sequence[Word] = ()
    between: Sequence[Word] = ()
    tail: Sequence[Word] = ()
    owner: str = ""
    late: bool = False  # the work word stands after the brand


def leftwards(words: Sequence[Word], limit: int) -> Iterator[tuple[Word, Sequence[Word], Sequence[Word]]]:
    """Yield each word and known pair of words, with what stands between it and the brand, and what leads to it."""
    for number, word in enumerate(words[:limit]):
        between = words[:number][::-1]
        if number + 1 < len(words) and (pair := joined(words[number + 1], word)).text in lexicon.PAIRS:
            yield pair, between, words[number + 2 :]
        yield word, between, words[number + 1 :]


def to_brand(before: Sequence[Word]) -> Iterator[tuple[str, Sequence[Word]]]:
    """Yield each preposition that may lead to the brand, with the words before it.

    An article may stand between, or what the company is: `i selskapet Acme`, `at the Swedish retailer Acme`,
    `i butikkene til Acme`.
    """
    for number, word in enumerate(before[:4]):
        if word.text in lexicon.PREPOSITIONS and _introduces(before[:number]):
            yield word.text, before[number + 1 :]


def _introduces(words: Sequence[Word]) -> bool:
    """Say whether *words* between preposition and brand only introduce the brand."""
    if not words:
        return True
    if any(word.text in lexicon.BREAKERS for word in words):
        return False
    if len(words) > 1 and words[0].text in lexicon.OWNED_BY:
        return lexicon.is_workplace(words[1].text) and all(word.text in lexicon.ARTICLES for word in words[2:])
    return lexicon.is_company(words[0].text) or (len(words) == 1 and words[0].text in lexicon.ARTICLES)
