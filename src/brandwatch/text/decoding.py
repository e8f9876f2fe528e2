"""Bytes to text: encodings, broken XML and JSON as servers write them, and a description of any other document."""

from __future__ import annotations

import codecs
import html.entities
import json
import re
from functools import lru_cache
from typing import Any

from brandwatch.errors import ParseError
from brandwatch.models import Document, FetchClass
from brandwatch.text import encodings
from brandwatch.text.html import html_to_text
from brandwatch.text.sanitise import one_line

_MARK, _REPLACEMENT = "\ufeff", "\ufffd"
# XML 1.0 §2.2: the characters a document may hold.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The same as bytes, quicker to search for: controls, and (in UTF-8) the two noncharacters.
_CONTROLS = bytes(number for number in range(0x20) if number not in b"\t\n\r")
_NEVER = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(#[0-9]{1,99};|#[xX][0-9a-fA-F]{1,99};|[A-Za-z][A-Za-z0-9]{1,31};)?"
)
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_COMMENT_END = "-->"
_CDATA_SIGN = re.compile(r"<!\s?\[\s?CDATA\s?\[|\]\]>|<!--", re.IGNORECASE)
_ESCAPED_CDATA = re.compile(
    r"&(?:amp;)*(?:lt|#0*60|#x0*3c);!\[CDATA\[|\]\]&(?:amp;)*(?:gt|#0*62|#x0*3e);", re.IGNORECASE
)
_HALF_CDATA_END = re.compile(r"\]{1,2}\s?>?\s*$|\]\s\]>\s*$")
_ELEMENT_BEFORE = re.compile(r"<([A-Za-z_][\w:.-]*)(?:\s[^<>]*)?>[^<>]*\Z")
_MAX_TAG_CHARS = 500
# HTML has elements of the same names (`summary`, `title`): behind those of a feed there is no HTML.
_END_OF_ENTRY = r"</(?:\w+:)?(?:item|entry)\s*>\s*</?(?:\w+:)?(?:item|entry|channel|feed|rss|rdf)\b"
_BEFORE_ELEMENT_OF_FEED = (
    r"\s*</?(?!(?:a|abbr|article|audio|b|blockquote|body|br|button|center|code|dd|del|details|div|dl|dt|em|embed|"
    r"figcaption|figure|font|footer|form|h[1-6r]|head|header|html|i|iframe|img|input|ins|label|li|main|meta|nav|noscript|"
    r"object|ol|p|param|picture|pre|s|script|section|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|thead|"
    r"tr|u|ul|video)\b)[A-Za-z_]"
)
_MAX_CODE_POINT = 0x10FFFF


def repair_xml(text: str) -> str:
    """Make *text* well-formed: remove illegal characters, and repair references outside CDATA sections."""
    if not _is_legal(text):
        text = _ILLEGAL.sub("", text)
    pieces, position = [], 0
    while True:
        start = text.find(_CDATA, position)
        end = text.find(_CDATA_END, start) if start >= 0 else -1
        if end == -1:
            pieces.append(_REFERENCE.sub(_mend, text[position:]))
            return "".join(pieces)
        pieces += [_REFERENCE.sub(_mend, text[position:start]), text[start:end]]
        position = end


def repair_cdata(text: str) -> str:
    """Close CDATA sections without an end, and drop the marks of those that were escaped together with their content.

    Without its end, a section hides all entries up to the end of the next one, and the document is well-formed. Escaped
    marks are a comment to HTML.
    """
    if text.count(_CDATA) != text.count(_CDATA_END):
        text = close_cdata(text)
    if ";![CDATA[" in text or ";![cdata[" in text:
        text = _ESCAPED_CDATA.sub("", text)
    return text


def close_cdata(text: str) -> str:
    """Make CDATA sections well-formed: one inside another is joined with it, one without an end ends with its element.

    A stray end is dropped, and so is the beginning of a comment without an end: it would hide the rest of the document.
    """
    pieces, position, limits = [], 0, dict[str, int]()
    last_comment_end = text.rfind(_COMMENT_END)
    while sign := _CDATA_SIGN.search(text, position):
        pieces.append(text[position : sign.start()])
        if sign[0] == _CDATA_END:
            position = sign.end()
        elif sign[0] == "<!--":
            position = sign.end()
            if position <= last_comment_end:
                position = text.find(_COMMENT_END, position) + len(_COMMENT_END)
                pieces.append(text[sign.start() : position])
        else:
            section, position = _read_cdata(text, sign, limits)
            pieces.append(section)
    return "".join([*pieces, text[position:]])


def _read_cdata(text: str, opening: re.Match[str], limits: dict[str, int]) -> tuple[str, int]:
    """Return a section, with its end, and the position after it.

    A section in which another one opens ends at most with its element, or with its entry. *limits* remembers these ends
    by the element's name, so that no part of the text is searched twice.
    """
    start = opening.end()
    signs = (sign for sign in _CDATA_SIGN.finditer(text, start) if sign[0] != "<!--")
    first = next(signs, None)
    if first and first[0] == _CDATA_END:
        return f"{_CDATA}{text[start : first.end()]}", first.end()
    around = _ELEMENT_BEFORE.search(text, max(0, opening.start() - _MAX_TAG_CHARS), opening.start())
    name = around[1] if around else ""
    limit = limits.get(name, 0)
    if limit < start:
        closing = rf"</{re.escape(name)}\s*>{_BEFORE_ELEMENT_OF_FEED}|{_END_OF_ENTRY}" if name else _END_OF_ENTRY
        found = re.compile(closing).search(text, start)
        limit = limits[name] = found.start() if found else len(text)
    depth, end, after = 1, limit, limit
    for sign in _CDATA_SIGN.finditer(text, start, limit):
        if sign[0] == _CDATA_END:
            depth, end, after = depth - 1, *sign.span()
        elif sign[0] != "<!--":
            depth += 1
        if not depth:
            break
    content = text[start:end] if end < after else _HALF_CDATA_END.sub("", text[start:end])
    is_element_open = bool(name) and after == limit and re.match(_END_OF_ENTRY, text[limit : limit + _MAX_TAG_CHARS])
    missing = f"</{name}>" if is_element_open else ""
    content = _CDATA_SIGN.sub(lambda sign: sign[0] if sign[0] == "<!--" else "", content)
    return f"{_CDATA}{content}{_CDATA_END}{missing}", after


def _is_legal(text: str) -> bool:
    # The pattern would take several times as long.
    never: tuple[bytes, ...] = ()
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        try:
            data, never = text.encode(), _NEVER
        except UnicodeEncodeError:  # a surrogate
            return False
    return len(data.translate(None, _CONTROLS)) == len(data) and not any(piece in data for piece in never)


def decode_text(body: bytes, content_type: str = "") -> str:
    """Decode *body*.

    Valid UTF-8 is UTF-8, whatever is declared. Otherwise the declaration of the server or the document counts; if that
    is UTF-8 or missing, or fits worse, each broken byte is read as Windows-1252.
    """
    if wide := encodings.detect_wide_encoding(body):
        return body.decode(wide, "replace").removeprefix(_MARK)
    # ISO-2022 and HZ hide their letters in ASCII.
    if not body.isascii() or not (b"\x1b" in body or b"~{" in body):
        try:
            return body.decode("utf-8").removeprefix(_MARK)
        except UnicodeDecodeError:
            pass
    declared = [] if body.startswith(codecs.BOM_UTF8) else encodings.declared_codecs(body, content_type)
    for codec in declared:
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    return _decode_damaged(body, declared)


def _decode_damaged(body: bytes, declared: list[str]) -> str:
    """Decode a document that no encoding fits: by a declared one if it leaves fewer errors than UTF-8."""
    errors = body.decode("utf-8", "replace").count(_REPLACEMENT)
    for codec in declared:
        text = body.decode(codec, "replace")
        if text.count(_REPLACEMENT) < errors:
            return text
    return body.decode("utf-8", "brandwatch-windows-1252").removeprefix(_MARK)


def _mend(match: re.Match[str]) -> str:
    return _mend_reference(match[1])


@lru_cache(maxsize=1024)
def _mend_reference(reference: str | None) -> str:
    # Few are used, again and again. XML's own five are not among them.
    if reference is None:
        return "&amp;"
    if reference.startswith("#"):
        digits = reference[1:-1]
        number = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
        return f"&{reference}" if number <= _MAX_CODE_POINT and not _ILLEGAL.match(chr(number)) else ""
    return html.entities.html5.get(reference, f"&amp;{reference}")


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return broken.decode("cp1252", "replace"), error.end


codecs.register_error("brandwatch-windows-1252", _as_windows_1252)

_BEFORE_JSON = "\ufeff \t\r\n"
# GDELT was seen to send raw control characters and backslashes that escape nothing.
_STRAY_BACKSLASH = re.compile(r'(\\\\|\\["/bfnrt]|\\u[0-9a-fA-F]{4})|\\')
# A lone surrogate (RFC 8259 §8.2) cannot be written as UTF-8.
_LONE_SURROGATE = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_WHOLE_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def parse_json(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Parse a JSON document; raise ValueError if it is invalid or nested too deep, ParseError if it is truncated."""
    text = decode_text(document.body, document.content_type).lstrip(_BEFORE_JSON)
    text = _LONE_SURROGATE.sub(lambda match: match[1] or r"\ufffd", text)
    try:
        try:
            return json.loads(text, strict=False)
        except ValueError:
            return json.loads(_STRAY_BACKSLASH.sub(lambda match: match[1] or r"\\", text), strict=False)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError:
        rest = _WHOLE_TEXT.sub("", text)
        is_open = '"' in rest or rest.count("{") + rest.count("[") > rest.count("}") + rest.count("]")
        if is_open and rest.lstrip().startswith(("{", "[")):
            raise ParseError(FetchClass.TRUNCATED, "the JSON of the answer breaks off in the middle") from None
        raise


_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|script|div)\b", re.IGNORECASE)
_SIGNATURES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
)
_MAX_DESCRIBED_BYTES = 20_000


def describe_document(document: Document) -> str:
    """Describe a document that is no feed, for an error or a log."""
    body = document.body.lstrip()
    for signature, name in _SIGNATURES:
        if body.startswith(signature):
            return name
    text = decode_text(body[:_MAX_DESCRIBED_BYTES], document.content_type)
    if _HTML.search(text):
        return f"an HTML page titled “{title[:80]}”" if (title := page_title(text)) else "an HTML page"
    if text.startswith(("{", "[")):
        return "JSON of another kind"
    if text.startswith("<"):
        return "XML of another kind"
    return "plain text" if text.isprintable() or "\n" in text else "binary data"


_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)


def page_title(markup: str) -> str:
    """Return the title of a page on one line, empty if it has none."""
    title = _TITLE.search(markup)
    return one_line(html_to_text(title[1])) if title else ""
