"""Tags and their attributes in markup that is not well-formed, in linear time.

`html.parser` took 64 s for 50 kB of `<a `, and raised for `<![` (Python 3.11).
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.text import decoding

if TYPE_CHECKING:
    from collections.abc import Iterator


ANY_TAG = r"[A-Za-z][\w.-]{0,30}"
"""The names of all tags, for `tags`."""

# Elements of a feed that hold text only. Atom made with tools for HTML has `<link href="…">` without an end.
_LEAF = (
    r"title|link|guid|description|author|category|comments|pubDate|id|updated|published|summary|(?:dc:)(?:creator|date)"
)
_HIDDEN_MARKUP = r"<!\[CDATA\[.*?\]\]>|<!--.*?-->"
_LEAF_WITHOUT_END = re.compile(
    rf"(?P<all><(?P<name>{_LEAF})(?:\s[^<>]*+)?+(?<!/)>(?:[^<]++|{_HIDDEN_MARKUP})*+)(?=<(?:{_LEAF})[\s>/]|</(?:item|entry)>)"
    rf"|{_HIDDEN_MARKUP}",
    re.DOTALL,
)

_HIDING = re.compile(r"<!--|<!\[CDATA\[")
# No tag that is read is longer: descriptions in lists of feeds are a few hundred characters.
_MAX_TAG_CHARS = 20_000
# A value ends at its quote if a blank, the end of the tag or an attribute follows. A stray or missing quote ends it
# before the next attribute. Word processors turn quotes into typographic ones.
_PART = re.compile(
    r"""(?P<end>/?>)
    |(?P<name>[A-Za-z_][\w:.-]*)\s*=\s*(?:
        "(?P<double>[^"]*)"(?=[\s/>?]|$|[A-Za-z_][\w:.-]*\s*=\s*["'])
        |'(?P<single>[^']*)'(?=[\s/>?]|$|[A-Za-z_][\w:.-]*\s*=\s*["'])
        |[“”„«»](?P<typographic>[^“”„«»]*)[“”«»]
        |[‘’\u201a](?P<narrow>[^‘’\u201a]*)[‘’]
        |["'](?P<broken>[^>]*?)(?=/?>|\s[A-Za-z_][\w:.-]*\s*=\s*["'“‘]|$)
        |(?P<bare>[^\s"'>]+?)(?=/?>|\s|["']|$)
    )""",
    re.VERBOSE,
)
_VALUES = ("double", "single", "typographic", "narrow", "broken", "bare")


class Tag(NamedTuple):
    """A tag: its lower-case *name* without prefix, `/` before that of an end tag; its place in the text.

    *text* begins with the attributes, and ends before the next tag.
    """

    name: str
    start: int
    text: str


class Attributes(NamedTuple):
    """The attributes of a tag by their lower-case names without prefix.

    *end* is where the tag ends in its text, -1 if it does not end there.
    """

    values: dict[str, str]
    end: int


def tags(text: str, names: str = ANY_TAG) -> Iterator[Tag]:
    """Yield the tags of a text whose name matches the pattern *names*; others are part of the text of a tag.

    See `mask_hidden` for tags that are none.
    """
    pattern = re.compile(rf"<(/?(?:[A-Za-z][\w.-]{{0,30}}:)?(?:{names}))(?=[\s/>\"'])", re.IGNORECASE)
    last: re.Match[str] | None = None
    for match in pattern.finditer(text):
        if last:
            yield _tag(last, text, match.start())
        last = match
    if last:
        yield _tag(last, text, len(text))


def _tag(match: re.Match[str], text: str, end: int) -> Tag:
    slash, name = match[1][: match[1].startswith("/")], match[1].rpartition(":")[2].lstrip("/")
    return Tag(f"{slash}{name.lower()}", match.start(), text[match.end() : min(end, match.end() + _MAX_TAG_CHARS)])


def read_attributes(text: str) -> Attributes:
    """Read the attributes at the beginning of the text of a tag; only references that end with `;` are resolved."""
    values: dict[str, str] = {}
    for part in _PART.finditer(text):
        if part["end"]:
            return Attributes(values, part.end())
        value = next(part[group] for group in _VALUES if part[group] is not None)
        name = part["name"].rpartition(":")[2].lower()
        values.setdefault(name, html.unescape(decoding.repair_xml(value)).strip())
    return Attributes(values, -1)


def close_elements(text: str) -> str:
    """End the elements of entries that have no end before the next element of the entry, or before its own end.

    feedparser loses the entry, and may lose those that follow. CDATA sections and comments must have their ends.
    """
    return _LEAF_WITHOUT_END.sub(lambda found: f"{found[0]}</{found['name']}>" if found["name"] else found[0], text)


def mask_hidden(text: str) -> str:
    """Remove comments and CDATA sections, in which no tag starts, but for their line ends."""
    pieces, position = [], 0
    while opening := _HIDING.search(text, position):
        end = text.find("-->" if opening[0] == "<!--" else "]]>", opening.end())
        if end < 0:
            break
        pieces += [text[position : opening.start()], "\n" * text.count("\n", opening.start(), end)]
        position = end + 3
    return "".join([*pieces, text[position:]])
