"""HTML to the visible text, in time linear in its length."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from brandwatch.text.sanitise import clean, compose, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator


BLOCKS = frozenset(
    "address article aside blockquote br caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary table tbody td tfoot th thead tr "
    "ul".split()
)
"""Elements that separate words; all others are inline and join them: `<b>Acme</b>s` is one word."""

HIDDEN = frozenset("script style template noscript head title svg math iframe object del s strike".split())
"""Elements with invisible or deleted text."""

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]*)")
_HREF = re.compile(r"<a\s[^<>]{0,500}?href\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE)
_VALUE = re.compile(r"=\s*([\"'])")
# Each repetition begins where none of the others can, and what was matched is never tried again: linear time.
_IMAGE = re.compile(r"""<img\b([^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+)""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
# Most pictures have an empty one. Written this way, the search skips to the next `a`.
_ALT = re.compile(r"""[aA][lL][tT]\s*=\s*(?:"[^"]|'[^']|[^\s"'<>])""")
_FILE_NAME = re.compile(r"\S+\.(?:avif|gif|jpe?g|png|svg|webp)", re.IGNORECASE)
_INVISIBLE = re.compile(r"display\s*:\s*none|(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)", re.IGNORECASE)
_MAX_IMAGES = 100
# A tag whose first `>` is its end: every quote after a `=` is closed before.
_SIMPLE = re.compile(r"""<(/?[a-zA-Z][a-zA-Z0-9:-]*+)(?:[^<>"'=]++|=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|(?!["'])))*+>""")
# A raised number, perhaps linked, is a note or an exponent: `Acme1` would be another word. A letter is a note behind a
# long word only: `n<sup>o</sup>`.
_RAISED = re.compile(
    r"<sup(?P<long>(?<=[^\W\d_]{4}<sup))?\b[^<>]*>\s*(?:<a\b[^<>]*>\s*)?"
    r"(?P<raised>\(?\d{1,3}(?:,\s?\d{1,3}){0,3}\)?|TM|R|SM|(?(long)(?P<letter>[a-z])|(?!)))\s*(?:</a\s*>\s*)?</sup\s*>",
    re.IGNORECASE,
)
_RAISED_CHARACTERS = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
_RAISED_SIGNS = {"TM": "™", "R": "®", "SM": "℠"}
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CDATA = re.compile(r"<!\s?\[\s?CDATA\s?\[|\]\]\s?>", re.IGNORECASE)
# As in `html.unescape`, which looks each reference up in several tables; few are used, again and again.
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
_MAX_REFERENCE_CHARS = 40
_known_character = lru_cache(maxsize=1024)(html.unescape)


def html_to_text(markup: str) -> str:
    """Extract the text: blocks on their own lines, inline elements joined, entities decoded once."""
    return "\n".join(_lines(markup)[0])


def readable(markup: str) -> str:
    """Extract the text, and clean it."""
    lines, is_printable = _lines(markup)
    text = "\n".join(lines)
    return compose(text) if is_printable else clean(text)


def _lines(markup: str) -> tuple[list[str], bool]:
    """Extract the lines that are not empty, and whether all of them are printable."""
    if "<" not in markup and "&" not in markup:
        return [markup.strip()], False
    markup = drop_cdata(markup)
    if "<sup" in markup or "<SUP" in markup:
        markup = _RAISED.sub(_raise, markup)
    text = _without_tags(markup)
    if text is None:
        text = "".join(_texts(markup))
    # More than half of all lines are the white space between blocks.
    lines = list(filter(None, map(str.strip, text.split("\n"))))
    is_printable = "".join(lines).isprintable()
    # The blank is the only white space that is printable to Python.
    return [line if is_printable and "  " not in line else " ".join(line.split()) for line in lines], is_printable


def drop_cdata(text: str) -> str:
    """Drop the marks of CDATA sections: a browser takes one for a comment, but it holds what the publisher wrote."""
    # Most texts have no bracket, and one character is found several times as fast as three.
    return _CDATA.sub("", text) if "[" in text and "<![" in text else text


def _raise(match: re.Match[str]) -> str:
    raised = match["raised"]
    if match["letter"]:
        return f"[{raised}]"
    return _RAISED_SIGNS.get(raised.upper(), raised.translate(_RAISED_CHARACTERS))


def unescape(text: str) -> str:
    """Decode entities as `html.unescape` does, several times as fast."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    reference = match[0]
    return _known_character(reference) if len(reference) <= _MAX_REFERENCE_CHARS else html.unescape(reference)


def link_targets(markup: str) -> list[str]:
    """List the targets of the links in *markup* as written, in their order."""
    return [html.unescape(link) for link in _HREF.findall(markup)] if "href" in markup else []


def image_texts(markup: str) -> list[str]:
    """List the alternative texts of the pictures in *markup*, each once.

    Not those of tracking pixels (1 x 1) and of emoji, which stand for a character, nor file names.
    """
    if "<img" not in markup and "<IMG" not in markup:
        return []
    texts: dict[str, None] = {}
    for image, _ in zip(_IMAGE.finditer(markup), range(_MAX_IMAGES), strict=False):
        alt = _ALT.search(tag := image[1])
        if alt is None or _is_commented(markup, image.start()):
            continue
        attributes: dict[str, str] = {}
        for name, *values in _ATTRIBUTE.findall(tag):
            attributes.setdefault(name.lower(), "".join(values))
        if (text := one_line(unescape(attributes.get("alt", "")))) and _is_shown(text, attributes):
            texts[text] = None
    return list(texts)


def _is_shown(alt: str, attributes: dict[str, str]) -> bool:
    """Whether a picture is seen, and its alternative text describes it."""
    if any(attributes.get(side, "").removesuffix("px") in {"0", "1"} for side in ("width", "height")):
        return False
    is_emoji = any("emoji" in name or "smiley" in name for name in attributes.get("class", "").lower().split())
    is_description = any(map(str.isalnum, alt)) and not _FILE_NAME.fullmatch(alt)
    return is_description and not is_emoji and not _INVISIBLE.search(attributes.get("style", ""))


def _is_commented(markup: str, position: int) -> bool:
    return "<!--" in markup and markup.rfind("<!--", 0, position) > markup.rfind("-->", 0, position)


def _without_tags(markup: str) -> str | None:
    """Extract the text of markup with plain tags and comments only; `None` for any other."""
    if commented := "<!--" in markup:
        # If the last comment is closed, all are: the pattern never scans to the end of the text for nothing.
        if markup.find("-->", markup.rfind("<!--") + 4) == -1:
            return None
        markup = _COMMENT.sub("<wbr>", markup)  # entities are not joined across it
    pieces = _SIMPLE.split(markup.replace("\n", " "))
    if "<" in "".join(pieces[::2]):
        return None
    edges = [_edge(name) for name in pieces[1::2]]
    if None in edges:
        if commented:  # a comment within a style sheet may hold the tag that ends it
            return None
        pieces = _drop_hidden(pieces)
        edges = [_edge(name) for name in pieces[1::2]]
    if "&" in markup:
        pieces[::2] = [unescape(piece) if "&" in piece else piece for piece in pieces[::2]]
    pieces[1::2] = [edge or "" for edge in edges]
    return "".join(pieces)


@lru_cache(maxsize=512)
def _edge(name: str) -> str | None:
    """Return a newline for the tag of a block, `None` for one that hides text, else nothing."""
    lower = name.lower()
    return None if lower in HIDDEN else "\n" if lower.removeprefix("/") in BLOCKS else ""


def _drop_hidden(pieces: list[str]) -> list[str]:
    """Drop the content of hidden elements from texts and the names between them; see `_after_hidden`."""
    shown, absent, position = [pieces[0]], set[str](), 1
    while position < len(pieces):
        name = pieces[position].lower()
        shown += pieces[position : position + 2]
        position += 2
        if name in HIDDEN and name not in absent:
            closing = f"/{name}"
            ends = (at for at in range(position, len(pieces), 2) if pieces[at].lower().startswith(closing))
            closed = next(ends, 0)
            if closed:
                shown[-1], position = "", closed
            else:
                absent.add(name)
    return shown


def _texts(markup: str) -> Iterator[str]:
    """Yield the pieces of visible text, and a newline at each edge of a block."""
    position = 0
    absent: set[str] = set()
    while position < len(markup):
        start = markup.find("<", position)
        if start == -1:
            start = len(markup)
        yield html.unescape(markup[position:start].replace("\n", " "))
        if start == len(markup):
            return
        position, name = _after_construct(markup, start, absent)
        if not name and position == start + 1:
            yield "<"
        elif name in BLOCKS:
            yield "\n"
        elif name in HIDDEN and markup[start + 1] != "/":
            position = _after_hidden(markup, position, name, absent)


def _after_construct(markup: str, start: int, absent: set[str]) -> tuple[int, str]:
    """Return the end of the construct at *start*, which begins with `<`, and its element name, if any."""
    if markup.startswith("<!--", start):
        return _after(markup, "-->", start + 4, absent), ""
    if markup.startswith(("<![CDATA[", "<!", "<?"), start):
        return _after(markup, ">", start + 2, absent), ""
    tag = _TAG.match(markup, start)
    if tag is None:
        return start + 1, ""
    return _after_tag(markup, tag.end(), absent), tag.group(1).lower()


def _after_tag(markup: str, position: int, absent: set[str]) -> int:
    """Return the end of a tag: the first `>` outside a quoted value, or the first of all if a quote stays open."""
    end = _after(markup, ">", position, absent)
    while value := _VALUE.search(markup, position, end):
        quote = value[1]
        closed = -1 if quote in absent else markup.find(quote, value.end())
        if closed == -1:
            absent.add(quote)
            return end
        position = closed + 1
        if closed >= end:
            end = _after(markup, ">", position, absent)
    return end


def _after(markup: str, ending: str, position: int, absent: set[str]) -> int:
    """Return the end of *ending*, or of the markup; endings in *absent* are not searched for again."""
    found = -1 if ending in absent else markup.find(ending, position)
    if found == -1:
        absent.add(ending)
        return len(markup)
    return found + len(ending)


def _after_hidden(markup: str, position: int, name: str, absent: set[str]) -> int:
    """Return the end of the hidden element that began before *position*."""
    # An element that is never closed hides nothing: we prefer a word too many to an entry without words.
    closing = f"</{name}"
    found = None if closing in absent else re.compile(re.escape(closing), re.IGNORECASE).search(markup, position)
    if found is None:
        absent.add(closing)
        return position
    return found.start()
