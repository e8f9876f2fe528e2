"""Conditions on the words of entries, for the full-text index: typed words, and prefilters of queries."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from brandwatch import urls
from brandwatch.models import AllOf, AnyOf, Entry, Prefilter, RequiredSite, RequiredWords

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.query_language import Phrase, Sign


class IndexUse(Enum):
    """How the full-text index is used: once, for all entries that hold the words, or entry by entry."""

    ALL = "entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ?)"
    EACH = "EXISTS (SELECT 1 FROM entry_text WHERE entry_text.rowid = entry.id AND entry_text MATCH ?)"


# With `OR entry.odd` beside `IN` SQLite would go through all entries and look each up in the list.
_ALL_OR_ODD = (
    "entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ? UNION ALL SELECT id FROM entry WHERE odd)"
)
# Only in odd entries folding finds words that the index does not hold.
_EXACT = {
    IndexUse.ALL: (
        "entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ?"
        " UNION ALL SELECT id FROM entry WHERE odd AND search_matches(title, text, ?))"
    ),
    IndexUse.EACH: f"({IndexUse.EACH.value} OR entry.odd AND search_matches(entry.title, entry.text, ?))",
}
# The quotes of expressions.
_PARTS = re.compile(r'"([^"]+)"|[“”„‟«»]([^“”‟«»]+)[“”‟«»]|(\S+)')


class TypedSearch(NamedTuple):
    """A search as typed: its *parts*, and the condition *needs* that the full-text index can look up.

    *is_exact* means that the index alone decides, but for `odd` entries.
    """

    parts: tuple[Phrase | Sign, ...]
    needs: Prefilter | None
    is_exact: bool

    def matches(self, entry: Entry) -> bool:
        """Whether an entry holds every part."""
        from brandwatch.query_language import EntryView  # noqa: PLC0415 (as below)

        view = EntryView.of(entry)
        return all(part.matches(view) for part in self.parts)


@lru_cache(maxsize=16)
def typed_search(search: str) -> TypedSearch:
    """Read a search: each part is a word, or a "phrase in quotes"; `word*` is a prefix. Any text is valid."""
    if not search:
        return TypedSearch((), None, is_exact=True)
    # 20 ms to import; most reports search for no words.
    from brandwatch.query_language import Phrase, typed_leaf  # noqa: PLC0415

    written = _PARTS.findall(search)
    parts = tuple(
        typed_leaf(straight or typographic or word, quoted=not word) for straight, typographic, word in written
    )
    conditions = tuple(needs for part in parts if (needs := part.prefilter()) is not None)
    is_exact = all(isinstance(part, Phrase) and not part.checks and not part.open_left for part in parts)
    return TypedSearch(parts, AllOf(conditions) if conditions else None, is_exact)


def search_condition(search: str, index_use: IndexUse = IndexUse.ALL) -> tuple[str, list[Any]]:
    """Return an SQL condition on `entry`, with its parameters, for entries that hold every part of *search*.

    A part matches as a word of an expression does: with its signs (`C++`, `AT&T`), in any case and typography. An empty
    search gives an empty condition.
    """
    typed = typed_search(search)
    if not typed.parts:
        return "", []
    if typed.needs is None:
        return "search_matches(entry.title, entry.text, ?)", [search]
    words = _in_title_or_text(typed.needs)
    if typed.is_exact:
        return _EXACT[index_use], [words, search]
    condition = _ALL_OR_ODD if index_use is IndexUse.ALL else f"({index_use.value} OR entry.odd)"
    return f"{condition} AND search_matches(entry.title, entry.text, ?)", [words, search]


def search_matches(title: str, text: str, search: str) -> bool:
    """Whether an entry holds every part of *search*."""
    return typed_search(search).matches(Entry(title=title, text=text))


def index_terms(search: str, needs: Prefilter | None) -> list[str]:
    """Return the FTS5 expressions that every selected entry matches, but for `odd` ones."""
    typed = typed_search(search)
    terms = [_in_title_or_text(typed.needs)] if typed.needs else []
    if needs is not None and _is_indexed(needs):
        terms.append(_fts_expression(needs))
    return terms


def prefilter_condition(needs: Prefilter | None, index_use: IndexUse = IndexUse.ALL) -> tuple[str, list[Any]]:
    """Return an SQL condition on `entry`, with its parameters, that every entry which passes the prefilter satisfies.

    An `odd` entry satisfies it too: folding finds words in it that the index does not hold.
    """
    if needs is None:
        return "TRUE", []
    if isinstance(needs, AllOf) and not _is_indexed(needs):
        return _join([prefilter_condition(part, index_use) for part in _group_indexed(needs)], " AND ")
    if index_use is IndexUse.ALL and _is_indexed(needs):
        return _ALL_OR_ODD, [_fts_expression(needs)]
    clause, parameters = _condition(needs, index_use)
    return f"({clause} OR entry.odd)", parameters


def _in_title_or_text(needs: Prefilter) -> str:
    return f"{{title text}}: {_fts_expression(needs)}"


def _condition(needs: Prefilter, index_use: IndexUse) -> tuple[str, list[Any]]:
    """Return the condition of a prefilter; parts for the index become one search of it."""
    match needs:
        case RequiredSite(site):
            host = urls.ascii_host(site)
            return "(entry.url LIKE ? OR entry.url LIKE ?)", [f"%://{host}%", f"%.{host}%"]
        case AllOf() | AnyOf() if not _is_indexed(needs):
            conditions = [_condition(part, index_use) for part in _group_indexed(needs)]
            clause, parameters = _join(conditions, " AND " if isinstance(needs, AllOf) else " OR ")
            return f"({clause})", parameters
        case RequiredWords() | AllOf() | AnyOf():
            return index_use.value, [_fts_expression(needs)]
        case _:
            assert_never(needs)


def _join(conditions: list[tuple[str, list[Any]]], operator: str) -> tuple[str, list[Any]]:
    clauses = operator.join(clause for clause, _ in conditions)
    return clauses or "TRUE", [value for _, values in conditions for value in values]


def _is_indexed(needs: Prefilter) -> bool:
    """Whether the full-text index alone can evaluate a prefilter."""
    if isinstance(needs, AllOf | AnyOf):
        return bool(needs.parts) and all(map(_is_indexed, needs.parts))
    return isinstance(needs, RequiredWords)


def _group_indexed(needs: AllOf | AnyOf) -> list[Prefilter]:
    """Return the parts of a prefilter, those for the index as one part."""
    indexed = tuple(part for part in needs.parts if _is_indexed(part))
    others: list[Prefilter] = [part for part in needs.parts if not _is_indexed(part)]
    return [*others, type(needs)(indexed)] if indexed else others


def _fts_expression(needs: Prefilter) -> str:
    # sqlite.org/fts5.html, "Full-text Query Syntax"
    if isinstance(needs, RequiredWords):
        return _fts_phrase(needs.words, is_prefix=needs.is_prefix)
    operator = " AND " if isinstance(needs, AllOf) else " OR "
    return f"({operator.join(map(_fts_expression, needs.parts))})" if isinstance(needs, AllOf | AnyOf) else ""


def _fts_phrase(words: Iterable[str], *, is_prefix: bool) -> str:
    return f'"{" ".join(words)}"{"*" if is_prefix else ""}'
