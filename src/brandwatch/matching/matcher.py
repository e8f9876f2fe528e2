"""The matcher: all queries compiled once, each entry evaluated by all of them in one pass."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch.config.query import Query, TermKind
from brandwatch.matching.channels import OwnedChannelIndex, account_hosts
from brandwatch.matching.compiled_query import CompiledQuery, query_terms
from brandwatch.matching.entry_text import EntryText
from brandwatch.matching.evaluate import evaluate
from brandwatch.matching.name_search import NameFinder, NameMatch, NameSearch, RejectedMatch, best_finder
from brandwatch.matching.names import aliases
from brandwatch.models import AllOf, AnyOf, Entry, MatchResult, Prefilter, RequiredSite, RequiredWords
from brandwatch.query_language import compile_expression
from brandwatch.text import normalise, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable


_LOG = logging.getLogger(__name__)


class Matcher:
    """Many queries, ready to evaluate entries; cheap to call, expensive to build."""

    def __init__(self, queries: Iterable[Query], *, finder: type[NameFinder] | None = None) -> None:
        self._queries = tuple(map(CompiledQuery, queries))
        spellings = [
            alias
            for number, compiled in enumerate(self._queries)
            for term in query_terms(compiled.query)
            for alias in aliases(term, number, compiled.query.languages)
        ]
        self._names = NameSearch(spellings, finder or best_finder())
        self._channels = OwnedChannelIndex(compiled.query for compiled in self._queries)
        _LOG.debug("compiled queries=%d spellings=%d", len(self._queries), len(spellings))

    def evaluate(self, entry: Entry, *, source: str = "", kind: str = "") -> dict[str, MatchResult]:
        """Return the result of each query that the entry is a mention of, hidden ones too, by the query's name.

        *source* and *kind* are those that the entry came through.
        """
        results = self._results(EntryText(entry, source=source, kind=kind))
        return {name: result for name, result in results.items() if result.evidence}

    def explain(self, entry: Entry, *, source: str = "", kind: str = "") -> dict[str, MatchResult]:
        """Return the result of every query, mention or not, evaluated on the same path as `evaluate`."""
        text = EntryText(entry, source=source, kind=kind)
        results = self._results(text)
        for compiled in self._queries:
            results.setdefault(compiled.query.name, evaluate(compiled, (), text))
        return results

    def _results(self, text: EntryText) -> dict[str, MatchResult]:
        """Return the result of each query that has anything to do with an entry."""
        places: defaultdict[int, list[NameMatch | RejectedMatch]] = defaultdict(list)
        for place in self._names.find(text):
            places[place.alias.query].append(place)
        for number in self._channels.queries_of(text.entry):
            places.setdefault(number, [])
        results = {}
        for number, found in sorted(places.items()):
            compiled = self._queries[number]
            result = results[compiled.query.name] = evaluate(compiled, found, text)
            _log(compiled.query, text.entry, result)
        return results


def _log(query: Query, entry: Entry, result: MatchResult) -> None:
    """Log a decision by its rules and clauses; their notes may hold the name of an author."""
    if not _LOG.isEnabledFor(logging.INFO):
        return
    url = sanitise.one_line(entry.url)
    if result.evidence:
        rules = ",".join(dict.fromkeys(piece.rule for piece in result.evidence))
        hidden_by = result.suppressed.partition(":")[0]
        event = "hidden" if hidden_by else "matched"
        _LOG.info("%s query=%s url=%s voice=%s by=%s rules=%s", event, query.name, url, result.voice, hidden_by, rules)
    else:
        failed = ",".join(clause.clause for clause in result.clauses if not clause.holds)
        _LOG.debug("rejected query=%s url=%s clauses=%s", query.name, url, sanitise.one_line(failed))


def prefilter(query: Query) -> Prefilter | None:
    """Return a condition on the text that every entry matching *query* satisfies, `None` if there is none."""
    # The last word of a name may go on, with an ending or in a compound.
    spellings = {
        tuple(normalise.fold(alias.text).spaced.split())
        for term in query_terms(query)
        if term.kind is not TermKind.COMPETITOR
        for alias in aliases(term, 0, query.languages)
    }
    names = [RequiredWords(words, is_prefix=True) for words in sorted(spellings) if words]
    sites = [RequiredSite(domain) for domain in query.owned.domains]
    sites += [RequiredSite(host) for account in query.owned.accounts for host in account_hosts(account)]
    anchors = AnyOf((*names, *sites))
    narrowed = compile_expression(query.match, allow_only_exclusions=True).prefilter() if query.match else None
    return AllOf((anchors, narrowed)) if narrowed else anchors
