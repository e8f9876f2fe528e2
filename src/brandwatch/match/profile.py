"""A query, compiled: what the matcher needs at hand to judge an entry by it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from brandwatch.expression import compile_expression
from brandwatch.match.lexicon import Lexicon
from brandwatch.match.people import known
from brandwatch.models import Term, TermKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.expression import Expression
    from brandwatch.match.people import Known
    from brandwatch.models import Query


class Profile:
    """One query, ready to judge by; most of it is only built when an entry holds one of the names."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._contexts: dict[tuple[str, ...], Lexicon] = {}

    @cached_property
    def excluded(self) -> Lexicon:
        """Return the words and phrases that hide the names they cover."""
        return Lexicon(self.query.exclude.words)

    @cached_property
    def expression(self) -> Expression | None:
        """Return the expression that narrows the query, if it has one."""
        return compile_expression(self.query.match, only_negative=True) if self.query.match else None

    @cached_property
    def people(self) -> tuple[Known, ...]:
        """Return the official representatives, prepared to be looked for beside the brand."""
        return tuple(map(known, self.query.people))

    def context(self, words: tuple[str, ...]) -> Lexicon:
        """Return the words of a context, compiled once."""
        if words not in self._contexts:
            self._contexts[words] = Lexicon(words)
        return self._contexts[words]


def terms(query: Query) -> Iterator[Term]:
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
