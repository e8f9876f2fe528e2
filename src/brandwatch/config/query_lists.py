"""The lists of a query, in the form that is stored until its next edit is compared with them.

A member of them works on its own; all else is one hash, so that no names of people and authors are stored.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.config.query import (
    Account,
    Equivalence,
    LetterCase,
    OwnedChannels,
    Placement,
    Query,
    QueryExamples,
    Term,
    TermKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class QueryLists(NamedTuple):
    """The lists of a query of which a member matters only where a text, an author or a link has it.

    *others* is a hash of everything else that decides which entries match.
    """

    terms: tuple[Term, ...]
    domains: tuple[str, ...]
    accounts: tuple[Account, ...]
    hashtags: tuple[str, ...]
    words: tuple[str, ...]
    sites: tuple[str, ...]
    others: str

    def to_json(self) -> str:
        """Write the lists as one of JSON."""
        values: list[Any] = [list(map(_term_values, self.terms)), *self[1:]]
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def query_lists(query: Query) -> QueryLists:
    """Return the lists of a query."""
    exclude = query.exclude
    return QueryLists(
        terms=tuple(query.all_terms()),
        domains=query.owned.domains,
        accounts=query.owned.accounts,
        hashtags=query.owned.hashtags,
        words=exclude.words,
        sites=exclude.sites,
        others=_hash_others(query),
    )


def lists_of_json(stored: str) -> QueryLists | None:
    """Read stored lists; `None` for an empty text, or that of another version."""
    try:
        terms, domains, accounts, hashtags, words, sites, others = json.loads(stored)
        return QueryLists(
            terms=tuple(map(_term, terms)),
            domains=tuple(domains),
            accounts=tuple(Account(*account) for account in accounts),
            hashtags=tuple(hashtags),
            words=tuple(words),
            sites=tuple(sites),
            others=others,
        )
    except (ValueError, TypeError):
        return None


def _hash_others(query: Query) -> str:
    """Hash what is in no list. An exclusion adds a clause to every mention, so that the first and the last matter."""
    exclude = query.exclude
    lists = {"words": (), "phrases": (), "sites": ()}
    rest = query.model_copy(
        update={
            "names": (),
            "products": (),
            "owned": OwnedChannels(),
            "competitors": (),
            "exclude": exclude.model_copy(update=lists),
            # The sources read them, and no evaluation.
            "values": (),
            "sources": (),
            "examples": QueryExamples(),
            "path": "",
            "version": "",
        }
    )
    written = repr((rest, query.equivalences, bool(exclude.words), bool(exclude.sites)))
    return hashlib.sha256(written.encode()).hexdigest()


def _term_values(term: Term) -> list[Any]:
    """Return the fields of a term, without the last ones where these have their defaults."""
    values: list[Any] = [
        *(term.text, term.kind, term.case, term.where, term.any_of_context, term.none_of_context),
        *(int(term.not_first_word), int(term.closed_compounds), term.equivalences),
    ]
    defaults = _DEFAULTS[:]
    while defaults and values[-1] == defaults.pop():
        values.pop()
    return values


_DEFAULTS: list[Any] = [None, None, LetterCase.SMART, Placement.ANY, (), (), 0, 0, ()]


def _term(values: Sequence[Any]) -> Term:
    """Build a term from its stored fields."""
    text, kind, case, where, any_of, none_of, not_first, closed, equivalences = (*values, *_DEFAULTS[len(values) :])
    return Term.model_construct(
        text=text,
        kind=TermKind(kind),
        case=LetterCase(case),
        where=Placement(where),
        any_of_context=tuple(any_of),
        none_of_context=tuple(none_of),
        not_first_word=bool(not_first),
        closed_compounds=bool(closed),
        equivalences=_switches(equivalences),
    )


def _switches(values: Iterable[Sequence[Any]]) -> tuple[tuple[Equivalence, bool], ...]:
    return tuple((Equivalence(name), is_on) for name, is_on in values)
