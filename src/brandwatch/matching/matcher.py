"""The matcher: all queries compiled once, each entry evaluated by all of them in one pass."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Query, Term, TermKind
from brandwatch.matching import voices
from brandwatch.matching.entry_text import EntryText
from brandwatch.matching.evaluate import Evaluation
from brandwatch.matching.markup_prefilter import MarkupPrefilter
from brandwatch.matching.name_search import NameMatch, NameSearch, RejectedMatch
from brandwatch.matching.names import aliases, name_grammar
from brandwatch.models import AllOf, AnyOf, Entry, MatchResult, Prefilter, RequiredSite, RequiredWords
from brandwatch.query_language import Expression, compile_expression
from brandwatch.text.normalise import Folded, fold
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.config.query import OwnedChannels


_LOG = logging.getLogger(__name__)


class Matcher:
    """Many queries, ready to evaluate entries; cheap to call, expensive to build."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._queries = tuple(map(CompiledQuery, queries))
        spellings = [
            alias
            for number, compiled in enumerate(self._queries)
            for term in query_terms(compiled.query)
            for alias in aliases(term, number, compiled.query)
        ]
        self._names = NameSearch(spellings)
        self._spellings = spellings
        self._channels = voices.OwnedChannelIndex(compiled.query for compiled in self._queries)
        _LOG.debug("compiled queries=%d spellings=%d", len(self._queries), len(spellings))

    @cached_property
    def markup_prefilter(self) -> MarkupPrefilter:
        """The look at entries before they are built; a competitor's name alone makes no mention."""
        own = (alias for alias in self._spellings if alias.term.kind is not TermKind.COMPETITOR)
        return MarkupPrefilter(own, (compiled.query.owned for compiled in self._queries))

    def evaluate(self, entry: Entry, *, source: str = "", kind: str = "") -> dict[str, MatchResult]:
        """Return the result of each query that the entry is a mention of, hidden ones too, by the query's name.

        *source* and *kind* are those that the entry came through.
        """
        results = self._results(EntryText(entry, source=source, kind=kind))
        return {name: result for name, result in results.items() if result.evidence}

    def explain(
        self, entry: Entry, *, source: str = "", kind: str = "", with_language: bool = True
    ) -> dict[str, MatchResult]:
        """Return the result of every query, mention or not, evaluated on the same path as `evaluate`.

        Without *with_language* a result has no language: to find it takes a seventh of the time.
        """
        text = EntryText(entry, source=source, kind=kind, with_language=with_language)
        results = self._results(text)
        for compiled in self._queries:
            if compiled.query.name not in results:
                results[compiled.query.name] = Evaluation(compiled, text).run(())
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
            result = results[compiled.query.name] = Evaluation(compiled, text).run(found)
            _log(compiled.query, text.entry, result)
        return results


def _log(query: Query, entry: Entry, result: MatchResult) -> None:
    """Log a decision by its rules and clauses; their notes may hold the name of an author."""
    if not _LOG.isEnabledFor(logging.INFO):
        return
    url = one_line(entry.url)
    if result.evidence:
        rules = ",".join(dict.fromkeys(piece.rule for piece in result.evidence))
        hidden_by = result.suppressed.partition(":")[0]
        event = "hidden" if hidden_by else "matched"
        _LOG.info("%s query=%s url=%s voice=%s by=%s rules=%s", event, query.name, url, result.voice, hidden_by, rules)
    else:
        failed = ",".join(clause.clause for clause in result.clauses if not clause.holds)
        _LOG.debug("rejected query=%s url=%s clauses=%s", query.name, url, one_line(failed))


def prefilter(query: Query) -> Prefilter | None:
    """Return a condition on the text that every entry matching *query* satisfies, `None` if there is none."""
    # The last word of a name may go on, with an ending or in a compound.
    spellings = {
        tuple(fold(alias.text).spaced.split())
        for term in query_terms(query)
        if term.kind is not TermKind.COMPETITOR
        for alias in aliases(term, 0, query)
    }
    names = [RequiredWords(words, is_prefix=True) for words in sorted(spellings) if words]
    sites = [RequiredSite(domain) for domain in query.owned.domains]
    sites += [RequiredSite(host) for account in query.owned.accounts for host in voices.account_hosts(account)]
    anchors = AnyOf((*names, *sites))
    narrowed = compile_expression(query.match, allow_only_exclusions=True).prefilter() if query.match else None
    return AllOf((anchors, narrowed)) if narrowed else anchors


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
    return rf"{pattern}\w*" if key.endswith("*") else rf"{pattern}{name_grammar().genitive}?"


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
    def people(self) -> tuple[voices.PersonPattern, ...]:
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
    yield from channel_terms(query.owned)
    for competitor in query.competitors:
        yield from competitor.terms


def channel_terms(owned: OwnedChannels) -> Iterator[Term]:
    """Yield the terms of owned channels."""
    for domain in owned.domains:
        yield Term(text=domain, kind=TermKind.DOMAIN)
    handles: dict[str, None] = {}
    for account in owned.accounts:
        # In a text a handle stands with its server and without; the path of a page is no handle.
        if "/" not in account.handle:
            handles |= {account.handle: None, account.handle.split("@", maxsplit=1)[0]: None}
    for handle in handles:
        yield Term(text=handle, kind=TermKind.ACCOUNT)
    for hashtag in owned.hashtags:
        yield Term(text=hashtag, kind=TermKind.HASHTAG)
