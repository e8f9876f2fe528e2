"""One source in one poll: what is known of it, what it was asked, and what came of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.polling.endpoints import FEED, Endpoint

if TYPE_CHECKING:
    from datetime import timedelta

    from brandwatch import stories
    from brandwatch.models import Document, Entry, Fetch, Gap, Judgement, Request, Source, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One source that is due: what is known of it, and its interval, `None` for one that is learned.

    *queries* are those that name it. What *is_followed* is named by none: an entry is talked about there, whose link is
    *thread*. A source that has
    pages is asked one after the other: *number* is that of the page that is asked for now, *seen* the entries of those
    before, *mark* how far these came, *so_far* what they gave. *doubted* is an empty answer while it is asked whether
    the source is closed.
    """

    source: Source
    state: SourceState
    interval: timedelta | None
    endpoint: Endpoint = FEED
    queries: frozenset[str] = frozenset()
    is_followed: bool = False
    thread: str = ""
    number: int = 1
    seen: int = 0
    mark: str = ""
    so_far: Fetch | None = None
    doubted: Document | None = None


class Matched(NamedTuple):
    """An entry that concerns a query: its place in the document, what it is known by, the judgements."""

    position: int
    entry: Entry
    identity: stories.Identity
    judgements: dict[str, Judgement]


class Onward(NamedTuple):
    """What is asked next of the same source, and the plan that its answer is read with."""

    plan: Plan
    request: Request


class Trust(NamedTuple):
    """A token that is asked for, and the sources of one kind that wait for it."""

    plans: tuple[Plan, ...]
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer, read; it is the last of its source unless there is something *onward*."""

    fetch: Fetch
    state: SourceState
    matched: tuple[Matched, ...] = ()
    gap: Gap | None = None
    onward: Onward | None = None
