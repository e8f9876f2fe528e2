"""The counts of a report, and the geometry of its charts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.reports.samples import MENTION, NOON

from brandwatch.models import Coverage, Entry, Health, Mention, Response, SourceCondition, Story, Voice
from brandwatch.reports import charts

DAY = date(2026, 5, 4)


def mention(number: int, *, entry_id: int = 0, response: Response = Response(), **changes: object) -> Mention:  # noqa: B008 (frozen)
    """Build a mention of an entry of its own: its id, that of its entry, and what else is different."""
    entry = Entry(
        url=f"https://avis{number}.example/sak", title=f"Sak {number}", publisher=f"Avis {number}",
        published=NOON, response=response,
    )  # fmt: skip
    return replace(MENTION, id=number, entry_id=entry_id or number, entry=entry, story=None, **changes)  # type: ignore[arg-type]


def counted(*mentions: Mention) -> charts.Aggregates:
    """Count mentions as a report does."""
    figures = charts.Aggregates()
    assert list(figures.count_all(mentions)) == list(mentions)
    return figures


def test_an_entry_counts_once_and_its_mentions_each():
    """Of two queries; the story is one, and each query has it."""
    first = mention(1, response=Response(likes=2, comments=1, replies=4, shares=8))
    other = replace(first, query="acme", story=5)
    figures = counted(replace(first, story=5), other, mention(2))
    assert (figures.count, figures.mentions, figures.known, figures.response) == (2, 3, 1, 15)
    assert figures.queries == {"fjordkraft": 2, "acme": 1}
    assert figures.query_responses == {"fjordkraft": 15, "acme": 15}
    assert figures.story_queries == {("fjordkraft", 5), ("acme", 5)}
    assert figures.stories == {5: 1}
    assert figures.responses == {(DAY, "comments"): 5, (DAY, "likes"): 2, (DAY, "shares"): 8}
    assert figures.days == {(DAY, "public"): 2}
    assert figures.publishers == {"Avis 1": 1, "Avis 2": 1}
    assert figures.publisher_count == 2


@pytest.mark.parametrize("voices", [(Voice.PUBLIC, Voice.STAFF), (Voice.STAFF, Voice.PUBLIC)])
def test_an_entry_has_its_first_voice_in_either_order(voices: tuple[Voice, ...]):
    """Staff comes before the public, and staff has no publisher in a chart."""
    figures = counted(*(mention(1, voice=voice) for voice in voices), mention(2))
    assert +figures.voices == {"staff": 1, "public": 1}
    assert +figures.days == {(DAY, "staff"): 1, (DAY, "public"): 1}
    assert +figures.publishers == {"": 1, "Avis 2": 1}
    assert (figures.count, figures.mentions) == (2, 3)


def test_an_entry_without_a_number_is_one_of_its_own():
    """Rows from elsewhere have no ids of entries."""
    assert counted(*(replace(mention(1), entry_id=0) for _ in range(3))).count == 3


def test_ids_of_entries_come_in_any_order():
    """High ones first, then low ones, and each again."""
    ids = [1_000, 1, 999, 1_001, 5_000, 2]
    assert counted(*(mention(number) for number in (*ids, *reversed(ids)))).count == len(ids)


def test_which_entries_have_publishers():
    """A comment publishes nothing, and the brand's own channels are none."""
    comment = mention(1)
    comment = replace(comment, entry=replace(comment.entry, thread="https://avis1.example/sak"))
    assert counted(comment, mention(2), mention(3, voice=Voice.OWNED)).publisher_count == 1
    assert counted(mention(1, voice=Voice.OWNED), mention(1)).publisher_count == 0


def test_an_entry_without_a_date_counts_on_the_day_it_was_found():
    """In local time (Oslo here)."""
    found = mention(1, found=datetime(2026, 5, 5, 22, 30, tzinfo=UTC))
    figures = counted(replace(found, entry=replace(found.entry, published=None)))
    assert figures.days == {(date(2026, 5, 6), "public"): 1}


def test_six_mentions_are_the_loudest():
    """The ones with most response, of equal ones the newer; unknown is not zero."""
    responses = [3, 9, 3, 0, 7, 7, 1, 5]
    figures = counted(
        *(mention(number, response=Response(likes=likes)) for number, likes in enumerate(responses, 1)), mention(99)
    )
    assert [(loud.response, -loud.order) for loud in figures.loudest] == [
        (9, 2),
        (7, 5),
        (7, 6),
        (5, 8),
        (3, 1),
        (3, 3),
    ]
    bars = list(charts.loudest_chart(figures))
    assert [(bar.name, bar.text, bar.url) for bar in bars[:1]] == [("Sak 2", "9", "https://avis2.example/sak")]
    assert [bar.parts["share"] for bar in bars] == pytest.approx([1, 7 / 9, 7 / 9, 5 / 9, 3 / 9, 3 / 9])
    assert [bar.parts for bar in charts.loudest_chart(counted(mention(1, response=Response(likes=0))))] == [
        {"share": 0}
    ]
    assert list(charts.loudest_chart(counted())) == []


def test_stories_are_counted_by_the_day_they_began():
    """With the response that is known, and the widest of them."""

    def story(number: int, response: int | None) -> Story:
        return Story(
            id=number, lead=mention(number), first_seen=NOON, earliest=NOON - timedelta(days=number), latest=NOON,
            mentions=number * 2, entries=number, publishers=number, response=response, heat_key=0.0,
        )  # fmt: skip

    figures = charts.StoryAggregates()
    stories = [story(1, 4), story(3, None), story(2, 0)]
    assert list(figures.count_all(stories)) == stories
    assert (figures.count, figures.mentions, figures.known, figures.response, figures.widest) == (3, 12, 2, 4, 3)
    assert figures.days == {(DAY - timedelta(days=number), "public"): 1 for number in (1, 2, 3)}


def bars(first: date, days: int, since: date | None = None) -> tuple[str, list[charts.ChartBar]]:
    """Return the bars of one count on a first day and one on the last of so many."""
    counts = Counter({(first, "a"): 2, (first + timedelta(days=days - 1), "a"): 3})
    return charts.chart_bars(counts, counts, since, first)


@pytest.mark.parametrize(
    ("days", "span", "count", "start"),
    [
        (1, "day", 1, DAY),
        (100, "day", 100, DAY),
        (101, "week", 15, DAY),
        (700, "week", 100, DAY),
        (701, "month", 24, date(2026, 5, 1)),
        (3_010, "month", 99, date(2026, 5, 1)),
        (3_100, "year", 9, date(2026, 1, 1)),
    ],
)
def test_a_bar_is_a_day_or_as_long_as_a_hundred_bars_need(days: int, span: str, count: int, start: date):
    """Days, weeks from Monday, months, years; no span is left out, and each has its counts."""
    found, made = bars(DAY, days)
    assert (found, len(made), made[0].start) == (span, count, start)
    assert sum(bar.parts["a"] for bar in made) == (5 if days > 1 else 3)
    assert made[0].parts["a"] >= 2
    assert [bar.start for bar in made] == sorted(bar.start for bar in made)


@pytest.mark.parametrize(("before", "count"), [(0, 3), (5, 8), (97, 100), (98, 3)])
def test_bars_begin_with_the_period_where_that_is_not_too_many(before: int, count: int):
    """Else with the first count."""
    _, made = bars(DAY, 3, DAY - timedelta(days=before))
    assert len(made) == count


def test_the_last_bar_is_the_end_of_the_period():
    """Also if nothing was counted at all."""
    span, made = charts.chart_bars([], Counter(), DAY - timedelta(days=2), DAY)
    assert (span, [bar.start for bar in made]) == ("day", [DAY - timedelta(days=number) for number in (2, 1, 0)])
    assert charts.chart_bars([], Counter(), None, DAY)[1] == [charts.ChartBar(DAY, Counter())]


def test_the_parts_of_a_bar_are_stacked_from_its_foot():
    """The last voice at the bottom; the highest bar is as high as the drawing, and an empty day has none."""
    drawn = charts.voices_chart(
        "Mentions",
        "day",
        [
            charts.ChartBar(DAY, Counter({"public": 6, "owned": 2})),
            charts.ChartBar(DAY + timedelta(days=1), Counter()),
            charts.ChartBar(DAY + timedelta(days=2), Counter({"public": 4, "staff": 3})),
        ],
    )
    assert (drawn.label, drawn.width) == ("Mentions per day: 2 owned, 10 public", 30)
    assert drawn.scale == ("2026-05-04", "peak: 8 in a day", "2026-05-06")
    assert drawn.legend == {"owned": "owned", "public": "public"}
    assert [(bar.label, bar.x) for bar in drawn.bars] == [
        ("2026-05-04: 6 public, 2 owned", 1), ("2026-05-06: 4 public", 21),
    ]  # fmt: skip
    assert [[(part.name, part.x, part.y, part.height) for part in bar.parts] for bar in drawn.bars] == [
        [("public", 1, 25, 75), ("owned", 1, 0, 25)], [("public", 21, 50, 50)],
    ]  # fmt: skip


def test_a_chart_of_nothing():
    """It has a width, and says that there is none."""
    empty = charts.responses_chart("week", [])
    assert (empty.label, empty.width, empty.bars, empty.scale) == ("Response per week: none", 10, [], ())
    weekly = charts.responses_chart("week", [charts.ChartBar(DAY, Counter({"likes": 3, "shares": 1}))])
    assert weekly.label == "Response per week: 1 shares, 3 likes"
    assert weekly.bars[0].label == "week of 2026-05-04: 3 likes, 1 shares"


def test_eight_publishers_are_listed_and_the_rest_is_counted():
    """Each with its number and its share; an unknown publisher is called so."""
    figures = counted(*(mention(number) for number in range(1, 11)))
    figures.publishers[""] = 10
    figures.count = 20
    listed = list(charts.publishers_chart(figures))
    assert len(listed) == 9
    assert (listed[0].name, listed[0].text, listed[0].parts) == ("unknown", "10 · 50%", {"share": 0.5})
    assert (listed[8].name, listed[8].text) == ("3 more", "3 · 15%")
    few = list(charts.publishers_chart(counted(*(mention(number) for number in range(1, 9)))))
    assert [bar.name for bar in few] == [f"Avis {number}" for number in range(1, 9)]
    assert list(charts.publishers_chart(counted())) == []


def test_shares_of_voice_are_of_stories_where_these_are_known():
    """Else of mentions; the response has a share of its own where any is known."""
    both = [mention(1, response=Response(likes=3)), mention(2), replace(mention(3), query="acme")]
    of_mentions = list(charts.share_of_voice_chart(counted(*both)))
    assert [(bar.name, bar.text) for bar in of_mentions] == [
        ("fjordkraft", "67% of mentions · 100% of response"), ("acme", "33% of mentions · 0% of response"),
    ]  # fmt: skip
    stories = [replace(one, story=number % 2) for number, one in enumerate(both)]
    of_stories = list(charts.share_of_voice_chart(counted(*stories)))
    assert [bar.text.split(" · ")[0] for bar in of_stories] == ["67% of stories", "33% of stories"]
    assert of_stories[0].parts == {"told": pytest.approx(2 / 3), "answered": 1.0}
    assert [bar.parts for bar in charts.share_of_voice_chart(counted(mention(1)))] == [{"told": 1.0}]


@pytest.mark.parametrize(
    ("coverage", "counts", "label"),
    [
        (Coverage(expected=0, seen=0), (0, 0, 0, 0), "0 sources seen, 0 failed, 0 not seen"),
        (Coverage(expected=4, seen=4), (4, 0, 0, 0), "4 sources seen, 0 failed, 0 not seen"),
        (Coverage(expected=4, seen=3, failures=(("a", "dns"),)), (3, 0, 1, 0), "3 sources seen, 1 failed, 0 not seen"),
        # A source that failed may have been seen before.
        (Coverage(expected=4, seen=4, failures=(("a", "dns"),)), (3, 0, 1, 0), "3 sources seen, 1 failed, 0 not seen"),
        (Coverage(expected=4, seen=1, failures=(("a", "dns"),)), (1, 0, 1, 2), "1 sources seen, 1 failed, 2 not seen"),
        (
            Coverage(
                expected=4, seen=3, failures=(("a", "dns"),),
                conditions=(
                    ("a", SourceCondition(health=Health.FROZEN)), ("b", SourceCondition(health=Health.FROZEN)),
                    ("c", SourceCondition(health=Health.PAUSED)),
                ),
            ),
            (2, 1, 1, 0),
            "2 sources seen, 1 frozen, empty, shrunk or replaced, 1 failed, 0 not seen",
        ),
    ],
)  # fmt: skip
def test_each_expected_source_is_in_one_part_of_the_bar(coverage: Coverage, counts: tuple[int, ...], label: str):
    """Seen, silent, failed or not seen; the bar is a thousand wide."""
    bar = charts.coverage_chart(coverage)
    widths = [part.width for part in bar.parts]
    assert widths == pytest.approx([1000 * count / (coverage.expected or 1) for count in counts])
    assert [part.x for part in bar.parts] == pytest.approx([sum(widths[:at]) for at in range(4)])
    assert bar.label == label
    assert [name for name, count in zip(("seen", "unusual", "failed", "unseen"), counts, strict=True) if count] == list(
        bar.legend
    )
