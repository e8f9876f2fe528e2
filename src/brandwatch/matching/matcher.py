"""The matcher: all queries compiled once, each entry evaluated by all of them in one pass."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch.config.query import TermKind
from brandwatch.matching.channels import Channels, account_hosts
from brandwatch.matching.compiled_query import CompiledQuery, query_terms
from brandwatch.matching.entry_text import EntryText
from brandwatch.matching.evaluate import evaluate
from brandwatch.matching.name_finder import best_finder
from brandwatch.matching.name_matches import NameSearch
from brandwatch.matching.names import aliases
from brandwatch.models import AllOf, AnyOf, Prefilter, RequiredSite, RequiredWords
from brandwatch.query_language import compile_expression
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.config.query import Query
    from brandwatch.matching.name_finder import NameFinder
    from brandwatch.matching.name_matches import NameMatch, RejectedMatch
    from brandwatch.models import Entry, MatchResult


class Matcher:
    """Many queries, ready to be asked about entries; cheap to ask, dear to build."""

    def __init__(self, queries: Iterable[Query], *, finder: type[NameFinder] | None = None) -> None:
        self._profiles = tuple(map(CompiledQuery, queries))
        asked = [profile.query for profile in self._profiles]
        spellings = (
            alias
            for number, query in enumerate(asked)
            for term in query_terms(query)
            for alias in aliases(term, number, query.languages)
        )
        self._names = NameSearch(spellings, finder or best_finder())
        self._channels = Channels(asked)

    def judge(self, entry: Entry, *, source: str = "", kind: str = "") -> dict[str, MatchResult]:
        """Return the judgement of each query that the entry is a mention of, hidden ones too, by the query's name.

        *source* and *kind* say where the entry came through.
        """
        all_of_them = self._judged(EntryText(entry, source=source, kind=kind))
        return {name: judgement for name, judgement in all_of_them.items() if judgement.evidence}

    def explain(self, entry: Entry, *, source: str = "", kind: str = "") -> dict[str, MatchResult]:
        """Return the judgement of every query, mention or not, made on the same path as `judge`."""
        page = EntryText(entry, source=source, kind=kind)
        found = self._judged(page)
        for profile in self._profiles:
            found.setdefault(profile.query.name, evaluate(profile, (), page))
        return found

    def _judged(self, page: EntryText) -> dict[str, MatchResult]:
        """Return the judgement of each query that has anything to do with a page."""
        found: defaultdict[int, list[NameMatch | RejectedMatch]] = defaultdict(list)
        for place in self._names.find(page):
            found[place.alias.query].append(place)
        for number in self._channels.concerned(page.entry):
            found[number] += []
        return {
            self._profiles[number].query.name: evaluate(self._profiles[number], places, page)
            for number, places in sorted(found.items())
        }


def prefilter(query: Query) -> Prefilter | None:
    """Return what every entry holds that *query* may be a mention of, judged by what is asked of the text alone."""
    names = AnyOf((*_spellings(query), *_sites(query)))
    narrowed = compile_expression(query.match, only_negative=True).prefilter() if query.match else None
    return AllOf((names, narrowed)) if narrowed else names


def _spellings(query: Query) -> Iterator[RequiredWords]:
    """Yield the words of each spelling of the brand; the last may go on, with an ending or in a compound."""
    found = {
        tuple(fold(alias.text).spaced.split())
        for term in query_terms(query)
        if term.kind is not TermKind.COMPETITOR
        for alias in aliases(term, 0, query.languages)
    }
    yield from (RequiredWords(words, is_prefix=True) for words in sorted(found) if words)


def _sites(query: Query) -> Iterator[RequiredSite]:
    """Yield the hosts that the brand's own channels are on."""
    yield from map(RequiredSite, query.owned.domains)
    for account in query.owned.accounts:
        yield from map(RequiredSite, account_hosts(account))
