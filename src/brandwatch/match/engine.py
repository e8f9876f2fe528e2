"""The matcher: all queries compiled once, each entry judged against all of them in one pass."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import urls
from brandwatch.match.finder import Finder
from brandwatch.match.forms import form
from brandwatch.match.names import aliases
from brandwatch.models import Evidence
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.match.names import Alias
    from brandwatch.models import Entry, Query
    from brandwatch.text.normalise import Folded

FIELDS = ("title", "text")


class Hit(NamedTuple):
    """A name found: whose, in which field, over which characters of the folded text, by which rule."""

    alias: Alias
    field: str
    start: int
    end: int
    rule: str


class Matcher:
    """Many queries, ready to be asked about entries; cheap to ask, dear to build."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._queries = tuple(queries)
        self._finder = Finder(
            alias
            for number, query in enumerate(self._queries)
            for term in query.names
            for alias in aliases(term, number, query.languages)
        )
        self._excluded = tuple(_excluded(query) for query in self._queries)

    def evidence(self, entry: Entry) -> dict[str, tuple[Evidence, ...]]:
        """Return, for each query the entry is a mention of, its evidence in reading order: at least one piece."""
        texts = {field: fold(getattr(entry, field)) for field in FIELDS}
        by_query: defaultdict[int, list[Hit]] = defaultdict(list)
        for hit in self._hits(texts):
            by_query[hit.alias.query].append(hit)
        found = {
            self._queries[number].name: self._evidence(number, hits, texts)
            for number, hits in sorted(by_query.items())
            if not _is_excluded_site(entry.url, self._queries[number].exclude.sites)
        }
        return {name: evidence for name, evidence in found.items() if evidence}

    def _hits(self, texts: dict[str, Folded]) -> Iterator[Hit]:
        """Yield every name that stands in the texts in a form that counts."""
        for field, text in texts.items():
            for alias, start, end in self._finder.find(text):
                if alias.exact and text.plain[start:end] != alias.exact:
                    continue
                standing = form(text.folded, start, end)
                if standing:
                    rule = standing.rule if standing.rule != "exact" else alias.rule
                    yield Hit(alias, field, standing.start, standing.end, rule)

    def _evidence(self, number: int, hits: list[Hit], texts: dict[str, Folded]) -> tuple[Evidence, ...]:
        """Turn the hits of one query into evidence, without those that an excluded phrase covers."""
        excluded = self._excluded[number]
        covered = {field: _spans(excluded, text) for field, text in texts.items()} if excluded else {}
        return tuple(
            _as_evidence(hit, texts[hit.field])
            for hit in _longest(hits)
            if not _is_covered(hit, covered.get(hit.field, ()))
        )


def _longest(hits: list[Hit]) -> Iterator[Hit]:
    """Yield hits in reading order; of hits that overlap, the first and longest."""
    end = defaultdict[str, int](int)
    for hit in sorted(hits, key=lambda hit: (FIELDS.index(hit.field), hit.start, -hit.end, hit.rule != "exact")):
        if hit.start >= end[hit.field]:
            end[hit.field] = hit.end
            yield hit


def _as_evidence(hit: Hit, text: Folded) -> Evidence:
    """Return the hit as evidence, its span counted in the text that people read."""
    start, end = text.span(hit.start, hit.end)
    return Evidence(term=hit.alias.term.text, field=hit.field, start=start, end=end, rule=hit.rule)


def _excluded(query: Query) -> re.Pattern[str] | None:
    """Compile the excluded words and phrases of a query; longest first, so that a phrase covers all of itself."""
    words = sorted({fold(word).folded for word in query.exclude.words}, key=len, reverse=True)
    if not words:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


def _spans(excluded: re.Pattern[str], text: Folded) -> tuple[tuple[int, int], ...]:
    """Return where excluded phrases stand in a text."""
    return tuple(match.span() for match in excluded.finditer(text.folded))


def _is_covered(hit: Hit, spans: Iterable[tuple[int, int]]) -> bool:
    """Say whether the hit stands inside an excluded phrase."""
    return any(start <= hit.start and hit.end <= end for start, end in spans)


def _is_excluded_site(url: str, sites: tuple[str, ...]) -> bool:
    """Say whether the link leads to an excluded site or to a part of it."""
    host = urls.host(url)
    return any(host == site or host.endswith(f".{site}") for site in map(urls.host, sites))
