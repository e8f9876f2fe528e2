"""A link in parts, each in one spelling."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes, urlsplit

from brandwatch.urls.links import LONGEST_NAME, PORTS, web_link

_VARIANTS = re.compile(r"^(?:(?:www\d?|m|mobile|amp|touch)\.(?=[^.]+\.))+")
# The letters that IDNA 2003 gave up for others and IDNA 2008 keeps: ß, ς and the two joiners (UTS 46 §2.3).
_KEPT_LETTERS = frozenset("\u00df\u03c2\u200c\u200d")
_COMMENT = re.compile(
    r"(?:(?:issue|discussion)?comment|discussion_r|c|reply|answer|(?:js-)?post|p|entry|message|msg|kommentar)[-_]?\d+",
    re.IGNORECASE,
)


class Address(NamedTuple):
    """The parts of a link.

    The host is without the variants of a site (www, mobile, AMP) and without a usual port; the path is tidy, *raw_path*
    is the same with dots and doubled slashes as they were; parameters are in their order, a character for each byte,
    so that what is not UTF-8 stays itself.
    """

    host: str
    path: str
    raw_path: str
    query: list[tuple[str, str]]
    fragment: str


def parse_address(url: str) -> Address | None:
    """Return the parts of a link, `None` where it is none."""
    link = web_link(url)
    if not link:
        return None
    parts = urlsplit(link)
    name = _site(parts.hostname or "")
    port = "" if parts.port is None or parts.port in PORTS.values() else f":{parts.port}"
    query = parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1")
    raw_path = encode_path(parts.path)
    return Address(f"{name}{port}", normalise_path(raw_path), raw_path, query, parts.fragment)


def is_comment(fragment: str) -> bool:
    """Say whether a fragment names a comment: `comment-12`, `issuecomment-12`, `post12`."""
    return bool(_COMMENT.fullmatch(fragment))


@lru_cache(maxsize=1024)
def _site(name: str) -> str:
    """Return the host of a link without the variants of a site."""
    return _VARIANTS.sub("", _host_name(unquote(name).rstrip(".")))


def _host_name(name: str) -> str:
    """Return the name of a host as the network spells it; what can be none is only quoted, in small letters."""
    if ":" in name:
        return f"[{name}]"
    try:
        return ".".join(map(_label, name.split("."))) if len(name) <= LONGEST_NAME else quote(name.lower())
    except UnicodeError:
        return quote(name.lower())


def _label(label: str) -> str:
    """Return one part of a name in ASCII: `straße` is another name than `strasse` (RFC 5894 §7.2)."""
    if _KEPT_LETTERS.isdisjoint(label):
        return label.encode("idna").decode("ascii").lower()
    folded = unicodedata.normalize("NFKC", label.lower())
    return f"xn--{folded.encode('punycode').decode('ascii')}"


SAFE = "/:@!$&'()*+,;=-._~"
"""What stands in a path as it is (RFC 3986 §3.3), an encoded slash apart."""

_PLAIN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=._~-]*")
_SLASH = re.compile(r"%2[fF]")
_INDEX = re.compile(r"(?:index|default)\.(?:s?html?|xhtml|php\d?|aspx?|jsp|cfm)", re.IGNORECASE)
_AMP = ".amp"
_PAGES = (".html", ".htm")
# How ASP.NET and servlets know a visitor who takes no cookies.
_SESSION = re.compile(r"\((?:[A-Za-z]\([0-9A-Za-z]{24}\))+\)")
_SERVLET_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)


def encode_path(path: str) -> str:
    """Return a path in one percent-encoding; an encoded slash is no slash, and bytes that are no text stay."""
    if _PLAIN.fullmatch(path):
        return path
    return "%2F".join(quote(unquote_to_bytes(piece), safe=SAFE) for piece in _SLASH.split(path))


def normalise_path(path: str) -> str:
    """Return a path without dots, sessions, AMP and index endings, doubled and last slashes."""
    pieces: list[str] = []
    for piece in _SERVLET_SESSION.sub("", path).split("/")[1:]:
        if piece == "..":
            del pieces[-1:]
        elif piece != "." and not _SESSION.fullmatch(piece):
            pieces.append(piece)
    pieces = list(filter(None, pieces))
    while pieces and (last := _last(pieces[-1])) != pieces[-1]:
        pieces[-1:] = [last] if last.strip(".") and not _SESSION.fullmatch(last) else []
    return "".join(f"/{piece}" for piece in pieces)


def _last(piece: str) -> str:
    """Return the last piece of a path as the page itself has it, which may be not at all."""
    if "." not in piece:
        return "" if piece.lower() == _AMP[1:] else piece
    if _INDEX.fullmatch(piece):
        return ""
    ending = next((page for page in _PAGES if piece.lower().endswith(page)), "")
    end = len(piece) - len(ending)
    while piece[max(end - len(_AMP), 0) : end].lower() == _AMP:
        end -= len(_AMP)
    return piece[:end] + piece[len(piece) - len(ending) :]
