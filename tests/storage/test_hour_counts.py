from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import HourCount, MatchResult, Selection, Voice
from brandwatch.storage.hour_counts import mention_hours
from brandwatch.storage.recording import record_source
from brandwatch.storage.sources import source_kinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)
WIRE = "Acme åpner et nytt kraftverk i Åsgård"
NEWS = "https://news.google.com/rss/articles/CBMi"


@pytest.fixture
def hour_counts(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
) -> Callable[..., tuple[HourCount, ...]]:
    """Count the hours after entries of (minutes after noon, title, link): `hour_counts((5, "Acme", "https://…"))`."""

    def keep(*entries: tuple[int, str, str], people: tuple[str, ...] = (), **fields: object) -> tuple[HourCount, ...]:
        # A source that is there already: what it gives then is no backlog.
        record_source(store, visit())
        finds = [
            find(title, link=link, url=link, published=NOON + timedelta(minutes=minutes), **fields)
            for minutes, title, link in entries
        ]
        record_source(store, visit(*finds, hours=1))
        return mention_hours(store, Selection(), people)

    return keep


def counts(found: tuple[HourCount, ...]) -> list[tuple[int, int, int, int]]:
    """Get mentions, news, stories and publishers of each hour."""
    return [(hour.mentions, hour.news, hour.stories, hour.publishers) for hour in found]


def test_hours_are_counted_without_the_backlog(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """The first poll counts for no hour; its publishers already have the story."""
    record_source(store, visit(find(WIRE, link="https://a.example/0", url="https://a.example/0", published=NOON)))
    finds = (
        find(WIRE, link="https://a.example/1", url="https://a.example/1", published=NOON),
        find("Acme b", link="https://b.example/2", url="https://b.example/2", published=NOON + timedelta(minutes=59)),
        find("Acme c", link="https://c.example/3", url="https://c.example/3", published=NOON + timedelta(minutes=60)),
        find("Acme d", link="https://a.example/4", published=NOON, suppressed="exclude.sites: x"),
    )
    record_source(store, visit(*finds, hours=1))
    assert mention_hours(store, Selection()) == (
        HourCount(query="acme", start=NOON, mentions=2, news=1, stories=2, publishers=1),
        HourCount(query="acme", start=NOON + timedelta(hours=1), mentions=1, news=1, stories=1, publishers=1),
    )


def test_ten_publishers_of_one_text_are_ten_news(hour_counts: Callable[..., tuple[HourCount, ...]]):
    """One story with ten publishers; repeats by a publisher, its subdomain or in a later hour are no news."""
    papers = [(number, WIRE, f"https://avis{number}.example/1") for number in range(10)]
    again = [(20, WIRE, "https://avis3.example/2"), (30, WIRE, "https://sport.avis4.example/3")]
    assert counts(hour_counts(*papers, *again, (70, WIRE, "https://www.avis5.example/4"))) == [
        (12, 10, 1, 10),
        (1, 0, 1, 0),
    ]


def test_an_aggregator_is_no_publisher(hour_counts: Callable[..., tuple[HourCount, ...]]):
    """Neither is a repeat by a publisher of the story."""
    of_paper = [(0, WIRE, "https://avisa.example/1")]
    assert counts(hour_counts(*of_paper, (5, WIRE, NEWS), publisher="Avisa")) == [(2, 1, 1, 1)]


def test_each_post_of_a_person_is_news(hour_counts: Callable[..., tuple[HourCount, ...]]):
    """A hundred posts about one story are a hundred news; each account counts once as publisher."""
    posts = [(number, WIRE, f"https://social.example/@a/{number}") for number in range(4)]
    assert counts(hour_counts(*posts, people=("feed",), author="Åse")) == [(4, 4, 1, 1)]


def test_a_comment_counts_as_a_post(hour_counts: Callable[..., tuple[HourCount, ...]]):
    """A comment from a feed too."""
    comments = [(number, WIRE, f"https://avis.example/1#comment-{number}") for number in range(3)]
    assert counts(hour_counts(*comments, thread="https://avis.example/1")) == [(3, 3, 1, 1)]


def test_owned_channels_are_no_news(store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]):
    """Owned mentions count as news only in a selection of the brand's own voice."""
    record_source(store, visit())
    made = find(WIRE, link="https://acme.example/1", url="https://acme.example/1", published=NOON)
    owned = MatchResult(evidence=made.results["acme"].evidence, voice=Voice.OWNED)
    made.results["acme"] = owned  # type: ignore[index]
    record_source(store, visit(made, hours=1))
    assert counts(mention_hours(store, Selection())) == [(1, 0, 1, 0)]
    assert counts(mention_hours(store, Selection(voices=(Voice.OWNED,)))) == [(1, 1, 1, 1)]


def test_kinds_of_the_polled_sources(store: Store, visit: Callable[..., SourceRecord]):
    """Each kind once."""
    assert source_kinds(store) == ()
    record_source(store, visit())
    assert source_kinds(store) == ("feed",)
