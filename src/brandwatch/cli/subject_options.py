"""The query terms that a subject request would suppress."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from brandwatch.config.query import Query
    from brandwatch.privacy.subject_search import SubjectFinder


def suppressed_terms(queries: Sequence[Query], finder: SubjectFinder) -> Iterator[str]:
    """Yield what the queries ask for and what is wanted erased would keep out, the source or the name and its query."""
    for query in queries:
        terms = (*query.names, *query.products, *(term for rival in query.competitors for term in rival.terms))
        asked = [query.brand, *(term.text for term in terms), *query.owned.domains, *query.owned.hashtags]
        asked += [account.handle for account in query.owned.accounts]
        asked += [source.url for source in query.sources]
        yield from (f"“{text}” of the query {query.name}" for text in asked if finder.holds("", text))


def queries_naming(paths: Sequence[Path], finder: SubjectFinder) -> list[Path]:
    """Return the query files that hold what is wanted anywhere."""
    return [path for path in paths if finder.holds("", path.read_text(encoding="utf-8", errors="replace"))]
