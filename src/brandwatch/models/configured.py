"""What a query file says of its sources, before it is known which addresses that means."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (dataclass fields are part of the public shape)
from dataclasses import dataclass, field
from datetime import date, timedelta  # noqa: TC003 (as above)
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFeed:
    """A feed of a pack, with the day on which its address was last held against what is known of it."""

    url: str
    title: str
    verified: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Feeds that go together under one name."""

    name: str
    title: str
    feeds: tuple[PackedFeed, ...]


class Complaint(NamedTuple):
    """What is wrong with a configured source: at which of its keys (empty for the whole), and what to do."""

    key: str
    message: str
    hint: str = ""
    is_error: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A source as a query file has it: a kind with its values, or a pack; values are texts, by the name as written."""

    kind: str = ""
    pack: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accept_terms: bool = False
    interval: timedelta | None = None
    allow_private: bool = False
