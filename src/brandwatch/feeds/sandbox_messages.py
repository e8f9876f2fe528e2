"""The messages between a poll and the process that parses: a document one way, a feed or a failure the other.

A document that takes over the process can forge everything in its own answer. Each answer is therefore checked against
all that the parsers guarantee: types, limits, clean texts, safe links, plausible times.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from brandwatch import urls
from brandwatch.errors import FetchClass, ParseError
from brandwatch.feeds.incremental import MAX_ENTRIES
from brandwatch.feeds.json_codec import Codec, CodecError, codec
from brandwatch.models import MAIN_TEXT, TEXT_FIELDS, Document, Entry, Feed
from brandwatch.text import dates, encodings, sanitise
from brandwatch.urls.redirects import MAX_LINKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


# The areas of the time zone database; each zone is a file.
_ZONE = re.compile(
    rb"\b(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico"
    rb"|Pacific|US)(?:/[A-Za-z_]{1,30}){1,2}"
)
_MAX_NAMES = 20
_MAX_MESSAGE_CHARS = 1_000
_MAX_TTL = timedelta(hours=24)
_HOURS = range(24)
_MAX_COUNT = 10**15
# Others, such as `gone`, are decided by the status of a response and pause a source.
_FAILURE_CLASSES = frozenset(
    {
        FetchClass.EMPTY,
        FetchClass.HTTP_5XX,
        FetchClass.NOT_A_FEED,
        FetchClass.PARSE,
        FetchClass.TOO_LARGE,
        FetchClass.TRUNCATED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseRequest:
    """The facts about a document that the process gets beside its body; *now* decides which dates are plausible."""

    url: str
    status: int
    content_type: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseFailure:
    """The facts of a ParseError."""

    fetch_class: FetchClass
    message: str
    hint: str = ""


_REQUEST, _FEED, _ENTRY, _FAILURE = (codec(each) for each in (ParseRequest, Feed, Entry, ParseFailure))


def encode_request(document: Document, now: datetime) -> bytes:
    """Return the message with a document: a line of JSON, then the body as it is."""
    request = ParseRequest(url=document.url, status=document.status, content_type=document.content_type, now=now)
    return _line(_REQUEST, request) + document.body


def names_in_files(document: Document) -> list[str]:
    """Return the encodings and time zones that a document names: a process that opens no file has to be given them."""
    zones = [name.decode() for name in _ZONE.findall(document.body)]
    codecs = [] if _is_utf8(document.body) else encodings.declared_codecs(document.body, document.content_type)
    return list(dict.fromkeys((*codecs, *zones)))[:_MAX_NAMES]


def _is_utf8(body: bytes) -> bool:
    if body.isascii():  # some encodings hide their letters in it
        return b"\x1b" not in body and b"~{" not in body
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def decode_request(message: bytes) -> tuple[Document, datetime]:
    """Return the document in a message, and the time of the poll."""
    head, _, body = message.partition(b"\n")
    request: ParseRequest = _REQUEST.decode(json.loads(head))
    document = Document(url=request.url, status=request.status, content_type=request.content_type, body=body)
    return document, request.now


def encode_answer(answer: Feed | ParseFailure) -> Iterable[bytes]:
    """Yield the lines of an answer: a failure, or a feed and each of its entries."""
    if isinstance(answer, ParseFailure):
        yield b"failure\n"
        yield _line(_FAILURE, answer)
        return
    yield b"feed %d\n" % len(answer.entries)
    yield _line(_FEED, replace(answer, entries=()))
    yield from (_line(_ENTRY, entry) for entry in answer.entries)


def decode_answer(message: bytes, now: datetime) -> Feed:
    """Return the feed in an answer; raise ParseError for a failure, and for any answer that no parser can give.

    *now* is the time of the request.
    """
    try:
        # The last line ends too.
        kind, *lines, rest = message.split(b"\n")
        if kind == b"failure" and len(lines) == 1 and not rest:
            _raise(_decode_line(_FAILURE, lines[0]))
        if rest or not 1 <= len(lines) <= MAX_ENTRIES + 1 or kind != b"feed %d" % (len(lines) - 1):
            raise CodecError("neither a feed nor a failure")
        feed: Feed = _decode_line(_FEED, lines[0])
        entries = tuple(_decode_line(_ENTRY, line) for line in lines[1:])
        _check_feed(feed)
        for entry in entries:
            _check_entry(entry, now)
    except ValueError as error:
        message_text = "the process that read it gave no valid answer"
        raise ParseError(FetchClass.PARSE, message_text, "see `-v` for the reason") from error
    return replace(feed, entries=entries)


def _line(kind: Codec, value: object) -> bytes:
    # A line end in a text is escaped.
    return json.dumps(kind.encode(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _decode_line(kind: Codec, line: bytes) -> Any:  # noqa: ANN401 (what the codec makes)
    try:
        data = json.loads(line.decode(), parse_float=_refuse_number, parse_constant=_refuse_number)
    except RecursionError:
        raise CodecError("nested too deep") from None
    return kind.decode(data)


def _refuse_number(written: str) -> NoReturn:
    raise CodecError(f"no whole number: {written[:20]}")


def _raise(failure: ParseFailure) -> NoReturn:
    texts = (failure.message, failure.hint)
    _require(failure.fetch_class in _FAILURE_CLASSES, "a class of failure that no parser has")
    _require(all(len(text) <= _MAX_MESSAGE_CHARS for text in texts), "a long message")
    raise ParseError(failure.fetch_class, *map(sanitise.one_line, texts))


def _require(is_valid: bool, fault: str) -> None:  # noqa: FBT001 (a condition)
    if not is_valid:
        raise CodecError(fault)


def _check_feed(feed: Feed) -> None:
    """Raise CodecError for a feed that no parser makes of a document."""
    _require_unchanged(sanitise.one_line, feed.title, feed.rights, feed.problem)
    _require_unchanged(urls.web_link, feed.url)
    _require_unchanged(sanitise.language_tag, feed.language)
    _require(len(feed.problem) <= _MAX_MESSAGE_CHARS, "a long problem")
    _require(0 <= feed.skipped <= _MAX_COUNT, "a count out of range")
    _require(feed.ttl is None or timedelta(0) <= feed.ttl <= _MAX_TTL, "a time to live out of range")
    _require(all(hour in _HOURS for hour in feed.skip_hours), "an hour that no day has")
    # These are facts of endpoints and of incremental reading, and the entries come one by one.
    others = Feed(
        title=feed.title, url=feed.url, language=feed.language, rights=feed.rights, skipped=feed.skipped,
        problem=feed.problem, ttl=feed.ttl, skip_hours=feed.skip_hours,
    )  # fmt: skip
    _require(feed == others, "a field that no parser sets")


def _check_entry(entry: Entry, now: datetime) -> None:
    """Raise CodecError for an entry that no parser makes."""
    _require_unchanged(sanitise.one_line, entry.guid, entry.publisher)
    _require_unchanged(sanitise.clean, entry.title, entry.text, entry.longest, entry.author)
    _require_unchanged(urls.web_link, entry.url, entry.comment_feed, *entry.links)
    _require_unchanged(sanitise.language_tag, entry.language)
    _require(len(entry.links) <= MAX_LINKS + 1, "too many links")
    _require(not entry.thread, "a field that no parser sets")
    moments = (entry.published, entry.updated)
    _require(all(dates.is_plausible(each, now) for each in moments if each), "a time that is not plausible")
    response = entry.response
    counts = (response.comments, response.replies, response.likes, response.shares, response.views)
    _require(all(0 <= count < _MAX_COUNT for count in counts if count is not None), "a count out of range")
    _check_parts(entry)


def _check_parts(entry: Entry) -> None:
    """Raise CodecError for parts that do not follow each other inside the text."""
    end = 0
    for part in entry.parts:
        is_inside = end <= part.start <= part.end <= len(entry.text)
        _require(is_inside and part.field in TEXT_FIELDS and part.field != MAIN_TEXT, "a part outside the text")
        end = part.end


def _require_unchanged(clean: Callable[[str], str], *texts: str) -> None:
    """Raise CodecError for a text or a link that the parsers would have cleaned."""
    for text in texts:
        if text and clean(text) != text:
            raise CodecError("a text or a link that is not clean")
