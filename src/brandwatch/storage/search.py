"""Conditions on the words of entries, for the full-text index: typed words, and prefilters of queries."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any, assert_never

from brandwatch import urls
from brandwatch.models import AllOf, AnyOf, Prefilter, RequiredSite, RequiredWords


class IndexUse(Enum):
    """How the full-text index is used: once, for all entries that hold the words, or entry by entry."""

    ALL = "entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ?)"
    EACH = "EXISTS (SELECT 1 FROM entry_text WHERE entry_text.rowid = entry.id AND entry_text MATCH ?)"


# With `OR entry.odd` beside `IN` SQLite would go through all entries and look each up in the list.
_ALL_OR_ODD = (
    "entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ? UNION ALL SELECT id FROM entry WHERE odd)"
)
_PARTS = re.compile(r'"([^"]+)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")


def search_condition(search: str, index_use: IndexUse = IndexUse.ALL) -> tuple[str, list[Any]]:
    """Return an SQL condition on `entry`, with its parameters, for entries that hold every part of *search*.

    A part is a word, or a "phrase in quotes"; `word*` is a prefix. A part with signs in it (`C++`, `AT&T`) must stand
    in the text as written, in any case. Any text is valid; an empty one gives an empty condition.
    """
    phrases, literals = _search_parts(search)
    clauses = ["text_holds(entry.title, entry.text, ?)"] * len(literals)
    if not phrases:
        return " AND ".join(clauses), list(literals)
    return " AND ".join([index_use.value, *clauses]), [_in_title_or_text(phrases), *literals]


def index_terms(search: str, needs: Prefilter | None) -> list[str]:
    """Return the FTS5 expressions that every selected entry matches."""
    phrases, _ = _search_parts(search)
    terms = [_in_title_or_text(phrases)] if phrases else []
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


def text_holds(title: str, text: str, part: str) -> bool:
    """Whether *part* stands in the title or the text, in any case; SQLite's own `lower` knows ASCII only."""
    part = part.casefold()
    return part in title.casefold() or part in text.casefold()


def _search_parts(search: str) -> tuple[list[str], list[str]]:
    """Return the phrases for the index, and the literals that must stand in the text as written."""
    phrases: list[str] = []
    literals: list[str] = []
    for quoted, word in _PARTS.findall(search):
        part, is_prefix = (quoted, False) if quoted else (word.rstrip("*"), word.endswith("*"))
        words = _WORD.findall(part)
        if words:
            phrases.append(_fts_phrase(words, is_prefix=is_prefix))
        if not words or _WORD.sub("", part).strip():
            literals.append(part or word)
    return phrases, literals


def _in_title_or_text(phrases: Iterable[str]) -> str:
    return f"{{title text}}: ({' AND '.join(phrases)})"


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
