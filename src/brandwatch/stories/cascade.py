"""Decide that an entry is the same news as another, and why: the cheapest reason first."""

import logging
import re
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from brandwatch.stories.fingerprint import MIN_TEXT_WORDS, MIN_TITLE_WORDS, Fingerprint, SharedShingles, shorten

_LOG = logging.getLogger(__name__)

STORY_SPAN = timedelta(days=30)
"""The longest time between two entries of one story."""

# A number, or the words of a title, somewhere behind the host: `/2026/05/04`, `/sak-17`, `/acme-opens-a-shop`.
_PARTICULAR = re.compile(r"//[^/]+/.*(?:\d|[^/]+[-_][^/]+[-_])")
_LONG_TEXT_WORDS = 40
# What a site, or several of one house, repeats below every title is shorter than this.
_MAX_BOILERPLATE_WORDS = 150
_LONG_TITLE_WORDS = 4
_OWN_TITLE_WORDS = 6
_TITLE_SPAN = timedelta(days=7)
_SHORT_TITLE_SPAN = timedelta(days=1)
_UNRELATED_SHARE = 0.1
_AGREEING_SHARE = 1 / 3
_MIN_DIFFERING_SHINGLES = 8

_MIN_SHARED_SHINGLES = 4
_MIN_SHARE = 0.3
_MIN_SHARE_ON_ONE_SITE = 0.7
# The fewer shingles the shorter entry has, the more of them must be shared.
_SHORT_TEXT_SHINGLES = 8
_MIN_SHARES_OF_SHORT = ((_SHORT_TEXT_SHINGLES, 0.8), (20, 0.5))
_MIN_SHARE_OF_TITLES = 0.8
_MIN_SHARE_OF_LONGER = 0.6
_LEAD_SHINGLES = 30
_MIN_SHARE_OF_TITLE_WORDS = 0.5
_MIN_COMMON_TITLE_WORDS = 3


class StoryCandidate(NamedTuple):
    """An entry that has a story, and the publishers of that story."""

    copy: Fingerprint
    story: int
    publishers: Collection[str]


class StoryJoin(NamedTuple):
    """The story that an entry belongs to, and the reason in words."""

    story: int
    reason: str


class _Likeness(NamedTuple):
    """The likeness of two entries; without one the reason is empty."""

    rank: float
    reason: str


_UNLIKE = _Likeness(0, "")


def find_story(new: Fingerprint, known: Iterable[StoryCandidate], common: Collection[int] = ()) -> StoryJoin | None:
    """Find the story of *new* among the *known*, oldest first; `None` if it is news.

    *common* are shingles of its sketch that many stories share.
    """
    candidates = [old for old in known if abs(old.copy.at - new.at) <= STORY_SPAN.total_seconds()]
    for compare in (_compare_threads, _compare_pages, _compare_posts, _compare_texts, _compare_titles):
        if join := _most_alike(compare, new, candidates):
            break
    else:
        join = _most_alike(partial(_compare_shingles, common=common), new, candidates)
    # Behind a comma, a reason may name an account.
    reason = join.reason.partition(",")[0] if join else ""
    _LOG.debug("compared candidates=%d story=%s reason=%r", len(candidates), join.story if join else "new", reason)
    return join


def _most_alike(
    compare: Callable[[Fingerprint, StoryCandidate], _Likeness], new: Fingerprint, candidates: Iterable[StoryCandidate]
) -> StoryJoin | None:
    """Return the join with the candidate of the highest rank, of equal ones the oldest."""
    best, story = _UNLIKE, 0
    for candidate in candidates:
        likeness = compare(new, candidate)
        if likeness.rank > best.rank:
            best, story = likeness, candidate.story
    return StoryJoin(story, best.reason) if best.reason else None


def _compare_threads(new: Fingerprint, candidate: StoryCandidate) -> _Likeness:
    """Compare the pages that comments are on: a comment belongs to the story of its entry."""
    old = candidate.copy
    if new.thread and new.thread == old.page and not old.thread:
        return _Likeness(3, "a comment on it")
    if old.thread and old.thread == new.page and not new.thread:
        return _Likeness(2, "there is a comment on it")
    return _Likeness(1, "a comment on the same page") if new.thread and new.thread == old.thread else _UNLIKE


def _compare_pages(new: Fingerprint, candidate: StoryCandidate) -> _Likeness:
    """Compare canonical links; the link of a page that shows whatever is new proves nothing alone."""
    old = candidate.copy
    if not new.page or new.page != old.page:
        return _UNLIKE
    is_particular = bool(_PARTICULAR.search(new.page))
    return _Likeness(1, "the same link") if is_particular or not _contradict(new, old) else _UNLIKE


def _compare_posts(new: Fingerprint, candidate: StoryCandidate) -> _Likeness:
    """Compare the platforms' names of posts, and the pages that short posts are about."""
    old = candidate.copy
    if new.post and new.post == old.post:
        return _Likeness(3, f"the same post, {new.post}")
    if new.target and new.target == old.page:
        return _Likeness(2, "a post with a link to it")
    if old.target and old.target == new.page:
        return _Likeness(2, "a post links to it")
    is_elsewhere = new.publisher != old.publisher and abs(new.at - old.at) <= _TITLE_SPAN.total_seconds()
    if new.target and new.target == old.target and is_elsewhere:
        return _Likeness(1, "a post with the same link")
    return _UNLIKE


def _compare_texts(new: Fingerprint, candidate: StoryCandidate) -> _Likeness:
    old = candidate.copy
    count = len(new.text)
    # Of a text that is stored in part, the shingles are whole.
    is_same = new.has_text_of(old) if old.is_cut else new.text == old.text
    if count < MIN_TEXT_WORDS or not is_same or _may_be_boilerplate(new, candidate, count):
        return _UNLIKE
    return _Likeness(1, f"the same text, {count} words")


def _compare_titles(new: Fingerprint, candidate: StoryCandidate) -> _Likeness:
    """Compare titles: two words are enough for a day on one site, elsewhere a title needs four."""
    old = candidate.copy
    count = len(new.title)
    if count < MIN_TITLE_WORDS or new.title != old.title or new.queries.isdisjoint(old.queries):
        return _UNLIKE
    is_long = count >= _LONG_TITLE_WORDS
    span = _TITLE_SPAN if is_long else _SHORT_TITLE_SPAN
    if abs(new.at - old.at) > span.total_seconds() or _contradict(new, old) or _numbers_differ(new, old):
        return _UNLIKE
    # Below 1, to choose among several with the same title.
    overlap = new.overlap(old)
    closeness = overlap.shared / (overlap.one + overlap.other + 1)
    if new.publisher and new.publisher == old.publisher:
        return _Likeness(2 + closeness, "the same title from the same publisher")
    return _Likeness(1 + closeness, f"the same title, {count} words") if is_long else _UNLIKE


def _compare_shingles(new: Fingerprint, candidate: StoryCandidate, common: Collection[int]) -> _Likeness:
    """Compare shingles: their number in both entries, and their share of the shorter one."""
    old = candidate.copy
    overlap = new.overlap(old)
    # The sketch estimates how many of them are not common.
    sampled = _sketched_in_both(new, old, overlap)
    own_share = len(sampled.difference(common)) / len(sampled) if sampled else 0
    count = overlap.shared * own_share
    rest = overlap.shared - count
    smaller, larger = sorted((overlap.one - rest, overlap.other - rest))
    if count < max(_MIN_SHARED_SHINGLES, smaller * _min_share(new, candidate, smaller)):
        return _UNLIKE
    is_most = smaller >= _LONG_TEXT_WORDS and count >= larger * _MIN_SHARE_OF_LONGER
    if not is_most and not _begin_alike(new, old, overlap.both.difference(shorten(common) if old.sample else common)):
        return _UNLIKE
    if _may_be_boilerplate(new, candidate, smaller) or _are_two_of_a_series(new, candidate, smaller):
        return _UNLIKE
    return _Likeness(count / smaller, f"{round(count)} of {round(smaller)} shared passages")


def _sketched_in_both(new: Fingerprint, old: Fingerprint, overlap: SharedShingles) -> set[int]:
    """Return the shingles of the sketch that are known to be in both entries."""
    if old.sample is None:
        return overlap.both.intersection(new.sketch)
    known = overlap.both
    return {mark for mark in new.sketch if not known.isdisjoint(shorten([mark])) or mark in old.sample.sketch}


def _min_share(new: Fingerprint, candidate: StoryCandidate, smaller: float) -> float:
    """Return the share of the shorter entry that must be common."""
    share = max((share for count, share in _MIN_SHARES_OF_SHORT if smaller < count), default=_MIN_SHARE)
    if not new.has_text or not candidate.copy.has_text:
        share = max(share, _MIN_SHARE_OF_TITLES)
    if new.publisher in candidate.publishers:
        share = max(share, _MIN_SHARE_ON_ONE_SITE)
    return share


def _contradict(new: Fingerprint, old: Fingerprint) -> bool:
    """Whether two texts are long enough to show that they are about different things."""
    # Below a repeated title one publisher puts the same text, hardly changed, or another case of a series. Two
    # publishers may each use another part of one text below a title that is long enough to be its own.
    is_one_publisher = new.publisher == old.publisher
    least = _MIN_SHARE if is_one_publisher else _UNRELATED_SHARE
    is_own_title = new.title == old.title and len(new.title) >= _OWN_TITLE_WORDS and not is_one_publisher
    enough = _LONG_TEXT_WORDS if is_own_title else _MIN_DIFFERING_SHINGLES
    smaller = min(new.text_length, old.text_length)
    return smaller >= enough and new.text_overlap(old) < smaller * least


def _may_be_boilerplate(new: Fingerprint, candidate: StoryCandidate, count: float) -> bool:
    """Whether a site, or several of one house, may repeat the shared words in all its entries."""
    longest = _MAX_BOILERPLATE_WORDS if new.publisher in candidate.publishers else _LONG_TEXT_WORDS
    if count >= longest:
        return False
    one, other = set(new.title), set(candidate.copy.title)
    # Titles may agree on one text; a missing one is no sign against it.
    return len(one & other) < min(len(one), len(other)) * _AGREEING_SHARE


def _begin_alike(new: Fingerprint, old: Fingerprint, both: set[int]) -> bool:
    """Whether two entries share their beginning, or their title."""
    # A quotation is somewhere inside, and the boilerplate of a site at the end.
    shared = []
    for entry in (new, old):
        length = min(_LEAD_SHINGLES, max(entry.text_length // 3, _MIN_SHARED_SHINGLES))
        lead = entry.text_shingles[:length]
        shared.append(len(both.intersection(shorten(lead) if old.sample else lead)))
    if min(shared) >= _MIN_SHARED_SHINGLES:
        return True
    one, other = set(new.title), set(old.title)
    common = len(one & other)
    return common >= _MIN_COMMON_TITLE_WORDS and common >= min(len(one), len(other)) * _MIN_SHARE_OF_TITLE_WORDS


def _are_two_of_a_series(new: Fingerprint, candidate: StoryCandidate, smaller: float) -> bool:
    """Whether two entries differ as those of a series do: in a number, or of a few words in any."""
    old = candidate.copy
    if smaller < _SHORT_TEXT_SHINGLES or not new.has_text or not old.has_text:
        return _each_has_more({*new.title, *new.text}, {*old.title, *old.text})
    return (smaller < _LONG_TEXT_WORDS or new.publisher in candidate.publishers) and _numbers_differ(new, old)


def _numbers_differ(new: Fingerprint, old: Fingerprint) -> bool:
    """Whether each of two entries has a number that the other has not: `Q1` and `Q2`."""
    one, other = ({word for word in copy.title + copy.text if any(map(str.isdigit, word))} for copy in (new, old))
    return _each_has_more(one, other)


def _each_has_more(one: set[str], other: set[str]) -> bool:
    return bool(one - other and other - one)
