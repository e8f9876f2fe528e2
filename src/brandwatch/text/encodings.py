"""The encoding of a document: by its mark, its zero bytes, or its declarations.

Apart from `decoding` because nearly every document is valid UTF-8, and needs no table.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Documents start with ASCII: which of the first four bytes are zero tells the width and the order (RFC 4627 §3).
_ZERO_BYTES = {"0001": "utf-32-be", "1000": "utf-32-le", "0101": "utf-16-be", "1010": "utf-16-le"}
_LABEL = r"""\s*=\s*["']?\s*([A-Za-z0-9._:-]+)"""
_CHARSET = re.compile(rf"charset{_LABEL}", re.IGNORECASE)
_XML = re.compile(rf"<\?xml[^>]{{0,200}}?encoding{_LABEL}".encode(), re.IGNORECASE)
_META = re.compile(rf"<meta\s[^>]{{0,300}}?charset{_LABEL}".encode(), re.IGNORECASE)
_MAX_PROLOGUE_BYTES = 1024  # WHATWG HTML §13.2.3.2
_NOT_TEXT = frozenset({"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_OTHER_SIGNS = re.compile(r"[^a-z0-9]|^x-|(?<=^win)dows")


def detect_wide_encoding(body: bytes) -> str:
    """Return the encoding of a document in UTF-16 or UTF-32, with or without a byte order mark; empty for others."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return encoding
    return _ZERO_BYTES.get("".join("1" if byte else "0" for byte in body[:4]), "")


def declared_codecs(body: bytes, content_type: str) -> list[str]:
    """List Python's codecs for the encodings that the server and the document declare.

    Without UTF-8, and without the wide ones: what reads as ASCII is neither UTF-16 nor UTF-32.
    """
    start = body[:_MAX_PROLOGUE_BYTES]
    labels = [match[1] for match in (_CHARSET.search(content_type),) if match]
    labels += [match[1].decode("ascii") for pattern in (_XML, _META) if (match := pattern.search(start))]
    return [codec for codec in dict.fromkeys(map(_codec, labels)) if codec and not codec.startswith("utf-")]


def _codec(label: str) -> str:
    """Return Python's codec for a label, empty if it is unknown: of browsers, or a name that only Python knows."""
    label = label.lower()
    known = _codecs_by_label()
    if found := known.get(label) or known.get(_OTHER_SIGNS.sub("", label)):
        return found
    try:
        codec = codecs.lookup(label)
    except LookupError:
        return ""
    return codec.name if codec._is_text_encoding and codec.name not in _NOT_TEXT else ""  # noqa: SLF001 (no public name)


@cache
def _codecs_by_label() -> dict[str, str]:
    """Index the codecs by label, also without signs and spelled `win1252`, as servers write them."""
    table: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    exact = [(label, codec) for codec, labels in table.items() for label in labels.split()]
    return dict(chain(((_OTHER_SIGNS.sub("", label), codec) for label, codec in exact), exact))
