"""A query, compiled: what the matcher needs at hand to evaluate an entry."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Term, TermKind
from brandwatch.matching.names import name_grammar
from brandwatch.matching.voices import person_pattern
from brandwatch.query_language import compile_expression
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.config.query import Query
    from brandwatch.matching.voices import PersonPattern
    from brandwatch.query_language import Expression
    from brandwatch.text.normalise import Folded


class FoundPhrase(NamedTuple):
    """A word that was found: as its author wrote it, in which field, at which characters of the folded text."""

    word: str
    field: str
    start: int
    end: int


class PhraseMatcher:
    """A list of words, phrases and `prefix*`, found as whole words in any case, their genitives too."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {_key(word): word for word in words}
        longest_first = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(_spelled, longest_first))})(?!\w)")

    def __len__(self) -> int:
        return len(self._words)

    def find(self, fields: Mapping[str, Folded]) -> Iterator[FoundPhrase]:
        """Yield every word of the list that stands in the fields."""
        for field, text in fields.items() if self._words else ():
            for match in self._pattern.finditer(text.folded):
                yield FoundPhrase(self._written(match[0]), field, match.start(), match.end())

    def _written(self, found: str) -> str:
        """Return the word of the list that *found* is a form of."""
        return next(word for key, word in self._words.items() if re.fullmatch(_spelled(key), found))


def _key(word: str) -> str:
    """Return a word folded as texts are, blanks as one space."""
    return " ".join(fold(word).folded.split())


def _spelled(key: str) -> str:
    """Return the pattern of one word."""
    stem, is_prefix = key.rstrip("*"), key.endswith("*")
    spelled = r"\s+".join(map(re.escape, stem.split(" ")))
    return rf"{spelled}\w*" if is_prefix else rf"{spelled}{name_grammar().genitive}?"


class CompiledQuery:
    """One query, ready to judge by; most of it is only built when an entry holds one of the names."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._contexts: dict[tuple[str, ...], PhraseMatcher] = {}

    @cached_property
    def excluded(self) -> PhraseMatcher:
        """Return the words and phrases that hide the names they cover."""
        return PhraseMatcher(self.query.exclude.words)

    @cached_property
    def expression(self) -> Expression | None:
        """Return the expression that narrows the query, if it has one."""
        return compile_expression(self.query.match, only_negative=True) if self.query.match else None

    @cached_property
    def people(self) -> tuple[PersonPattern, ...]:
        """Return the official representatives, prepared to be looked for beside the brand."""
        return tuple(map(person_pattern, self.query.people))

    def context(self, words: tuple[str, ...]) -> PhraseMatcher:
        """Return the words of a context, compiled once."""
        if words not in self._contexts:
            self._contexts[words] = PhraseMatcher(words)
        return self._contexts[words]


def query_terms(query: Query) -> Iterator[Term]:
    """Yield everything that is looked for by a query: names, products, own channels, and rivals' names."""
    yield from query.names
    yield from query.products
    for domain in query.owned.domains:
        yield Term(text=domain, kind=TermKind.DOMAIN)
    for handle in dict.fromkeys(handle for account in query.owned.accounts for handle in _handles(account.handle)):
        yield Term(text=handle, kind=TermKind.ACCOUNT)
    for hashtag in query.owned.hashtags:
        yield Term(text=hashtag, kind=TermKind.HASHTAG)
    for competitor in query.competitors:
        yield from competitor.terms


def _handles(handle: str) -> tuple[str, ...]:
    """Return how a handle is written in a text: with its server and without; a page's address is no handle."""
    return () if "/" in handle else tuple(dict.fromkeys((handle, handle.split("@", maxsplit=1)[0])))
