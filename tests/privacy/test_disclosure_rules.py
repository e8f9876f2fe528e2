"""Which counts, rankings, lists, searches and charts of staff and of others are permitted."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from brandwatch.errors import UsageError
from brandwatch.models import Entry, Mention, Selection, Subject, Voice
from brandwatch.privacy import disclosure_control


def mention(voice: Voice, subject: Subject = Subject.BRAND) -> Mention:
    """A mention with every field that can identify its author."""
    entry = Entry(title="Acme", url="https://a.example/@kari/1", author="@kari", publisher="@kari")
    source = "https://a.example/@kari.rss"
    found = datetime(2026, 5, 4, tzinfo=UTC)
    return Mention(
        id=1, query="acme", entry=entry, evidence=(), found=found, source=source, voice=voice, subject=subject
    )


STAFF_ONLY = [
    Selection(voices=(Voice.STAFF,)),
    Selection(subjects=(Subject.STAFF,)),
    Selection(voices=(Voice.STAFF,), subjects=(Subject.BRAND,)),
    Selection(voices=(Voice.PUBLIC,), subjects=(Subject.STAFF,)),
]
OTHERS_TOO = [
    Selection(),
    Selection(voices=(Voice.STAFF, Voice.PUBLIC)),
    Selection(subjects=(Subject.STAFF, Subject.BRAND)),
    Selection(voices=(Voice.OFFICIAL,), subjects=(Subject.OFFICIAL,)),
]


@pytest.mark.parametrize("selection", STAFF_ONLY)
def test_no_figures_of_staff_alone(selection: Selection):
    """Shares, trends, precision and counts by words or source are refused; a plain count is not."""
    with pytest.raises(UsageError, match="there is no trend of staff alone"):
        disclosure_control.refuse_staff_only(selection, "trend")
    disclosure_control.refuse_identifying_count(selection)
    assert disclosure_control.needs_people_counts("day", selection)


@pytest.mark.parametrize("selection", OTHERS_TOO)
def test_figures_with_others_are_permitted(selection: Selection):
    """A selection with others is permitted; people are counted only if staff is a value of its own."""
    disclosure_control.refuse_staff_only(selection, "trend")
    disclosure_control.refuse_identifying_count(selection)
    assert not disclosure_control.needs_people_counts("day", selection)
    assert disclosure_control.needs_people_counts("voice", selection)
    assert disclosure_control.needs_people_counts("subject", selection)


@pytest.mark.parametrize("more", [{"search": "Kari"}, {"sources": ("@kari",)}, {"search": "Kari", "sources": ("@k",)}])
def test_counts_by_words_and_sources_can_identify(more: dict[str, object]):
    """Staff alone gets no such count; a selection with others gets it with a remark."""
    staff, others = (Selection(voices=(voice,), **more) for voice in (Voice.STAFF, Voice.PUBLIC))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="there is no count by words or by source of staff alone"):
        disclosure_control.refuse_identifying_count(staff)
    disclosure_control.refuse_identifying_count(others)
    assert list(disclosure_control.disclosure_remarks(others)) == [
        "staff is left out: it is not counted by words or by source"
    ]


def test_remarks_on_counts():
    """Small cells have a remark; a count without words, sources and small cells has none."""
    assert list(disclosure_control.disclosure_remarks(Selection())) == []
    assert list(disclosure_control.disclosure_remarks(Selection(), has_small_cells=True)) == [
        "<5: counts of mentions by or about fewer than 5 staff members are suppressed"
    ]


@pytest.mark.parametrize("sort", ["response", "rising", "heat"])
def test_staff_alone_is_not_ranked(sort: str):
    """Staff is not ordered by response; a selection with others is."""
    with pytest.raises(UsageError, match=f"not sorted by {sort}"):
        disclosure_control.refuse_ranking(Selection(voices=(Voice.STAFF,)), sort)
    for voices in ((), (Voice.PUBLIC,), (Voice.STAFF, Voice.PUBLIC)):
        disclosure_control.refuse_ranking(Selection(voices=voices), sort)
    # What others say about staff may be ranked.
    disclosure_control.refuse_ranking(Selection(subjects=(Subject.STAFF,)), sort)


@pytest.mark.parametrize("sort", ["published", "found", "title"])
def test_staff_alone_is_sorted_by_time_and_title(sort: str):
    """Orders that rank nobody are permitted for staff."""
    disclosure_control.refuse_ranking(Selection(voices=(Voice.STAFF,)), sort)


def test_the_default_order_of_stories():
    """Stories of staff alone are ordered by time, all others by heat."""
    assert disclosure_control.default_story_order(Selection(voices=(Voice.STAFF,))) == "published"
    assert disclosure_control.default_story_order(Selection(voices=(Voice.STAFF, Voice.OWNED))) == "heat"
    assert disclosure_control.default_story_order(Selection()) == "heat"


@pytest.mark.parametrize("dimension", ["source", "publisher"])
def test_staff_is_not_grouped_by_account(dimension: str):
    """A source or publisher of staff can be an account; other groups identify nobody."""
    assert disclosure_control.is_hidden_group(mention(Voice.STAFF), dimension)
    assert not disclosure_control.is_hidden_group(mention(Voice.PUBLIC, Subject.STAFF), dimension)
    assert not disclosure_control.is_hidden_group(mention(Voice.STAFF), "voice")


def test_lists_show_no_author_of_staff():
    """Author, publisher, link and source of staff are neither listed nor searched; the text is."""
    staff, public = mention(Voice.STAFF), mention(Voice.PUBLIC)
    assert (disclosure_control.listed_author(staff), disclosure_control.listed_publisher(staff)) == ("", "")
    assert (disclosure_control.listed_author(public), disclosure_control.listed_publisher(public)) == ("@kari", "@kari")
    searched = disclosure_control.searchable_mention(staff)
    assert (searched.entry.title, searched.entry.author, searched.entry.url, searched.source) == ("Acme", "", "", "")
    assert disclosure_control.searchable_mention(public) is public


def test_a_chart_draws_five_staff_members_and_not_four():
    """A chart leaves out fewer than five of staff, and draws any number of others."""
    counts = Counter({Voice.PUBLIC.value: 1, Voice.STAFF.value: 4})
    assert disclosure_control.drawable_counts(counts) == {"public": 1}
    assert disclosure_control.drawable_counts(counts + Counter({"staff": 1})) == {"public": 1, "staff": 5}
