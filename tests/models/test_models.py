"""The facts that the classes compute, and what they are without any."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest

import brandwatch.models
from brandwatch.errors import FetchClass
from brandwatch.models import (
    ClockDoubt,
    Document,
    Entry,
    Feed,
    Fetch,
    Mention,
    MentionCounts,
    PollClock,
    QueryFacts,
    Response,
    Retention,
    Source,
    SourceOutcome,
    StoredEntry,
    Story,
    TextPart,
    Voice,
)
from brandwatch.models.match import Evidence
from brandwatch.models.stats import Period, StatsLine

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
# The retention that the documents promise, and values that must not be zero.
GIVEN = {
    "Retention.snippet": 500,
    "EntryRecord.max_chars": 500,
    "Request.patience": 1.0,
    "SourceRecord.is_last_page": True,
}


def test_what_is_not_given_is_zero_or_off():
    """Counts begin at 0, conditions do not hold; the few that begin otherwise are listed."""
    modules = [import_module(f"brandwatch.models.{each.name}") for each in iter_modules(brandwatch.models.__path__)]
    kinds = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    defaults = {
        f"{kind.__name__}.{field.name}": field.default
        for kind in kinds
        if dataclasses.is_dataclass(kind)
        for field in dataclasses.fields(kind)
        if isinstance(field.default, bool | int | float)
    }
    assert len(defaults) > 50
    assert {name: value for name, value in defaults.items() if value} == GIVEN


def test_the_default_retention():
    """A year for the public, a quarter for staff, two years for what the brand and officials write."""
    days = {voice: period.days for voice, period in Retention().by_voice.items()}
    assert days == {Voice.PUBLIC: 365, Voice.STAFF: 90, Voice.OFFICIAL: 730, Voice.OWNED: 730}


def test_a_response_is_the_sum_of_what_is_known():
    """Views are no action; without a known count the sum is unknown, and with a count of 0 it is 0."""
    assert Response(comments=3, likes=4, views=1_000).total == 7
    assert Response(replies=2, shares=1).total == 3
    assert Response(comments=0).total == 0
    assert Response(views=1_000).total is None


def test_growth_is_of_counts_that_both_readings_know():
    """A count that only one reading has is no growth."""
    before = Response(comments=3, likes=10)
    assert Response(comments=5, likes=9).growth_since(before) == 1
    assert Response(comments=5, shares=7).growth_since(before) == 2
    assert Response(comments=3, likes=10).growth_since(before) == 0
    assert Response(shares=7, views=9).growth_since(before) is None


@pytest.mark.parametrize(
    ("text", "parts", "texts"),
    [
        ("", (), [("text", "")]),
        ("Åsgård", (), [("text", "Åsgård")]),
        ("Ingress\n\nÅsgård", (("lead", "Ingress"),), [("lead", "Ingress"), ("text", "Åsgård")]),
        ("Ingress\nÅsgård\n\nBilde", (("lead", "Ingress"), ("alt", "Bilde")),
         [("lead", "Ingress"), ("text", "Åsgård"), ("alt", "Bilde")]),
        ("Ingress\nBilde", (("lead", "Ingress"), ("alt", "Bilde")), [("lead", "Ingress"), ("alt", "Bilde")]),
        ("Åsgård\nog mer\nBilde", (("alt", "Bilde"),), [("text", "Åsgård\nog mer"), ("alt", "Bilde")]),
        ("Bilde", (("alt", "Bilde"),), [("alt", "Bilde")]),
    ],
)  # fmt: skip
def test_the_main_text_is_what_lies_between_the_other_parts(
    text: str, parts: tuple[tuple[str, str], ...], texts: list[tuple[str, str]]
):
    """All texts are in their order, without the line ends between them."""
    placed = tuple(TextPart(field, text.index(words), text.index(words) + len(words)) for field, words in parts)
    entry = Entry(text=text, parts=placed)
    assert [(part.field, text[part.start : part.end]) for part in entry.texts] == texts


def test_the_longest_text_does_not_change_an_entry():
    """It identifies an entry while a document is read, and is neither stored nor shown."""
    assert Entry(title="Åsgård", longest="mer") == Entry(title="Åsgård")
    assert Entry(title="Åsgård") != Entry(title="Asgard")
    assert "longest" not in repr(Entry(longest="mer"))
    assert "Åsgård" in repr(Entry(title="Åsgård"))


def test_the_size_of_a_feed_has_its_known_entries():
    """Digests stand for all entries of the document; what was read does not hold the known ones."""
    feed = Feed(entries=(Entry(title="Ny"),), digests=(b"1", b"2", b"3"), skipped=2, unwanted=4)
    assert (feed.size, feed.listed) == (3, 7)
    assert (Feed(entries=(Entry(),)).size, Feed().size) == (1, 0)


def test_secrets_are_not_shown():
    """Headers and the body of a request hold keys; its URL is shown."""
    request = brandwatch.models.Request(url="https://avis.example/", headers=(("X-Key", "hemmelig"),), body=b"hemmelig")
    assert "hemmelig" not in repr(request)
    assert "avis.example" in repr(request)


def test_only_one_status_is_not_modified():
    """304; neither its neighbours nor success."""
    assert Document(url="", status=304).is_not_modified is True
    assert [Document(url="", status=status).is_not_modified for status in (200, 303, 305)] == [False] * 3


def test_counts_of_mentions_are_added_one_by_one():
    """A source and another; what is shown and was not there before is new or backlog."""
    first = MentionCounts(new=1, backlog=2, updated=3, hidden=4, shown=5, gone=6)
    second = MentionCounts(new=10, backlog=20, updated=30, hidden=40, shown=50, gone=60)
    assert first + second == MentionCounts(new=11, backlog=22, updated=33, hidden=44, shown=55, gone=66)
    assert first.stored == 3


def test_a_source_with_more_than_a_url_is_special():
    """The others of a query are plain feeds."""
    special = Source(url="https://b.example/", kind="github")
    facts = QueryFacts(
        name="Åsgård",
        version="1",
        urls=("https://a.example/", "https://b.example/"),
        special={special.url: special},
        keeping=Retention(),
    )
    assert facts.sources == (Source(url="https://a.example/"), special)


def test_a_source_failed_if_its_fetch_has_an_error():
    """A remark is no failure."""
    fetch = Fetch(at=NOW, fetch_class=FetchClass.OK, remark="avkortet")
    source = Source(url="https://a.example/")
    assert SourceOutcome(source=source, fetch=fetch).has_failed is False
    failed = dataclasses.replace(fetch, error="borte")
    assert SourceOutcome(source=source, fetch=failed).has_failed is True


def test_an_entry_with_a_time_of_its_source_is_of_it():
    """Others are known from another source."""
    assert StoredEntry(id=1, link="", entry=Entry(), seen=NOW).is_of_source is True
    assert StoredEntry(id=1, link="", entry=Entry()).is_of_source is False


def test_retention_does_not_follow_a_leap_of_the_clock():
    """The time that no server confirmed is left out; a confirmed clock is followed."""
    leapt = PollClock(doubt=ClockDoubt.AHEAD, lag=timedelta(days=20))
    assert leapt.retention_time(NOW) == NOW - timedelta(days=20)
    assert PollClock().retention_time(NOW) == NOW


def test_heat_falls_by_one_a_day():
    """At the epoch it is the stored key."""
    mention = Mention(id=1, query="Åsgård", entry=Entry(), evidence=(), found=NOW, source="https://a.example/")
    story = Story(
        id=1, lead=mention, first_seen=NOW, earliest=NOW, latest=NOW, mentions=1, entries=1, publishers=1,
        response=None, heat_key=5.0,
    )  # fmt: skip
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert story.heat(epoch) == 5.0
    assert story.heat(epoch + timedelta(days=2)) == 3.0


def test_periods_touch_local_days():
    """The end is not a part of the period, and the period before ends where it begins."""
    period = Period(since=datetime(2026, 5, 4, 8).astimezone(), until=datetime(2026, 5, 6).astimezone())
    assert period.days == [date(2026, 5, 4), date(2026, 5, 5)]
    assert period.previous == Period(since=period.since - timedelta(hours=40), until=period.since)
    longer = Period(since=period.since, until=period.until + timedelta(seconds=1))
    assert longer.days[-1] == date(2026, 5, 6)
    short = Period(since=period.since, until=period.since + timedelta(seconds=1))
    assert short.days == [date(2026, 5, 4)]


def stats_line(mentions: int, previous: int | None, *, is_small_cell: bool = False) -> StatsLine:
    """Build a line of the statistics."""
    return StatsLine(
        value="no", mentions=mentions, share=1.0, stories=1, publishers=1, response=None, with_response=0, per_day=(),
        previous=previous, is_small_cell=is_small_cell,
    )  # fmt: skip


def test_a_change_is_relative_to_the_period_before():
    """Without one, or of a few people, there is none."""
    assert stats_line(6, 4).change == 0.5
    assert stats_line(0, 4).change == -1.0
    assert stats_line(6, 0).change is None
    assert stats_line(6, None).change is None
    assert stats_line(6, 4, is_small_cell=True).change is None


def test_a_text_below_the_title_is_part_of_the_text():
    """Evidence in a lead counts the characters of the whole text; in a title, those of the title."""
    lead = Evidence(term="Åsgård", field="lead", start=0, end=6, rule="whole word")
    assert (lead.attribute, lead.place) == ("text", "lead")
    alternative = dataclasses.replace(lead, field="alt")
    assert (alternative.attribute, alternative.place) == ("text", "alternative text")
    title = dataclasses.replace(lead, field="title")
    assert (title.attribute, title.place) == ("title", "title")
