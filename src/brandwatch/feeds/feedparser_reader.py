"""Read RSS, Atom and RDF with feedparser, and recover every entry that can be recovered."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from brandwatch import clock, urls
from brandwatch.feeds import fast_reader, feedparser_driver
from brandwatch.feeds.entries import FeedContext, declared_language, read_entry, read_label
from brandwatch.feeds.fast_reader import FastResult
from brandwatch.feeds.incremental import MAX_ENTRIES, KnownEntries, cap_entries, cap_remark, find_known_entries
from brandwatch.models import Feed
from brandwatch.text.decoding import decode_text, repair_xml
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from brandwatch.feeds.incremental import KnownDigests
    from brandwatch.models import Document


_ROOT = re.compile(r"<((?:\w+:)?(?:rss|feed|rdf|channel))(?=[\s>/])", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_ENTRY = re.compile(r"<((?:\w{1,20}:)?(?:item|entry))(?:\s[^<>]*)?(?<!/)>", re.IGNORECASE)
_HIDING = re.compile(r"<!\[CDATA\[|<!--")
# Junk before the root is a warning some server printed; a feed whose root is further down is another document.
_JUNK_LIMIT = 20_000
# Nearly every document ends with its root.
_TAIL = 1000
_RHYTHM = ("ttl", "sy_updateperiod", "sy_updatefrequency")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST = timedelta(hours=24)


def read_xml_feed(
    document: Document, slow: Callable[[Document], Feed] | None = None, known: KnownDigests | None = None
) -> Feed | None:
    """Return the feed in *document*, or `None` where its XML is not a feed; *slow* reads what is not well-formed.

    Entries that are *known* are left out.
    """
    text, count = decode_text(document.body, document.content_type), 0
    root = _root(text)
    if root is None:
        return None
    whole = _within(text, root)
    fast, seen = _fast(whole, document.url, known)
    if fast is None:  # too many entries are among what the fast path leaves alone
        text, count = cap_entries(text)
    if cap_remark(count):
        whole = _within(text, root)
        fast, seen = _fast(whole, document.url, known)
    if fast is None and slow is not None:
        return slow(document)
    parsed = fast or _parse(repair_xml(whole or _completed(text, root)))
    if not parsed.is_feed:
        return None
    now, meant = clock.now(), len(fast.entries) if fast else min(count, MAX_ENTRIES)
    frame = FeedContext(read_label(parsed.feed, "title"), declared_language(parsed.feed), document.url)
    # feedparser may find entries in broken markup that no scan of tags can count.
    entries = tuple(read_entry(raw, frame, now) for raw in parsed.entries[:MAX_ENTRIES])
    count, lost = max(count, len(parsed.entries)), max(0, meant - len(entries))
    return Feed(
        title=frame.title,
        url=urls.web_link(str(dict.get(parsed.feed, "link") or ""), document.url),
        language=frame.language,
        rights=one_line(read_label(parsed.feed, "rights") or str(dict.get(parsed.feed, "license") or "")),
        entries=entries,
        skipped=lost,
        problem=cap_remark(count) or _problem(is_whole=bool(whole), lost=lost, meant=meant),
        ttl=_ttl(parsed.feed),
        skip_hours=_skip_hours(parsed.feed),
        digests=seen.digests,
        positions=seen.positions,
    )


def _fast(whole: str, url: str, known: KnownDigests | None) -> tuple[FastResult | None, KnownEntries]:
    """Return what the fast path reads of a whole document, and which entries it is that were not known."""
    nothing = KnownEntries((), (), whole)
    if not whole:
        return None, nothing
    seen = nothing if known is None else find_known_entries(whole, url, known)
    parsed = fast_reader.read_fast(repair_xml(seen.rest), cut=len(seen.digests) - len(seen.positions))
    if parsed is None or len(parsed.entries) == len(seen.positions):
        return parsed, seen if parsed else nothing
    return (parsed if seen.rest == whole else fast_reader.read_fast(repair_xml(whole))), nothing


def _ttl(feed: dict[str, Any]) -> timedelta | None:
    """Return how long the feed says that nothing will be new: RSS `<ttl>`, or the module `syndication`."""
    minutes, period, often = (str(dict.get(feed, key) or "").strip() for key in _RHYTHM)
    if minutes.isascii() and minutes.isdigit() and int(minutes[:9]):
        return min(timedelta(minutes=int(minutes[:9])), _LONGEST)
    if period.lower() not in _PERIODS:
        return None
    times = int(often[:9]) if often.isascii() and often.isdigit() else 1
    return min(_PERIODS[period.lower()] / (times or 1), _LONGEST)


def _skip_hours(feed: dict[str, Any]) -> frozenset[int]:
    """Return the hours of the day in which RSS 2.0 says not to ask; hour 24 is hour 0."""
    named = (str(hour) for hour in dict.get(feed, "skip_hours") or ())
    hours = {int(hour) for hour in named if hour.isascii() and hour.isdigit() and len(hour) <= 2}  # noqa: PLR2004
    return frozenset(hour % 24 for hour in hours if hour <= 24)  # noqa: PLR2004 (hours of a day)


def _root(text: str) -> re.Match[str] | None:
    """Return where the root of a feed begins, unless a page begins before it; a comment holds neither."""
    root = _ROOT.search(text, 0, _JUNK_LIMIT)
    before = text[: root.start() if root else _JUNK_LIMIT]
    if "<!--" in before:
        head = _masked(text[:_JUNK_LIMIT])
        root = _ROOT.search(head) or root  # a comment may stay open
        before = head[: root.start() if root else None]
    return None if _PAGE.search(before) else root


def _within(text: str, root: re.Match[str]) -> str:
    """Return the document from its root's first tag to its last, empty where the last is missing."""
    tag, tail = f"</{root[1].lower()}", max(0, len(text) - _TAIL)
    end = _lower(text[tail:]).rfind(tag)
    end = end + tail if end >= 0 else _lower(text).rfind(tag)
    if end < 0:
        first = text.find(">", root.end())
        return text[root.start() : first + 1] if first > 0 and text[first - 1] == "/" else ""
    return f"{text[root.start() : end]}</{root[1]}>"


def _lower(text: str) -> str:
    """Return *text* in small letters, each in its place: `İ` becomes two and would move all that follows."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.replace("İ", "I").lower()


def _completed(text: str, root: re.Match[str]) -> str:
    """Return a document that was cut off as one that ends well: its last entry keeps the elements that are whole."""
    masked = _masked(text)
    spans = _spans(masked)
    last = spans[-1][1] if spans else root.start()
    begun, rest = _ENTRY.search(masked, last), text[last:]
    if begun:
        whole = masked.find(">", masked.rfind("</")) + 1
        rest = f"{text[last:whole]}</{begun[1]}>" if whole > begun.end() else text[last : begun.start()]
    channel = "</channel>" if root[1].lower() == "rss" else ""
    return f"{text[root.start() : last]}{rest}{channel}</{root[1]}>"


def _masked(text: str) -> str:
    """Return *text* with blanks for its CDATA and comments, in which no element begins or ends."""
    pieces, position = [], 0
    while opening := _HIDING.search(text, position):
        end = text.find("-->" if opening[0] == "<!--" else "]]>", opening.end())
        end = end + 3 if end >= 0 else len(text)
        pieces += [text[position : opening.start()], " " * (end - opening.start())]
        position = end
    return "".join([*pieces, text[position:]])


def _spans(masked: str) -> list[tuple[int, int]]:
    """Return where each whole entry begins and ends."""
    spans, lower = [], _lower(masked)
    begun = _ENTRY.search(masked)
    while begun:
        end = lower.find(f"</{begun[1].lower()}", begun.end())
        end = masked.find(">", end) + 1 if end >= 0 else 0
        if not end:
            break
        spans.append((begun.start(), end))
        begun = _ENTRY.search(masked, end)
    return spans


def _parse(text: str) -> FastResult:
    """Parse the whole document; where feedparser raises, each entry on its own between the head and the tail."""
    # A feed must not be able to end the poll: 9 kinds of exception were seen to leave feedparser on fuzzed input.
    try:
        return feedparser_driver.read_with_feedparser(text)
    except Exception:  # noqa: BLE001
        return _joined(_read_or_nothing(piece) for piece in _pieces(text))


def _read_or_nothing(text: str) -> FastResult:
    """Parse one entry, or give it up."""
    try:
        return feedparser_driver.read_with_feedparser(text)
    except Exception:  # noqa: BLE001 (as above)
        return FastResult({}, [], is_feed=False)


def _pieces(text: str) -> list[str]:
    """Return one document for each entry: the head, the entry, the tail."""
    found = _spans(_masked(text))
    if not found:
        return [text]
    head, tail = text[: found[0][0]], text[found[-1][1] :]
    return [head + text[start:end] + tail for start, end in found]


def _joined(pieces: Iterable[FastResult]) -> FastResult:
    """Return the pieces that could be read as one feed."""
    read_pieces = [piece for piece in pieces if piece.is_feed]
    entries = [entry for piece in read_pieces for entry in piece.entries]
    return FastResult(read_pieces[0].feed if read_pieces else {}, entries, bool(read_pieces))


def _problem(*, is_whole: bool, lost: int, meant: int) -> str:
    """Say in words what was wrong with the document."""
    if not is_whole:
        return "the document breaks off" + (f"; {lost} of {meant} entries lost" if lost else "")
    return f"{lost} of {meant} entries could not be read" if lost else ""
