"""Diagnostics of a file: what is wrong, where, and what to do about it."""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.secrets import redact_text
from brandwatch.frozen_classes import dataclass
from brandwatch.text.sanitise import clean, one_line, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable


_EXCERPT_CHARS = 100
_MAX_LISTED_NAMES = 20
_MAX_CHOICES = 9


class Severity(StrEnum):
    """Whether the file can be used in spite of the diagnostic."""

    ERROR = "error"
    WARNING = "warning"


class Position(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One error or warning about the file *path*; *excerpt* is its line, empty if there is none to show."""

    path: str
    position: Position
    message: str
    hint: str = ""
    excerpt: str = ""
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether the file cannot be used."""
        return self.severity is Severity.ERROR


def diagnostic_at(
    path: str, text: str, position: Position, message: str, hint: str = "", severity: Severity = Severity.ERROR
) -> Diagnostic:
    """Build a diagnostic of the file *path* with the line of *text* at *position*."""
    lines = text.split("\n")
    excerpt = lines[position.line - 1] if 0 < position.line <= len(lines) else ""
    return Diagnostic(path=path, position=position, message=message, hint=hint, excerpt=excerpt, severity=severity)


def render(diagnostic: Diagnostic) -> str:
    """Format a diagnostic for a terminal: `file:line:column`, the line with a caret below it, the hint.

    Secrets in the line are redacted.
    """
    line, column = diagnostic.position
    lines = [f"{shown_path(diagnostic.path)}:{line}:{column}: {diagnostic.severity}: {one_line(diagnostic.message)}"]
    if diagnostic.excerpt.strip():
        first = max(0, column - 1 - _EXCERPT_CHARS // 2)
        before = clean(diagnostic.excerpt[first : column - 1])
        lines.append(f"  {redact_text(clean(diagnostic.excerpt[first : first + _EXCERPT_CHARS]))}")
        lines.append(f"  {' ' * len(before)}^")
    if diagnostic.hint:
        lines.append(f"  hint: {one_line(diagnostic.hint)}")
    return "\n".join(lines)


def explain_unknown_name(name: str, known: Iterable[str]) -> str:
    """Return the hint for a name that does not exist; *known* are the names that do, in their order."""
    names = list(known)
    by_letters = {each.casefold(): each for each in names}
    if close := get_close_matches(name.casefold(), by_letters, n=1):
        choices = f" (one of {', '.join(names)})" if 1 < len(names) <= _MAX_CHOICES else ""
        return f"did you mean “{by_letters[close[0]]}”?{choices}"
    more = f" and {len(names) - _MAX_LISTED_NAMES} more" if len(names) > _MAX_LISTED_NAMES else ""
    return f"use one of {', '.join(names[:_MAX_LISTED_NAMES])}{more}" if names else "there are none yet"


def explain_unknown_key(key: str, known: list[str]) -> tuple[str, str]:
    """Return message and hint for a key that does not exist; *known* are the keys that do."""
    close = get_close_matches(key, known, n=1, cutoff=0.5)
    return f"unknown key `{key}`", f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(known)}"
