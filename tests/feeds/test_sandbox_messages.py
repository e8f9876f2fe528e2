from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.errors import FetchClass, ParseError
from brandwatch.feeds.incremental import MAX_ENTRIES
from brandwatch.feeds.sandbox_messages import (
    ParseFailure,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from brandwatch.models import Document, Entry, Feed, Response, TextPart

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ENTRY = Entry(
    guid="https://blåbær.example/1",
    url="https://xn--blbr-roah.example/1",
    title="Blåbær Gården AS vokser",
    text="Ingress\nBrødtekst om Fjordkraft Åsgård",
    parts=(TextPart("lead", 0, 7),),
    longest="Brødtekst om Fjordkraft Åsgård",
    author="Kari Ås, Ola Ås",
    publisher="Fjordavisa",
    language="nb-no",
    published=NOW - timedelta(days=1),
    updated=NOW,
    comment_feed="https://a.example/comments",
    links=("https://a.example/1", "https://a.example/2"),
    response=Response(comments=3, likes=0, views=10**14),
)
FEED = Feed(
    title="Fjordavisa",
    url="https://a.example/",
    language="nb",
    rights="© Fjordavisa",
    entries=(ENTRY, Entry(title="Åsgård")),
    skipped=1,
    problem="1 of 3 entries could not be read",
    ttl=timedelta(hours=24),
    skip_hours=frozenset({0, 23}),
)


def lines(answer: Feed | ParseFailure = FEED) -> list[bytes]:
    """The lines of an answer."""
    return b"".join(encode_answer(answer)).split(b"\n")[:-1]


def forged(head: dict[str, Any] | None = None, entry: dict[str, Any] | None = None) -> bytes:
    """An answer in which some fields of the feed and of its first entry are other ones."""
    kind, feed, first, *rest = lines()
    feed = json.dumps(json.loads(feed) | (head or {})).encode()
    first = json.dumps(json.loads(first) | (entry or {})).encode()
    return b"".join(line + b"\n" for line in (kind, feed, first, *rest))


def assert_refused(message: bytes) -> None:
    """The answer is a failure of its own source, of the class `parse`, and quotes nothing of it."""
    with pytest.raises(ParseError) as error:
        decode_answer(message, NOW)
    assert error.value.fetch_class is FetchClass.PARSE
    assert error.value.message == "the process that read it gave no valid answer"


def test_a_request_holds_the_document_and_the_time():
    """What parsing does not need stays in the poll: validators, addresses of redirects, the server's own clock."""
    body = "\n<rss>\n\n å".encode("latin-1") + b"\0\xff"
    document = Document(
        url="https://blåbær.example/a\nb", status=200, body=body, content_type='text/xml; charset="latin-1"', etag="e"
    )
    message = encode_request(document, NOW)
    again, now = decode_request(message)
    assert (again.url, again.status, again.body, again.content_type) == (
        document.url, 200, body, document.content_type,
    )  # fmt: skip
    assert (again.etag, now) == ("", NOW)


def test_a_sound_answer_is_the_feed():
    """Nothing of it changes."""
    feed = decode_answer(forged(), NOW)
    assert feed == FEED
    assert feed.entries[0].longest == ENTRY.longest
    assert decode_answer(b"feed 0\n{}\n", NOW) == Feed()


@pytest.mark.parametrize("kind", ["empty", "http-5xx", "not-a-feed", "parse", "too-large", "truncated"])
def test_a_failure_is_raised(kind: str):
    """It has the class, the message and the hint, each on one line."""
    message = b"".join(encode_answer(ParseFailure(fetch_class=FetchClass(kind), message="a\x1b[2J\nb", hint="å")))
    with pytest.raises(ParseError) as error:
        decode_answer(message, NOW)
    assert (error.value.fetch_class, error.value.message, error.value.hint) == (kind, "a[2J b", "å")


@pytest.mark.parametrize(
    "failure",
    [
        {"fetch_class": "gone", "message": "a"}, {"fetch_class": "throttled", "message": "a"},
        {"fetch_class": "ok", "message": "a"}, {"fetch_class": "put-off", "message": "a"},
        {"fetch_class": "å", "message": "a"}, {"fetch_class": "parse"}, {"message": "a"},
        {"fetch_class": "parse", "message": "a" * 1001}, {"fetch_class": "parse", "message": "a", "hint": "a" * 1001},
        {"fetch_class": "parse", "message": 7}, {"fetch_class": "parse", "message": "a", "retry_at": "2026-05-04"}, [],
    ],
)  # fmt: skip
def test_a_forged_failure_is_refused(failure: object):
    """A class that pauses a source or its host comes from the response, never from the document."""
    assert_refused(b"failure\n" + json.dumps(failure).encode() + b"\n")


@pytest.mark.parametrize(
    "message",
    [
        b"", b"\n", b"feed", b"feed 0", b"feed 0\n", b"feed 0\n{}", b"feed 1\n{}\n", b"feed 0\n{}\n{}\n", b"feed -1\n",
        b"feed 0\n{}\n\n", b"feed 00\n{}\n", b"FEED 0\n{}\n", b"failure\n", b"failure\n{}\n{}\n", b"feed 0\nnull\n",
        b"feed 0\n{\n", b"feed 0\n\xff\n", b'feed 0\n{"skipped": NaN}\n', b'feed 0\n{"skipped": Infinity}\n',
        b'feed 0\n{"skipped": 1.0}\n', b'feed 0\n{"skipped": 1e3}\n', b'feed 0\n{"title": "\\ud800"}\n',
        b'feed 0\n{"skipped": ' + b"9" * 5000 + b"}\n", b"feed 0\n" + b"[" * 100_000 + b"\n",
        b'feed 0\n{"title":' + b'{"a":' * 50_000 + b"\n", b"\x80\x04cos\nsystem\n.", b"feed 0\n{}\nfeed 0\n{}\n",
        b"feed 5001\n{}\n" + b"{}\n" * (MAX_ENTRIES + 1),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(message: bytes):
    """Cut off, doubled, nested, not JSON, no whole number, too long, or another format."""
    assert_refused(message)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "a\nb"}, {"title": "\x1b]52;c;aaaa\x07"}, {"title": " a"}, {"title": "a\u202eb"}, {"rights": "a\x00"},
        {"url": "javascript:alert(1)"}, {"url": "https://u:p@a.example/"}, {"url": "file:///etc/passwd"},
        {"url": "https://a.example/å b"}, {"url": "//a.example"}, {"language": "norsk bokmål"}, {"language": "NB"},
        {"skipped": -1}, {"skipped": 10**16}, {"ttl": -1}, {"ttl": 86_400_000_001}, {"skip_hours": [24]},
        {"skip_hours": [-1]}, {"problem": "a" * 1001}, {"problem": "a\tb"},
        {"unwanted": 1}, {"remark": "a"}, {"backoff": 1}, {"digests": ["00"]}, {"positions": [0]}, {"cursor": "7"},
        {"oldest": "2026-05-04T12:00:00+00:00"}, {"entries": [{}]},
        {"entry": 1}, {"__init__": 1}, {"etag": '"1"'}, {"server_time": "2026-05-04T12:00:00+00:00"}, {"size": 5},
    ],
)  # fmt: skip
def test_a_forged_feed_is_refused(fields: dict[str, Any]):
    """No parser makes such a field; facts of the response are not the document's to say."""
    assert_refused(forged(head=fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"guid": "a\nb"}, {"title": "a\x9bb"}, {"title": "\ufeffa"}, {"text": "a\x00b"}, {"text": "a\r\nb"},
        {"text": "a\u0301", "parts": []}, {"longest": "\u2066"}, {"author": "a\x7f"}, {"publisher": "a  b"},
        {"url": "data:text/html,<p>"}, {"url": "HTTPS://A.example"}, {"comment_feed": "gopher://a.example"},
        {"links": ["https://a.example/ø"]}, {"links": ["https://a.example/1"] * 22}, {"thread": "https://a.example/"},
        {"language": "*"}, {"published": "2026-05-06T12:00:01+00:00"}, {"published": "1989-12-31T00:00:00+00:00"},
        {"updated": "2026-05-04T14:00:00+02:00"}, {"updated": "9999-12-31T00:00:00+00:00"},
        {"response": {"comments": -1}}, {"response": {"views": 10**15}}, {"response": {"likes": True}},
        {"parts": [["lead", 0, 1000]]}, {"parts": [["lead", -1, 3]]}, {"parts": [["lead", 3, 1]]},
        {"parts": [["lead", 0, 4], ["alt", 3, 5]]}, {"parts": [["text", 0, 3]]}, {"parts": [["", 0, 3]]},
        {"id": 7}, {"source": "https://a.example/"},
    ],
)  # fmt: skip
def test_a_forged_entry_is_refused(fields: dict[str, Any]):
    """Texts that are not clean, links that are not safe, times that cannot be, counts and parts out of range."""
    assert_refused(forged(entry=fields))


@pytest.mark.parametrize(
    ("head", "entry"),
    [
        ({"title": "a [2J b"}, {}), ({"url": "http://a.example:8080/%C3%A5"}, {}), ({"language": ""}, {}),
        ({"skipped": 0}, {}), ({"ttl": 86_400_000_000}, {}), ({"skip_hours": [23]}, {}), ({"problem": "a" * 1000}, {}),
        ({}, {"text": "a\n\nb", "parts": []}), ({}, {"title": "<blink>"}),
        ({}, {"links": ["https://a.example/1"] * 21}),
        ({}, {"published": "2026-05-06T12:00:00+00:00"}), ({}, {"published": "1990-01-01T00:00:00+00:00"}),
        ({}, {"response": {"views": 10**15 - 1}}), ({}, {"parts": [["lead", 0, 4], ["alt", 4, 4]]}),
    ],
)  # fmt: skip
def test_the_twins_are_let_through(head: dict[str, Any], entry: dict[str, Any]):
    """What a parser may make, up to each limit."""
    feed = decode_answer(forged(head, entry), NOW)
    assert len(feed.entries) == 2


def test_a_long_feed_is_let_through():
    """The cap on entries is that of the parsers."""
    assert len(decode_answer(b"feed 5000\n{}\n" + b"{}\n" * MAX_ENTRIES, NOW).entries) == MAX_ENTRIES


@given(st.data())
def test_no_answer_ends_the_poll(data: st.DataObject):
    """Whatever bytes of a sound answer are replaced: a feed, or a failure of the source."""
    message = bytearray(forged())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(message)))
        end = data.draw(st.integers(start, min(len(message), start + 40)))
        message[start:end] = data.draw(
            st.binary(max_size=20) | st.sampled_from([b"[", b"null", b'"\\ud800"', b"\n", b"-1"])
        )
    feed = read(bytes(message))
    # What is let through is let through again, as it is.
    assert feed is None or decode_answer(b"".join(encode_answer(feed)), NOW) == feed


def read(message: bytes) -> Feed | None:
    """Return the feed in an answer, `None` for a failure of the source."""
    try:
        return decode_answer(message, NOW)
    except ParseError:
        return None
