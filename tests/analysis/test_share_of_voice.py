from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.analysis.stats import comparability_remarks, share_of_voice, wilson_interval
from brandwatch.config.query import Query, Term
from brandwatch.models import Source, StatsLine

START = datetime(2026, 5, 4, tzinfo=UTC)


def query(name: str, *urls: str, kind: str = "feed", languages: tuple[str, ...] = ("nb",)) -> Query:
    """Build a query with sources."""
    sources = tuple(Source(url=url, kind=kind) for url in urls)
    return Query(name=name, brand=name.title(), names=(Term(text=name),), sources=sources, languages=languages)


def line(name: str, mentions: int, response: int | None = None, stories: int = 1) -> StatsLine:
    """Build the counts of a query."""
    known = 0 if response is None else mentions
    return StatsLine(
        value=name,
        mentions=mentions,
        share=0.0,
        stories=stories,
        publishers=1,
        response=response,
        with_response=known,
        per_day=(),
    )


def test_shares_add_up():
    """Each brand has its share of mentions and of known response; without response there is no share."""
    rivals = {"Acme": query("acme"), "Havkraft": query("havkraft"), "Nordlys": None, "Vind": query("vind")}
    found = share_of_voice(rivals, {"acme": line("acme", 30, 5), "havkraft": line("havkraft", 10, 15)})
    assert [share.brand for share in found] == ["Acme", "Havkraft", "Vind", "Nordlys"]
    assert [share.share for share in found] == [0.75, 0.25, 0.0, None]
    assert [share.response_share for share in found] == [0.25, 0.75, None, None]
    assert [share.mentions for share in found] == [30, 10, 0, None]


def test_thirty_copies_count_as_one_story():
    """Shares, their order and their intervals count stories, not copies."""
    rivals = {"Acme": query("acme"), "Havkraft": query("havkraft")}
    found = share_of_voice(rivals, {"acme": line("acme", 30), "havkraft": line("havkraft", 10, stories=3)})
    assert [(share.brand, share.stories, share.story_share, share.share) for share in found] == [
        ("Havkraft", 3, 0.75, 0.25), ("Acme", 1, 0.25, 0.75),
    ]  # fmt: skip
    assert (found[0].story_low, found[0].story_high) == pytest.approx(wilson_interval(3, 4))


def test_no_mentions_is_no_share():
    """Without any mentions no brand has a share."""
    (share,) = share_of_voice({"Acme": query("acme")}, {})
    assert (share.mentions, share.share) == (0, None)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"), [(0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (81, 263, 0.255, 0.366)]
)
def test_the_interval_is_wilsons(count: int, total: int, low: float, high: float):
    """Published values of Wilson's interval, and the limits for no observations."""
    assert wilson_interval(count, total) == pytest.approx((low, high), abs=0.001)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_an_interval_contains_its_share(count: int, rest: int):
    """The interval lies between 0 and 1 and narrows with the sample size."""
    low, high = wilson_interval(count, count + rest)
    assert 0 <= low <= high <= 1
    if count + rest:
        assert low - 1e-9 <= count / (count + rest) <= high + 1e-9
        wide = wilson_interval(count * 9, (count + rest) * 9)
        assert wide[1] - wide[0] <= high - low


def test_equal_setups_have_no_remarks():
    """Equal sources, languages and start dates give no remark; search terms always differ."""
    polls = {"https://a.example": START}
    assert (
        list(comparability_remarks([query("acme", "https://a.example"), query("vind", "https://a.example")], polls))
        == []
    )
    searches = [query(name, f"https://s.example/?q={name}", kind="hackernews") for name in ("acme", "vind")]
    assert list(comparability_remarks(searches, {})) == []


def test_differences_have_remarks():
    """Other sources, other languages and a later start each give a remark."""
    polls = {"https://a.example": START, "https://b.example": START + timedelta(days=3)}
    ours = query("acme", "https://a.example", "https://b.example")
    theirs = query("vind", "https://b.example", languages=("sv",))
    assert list(comparability_remarks([ours, theirs], polls)) == [
        "acme and vind are not asked of the same sources: 1 only for acme, 0 only for vind",
        "acme and vind do not look in the same languages",
        "acme is watched since 2026-05-04, vind since 2026-05-07",
    ]


def test_a_source_failing_for_one_brand_has_a_remark():
    """A failing shared source affects both brands; one that only one brand uses biases the share."""
    ours, theirs = query("acme", "https://a.example", "https://c.example"), query("vind", "https://a.example")
    told = "1 of 2 sources of acme fail or missed entries, 0 of 1 of vind"
    assert told in list(comparability_remarks([ours, theirs], {}, ["https://c.example"]))
    assert told not in list(comparability_remarks([ours, theirs], {}, ["https://a.example"]))


@pytest.mark.parametrize(("hours", "has_remark"), [(24, False), (25, True), (-24, False), (-25, True)])
def test_a_day_of_difference_in_age_is_comparable(hours: int, *, has_remark: bool):
    """Queries that have been watched for the same time, to a day, have no remark; the first of their sources counts."""
    polls = {
        "https://a.example": START,
        "https://b.example": START + timedelta(hours=hours),
        "https://c.example": START + timedelta(days=30),
    }
    ours, theirs = (
        query("acme", "https://a.example", "https://c.example"),
        query("vind", "https://b.example", "https://c.example"),
    )
    remarks = [remark for remark in comparability_remarks([ours, theirs], polls) if "watched since" in remark]
    assert bool(remarks) is has_remark


def test_brands_with_equal_stories_are_sorted_by_mentions():
    """The one with more copies comes first."""
    rivals = {"Acme": query("acme"), "Havkraft": query("havkraft"), "Vind": query("vind")}
    found = share_of_voice(rivals, {"acme": line("acme", 2), "havkraft": line("havkraft", 3)})
    assert [share.brand for share in found] == ["Havkraft", "Acme", "Vind"]
    assert [(share.known, share.response, share.response_share) for share in found] == [(0, None, None)] * 3
    assert (found[0].low, found[0].high) == pytest.approx(wilson_interval(3, 5))
    assert (found[2].low, found[2].high) == pytest.approx(wilson_interval(0, 5))


def test_without_observations_the_interval_is_everything():
    """A share of nothing may be any."""
    assert wilson_interval(0, 0) == (0.0, 1.0)
