"""Learn from each document of a source what is usual: how often it has news, how much it lists, whose it is.

The thresholds that use it are in `source_condition`; the figures behind them are in docs/source-states.md.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from brandwatch.config.kind import SourceMode
from brandwatch.pipeline import seen_entries, source_condition
from brandwatch.stories.publishers import site_of_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.models import Document, Feed, SourceHistory, SourceState
    from brandwatch.pipeline.jobs import SourceJob


MAX_INTERVALS = 20
MAX_SIZES = 10

# Entries of one minute are one publication: thirty at once every Monday show a rhythm of a week.
_MIN_INTERVAL = timedelta(minutes=15)
_MIN_STEADY_SIZES = 3
_STEADY_AFTER = timedelta(days=2)
_SHRUNK_SHARE = 3
_SMALL_FOR_GOOD = timedelta(days=30)
_MIN_REPLACED_ENTRIES = 2
_TITLE_WORD = re.compile(r"[^\W\d_]{3,}")
# A feed of search results: https://blog.example/?s=Acme&feed=rss2
_SEARCH_PARAMETERS = frozenset({"q", "query", "s", "search", "keyword", "keywords", "term"})


def is_search(job: SourceJob) -> bool:
    """Whether a source lists what a search finds: no hits are no fault of it, however long."""
    if job.kind.mode is SourceMode.SEARCH or job.kind.group == "search" or job.is_thread:
        return True
    if "?" not in job.source.url:
        return False
    parameters = dict(parse_qsl(urlsplit(job.source.url).query))
    return not _SEARCH_PARAMETERS.isdisjoint(name.casefold() for name in parameters)


def is_exhaustive(job: SourceJob) -> bool:
    """Whether each document lists all that the source has, so that far fewer entries show a change."""
    return not is_search(job) and job.kind.since is None and job.kind.paging is None


def after_document(job: SourceJob, feed: Feed, seen: bytes, now: datetime) -> SourceHistory:
    """Return the history of a source after a document with entries, or with none; *seen* are its seen entries."""
    before, history = job.state, job.state.history
    if is_search(job):
        return history
    if history.replaced_since and _have_common_word(feed.title, history.former_title):
        history = replace(history, former_title="", replaced_since=None)
    elif is_replaced(before, feed, seen):
        former = history.former_title or before.title
        history = replace(history, intervals=(), sizes=(), shrunk_since=None, former_title=former, replaced_since=now)
    history = replace(
        history,
        intervals=_learn_intervals(before, history.intervals, feed, seen, now),
        link_site=_main_site(entry.url for entry in feed.entries) or history.link_site,
    )
    return _learn_size(before, history, feed, now) if is_exhaustive(job) and not feed.problem else history


def after_answer(before: SourceHistory, document: Document, now: datetime) -> SourceHistory:
    """Return the history of a source that answered, also without a new document."""
    return replace(
        before,
        failing_since=None,
        moved_since=(before.moved_since or now) if document.moved_to else None,
        copy_date=document.made_at,
        copy_since=before.copy_since if document.made_at == before.copy_date else now,
    )


def accept(history: SourceHistory) -> SourceHistory:
    """Return the history of a source whose present feed is the right one: its title and its size are the usual ones."""
    return replace(history, replaced_since=None, former_title="", shrunk_since=None, sizes=())


def is_replaced(before: SourceState, feed: Feed, seen: bytes) -> bool:
    """Whether another feed has taken the place of a source: a new title, and not one entry that was there before."""
    if not (before.title and feed.title) or _have_common_word(feed.title, before.title):
        return False
    is_comparable = min(map(seen_entries.count_entries, (before.seen, seen))) >= _MIN_REPLACED_ENTRIES
    return is_comparable and not seen_entries.has_known_entry(before.seen, seen)


def newest_entry(before: SourceState, feed: Feed, now: datetime, *, has_news: bool) -> datetime | None:
    """Return the publication of the newest entry of a source after a document.

    Some generators give all their entries a new date in every document: only news can be newer.
    """
    if before.newest and not has_news:
        return before.newest
    return max(filter(None, (before.newest, newest_published(feed, now))), default=None)


def newest_published(feed: Feed, now: datetime) -> datetime | None:
    """Return the publication of the newest entry of a document, dates in the future left out."""
    return max((entry.published for entry in feed.entries if entry.published and entry.published <= now), default=None)


def _learn_intervals(
    before: SourceState, learned: tuple[int, ...], feed: Feed, seen: bytes, now: datetime
) -> tuple[int, ...]:
    """Add the intervals before new entries: by their dates, else by when we first saw them."""
    has_news = seen_entries.count_new(before.seen, seen) > 0
    if learned and not has_news:
        return learned
    times = sorted({entry.published for entry in feed.entries if entry.published and entry.published <= now})
    listed = _intervals(times)
    if len(listed) >= len(learned) and listed:
        return listed[-MAX_INTERVALS:]
    if times and not before.seen:
        # The silence since the only entry is no interval yet, and the next one is not shorter.
        return _intervals([times[-1], now])
    if times:
        # Of a document that is known in part only the new entries are read.
        start = [before.newest] if before.newest and before.newest < times[-1] else []
        new = _intervals([*start, *(time for time in times if not start or time > start[0])])
    elif before.last_new and before.seen and has_news:
        new = _intervals([before.last_new, now])
    else:
        new = ()
    return (*learned, *new)[-MAX_INTERVALS:]


def _intervals(times: Iterable[datetime]) -> tuple[int, ...]:
    between = (later - earlier for earlier, later in pairwise(times))
    return tuple(int(interval.total_seconds()) for interval in between if interval >= _MIN_INTERVAL)


def _learn_size(before: SourceState, history: SourceHistory, feed: Feed, now: datetime) -> SourceHistory:
    """Learn how many entries a document lists, and since when it lists none or far fewer than usual."""
    if not (feed.size or feed.listed):
        return replace(history, empty_since=history.empty_since or now)
    history = replace(history, empty_since=None)
    usual = source_condition.count_usual_entries(history)
    is_long_known = before.first_poll is not None and now - before.first_poll >= _STEADY_AFTER
    is_steady = len(history.sizes) >= _MIN_STEADY_SIZES or is_long_known
    if is_steady and feed.size * _SHRUNK_SHARE <= usual:
        since = history.shrunk_since or now
        if now - since < _SMALL_FOR_GOOD:
            return replace(history, shrunk_since=since)
        history = replace(history, sizes=())
    return replace(history, sizes=(*history.sizes, feed.size)[-MAX_SIZES:], shrunk_since=None)


def _main_site(links: Iterable[str]) -> str:
    # The hosts first: the links of a document share a few of them.
    hosts = Counter("/".join(link.split("/")[:3]) for link in links if link)
    sites: Counter[str] = Counter()
    for host, count in hosts.items():
        sites[site_of_link(host)] += count
    return sites.most_common(1)[0][0] if sites else ""


def _have_common_word(title: str, other: str) -> bool:
    words, other_words = (set(_TITLE_WORD.findall(text.casefold())) for text in (title, other))
    return bool(words & other_words) or title.casefold() == other.casefold()
