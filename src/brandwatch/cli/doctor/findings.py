"""One finding of the doctor, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.errors import Exit

if TYPE_CHECKING:
    from datetime import datetime


_MIB = 2**20


class CheckState(StrEnum):
    """How one check went."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found and what to do about it; a problem ends the program with *code*."""

    check: str
    state: CheckState
    found: str
    hint: str = ""
    code: Exit = Exit.SOURCES_FAILED


def existing_parent(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.absolute().parents) if place.is_dir()), Path("/"))


def file_mode(path: Path) -> int:
    """Return the permissions of a file or folder."""
    return path.stat().st_mode & 0o7777


def local_time(when: datetime) -> str:
    """Return a moment in local time with its offset."""
    return f"{when.astimezone():%Y-%m-%d %H:%M %z}"


def file_size(count: int) -> str:
    """Return a number of bytes for a person."""
    return f"{count / _MIB:.1f} MiB" if count < 2**30 else f"{count / 2**30:.1f} GiB"


def row_count(count: int, thing: str) -> str:
    """Return a number of things."""
    return f"{count} {thing}" + "s" * (count != 1)
