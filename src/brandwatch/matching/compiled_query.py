"""A query, compiled for evaluation, and the terms that it looks for."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Query, Term, TermKind
from brandwatch.matching import names, voices
from brandwatch.query_language import Expression, compile_expression
from brandwatch.text.normalise import Folded, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.matching.voices import PersonPattern


class PhraseMatch(NamedTuple):
    """A listed word in a text: its spelling in the list, its field, and the characters of the folded text."""

    word: str
    field: str
    start: int
    end: int


class PhraseMatcher:
    """A list of words, phrases and `prefix*`, found as whole words in any case, also in the genitive."""

    def __init__(self, words: Iterable[str]) -> None:
        by_key = {" ".join(fold(word).folded.split()): word for word in words}
        self._words = [(re.compile(_phrase_pattern(key)), word) for key, word in by_key.items()]
        longest_first = map(_phrase_pattern, sorted(by_key, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")

    def find(self, fields: Mapping[str, Folded]) -> Iterator[PhraseMatch]:
        """Yield every place of a listed word in the fields."""
        for field, text in fields.items() if self._words else ():
            for match in self._pattern.finditer(text.folded):
                word = next(word for pattern, word in self._words if pattern.fullmatch(match[0]))
                yield PhraseMatch(word, field, match.start(), match.end())


def _phrase_pattern(key: str) -> str:
    """Return the pattern of one folded word or phrase; any white space may stand between its parts."""
    pattern = r"\s+".join(map(re.escape, key.rstrip("*").split(" ")))
    return rf"{pattern}\w*" if key.endswith("*") else rf"{pattern}{names.name_grammar().genitive}?"


class CompiledQuery:
    """One query, ready to evaluate; most of it is only built when an entry holds one of the names."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._contexts: dict[tuple[str, ...], PhraseMatcher] = {}

    @cached_property
    def excluded_phrases(self) -> PhraseMatcher:
        """The words and phrases that hide the names they cover."""
        return PhraseMatcher(self.query.exclude.words)

    @cached_property
    def expression(self) -> Expression | None:
        """The expression that narrows the query, if it has one."""
        return compile_expression(self.query.match, allow_only_exclusions=True) if self.query.match else None

    @cached_property
    def people(self) -> tuple[PersonPattern, ...]:
        """The official representatives with the patterns of their names."""
        return tuple(map(voices.person_pattern, self.query.people))

    def context(self, words: tuple[str, ...]) -> PhraseMatcher:
        """Return the words of a context, compiled once."""
        if words not in self._contexts:
            self._contexts[words] = PhraseMatcher(words)
        return self._contexts[words]


def query_terms(query: Query) -> Iterator[Term]:
    """Yield all terms of a query: names, products, own channels, and rivals' names."""
    yield from query.names
    yield from query.products
    for domain in query.owned.domains:
        yield Term(text=domain, kind=TermKind.DOMAIN)
    handles: dict[str, None] = {}
    for account in query.owned.accounts:
        # In a text a handle stands with its server and without; the path of a page is no handle.
        if "/" not in account.handle:
            handles |= {account.handle: None, account.handle.split("@", maxsplit=1)[0]: None}
    for handle in handles:
        yield Term(text=handle, kind=TermKind.ACCOUNT)
    for hashtag in query.owned.hashtags:
        yield Term(text=hashtag, kind=TermKind.HASHTAG)
    for competitor in query.competitors:
        yield from competitor.terms
