"""Turn typed words into a full-text search that never fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, assert_never

from brandwatch.models import AllOf, AnyOf, Prefilter, RequiredSite, RequiredWords

if TYPE_CHECKING:
    from collections.abc import Iterable


_PARTS = re.compile(r'"([^"]+)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")
ALL = "entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ?)"
EACH = "EXISTS (SELECT 1 FROM entry_text WHERE entry_text.rowid = entry.id AND entry_text MATCH ?)"
"""How the index is asked: for all entries that hold the words, or of each whether it does."""
# Beside `OR entry.odd` SQLite would ask of each entry whether it is in the list.
_ALL_OR_ODD = (
    "entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ? UNION ALL SELECT id FROM entry WHERE odd)"
)


def search_condition(search: str, asked: str = ALL) -> tuple[str, list[Any]]:
    """Return an SQL condition on `entry`, with its parameters, for entries that hold every part of *search*.

    The index is *asked* as ALL or EACH says. A part is a word, or a "phrase in quotes"; `word*` finds every word that
    begins so. A part with signs in it (`C++`, `AT&T`) must stand in the text as it is written, whatever its case.
    """
    phrases: list[str] = []
    literals: list[str] = []
    for quoted, word in _PARTS.findall(search):
        part, is_prefix = (quoted, False) if quoted else (word.rstrip("*"), word.endswith("*"))
        words = _WORD.findall(part)
        if words:
            phrases.append(_phrase(words, is_prefix=is_prefix))
        if not words or _WORD.sub("", part).strip():
            literals.append(part or word)
    clauses = [asked] if phrases else []
    clauses += ["text_holds(entry.title, entry.text, ?)"] * len(literals)
    parameters: list[Any] = [f"{{title text}}: ({' AND '.join(phrases)})"] if phrases else []
    return " AND ".join(clauses), parameters + literals


def index_terms(search: str, need: Prefilter | None) -> list[str]:
    """Return what the index is asked for, in its language: what is selected holds all of it."""
    clause, parameters = search_condition(search)
    found: list[str] = parameters[:1] if clause.startswith(ALL) else []
    return found + ([_matched(need)] if need is not None and _is_indexed(need) else [])


def prefilter_condition(need: Prefilter | None, asked: str = ALL) -> tuple[str, list[Any]]:
    """Return an SQL condition on `entry`, with its parameters, that every entry with what is needed fulfils."""
    if need is None:
        return "TRUE", []
    if isinstance(need, AllOf) and not _is_indexed(need):
        conditions = [prefilter_condition(part, asked) for part in _grouped(need)]
        clauses = " AND ".join(clause for clause, _ in conditions)
        return clauses or "TRUE", [value for _, values in conditions for value in values]
    if asked == ALL and _is_indexed(need):
        return _ALL_OR_ODD, [_matched(need)]
    clause, parameters = _needed(need, asked)
    return f"({clause} OR entry.odd)", parameters


def _needed(need: Prefilter, asked: str) -> tuple[str, list[Any]]:
    """Return the condition of one need; what the index can answer at once, it is asked at once."""
    match need:
        case RequiredSite(host):
            return "(entry.url LIKE ? OR entry.url LIKE ?)", [f"%://{host}%", f"%.{host}%"]
        case AllOf(parts) | AnyOf(parts) if not _is_indexed(need):
            conditions = [_needed(part, asked) for part in _grouped(need)]
            joined = (" AND " if isinstance(need, AllOf) else " OR ").join(clause for clause, _ in conditions)
            return f"({joined})" if parts else "TRUE", [value for _, values in conditions for value in values]
        case RequiredWords() | AllOf() | AnyOf():
            return asked, [_matched(need)]
        case _:
            assert_never(need)


def _is_indexed(need: Prefilter) -> bool:
    """Say whether the full-text index alone can answer a need."""
    if isinstance(need, AllOf | AnyOf):
        return bool(need.parts) and all(map(_is_indexed, need.parts))
    return isinstance(need, RequiredWords)


def _grouped(need: AllOf | AnyOf) -> list[Prefilter]:
    """Return the parts of a need, those for the index together."""
    indexed = tuple(part for part in need.parts if _is_indexed(part))
    others: list[Prefilter] = [part for part in need.parts if not _is_indexed(part)]
    return [*others, type(need)(indexed)] if indexed else others


def _matched(need: Prefilter) -> str:
    """Return a need in the language of FTS5."""
    if isinstance(need, RequiredWords):
        return _phrase(need.words, is_prefix=need.is_prefix)
    joint = " AND " if isinstance(need, AllOf) else " OR "
    return f"({joint.join(map(_matched, need.parts))})" if isinstance(need, AllOf | AnyOf) else ""


def _phrase(words: Iterable[str], *, is_prefix: bool) -> str:
    """Return words that follow each other, the last perhaps the beginning of one."""
    return f'"{" ".join(words)}"{"*" if is_prefix else ""}'


def text_holds(title: str, text: str, part: str) -> bool:
    """Say whether *part* stands in the title or the text; SQLite's own `lower` knows ASCII only."""
    part = part.casefold()
    return part in title.casefold() or part in text.casefold()
