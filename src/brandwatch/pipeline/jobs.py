"""One source in one poll, and which sources are due."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import COMMENTS_KIND, FEED_KIND, Document, Entry, Fetch, Gap, MatchResult, Request, SourceState
from brandwatch.pipeline import schedule
from brandwatch.sources.adapter import FEED_ADAPTER, SourceAdapter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from brandwatch import stories
    from brandwatch.config.query import Query
    from brandwatch.models import Source, Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceJob:
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
    endpoint: SourceAdapter = FEED_ADAPTER
    queries: frozenset[str] = frozenset()
    is_followed: bool = False
    thread: str = ""
    number: int = 1
    seen: int = 0
    mark: str = ""
    so_far: Fetch | None = None
    doubted: Document | None = None


class MatchedEntry(NamedTuple):
    """An entry that concerns a query: its place in the document, what it is known by, the judgements."""

    position: int
    entry: Entry
    identity: stories.Identity
    judgements: dict[str, MatchResult]


class NextRequest(NamedTuple):
    """What is asked next of the same source, and the plan that its answer is read with."""

    plan: SourceJob
    request: Request


class TokenRequest(NamedTuple):
    """A token that is asked for, and the sources of one kind that wait for it."""

    plans: tuple[SourceJob, ...]
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceResult:
    """An answer, read; it is the last of its source unless there is something *onward*."""

    fetch: Fetch
    state: SourceState
    matched: tuple[MatchedEntry, ...] = ()
    gap: Gap | None = None
    onward: NextRequest | None = None


# Cron starts a poll some seconds early or late; a source that is due by then is due now.
_CRON_SLACK = timedelta(seconds=30)


def due_jobs(  # noqa: PLR0913 (what decides what is due)
    queries: Sequence[Query],
    states: Iterable[SourceState],
    now: datetime,
    *,
    conversations: Iterable[Thread] = (),
    kinds: Callable[[str], SourceAdapter] = lambda _: FEED_ADAPTER,
    only: Collection[str] = (),
    force: bool = False,
) -> list[SourceJob]:
    """Return the sources of *queries* to ask *now*, those waiting longest first; one URL is one source.

    Of a kind with a budget no more are asked than that, each at least once; the others come first in the next poll.
    """
    known = {state.url: state for state in states}
    plans = {plan.source.url: plan for plan in _named(queries, known, kinds)}
    plans |= {
        plan.source.url: plan for plan in _followed(conversations, plans, known, kinds) if plan.source.url not in plans
    }
    wanted = [plan for plan in plans.values() if not only or not plan.queries.isdisjoint(only)]
    waiting = [plan for plan in wanted if force or _is_due(plan.state, now)]
    waiting.sort(key=lambda plan: plan.state.next_due.timestamp() if plan.state.next_due else 0.0)
    return list(_within_budgets(waiting))


def refreshable_sources(
    named: Iterable[Source], conversations: Iterable[Thread], kinds: Callable[[str], SourceAdapter]
) -> list[Source]:
    """Return the sources whose entries may be counted again: those that are named, and what was said below theirs.

    Feeds tell all they know whenever they are read.
    """
    known = {source.url: source for source in named}
    through = ((one, known[one.through]) for one in conversations if one.through in known)
    below = (_source(one, source, kinds(source.kind)) for one, source in through)
    every = known | {source.url: source for source in below if source and source.url not in known}
    return [source for source in every.values() if source.kind not in {FEED_KIND, COMMENTS_KIND}]


def _source(conversation: Thread, through: Source, endpoint: SourceAdapter) -> Source | None:
    """Return a conversation as a source, asked as the one is *through* which its entry came."""
    return endpoint.conversation(through, Entry(comment_feed=conversation.url))


def _named(
    queries: Sequence[Query], known: dict[str, SourceState], kinds: Callable[[str], SourceAdapter]
) -> Iterator[SourceJob]:
    """Yield a plan for each source that queries name."""
    asking: defaultdict[str, set[str]] = defaultdict(set)
    for query in queries:
        for source in query.sources:
            asking[source.url].add(query.name)
    for url, source in schedule.sources_of(queries).items():
        yield SourceJob(
            source=source,
            state=known.get(url) or SourceState(url=url, kind=source.kind),
            interval=source.interval,
            endpoint=kinds(source.kind),
            queries=frozenset(asking[url]),
        )


def _followed(
    conversations: Iterable[Thread],
    plans: dict[str, SourceJob],
    known: dict[str, SourceState],
    kinds: Callable[[str], SourceAdapter],
) -> Iterator[SourceJob]:
    """Yield a plan for each conversation; one that was met through a source that nobody names any more is let go."""
    for conversation in conversations:
        through = plans.get(conversation.through)
        source = _source(conversation, through.source, through.endpoint) if through else None
        if through and source:
            yield SourceJob(
                source=source,
                state=known.get(source.url) or SourceState(url=source.url, kind=source.kind),
                interval=None,
                endpoint=kinds(source.kind).below(),
                queries=through.queries,
                is_followed=True,
                thread=conversation.thread,
            )


def _within_budgets(plans: Iterable[SourceJob]) -> Iterator[SourceJob]:
    """Yield the plans that the budgets of their kinds allow."""
    spent: Counter[str] = Counter()
    for plan in plans:
        spent[plan.source.kind] += 1
        if not plan.endpoint.budget or spent[plan.source.kind] <= plan.endpoint.budget:
            yield plan


def _is_due(state: SourceState, now: datetime) -> bool:
    """Say whether a source may be asked again."""
    return not schedule.is_paused(state) and (state.next_due is None or state.next_due <= now + _CRON_SLACK)
