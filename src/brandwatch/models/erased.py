"""What is looked for and erased at somebody's request: by name, author, address or text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 (dataclass fields are part of the public shape)
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: *names* and *texts* anywhere, *authors* first of all as such, *urls* as pages."""

    names: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A row that holds what is wanted in some *columns*, or none and belongs to such a row (*owner*: `entry 12`).

    An erasure takes the row away, or only leaves those columns empty where *is_blanked*.
    """

    table: str
    row: Mapping[str, Any]
    columns: tuple[str, ...] = ()
    owner: str = ""
    is_blanked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased: the number of its receipt, and how many rows of each table went or were blanked."""

    receipt: int
    at: datetime
    erased: Mapping[str, int] = field(default_factory=dict)
    blanked: Mapping[str, int] = field(default_factory=dict)
