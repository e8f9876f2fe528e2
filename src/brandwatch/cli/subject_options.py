"""The options of a subject request, and the query terms that it would suppress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from brandwatch.config.query import Query
    from brandwatch.models import SubjectRequest
    from brandwatch.privacy.subject_search import SubjectFinder


_FEWEST_LETTERS = 3


def subject_request(
    names: Sequence[str] = (), authors: Sequence[str] = (), urls: Sequence[str] = (), texts: Sequence[str] = ()
) -> SubjectRequest:
    """Return what is wanted; raise UsageError for nothing, for what is in every text, and for what is no page."""
    from brandwatch.models import SubjectRequest
    from brandwatch.privacy.subject_search import squeeze
    from brandwatch.urls import canonical, is_front_page

    if not (names or authors or urls or texts):
        raise UsageError("nothing was named", "use --name, --author, --url or --text")
    for name in (*names, *authors, *texts):
        if len(squeeze(name).letters) < _FEWEST_LETTERS:
            raise UsageError(f"“{name}” is too short to be told from other words", "write the whole name")
    for url in urls:
        key = canonical(url)
        if not key or is_front_page(key):
            raise UsageError(f"{url} is no page", "name the page; `exclude: {sites: […]}` in a query hides a site")
    return SubjectRequest(names=tuple(names), authors=tuple(authors), urls=tuple(urls), texts=tuple(texts))


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
