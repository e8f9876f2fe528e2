"""Decide that an entry is the same news as another, and why: the cheapest reason first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.stories.fingerprint import SHORTEST_TEXT, SHORTEST_TITLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from brandwatch.stories.fingerprint import Fingerprint


GROWING = timedelta(days=30)
"""How far apart two entries of one story are published at most."""

# A number, or the words of a title, somewhere behind the host: `/2026/05/04`, `/sak-17`, `/acme-opens-a-shop`.
_PARTICULAR = re.compile(r"//[^/]+/.*(?:\d|[^/]+[-_][^/]+[-_])")
_LONG_TEXT = 40
_LONGEST_USUAL = 150
_LONG_TITLE = 4
_OWN_TITLE = 6
_TITLE_RECURS = timedelta(days=7)
_SHORT_TITLE_RECURS = timedelta(days=1)
_UNRELATED = 0.1
_AGREEING = 1 / 3
_ENOUGH_TO_DIFFER = 8

_LEAST_SHARED = 4
_LEAST_PART = 0.3
_PART_ON_ONE_SITE = 0.7
# By how many passages the shorter one has: the fewer, the more of them must be shared.
_FEW = 8
_PART_OF_SHORT = ((_FEW, 0.8), (20, 0.5))
_PART_OF_TITLES = 0.8
_PART_OF_BOTH = 0.6
_LEAD = 30
_TITLE_IN_COMMON = 0.5
_WORDS_IN_COMMON = 3


class StoryCandidate(NamedTuple):
    """An entry that has a story, and the publishers of that story."""

    copy: Fingerprint
    story: int
    publishers: Collection[str]


class StoryJoin(NamedTuple):
    """The story that an entry belongs to, and why, in words."""

    story: int
    reason: str


class _Likeness(NamedTuple):
    """How alike two entries are, for comparing with others; the reason is empty where they are not."""

    rank: float
    reason: str


_UNLIKE = _Likeness(0, "")


def find_story(new: Fingerprint, known: Iterable[StoryCandidate], worn: Collection[int] = ()) -> StoryJoin | None:
    """Return the story of one of the *known*, oldest first, that *new* belongs to; `None` where it is news.

    *worn* are those of its sketch's passages that many stories have.
    """
    candidates = [one for one in known if abs(one.copy.at - new.at) <= GROWING.total_seconds()]
    for alike in (_are_one_conversation, _have_one_page, _are_one_post, _have_one_text, _have_one_title):
        if found := _most_alike((alike(new, one), one) for one in candidates):
            return found
    return _most_alike((_share_passages(new, one, worn), one) for one in candidates)


def _most_alike(found: Iterable[tuple[_Likeness, StoryCandidate]]) -> StoryJoin | None:
    """Return the story of the entry that is most alike, of the oldest of several."""
    likeness, one = max(found, key=lambda pair: pair[0].rank, default=(_UNLIKE, None))
    return StoryJoin(one.story, likeness.reason) if one and likeness.reason else None


def _are_one_conversation(new: Fingerprint, one: StoryCandidate) -> _Likeness:
    """Compare the pages that comments are on: what is said below an entry belongs to its story."""
    old = one.copy
    if new.thread and new.thread == old.page and not old.thread:
        return _Likeness(3, "a comment on it")
    if old.thread and old.thread == new.page and not new.thread:
        return _Likeness(2, "there is a comment on it")
    return _Likeness(1, "a comment on the same page") if new.thread and new.thread == old.thread else _UNLIKE


def _have_one_page(new: Fingerprint, one: StoryCandidate) -> _Likeness:
    """Compare canonical links; one that leads to whatever is new there tells nothing alone."""
    old = one.copy
    if not new.page or new.page != old.page:
        return _UNLIKE
    is_particular = bool(_PARTICULAR.search(new.page))
    return _Likeness(1, "the same link") if is_particular or not _contradict(new, old) else _UNLIKE


def _are_one_post(new: Fingerprint, one: StoryCandidate) -> _Likeness:
    """Compare what the platform calls it, and the pages that short posts are about."""
    old = one.copy
    if new.post and new.post == old.post:
        return _Likeness(3, f"the same post, {new.post}")
    if new.target and new.target == old.page:
        return _Likeness(2, "a post with a link to it")
    if old.target and old.target == new.page:
        return _Likeness(2, "a post links to it")
    is_elsewhere = new.publisher != old.publisher and abs(new.at - old.at) <= _TITLE_RECURS.total_seconds()
    if new.target and new.target == old.target and is_elsewhere:
        return _Likeness(1, "a post with the same link")
    return _UNLIKE


def _have_one_text(new: Fingerprint, one: StoryCandidate) -> _Likeness:
    """Compare texts; a short one, or one of the same site, may be what it says below every title."""
    old = one.copy
    count = len(new.text)
    if count < SHORTEST_TEXT or not _say_the_same(new, old):
        return _UNLIKE
    return _UNLIKE if _may_be_usual(new, one, count) else _Likeness(1, f"the same text, {count} words")


def _have_one_title(new: Fingerprint, one: StoryCandidate) -> _Likeness:
    """Compare titles: two words may do for a day on one site, elsewhere they must be as many as in a sentence."""
    old = one.copy
    count, apart = len(new.title), abs(new.at - old.at)
    if count < SHORTEST_TITLE or new.title != old.title or new.queries.isdisjoint(old.queries):
        return _UNLIKE
    is_long, is_one_publisher = count >= _LONG_TITLE, bool(new.publisher) and new.publisher == old.publisher
    recurs = _TITLE_RECURS if is_long else _SHORT_TITLE_RECURS
    if apart > recurs.total_seconds() or _contradict(new, old) or _numbers_differ(new, old):
        return _UNLIKE
    closeness = _closeness(new, old)
    if is_one_publisher:
        return _Likeness(2 + closeness, "the same title from the same publisher")
    return _Likeness(1 + closeness, f"the same title, {count} words") if is_long else _UNLIKE


def _share_passages(new: Fingerprint, one: StoryCandidate, worn: Collection[int]) -> _Likeness:
    """Compare passages: how many there are in both, and how much of the shorter entry that is."""
    old = one.copy
    both = new.passages & old.passages
    count = len(both) * _unworn(new, both, worn)
    rest = len(both) - count
    smaller, larger = sorted((len(new.passages) - rest, len(old.passages) - rest))
    if count < max(_LEAST_SHARED, smaller * _part(new, one, smaller)):
        return _UNLIKE
    is_most = smaller >= _LONG_TEXT and count >= larger * _PART_OF_BOTH
    if not is_most and not _begin_alike(new, old, both.difference(worn)):
        return _UNLIKE
    if _may_be_usual(new, one, smaller) or _are_two_of_a_series(new, one, smaller):
        return _UNLIKE
    return _Likeness(count / smaller, f"{round(count)} of {round(smaller)} shared passages")


def _say_the_same(new: Fingerprint, old: Fingerprint) -> bool:
    """Say whether two texts are the same; of one that is stored in part, the passages tell."""
    return new.of_text == old.of_text if old.is_cut else new.text == old.text


def _contradict(new: Fingerprint, old: Fingerprint) -> bool:
    """Say whether two texts are long enough to tell that they are about different things.

    What one publisher puts below the same title again is the same text, hardly changed, or another case of a series.
    Two may each have taken another part of the same article below a title that is long enough to be its own.
    """
    is_one_publisher = new.publisher == old.publisher
    least = _LEAST_PART if is_one_publisher else _UNRELATED
    is_own_title = new.title == old.title and len(new.title) >= _OWN_TITLE and not is_one_publisher
    enough = _LONG_TEXT if is_own_title else _ENOUGH_TO_DIFFER
    smaller = min(len(new.of_text), len(old.of_text))
    return smaller >= enough and len({*new.of_text} & {*old.of_text}) < smaller * least


def _closeness(new: Fingerprint, old: Fingerprint) -> float:
    """Return how much of two entries is the same, below 1, to choose among several with the same title."""
    return len(new.passages & old.passages) / (len(new.passages | old.passages) + 1)


def _agree(one: list[str], other: list[str]) -> bool:
    """Say whether two titles may be of one text; a missing one says nothing against it."""
    smaller = min(len(set(one)), len(set(other)))
    return len(set(one) & set(other)) >= smaller * _AGREEING


def _unworn(new: Fingerprint, both: set[int], worn: Collection[int]) -> float:
    """Return how much of what two entries share is their own, as far as the sketch tells."""
    seen = both.intersection(new.sketch)
    return len(seen.difference(worn)) / len(seen) if seen else 0


def _may_be_usual(new: Fingerprint, one: StoryCandidate, count: float) -> bool:
    """Say whether what two entries share may be what a site, or several of one house, say below every title."""
    longest = _LONGEST_USUAL if new.publisher in one.publishers else _LONG_TEXT
    return count < longest and not _agree(new.title, one.copy.title)


def _part(new: Fingerprint, one: StoryCandidate, smaller: float) -> float:
    """Return how much of the shorter entry must be shared: more of few words, and on a site that is in the story."""
    parts = [part for count, part in _PART_OF_SHORT if smaller < count]
    parts += [_PART_OF_TITLES] * (not new.has_text or not one.copy.has_text)
    parts += [_PART_ON_ONE_SITE] * (new.publisher in one.publishers)
    return max(parts, default=_LEAST_PART)


def _begin_alike(new: Fingerprint, old: Fingerprint, both: set[int]) -> bool:
    """Say whether two entries share their beginning, or their title.

    A quotation stands somewhere inside, and what a site says in all its entries at the end.
    """
    beginnings = (copy.of_text[: min(_LEAD, max(len(copy.of_text) // 3, _LEAST_SHARED))] for copy in (new, old))
    if min(len(both.intersection(beginning)) for beginning in beginnings) >= _LEAST_SHARED:
        return True
    one, other = set(new.title), set(old.title)
    common = len(one & other)
    return common >= _WORDS_IN_COMMON and common >= min(len(one), len(other)) * _TITLE_IN_COMMON


def _are_two_of_a_series(new: Fingerprint, one: StoryCandidate, smaller: float) -> bool:
    """Say whether two entries differ as those of a series do: in a number, or of a few words in any."""
    if smaller < _FEW or not new.has_text or not one.copy.has_text:
        return _differ({*new.title, *new.text}, {*one.copy.title, *one.copy.text})
    return (smaller < _LONG_TEXT or new.publisher in one.publishers) and _numbers_differ(new, one.copy)


def _numbers_differ(new: Fingerprint, old: Fingerprint) -> bool:
    """Say whether each of two entries has a number that the other has not: `Q1` and `Q2`."""
    one, other = ({word for word in copy.title + copy.text if any(map(str.isdigit, word))} for copy in (new, old))
    return _differ(one, other)


def _differ(one: set[str], other: set[str]) -> bool:
    """Say whether each of two sets has what the other has not: more of the same is no difference."""
    return not one <= other and not other <= one
