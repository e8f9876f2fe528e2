"""Whatever is done to a feed, it is read or refused; two ways to read it that should agree do agree.

`make fuzz` runs far more inputs than the suite does, with a seed that a failure prints.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

import httpx
import pytest
from tests.trials.fuzzing import assert_rules_hold, inputs, is_plain_utf8, seeds

from brandwatch.errors import ParseError
from brandwatch.feeds import KnownDigests, ParserSandbox, fast_reader, parse_document
from brandwatch.feeds.incremental import cap_entries
from brandwatch.http.deadline import Deadline
from brandwatch.http.environment import FetchLimits
from brandwatch.http.response_reader import read_response
from brandwatch.http.transport import RECEIVED_BYTES
from brandwatch.models import Document, Feed, Request
from brandwatch.text import sanitise

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.trials.fuzzing import Check

URL = "https://avis.example/mappe/rss"
KEY = bytes(range(32))
NO_KNOWN = KnownDigests((), KEY)
ELEMENT_NAMES = re.compile(rb"</?[\w:]+|xmlns[^>]*")
STRUCTURES = {tuple(ELEMENT_NAMES.findall(seed)) for seed in seeds("feeds")}
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'


def read(body: bytes, content_type: str = "", known: KnownDigests | None = None) -> Feed | None:
    """Parse a document, `None` for one that is refused; another exception is a finding."""
    try:
        return parse_document(Document(url=URL, status=200, body=body, content_type=content_type), known=known)
    except ParseError:
        return None


def outcome(parse: Callable[[Document], Feed], document: Document) -> Feed | tuple[str, str]:
    """The feed in a document, or class and message of its refusal."""
    try:
        return parse(document)
    except ParseError as error:
        return error.fetch_class, error.message


def names(feed: Feed | None) -> list[tuple[str, str, str]] | None:
    """What entries are known again by."""
    return None if feed is None else [(entry.guid, entry.url, entry.title) for entry in feed.entries]


def check_entries(body: bytes) -> None:
    """Entries have safe links and texts, and places in their document."""
    feed = read(body, known=NO_KNOWN)
    for entry in feed.entries if feed else ():
        assert entry.url.startswith(("http://", "https://")) or not entry.url, entry.url
        for text in (entry.title, entry.text, entry.author, entry.publisher):
            assert text == sanitise.clean(text), text
    assert feed is None or len(feed.positions) in {0, len(feed.entries)}


def check_fast_path(body: bytes) -> None:
    """What the fast path accepts it reads as feedparser does."""
    fast = read(body)
    with patch.object(fast_reader, "read_fast", lambda *_, **__: None):
        slow = read(body)
    assert names(fast) == names(slow)
    # Of an element in a place where none belongs, such as a link in the name of an author, they may read more or less.
    is_sound = tuple(ELEMENT_NAMES.findall(body)) in STRUCTURES
    if fast and slow and is_sound and not (fast.problem or slow.problem):
        assert replace(fast, skip_hours=frozenset()) == replace(slow, skip_hours=frozenset())


def check_declaration(body: bytes) -> None:
    """A declaration, a byte order mark and the charset of the header say what UTF-8 shows by itself."""
    if not is_plain_utf8(body):
        return
    plain = names(read(body))
    assert names(read(b"\xef\xbb\xbf" + body)) == plain, "byte order mark"
    assert names(read(body, "application/rss+xml; charset=utf-8")) == plain, "charset"
    if body.lstrip().startswith((b"<rss", b"<feed", b"<rdf")):
        assert names(read(DECLARATION + body.lstrip())) == plain, "declaration"


def check_cap(body: bytes) -> None:
    """A well-formed document that is cut to n entries has the first n of the whole."""
    if not is_plain_utf8(body) or fast_reader.read_fast(body.decode()) is None:
        return
    whole = read(body)
    if whole is None or whole.problem:
        return
    for most in range(1, len(whole.entries)):
        cut, count = cap_entries(body.decode(), most)
        if count == len(whole.entries):
            assert names(read(cut.encode())) == (names(whole) or [])[:most], most


def check_known_entries(body: bytes) -> None:
    """Entries with known digests are left out, and no others."""
    whole = read(body, known=NO_KNOWN)
    if whole is None or not whole.digests:
        return
    known = set(whole.digests[::2])
    rest = read(body, known=KnownDigests(known, KEY))
    expected = [entry for entry, digest in zip(whole.entries, whole.digests, strict=True) if digest not in known]
    assert rest is not None
    assert list(rest.entries) == expected


FEED_CHECKS = [check_entries, check_fast_path, check_declaration, check_cap, check_known_entries]


@pytest.mark.parametrize("check", FEED_CHECKS)
def test_every_way_to_read_a_mutated_feed_gives_the_same(check: Check):
    """Feeds are read alike on the fast path and the slow one, declared or not, cut or not, known in part or not."""
    assert_rules_hold(check, inputs("feeds"))


def test_the_sandbox_reads_feeds_as_we_do():
    """A document that passes through the sandbox has the same feed, or the same refusal."""
    with ParserSandbox() as sandbox:

        def check(body: bytes) -> None:
            document = Document(url=URL, status=200, body=body)
            assert outcome(sandbox.parse, document) == outcome(parse_document, document)

        assert_rules_hold(check, inputs("feeds", 0.5))


def test_the_chunks_of_an_answer_do_not_matter():
    """A body is the same in one piece, in crumbs, and compressed."""

    def check(body: bytes) -> None:
        noise = random.Random(body)
        limits = FetchLimits.from_environment({})
        for is_compressed in (False, True):
            sent = gzip.compress(body, mtime=0) if is_compressed else body
            headers = {"Content-Encoding": "gzip"} if is_compressed else {}
            response = httpx.Response(
                200, headers=headers, stream=_Crumbs(sent, noise), extensions={RECEIVED_BYTES: lambda: 0}
            )
            document = asyncio.run(
                read_response(response, Request(url=URL), limits, Deadline(30), is_conditional=False)
            )
            assert isinstance(document, Document)
            assert document.body == body

    assert_rules_hold(check, inputs("feeds", 0.3))


class _Crumbs(httpx.AsyncByteStream):
    """A body in pieces of random length."""

    def __init__(self, body: bytes, noise: random.Random) -> None:
        self._body, self._noise = body, noise

    async def __aiter__(self) -> AsyncIterator[bytes]:
        rest = self._body
        while rest:
            size = self._noise.choice((1, 7, 100, 5000))
            yield rest[:size]
            rest = rest[size:]
