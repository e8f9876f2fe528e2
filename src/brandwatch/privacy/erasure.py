"""Erasure: the rows that a subject request deletes, and those that it only clears."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.config.query import Query
    from brandwatch.privacy.subject_search import SubjectFinder


# A mention needs neither its failed clauses nor the analyst's note.
_OPTIONAL_MENTION_COLUMNS = frozenset({"checks", "note"})
DELETED_TABLES = frozenset({"revision"})
"""The tables whose rows are deleted, not blanked: nothing else depends on them."""
_EVIDENCE_TABLES = frozenset({"anchor", "person_hit"})


class HeldRow(NamedTuple):
    """A row with a hit: its table, the *key* columns with their values, and the *columns* of the hits."""

    table: str
    key: dict[str, Any]
    columns: tuple[str, ...]
    row: dict[str, Any]


class ErasureScope(NamedTuple):
    """The rows that an erasure removes: *mentions* with their entries, *entries* and *sources*, by id."""

    entries: frozenset[int]
    mentions: frozenset[int]
    sources: frozenset[int]


def erasure_scope(rows: Iterable[HeldRow]) -> ErasureScope:
    """Decide the rows to delete: entries with a hit in the text or the evidence, and sources with one in the URL."""
    entries: set[int] = set()
    mentions: set[int] = set()
    sources: set[int] = set()
    for held in rows:
        if held.table == "entry":
            entries.add(held.row["id"])
        elif held.table == "mention" and not _OPTIONAL_MENTION_COLUMNS.issuperset(held.columns):
            entries.add(held.row["entry"])
        elif held.table in _EVIDENCE_TABLES:
            mentions.add(held.row["mention"])
        elif held.table == "source" and "url" in held.columns:
            sources.add(held.row["id"])
    return ErasureScope(frozenset(entries), frozenset(mentions), frozenset(sources))


def blank_value(value: str | bytes) -> str | bytes:
    """Empty a value: a list or an object in JSON becomes an empty one."""
    if isinstance(value, bytes):
        return b""
    try:
        parsed = json.loads(value)
    except ValueError:
        return ""
    if isinstance(parsed, list):
        return "[]"
    return "{}" if isinstance(parsed, dict) else ""


def suppressed_terms(queries: Iterable[Query], finder: SubjectFinder) -> Iterator[str]:
    """Yield each term and source of a query that an erasure would suppress from then on."""
    for query in queries:
        terms = (*query.names, *query.products, *(term for rival in query.competitors for term in rival.terms))
        watched = [query.brand, *(term.text for term in terms), *query.owned.domains, *query.owned.hashtags]
        watched += [account.handle for account in query.owned.accounts]
        watched += [source.url for source in query.sources]
        yield from (f"“{text}” of the query {query.name}" for text in watched if finder.holds("", text))
