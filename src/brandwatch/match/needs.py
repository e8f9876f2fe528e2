"""What an entry must hold before a query can concern it: the rough filter for an index over stored entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.expression import compile_expression
from brandwatch.match.accounts import hosts
from brandwatch.match.names import aliases
from brandwatch.match.profile import terms
from brandwatch.models import AllOf, AnyOf, Need, Site, TermKind, Words
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Query


def needs(query: Query) -> Need | None:
    """Return what every entry holds that *query* may be a mention of, judged by what is asked of the text alone."""
    names = AnyOf((*_spellings(query), *_sites(query)))
    narrowed = compile_expression(query.match, only_negative=True).needs() if query.match else None
    return AllOf((names, narrowed)) if narrowed else names


def _spellings(query: Query) -> Iterator[Words]:
    """Yield the words of each spelling of the brand; the last may go on, with an ending or in a compound."""
    found = {
        tuple(fold(alias.text).spaced.split())
        for term in terms(query)
        if term.kind is not TermKind.COMPETITOR
        for alias in aliases(term, 0, query.languages)
    }
    yield from (Words(words, is_prefix=True) for words in sorted(found) if words)


def _sites(query: Query) -> Iterator[Site]:
    """Yield the hosts that the brand's own channels are on."""
    yield from map(Site, query.owned.domains)
    for account in query.owned.accounts:
        yield from map(Site, hosts(account))
