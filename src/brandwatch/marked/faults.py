"""Faults of a file: where, what, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from brandwatch.secrets import redacted
from brandwatch.text.safe import clean, one_line

_SHOWN = 100


class Severity(StrEnum):
    """Whether a file with the fault can be used."""

    ERROR = "error"
    WARNING = "warning"


class Place(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in the file *path*; *excerpt* is the line it is on, empty where there is none to show."""

    path: str
    place: Place
    message: str
    hint: str = ""
    excerpt: str = ""
    severity: Severity = Severity.ERROR


def render(fault: Fault) -> str:
    """Return the fault as lines for a person: `file:line:column`, the line with a caret below it, the hint."""
    line, column = fault.place
    lines = [f"{fault.path}:{line}:{column}: {fault.severity}: {one_line(fault.message)}"]
    if fault.excerpt.strip():
        first = max(0, column - 1 - _SHOWN // 2)
        before = clean(fault.excerpt[first : column - 1])
        lines += [f"  {redacted(clean(fault.excerpt[first : first + _SHOWN]))}", f"  {' ' * len(before)}^"]
    if fault.hint:
        lines.append(f"  hint: {one_line(fault.hint)}")
    return "\n".join(lines)
