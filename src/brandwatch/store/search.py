"""Words that somebody typed become a search that never fails."""

from __future__ import annotations

import re
from typing import Any

_PARTS = re.compile(r'"([^"]+)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")


def condition(search: str) -> tuple[str, list[Any]]:
    """Return an SQL condition on `entry`, with its parameters, for entries that hold every part of *search*.

    A part is a word, or a "phrase in quotes"; `word*` finds every word that begins so. A part with signs in it
    (`C++`, `AT&T`) must stand in the text as it is written, whatever its case.
    """
    phrases: list[str] = []
    literals: list[str] = []
    for quoted, word in _PARTS.findall(search):
        part, is_prefix = (quoted, False) if quoted else (word.rstrip("*"), word.endswith("*"))
        words = _WORD.findall(part)
        if words:
            phrases.append(f'"{" ".join(words)}"{"*" if is_prefix else ""}')
        if not words or _WORD.sub("", part).strip():
            literals.append(part or word)
    clauses = ["entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ?)"] if phrases else []
    clauses += ["holds(entry.title, entry.text, ?)"] * len(literals)
    parameters: list[Any] = [" AND ".join(phrases)] if phrases else []
    return " AND ".join(clauses), parameters + literals


def holds(title: str, text: str, part: str) -> bool:
    """Say whether *part* stands in the title or the text; SQLite's own `lower` knows ASCII only."""
    part = part.casefold()
    return part in title.casefold() or part in text.casefold()
