"""Which sources a poll asks, in what order, and through which of them the entries came that may be counted again."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import COMMENTS_KIND, FEED_KIND, Entry, SourceState
from brandwatch.polling import schedule
from brandwatch.polling.endpoints import FEED
from brandwatch.polling.plans import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from brandwatch.models import Conversation, Query, Source
    from brandwatch.polling.endpoints import Endpoint

# Cron starts a poll some seconds early or late; a source that is due by then is due now.
_CRON_SLACK = timedelta(seconds=30)


def due(  # noqa: PLR0913 (what decides what is due)
    queries: Sequence[Query],
    states: Iterable[SourceState],
    now: datetime,
    *,
    conversations: Iterable[Conversation] = (),
    kinds: Callable[[str], Endpoint] = lambda _: FEED,
    only: Collection[str] = (),
    force: bool = False,
) -> list[Plan]:
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


def counting(
    named: Iterable[Source], conversations: Iterable[Conversation], kinds: Callable[[str], Endpoint]
) -> list[Source]:
    """Return the sources whose entries may be counted again: those that are named, and what was said below theirs.

    Feeds tell all they know whenever they are read.
    """
    known = {source.url: source for source in named}
    through = ((one, known[one.through]) for one in conversations if one.through in known)
    below = (_source(one, source, kinds(source.kind)) for one, source in through)
    every = known | {source.url: source for source in below if source and source.url not in known}
    return [source for source in every.values() if source.kind not in {FEED_KIND, COMMENTS_KIND}]


def _source(conversation: Conversation, through: Source, endpoint: Endpoint) -> Source | None:
    """Return a conversation as a source, asked as the one is *through* which its entry came."""
    return endpoint.conversation(through, Entry(comment_feed=conversation.url))


def _named(queries: Sequence[Query], known: dict[str, SourceState], kinds: Callable[[str], Endpoint]) -> Iterator[Plan]:
    """Yield a plan for each source that queries name."""
    asking: defaultdict[str, set[str]] = defaultdict(set)
    for query in queries:
        for source in query.sources:
            asking[source.url].add(query.name)
    for url, source in schedule.sources_of(queries).items():
        yield Plan(
            source=source,
            state=known.get(url) or SourceState(url=url, kind=source.kind),
            interval=source.interval,
            endpoint=kinds(source.kind),
            queries=frozenset(asking[url]),
        )


def _followed(
    conversations: Iterable[Conversation],
    plans: dict[str, Plan],
    known: dict[str, SourceState],
    kinds: Callable[[str], Endpoint],
) -> Iterator[Plan]:
    """Yield a plan for each conversation; one that was met through a source that nobody names any more is let go."""
    for conversation in conversations:
        through = plans.get(conversation.through)
        source = _source(conversation, through.source, through.endpoint) if through else None
        if through and source:
            yield Plan(
                source=source,
                state=known.get(source.url) or SourceState(url=source.url, kind=source.kind),
                interval=None,
                endpoint=kinds(source.kind).below(),
                queries=through.queries,
                is_followed=True,
                thread=conversation.thread,
            )


def _within_budgets(plans: Iterable[Plan]) -> Iterator[Plan]:
    """Yield the plans that the budgets of their kinds allow."""
    spent: Counter[str] = Counter()
    for plan in plans:
        spent[plan.source.kind] += 1
        if not plan.endpoint.budget or spent[plan.source.kind] <= plan.endpoint.budget:
            yield plan


def _is_due(state: SourceState, now: datetime) -> bool:
    """Say whether a source may be asked again."""
    return not schedule.is_paused(state) and (state.next_due is None or state.next_due <= now + _CRON_SLACK)
