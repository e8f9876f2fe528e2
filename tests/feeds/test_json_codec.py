from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.errors import FetchClass
from brandwatch.feeds.json_codec import CodecError, codec
from brandwatch.feeds.sandbox_messages import ParseFailure
from brandwatch.models import Entry, Feed, Response, TextPart

text = st.text(st.characters(codec="utf-8"), max_size=12)
number = st.integers(-(2**63) + 1, 2**63 - 1)
moment = st.datetimes(timezones=st.just(UTC))
responses = st.builds(Response, comments=st.none() | number, likes=st.none() | number, views=st.none() | number)
entries = st.builds(
    Entry,
    guid=text,
    url=text,
    title=text,
    text=text,
    parts=st.lists(st.builds(TextPart, text, number, number), max_size=3).map(tuple),
    longest=text,
    author=text,
    publisher=text,
    language=text,
    published=st.none() | moment,
    updated=st.none() | moment,
    comment_feed=text,
    thread=text,
    links=st.lists(text, max_size=3).map(tuple),
    response=responses,
)
feeds = st.builds(
    Feed,
    title=text,
    url=text,
    language=text,
    rights=text,
    entries=st.lists(entries, max_size=3).map(tuple),
    skipped=number,
    unwanted=number,
    problem=text,
    remark=text,
    ttl=st.none() | st.timedeltas(),
    backoff=st.none() | st.timedeltas(),
    skip_hours=st.frozensets(number, max_size=3),
    digests=st.lists(st.binary(max_size=12), max_size=3).map(tuple),
    positions=st.lists(number, max_size=3).map(tuple),
    cursor=text,
    oldest=st.none() | moment,
)


def facts(value: Any) -> Any:
    """Every field of a value, also those that comparisons leave out."""
    if isinstance(value, Feed | Entry | Response):
        return {field.name: facts(getattr(value, field.name)) for field in fields(value)}
    return list(map(facts, value)) if isinstance(value, tuple) else value


def over_the_wire(value: object) -> Any:
    """Return a value that was written as JSON and read again."""
    kind: Any = codec(type(value))  # type: ignore[arg-type]
    return kind.decode(json.loads(json.dumps(kind.encode(value), allow_nan=False)))


@given(feeds)
def test_every_feed_survives(feed: Feed):
    """Each field comes back as it was, whatever the publisher wrote."""
    again = over_the_wire(feed)
    assert facts(again) == facts(feed)
    assert type(again) is Feed
    assert all(type(part) is TextPart for entry in again.entries for part in entry.parts)


def test_only_what_differs_from_its_default_is_written():
    """Most entries have few fields."""
    assert codec(Entry).encode(Entry(title="Blåbær")) == {"title": "Blåbær"}
    assert codec(Feed).encode(Feed()) == {}


def test_a_field_without_a_default_is_always_written():
    """Without it the value cannot be made."""
    failure = ParseFailure(fetch_class=FetchClass.EMPTY, message="")
    assert codec(ParseFailure).encode(failure) == {"fetch_class": "empty", "message": ""}
    assert over_the_wire(failure) == failure
    with pytest.raises(CodecError, match="no ParseFailure"):
        codec(ParseFailure).decode({"message": "Blåbær"})
    with pytest.raises(CodecError, match="no FetchClass"):
        codec(ParseFailure).decode({"fetch_class": "blåbær", "message": ""})


@pytest.mark.parametrize(
    "data",
    [
        None, [], 7, "feed",
        {"titel": "Åsgård"},
        {"title": 7}, {"title": None}, {"title": ["a"]}, {"title": {"a": 1}}, {"title": "\ud800"},
        {"skipped": "7"}, {"skipped": True}, {"skipped": 2**63}, {"skipped": 1.0}, {"skipped": None},
        {"ttl": "1"}, {"ttl": 10**30}, {"ttl": True},
        {"oldest": "i går"}, {"oldest": "2026-05-04"}, {"oldest": "2026-05-04T12:00:00"},
        {"oldest": "20260504T120000+0000"}, {"oldest": 1}, {"skip_hours": 7}, {"skip_hours": {"1": 1}},
        {"skip_hours": [[1]]}, {"digests": ["xyz"]}, {"digests": [7]}, {"entries": {"0": {}}}, {"entries": [[]]},
        {"entries": [{"parts": [["lead", 0]]}]}, {"entries": [{"parts": [["lead", 0, 1, 2]]}]},
        {"entries": [{"parts": ["led"]}]}, {"entries": [{"parts": [["lead", "0", 1]]}]},
        {"entries": [{"response": {"comments": "3"}}]}, {"entries": [{"response": {"dislikes": 3}}]},
        {"entries": [{"response": None}]}, {"entries": [{"links": "https://a.example"}]},
        {"__class__": "Feed"}, {"size": 3},
    ],
)  # fmt: skip
def test_data_of_another_shape_is_refused(data: object):
    """No value is converted: text stays text, a number is no truth, a class has its own fields only."""
    with pytest.raises(CodecError):
        codec(Feed).decode(data)


def test_data_of_the_right_shape_is_read():
    """The twins of what is refused."""
    feed = codec(Feed).decode(
        {
            "title": "Åsgård 🌊",
            "skipped": 7,
            "ttl": 60_000_000,
            "oldest": "2026-05-04T12:00:00+00:00",
            "skip_hours": [1],
            "digests": ["0aff"],
            "entries": [{"parts": [["lead", 0, 1]], "response": {"comments": 3}, "links": ["https://a.example"]}],
        }
    )
    assert (feed.title, feed.skipped, feed.ttl, feed.skip_hours) == ("Åsgård 🌊", 7, timedelta(minutes=1), {1})
    assert (feed.oldest, feed.digests) == (datetime(2026, 5, 4, 12, tzinfo=UTC), (b"\n\xff",))
    assert feed.entries[0].response.comments == 3


def test_a_type_without_a_codec_is_an_error():
    """A new field of a type that JSON cannot hold is noticed at once."""
    for kind in (object, float):
        with pytest.raises(TypeError, match="no codec"):
            codec(kind)
