from __future__ import annotations

from dataclasses import replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Response
from brandwatch.stories.heat import StoryEntry, effective_published, summarise_story

DAY = 86_400
AT = 20_000 * DAY + 36_000


def story_entry(number: int = 1, **fields: object) -> StoryEntry:
    """An entry of a story."""
    first = StoryEntry(
        id=number,
        url=f"https://avis{number}.example/1",
        publisher="",
        at=AT + number,
        found=AT + 60 * number,
        response=Response(),
        rising=None,
        is_owned=False,
        is_comment=False,
        mentions=1,
        fields=frozenset({"text"}),
    )
    return replace(first, **fields)  # type: ignore[arg-type]


def test_the_sums_of_a_story():
    """The lead is the first published, not the first found; unknown counts are unknown, not zero."""
    added = summarise_story(
        [
            story_entry(1, found=AT + 500, mentions=2),
            story_entry(2, found=AT + 100),
            story_entry(3, at=AT - 60, is_owned=True),
        ]
    )
    assert added is not None
    assert (added.lead, added.first_seen, added.earliest, added.latest) == (3, AT + 100, AT - 60, AT + 2)
    assert (added.entries, added.mentions, added.publishers, added.response) == (3, 4, 2, None)
    assert summarise_story([]) is None


def test_an_unknown_rise_is_not_zero():
    """Hourly rises are added for the entries that have counts."""
    added, none = (
        summarise_story([story_entry(1, rising=1.5), story_entry(2), story_entry(3, rising=0.0)]),
        summarise_story([story_entry(1)]),
    )
    assert added is not None
    assert none is not None
    assert (added.rising, none.rising) == (1.5, None)


def test_an_aggregator_is_not_the_lead():
    """The lead of a story is a publisher, not the aggregator that listed it."""
    added = summarise_story([story_entry(1, url="https://www.msn.com/1", at=AT - 600), story_entry(2)])
    assert added is not None
    assert added.lead == 2


def test_a_comment_is_neither_lead_nor_publisher():
    """However early, a comment publishes nothing; alone it is the lead, without publishers."""
    comment = story_entry(1, is_comment=True, at=AT - 60, response=Response(likes=2))
    added, alone = summarise_story([comment, story_entry(2)]), summarise_story([comment])
    assert added is not None
    assert alone is not None
    assert (added.lead, added.publishers, added.entries, added.response) == (2, 1, 2, 2)
    assert added.heat.others == 0
    assert (alone.lead, alone.publishers, alone.heat.others) == (1, 0, 0)


def test_heat_is_itemised():
    """Likes weigh 1, comments 3, shares 4, other publishers 5; the field and the age are added."""
    response = Response(comments=2, replies=1, likes=7, shares=3, views=10_000)
    added = summarise_story([story_entry(1, response=response, fields=frozenset({"title", "text"})), story_entry(2)])
    assert added is not None
    heat = added.heat
    assert (heat.counts, heat.others, heat.place) == ({"comments": 2, "replies": 1, "likes": 7, "shares": 3}, 1, 1)
    assert heat.response == 2 * 3 + 1 * 3 + 7 + 3 * 4 + 5
    assert heat.key == pytest.approx(log2(1 + 33) + 1 + (AT + 1) / DAY)
    assert added.response == 13


@pytest.mark.parametrize(
    ("fields", "expected"), [({"title"}, 1), ({"text", "links"}, 0), ({"links"}, -2), ({"author"}, -2), (set(), 0)]
)
def test_heat_by_field_of_the_name(fields: set[str], expected: int):
    """A title weighs more than a text, a text more than a link; a match by the server counts as text."""
    added = summarise_story([story_entry(fields=frozenset(fields))])
    assert added is not None
    assert added.heat.place == expected


def test_the_lead_is_not_another_publisher():
    """Its own site is no spread, unless it is the brand's: then all others are."""
    for is_owned, others in ((False, 1), (True, 1)):
        added = summarise_story([story_entry(1, is_owned=is_owned), story_entry(2)])
        assert added is not None
        assert added.heat.others == others


@given(likes=st.integers(0, 10**6), days=st.integers(1, 365))
def test_a_day_is_half_the_response(likes: int, days: int):
    """The order of two stories is constant over time: a day older requires twice the response."""
    young, old = (
        summarise_story([story_entry(response=Response(likes=count), at=at)])
        for count, at in ((likes, AT), (0, AT - days * DAY))
    )
    assert young is not None
    assert old is not None
    assert young.heat.key - old.heat.key == pytest.approx(log2(1 + likes) + days)


@pytest.mark.parametrize(
    ("at", "found", "expected"),
    [
        (AT, AT + 60, AT),
        (None, AT, AT),
        (AT + DAY, AT, AT),
        (20_000 * DAY, AT + 3 * DAY, 20_000 * DAY + DAY - 1),
        (20_000 * DAY, AT, AT),
    ],
)
def test_effective_published(at: int | None, found: int, expected: int):
    """Never after the discovery; a bare date is the end of its day."""
    assert effective_published(at, found) == expected
