"""Read RSS, Atom and RDF: on the fast path if well-formed, else with feedparser, every entry that can be recovered."""

from __future__ import annotations

import io
import logging
import re
import xml.sax
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.sax.handler import feature_external_ges, feature_namespaces

from feedparser.api import LooseFeedParser, StrictFeedParser

from brandwatch import clock, urls
from brandwatch.feeds import elements, entry_reader, fast_reader, incremental, loose_markup
from brandwatch.feeds.fast_reader import FastResult
from brandwatch.feeds.incremental import MAX_ENTRIES, KnownDigests, KnownEntries
from brandwatch.models import Document, Feed
from brandwatch.text import decoding, sanitise

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.feeds.document import EntryPrefilter, SlowParser


_LOG = logging.getLogger(__name__)

_ROOT = re.compile(r"<((?:\w+:)?(?:rss|feed|rdf|channel))(?=[\s>/])", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
# Some programs put the document type of a page before a feed.
_ONLY_DOCTYPE = re.compile(r"\s*(?:<\?[^>]*>\s*)?<!doctype\s[^>]*>\s*(?:<!--(?:[^-]|-(?!->))*-->\s*)*", re.IGNORECASE)
_ROOT_IN_PAGE = re.compile(
    r"<((?:\w+:)?(?:rss|feed|rdf))\s[^<>]*(?:\bversion\s*=|www\.w3\.org/2005/Atom|rdf-syntax-ns)", re.IGNORECASE
)
_UNSEEN = re.compile(r"<(script|style|textarea|template)\b.*?(?:</\1|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_ATOM_ENTRY = re.compile(
    r"\s*(?:<\?[^>]*>\s*|<!--(?:[^-]|-(?!->))*-->\s*)*<((?:\w+:)?entry)\s[^<>]*www\.w3\.org/2005/Atom", re.IGNORECASE
)
_ATOM_FEED = '<feed xmlns="http://www.w3.org/2005/Atom">'
_ENTRY = re.compile(r"<((?:\w{1,20}:)?(?:item|entry))(?:\s[^<>]*)?(?<!/)>", re.IGNORECASE)
_HIDING = re.compile(r"<!\[CDATA\[|<!--")
# Junk before the root is a warning some server printed; a feed whose root is further down is another document.
_MAX_JUNK_CHARS = 20_000
# Nearly every document ends with its root.
_TAIL_CHARS = 1000
_RHYTHM = ("ttl", "sy_updateperiod", "sy_updatefrequency")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_MAX_TTL = timedelta(hours=24)


def read_xml_feed(
    document: Document,
    sandbox: SlowParser | None = None,
    known: KnownDigests | None = None,
    prefilter: EntryPrefilter | None = None,
) -> Feed | None:
    """Return the feed in *document*, without its *known* entries; `None` if its XML is not a feed.

    The *sandbox* parses what the fast reader cannot; without one, feedparser does so here. If the *prefilter* finds
    nothing in any entry, all of them have only their identity and their times.
    """
    text, root = _find_feed(decoding.repair_cdata(decoding.decode_text(document.body, document.content_type)))
    if root is None:
        return None
    count, whole = 0, _whole_document(text, root)
    fast, seen = _read_fast(whole, document.url, known)
    if fast is None:  # too many entries and misplaced marks of CDATA are two reasons
        repaired, count = incremental.cap_entries(loose_markup.close_elements(decoding.close_cdata(text)))
        if incremental.cap_remark(count):
            _LOG.info("capped host=%s entries=%d read=%d", urls.host(document.url), count, MAX_ENTRIES)
        if repaired != text:
            text, root = repaired, _find_feed(repaired)[1] or root
            whole = _whole_document(text, root)
            fast, seen = _read_fast(whole, document.url, known)
    if fast is None and sandbox is not None:
        return sandbox.parse(document)
    parsed = fast or _recover(decoding.repair_xml(whole or _complete(text, root)), document.url)
    if not parsed.is_feed:
        return None
    expected = len(parsed.entries) if fast else min(count, MAX_ENTRIES)
    lost = max(0, expected - len(parsed.entries))
    # feedparser may find entries in broken markup that no scan of tags can count.
    remark = incremental.cap_remark(max(count, len(parsed.entries)))
    problem = remark or _describe_problem(is_whole=bool(whole), lost=lost, expected=expected)
    # RFC 4287 §4.2.1; an editor of RSS is not the author of its entries.
    feed = entry_reader.read_context(parsed.feed, document.url, has_authors=root[1].lower().endswith("feed"))
    return _build_feed(feed, parsed, seen, lost, problem, prefilter)


def _build_feed(
    feed: entry_reader.FeedContext,
    parsed: FastResult,
    seen: KnownEntries,
    lost: int,
    problem: str,
    prefilter: EntryPrefilter | None,
) -> Feed:
    now, raw_entries = clock.now(), parsed.entries[:MAX_ENTRIES]
    has_outlines = prefilter is not None and not prefilter.may_match(
        entry_reader.written_texts([feed.address, feed.authors, *raw_entries])
    )
    read = entry_reader.read_outline if has_outlines else entry_reader.read_entry
    rights = entry_reader.read_label(parsed.feed, "rights") or str(dict.get(parsed.feed, "license") or "")
    return Feed(
        title=feed.title,
        url=urls.web_link(str(dict.get(parsed.feed, "link") or ""), feed.address),
        language=feed.language,
        rights=sanitise.one_line(rights),
        entries=tuple(read(raw, feed, now) for raw in raw_entries),
        has_outlines=has_outlines,
        skipped=lost,
        problem=problem,
        ttl=_ttl(parsed.feed),
        skip_hours=_skip_hours(parsed.feed),
        digests=seen.digests,
        positions=seen.positions,
    )


def _describe_problem(*, is_whole: bool, lost: int, expected: int) -> str:
    if not is_whole:
        return "the document breaks off" + (f"; {lost} of {expected} entries lost" if lost else "")
    return f"{lost} of {expected} entries could not be read" if lost else ""


def _ttl(feed: dict[str, Any]) -> timedelta | None:
    """Return for how long the feed promises nothing new: RSS `<ttl>`, or the module `syndication`."""
    minutes, period, often = (str(dict.get(feed, key) or "").strip() for key in _RHYTHM)
    if minutes.isascii() and minutes.isdigit() and int(minutes[:9]):
        return min(timedelta(minutes=int(minutes[:9])), _MAX_TTL)
    if period.lower() not in _PERIODS:
        return None
    times = int(often[:9]) if often.isascii() and often.isdigit() else 1
    return min(_PERIODS[period.lower()] / (times or 1), _MAX_TTL)


def _skip_hours(feed: dict[str, Any]) -> frozenset[int]:
    """Return the hours of the day in which RSS 2.0 asks not to be polled; hour 24 is hour 0."""
    written = (str(hour) for hour in dict.get(feed, "skip_hours") or ())
    hours = {int(hour) for hour in written if hour.isascii() and hour.isdigit() and len(hour) <= 2}  # noqa: PLR2004
    return frozenset(hour % 24 for hour in hours if hour <= 24)  # noqa: PLR2004 (hours of a day)


def _find_feed(text: str) -> tuple[str, re.Match[str] | None]:
    """Find the root of a feed in a document; one Atom entry (RFC 4287 §2) is read as a feed of it."""
    root = _find_root(text) or _find_root_in_page(text)
    entry = None if root else _ATOM_ENTRY.match(text)
    if entry:
        end = _lower(text).rfind(f"</{entry[1].lower()}")
        text = f"{_ATOM_FEED}{text[entry.start(1) - 1 :]}{'</feed>' if end > 0 else ''}"
        root = _ROOT.match(text)
    return text, root


def _find_root_in_page(text: str) -> re.Match[str] | None:
    """Find a feed that a server has put into a page, as markup and with entries; samples in pages are escaped."""
    if not _PAGE.search(text, 0, _MAX_JUNK_CHARS):
        return None
    root = _ROOT_IN_PAGE.search(_UNSEEN.sub(lambda unseen: " " * len(unseen[0]), text))
    return root if root and _ENTRY.search(text, root.end()) and f"</{root[1]}" in text else None


def _find_root(text: str) -> re.Match[str] | None:
    """Find the first tag of a feed, unless a page starts before it; a comment holds neither."""
    root = _ROOT.search(text, 0, _MAX_JUNK_CHARS)
    before = text[: root.start() if root else _MAX_JUNK_CHARS]
    if "<!--" in before:
        head = _mask_hidden(text[:_MAX_JUNK_CHARS])
        root = _ROOT.search(head) or root  # a comment may stay open
        before = head[: root.start() if root else None]
    return None if _PAGE.search(before) and not _ONLY_DOCTYPE.fullmatch(before) else root


def _whole_document(text: str, root: re.Match[str]) -> str:
    """Return the document from its root's first tag to its last, empty if the last is missing.

    Entries that a program appended behind the end belong to it.
    """
    tag, tail = f"</{root[1].lower()}", max(0, len(text) - _TAIL_CHARS)
    end = _lower(text[tail:]).rfind(tag)
    end = end + tail if end >= 0 else _lower(text).rfind(tag)
    if end < 0:
        first = text.find(">", root.end())
        return text[root.start() : first + 1] if first > 0 and text[first - 1] == "/" else ""
    if _ENTRY.search(text, end):
        end = len(text)
    ending = f"</{root[1]}>"
    if text.startswith(ending, end):  # one copy of the document instead of two
        return text[root.start() : end + len(ending)]
    return f"{text[root.start() : end]}{ending}"


def _complete(text: str, root: re.Match[str]) -> str:
    """Close a document that was cut off; its last entry keeps the elements that are whole."""
    masked = _mask_hidden(text)
    spans = _entry_spans(masked)
    last = spans[-1][1] if spans else root.start()
    opened, rest = _ENTRY.search(masked, last), text[last:]
    if opened:
        whole = masked.find(">", masked.rfind("</")) + 1
        rest = f"{text[last:whole]}</{opened[1]}>" if whole > opened.end() else text[last : opened.start()]
    channel = "</channel>" if root[1].lower() == "rss" else ""
    return f"{text[root.start() : last]}{rest}{channel}</{root[1]}>"


def _entry_spans(masked: str) -> list[tuple[int, int]]:
    """Return the start and the end of each whole entry."""
    spans, lower = [], _lower(masked)
    opened = _ENTRY.search(masked)
    while opened:
        end = lower.find(f"</{opened[1].lower()}", opened.end())
        end = masked.find(">", end) + 1 if end >= 0 else 0
        if not end:
            break
        spans.append((opened.start(), end))
        opened = _ENTRY.search(masked, end)
    return spans


def _mask_hidden(text: str) -> str:
    """Replace CDATA and comments, in which no element starts or ends, by blanks."""
    pieces, position = [], 0
    while opening := _HIDING.search(text, position):
        end = text.find("-->" if opening[0] == "<!--" else "]]>", opening.end())
        end = end + 3 if end >= 0 else len(text)
        pieces += [text[position : opening.start()], " " * (end - opening.start())]
        position = end
    return "".join([*pieces, text[position:]])


def _lower(text: str) -> str:
    """Lower *text* with each character in its place: `İ` becomes two, and would move all that follows."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.replace("İ", "I").lower()


def _read_fast(whole: str, url: str, known: KnownDigests | None) -> tuple[FastResult | None, KnownEntries]:
    """Read the entries of a whole document that are not known; `None` if that takes feedparser."""
    nothing_known = KnownEntries((), (), whole)
    if not whole:
        return None, nothing_known
    seen = nothing_known if known is None else incremental.find_known_entries(whole, url, known)
    cut = len(seen.digests) - len(seen.positions)
    parsed = _read_repaired(seen.rest, cut)
    if parsed is None:
        return None, nothing_known
    if len(parsed.entries) == len(seen.positions):
        return parsed, seen
    # The scan and the parser disagree about the entries.
    return (parsed if seen.rest == whole else _read_repaired(whole)), nothing_known


def _read_repaired(text: str, cut: int = 0) -> FastResult | None:
    """Read a document on the fast path, repaired if it is not well-formed."""
    if parsed := fast_reader.read_fast(text, cut=cut):
        return parsed
    # expat refuses each character and reference that the repair changes. Sound feeds, nearly all, do without the
    # repair: 5 % of their time.
    repaired = decoding.repair_xml(text)
    return None if repaired == text else fast_reader.read_fast(repaired, cut=cut)


def _recover(text: str, url: str) -> FastResult:
    """Parse with feedparser; where that raises, parse each entry by itself between the head and the tail."""
    _LOG.debug("slow path host=%s characters=%d", urls.host(url), len(text))
    # A feed must not be able to end the poll: 9 kinds of exception left feedparser on fuzzed input.
    try:
        return read_with_feedparser(text)
    except Exception as error:  # noqa: BLE001
        _LOG.info("feedparser failed host=%s error=%s", urls.host(url), type(error).__name__)
    spans = _entry_spans(_mask_hidden(text)) or [(0, len(text))]
    head, tail = text[: spans[0][0]], text[spans[-1][1] :]
    feeds = []
    for start, end in spans:
        try:
            feed = read_with_feedparser(head + text[start:end] + tail)
        except Exception:  # noqa: BLE001, S112 (this entry is lost, and counted as lost)
            continue
        if feed.is_feed:
            feeds.append(feed)
    recovered = [entry for feed in feeds for entry in feed.entries]
    return FastResult(feeds[0].feed if feeds else {}, recovered, bool(feeds))


def read_with_feedparser(text: str) -> FastResult:
    """Return the feed in *text*; raise whatever feedparser raises.

    feedparser does not get the address of the document, because it would make links of guids.
    """
    reader: Any = _StrictParser("", None, "utf-8")
    parser = xml.sax.make_parser()  # noqa: S317 (before its root nothing can declare an entity)
    parser.setFeature(feature_namespaces, 1)
    parser.setFeature(feature_external_ges, 0)
    parser.setContentHandler(reader)
    parser.setErrorHandler(reader)
    try:
        parser.parse(io.BytesIO(text.encode()))
    except xml.sax.SAXException:
        reader = _LooseParser("", None, "utf-8", {})
        reader.feed(text)
    return FastResult(reader.feeddata, reader.entries, bool(reader.version or reader.entries))


class _EveryText:
    """Makes both parsers of feedparser note every text of an entry. The names are those of feedparser."""

    inentry: int
    insource: int
    incontent: int
    inauthor: int
    baseuri: str
    basestack: list[str]
    entries: list[dict[str, Any]]
    contentparams: dict[str, Any]
    namespacemap: dict[str, str]
    ending_tag = ""
    _get_context: Callable[[], dict[str, Any]]
    # We remove markup and clean links ourselves; feedparser's ways cost time and guess.
    resolve_relative_uris = sanitize_html = False

    def pop(self, element: str, strip_whitespace: int = 1) -> str | None:
        """End an element; note its text beside what feedparser stores."""
        value: str | None = super().pop(element, strip_whitespace)  # type: ignore[misc]
        if value and self.incontent and self.inentry and not self.insource:
            entry, kind = self.entries[-1], self.contentparams.get("type", "")
            if element in elements.TEXT_KEYS:
                place = elements.text_place(self.ending_tag)
                if self.baseuri:
                    entry.setdefault(elements.BASES, {})[value] = self.baseuri
                entry.setdefault(elements.TEXTS, []).append((place, kind, value))
            elif element == "title":
                entry.setdefault(elements.TITLES, []).append((kind, value))
        return value

    def unknown_endtag(self, tag: str) -> None:
        """End an element; its name, with the usual prefix, tells the place of its text."""
        prefix, _, name = tag.rpartition(":")
        prefix = self.namespacemap.get(prefix, prefix)
        self.ending_tag = f"{prefix}:{name}" if prefix else name
        super().unknown_endtag(tag)  # type: ignore[misc]
        # feedparser lets the base of an element hold for all that follow, if none holds around it.
        self.baseuri = self.basestack[-1] if self.basestack else ""

    def strattrs(self, attrs: list[tuple[str, str]]) -> str:
        """Write the attributes of markup in XHTML; a link is relative to the base of its own element."""
        based = [
            (name, fast_reader.join_link(self.baseuri, value) if name == "href" else value) for name, value in attrs
        ]
        return str(super().strattrs(based))  # type: ignore[misc]

    def _end_author(self) -> None:
        value, people = self.pop("author"), dict.get(self._get_context(), "authors")
        self.inauthor = 0
        if value and people:
            people[-1]["text"] = value

    _end_managingeditor = _end_author

    def _sync_author_detail(self, key: str = "author") -> None:
        """Do nothing: `entry_reader` tells names from mail addresses."""


class _StrictParser(_EveryText, StrictFeedParser):  # type: ignore[misc]
    """Reads XML that is well-formed."""


class _LooseParser(_EveryText, LooseFeedParser):  # type: ignore[misc]
    """Reads what only looks like XML."""
