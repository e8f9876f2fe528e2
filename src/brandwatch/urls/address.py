"""A link in parts, each in one spelling."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from brandwatch.urls import paths
from brandwatch.urls.hosts import LONGEST_NAME
from brandwatch.urls.links import PORTS, web_link

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


def read(url: str) -> Address | None:
    """Return the parts of a link, `None` where it is none."""
    link = web_link(url)
    if not link:
        return None
    parts = urlsplit(link)
    name = _site(parts.hostname or "")
    port = "" if parts.port is None or parts.port in PORTS.values() else f":{parts.port}"
    query = parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1")
    raw_path = paths.encoded(parts.path)
    return Address(f"{name}{port}", paths.tidy(raw_path), raw_path, query, parts.fragment)


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
