from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import Reach, Response, Selection, Tally, Voice
from brandwatch.storage.recording import record_source
from brandwatch.storage.stats import DIMENSIONS, story_reach, tally_mentions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

BOTH = ("acme", "vind")
# Half an hour to midnight in Oslo.
LATE = datetime(2026, 5, 3, 21, 30, tzinfo=UTC)


@pytest.fixture
def filled(store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]) -> Store:
    """A database with four mentions on two days, one of them hidden, and one of another query."""
    finds = (
        find("Acme a", link="https://a.example/1", published=LATE, language="nb-no", response=Response(comments=2)),
        find("Acme b", link="https://a.example/2", published=LATE + timedelta(hours=1), publisher="Tidende"),
        find(
            "Acme c", link="https://a.example/3", published=LATE, queries=("acme", "vind"), response=Response(likes=0)
        ),
        find("Acme d", link="https://a.example/4", published=LATE, suppressed="exclude.sites: x"),
    )
    record_source(store, visit(*finds))
    return store


def counted(store: Store, by: str, **selection: object) -> dict[tuple[str, date], int]:
    """Get the number of mentions of each value and day."""
    tallies = tally_mentions(store, Selection(**selection), by)  # type: ignore[arg-type]
    return {(tally.value, tally.day): tally.mentions for tally in tallies}


def test_days_and_weeks_are_local(filled: Store):
    """23:30 and 00:30 are on different local days, and in different weeks at the end of one."""
    sunday, monday = date(2026, 5, 3), date(2026, 5, 4)
    assert counted(filled, "day") == {("2026-05-03", sunday): 2, ("2026-05-04", monday): 1}
    assert counted(filled, "week") == {("2026-04-27", sunday): 2, ("2026-05-04", monday): 1}


def test_every_dimension_counts_all(filled: Store):
    """In every dimension each entry counts once, by query for each of its queries; hidden ones do not count."""
    for by in DIMENSIONS:
        expected = 4 if by == "query" else 3
        assert sum(tally.mentions for tally in tally_mentions(filled, Selection(), by)) == expected, by
    assert {value for value, _ in counted(filled, "language")} == {"nb", ""}
    assert {value for value, _ in counted(filled, "source")} == {"https://a.example/rss"}


def test_a_selection_filters(filled: Store):
    """The counts agree with the report of the same selection."""
    assert sum(counted(filled, "query", queries=("vind",)).values()) == 1
    assert sum(counted(filled, "query", search="b").values()) == 1
    assert sum(counted(filled, "query", since=LATE + timedelta(minutes=1)).values()) == 1
    assert sum(counted(filled, "query", suppressed=True).values()) == 1


def test_known_response_is_counted(filled: Store):
    """An uncounted mention adds nothing to the known ones; one with zero response does."""
    (tally,) = tally_mentions(filled, Selection(queries=("acme",), until=LATE + timedelta(minutes=1)), "query")
    assert tally == Tally(value="acme", day=date(2026, 5, 3), mentions=2, response=2, with_response=2)
    assert [tally.with_response for tally in tally_mentions(filled, Selection(search="b"), "query")] == [0]


def test_stories_and_publishers_are_counted_once(filled: Store):
    """A publisher counts once per value, by its site, whatever its names; so does a story."""
    assert story_reach(filled, Selection(), "query") == {
        "acme": Reach(stories=3, publishers=1), "vind": Reach(stories=1, publishers=1),
    }  # fmt: skip


def test_only_publishers_raise_the_spread(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Copies are one story; an aggregator, the same site and the brand's own channel are no publishers."""
    wire, google = "Acme åpner et nytt kraftverk i Åsgård", "https://news.google.com/rss/articles/CBMi"
    places = ("https://avisa.example/1", "https://www.avisa.example/2", "https://b.example", f"{google}1")
    copies = [find(wire, link=url, url=url, published=LATE) for url in places]
    own = find(wire, link="https://acme.example/1", url="https://acme.example/1", published=LATE)
    own.results["acme"] = replace(own.results["acme"], voice=Voice.OWNED)  # type: ignore[index]
    record_source(store, visit(*copies, own))
    assert story_reach(store, Selection(), "query") == {"acme": Reach(stories=1, publishers=2)}


def test_commenters_are_no_publishers(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """A story of comments only has no publishers."""
    link = "https://avisa.example/1"
    record_source(store, visit(find("Acme!", link=f"{link}#c1", url=f"{link}#c1", published=LATE, thread=link)))
    assert story_reach(store, Selection(), "query") == {"acme": Reach(stories=1, publishers=0)}
