"""Links: safe ones, their hosts and their parts, each in one spelling."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from brandwatch.urls.host_names import MAX_HOST_CHARS, ascii_host, decode_hosts, readable_host

if TYPE_CHECKING:
    from collections.abc import Iterator


PORTS = {"http": 80, "https": 443}
PATH_SIGNS = "/:@!$&'()*+,;=-._~"
"""The signs that stand unencoded in a path (RFC 3986 §3.3)."""

# Letters, digits, the pictures that some registries sell names with, and what IDNA reads as a dot or not at all.
_NAME = r"\w\u3002\uff0e\uff61\u00ad\u2600-\u27bf\ufe0e\ufe0f\U0001f300-\U0001faff"
_HOST = re.compile(rf"[{_NAME}.-]*[{_NAME}][{_NAME}.-]*|[0-9a-fA-F]*:[0-9a-fA-F:.]+(?:%[\w.-]+)?")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# RFC 3986 §2: reserved characters keep their meaning; a percent sign stays where it already encodes something.
_URL_SIGNS = "/:?#[]@!$&'()*+,;=-._~%"
_RAW_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# An absolute link that has nothing to resolve, encode or remove: nearly every link in feeds, and twenty times as fast.
_PLAIN = r"(?:[A-Za-z0-9/_.~!$&'()*+,=:@-]++|%[0-9A-Fa-f]{2})"
_READY = re.compile(rf"https?://[a-z0-9][a-z0-9.-]*+(?:/{_PLAIN}*+)?+(?:\?{_PLAIN}++)?+(?:#{_PLAIN}++)?+")

_VARIANTS = re.compile(r"^(?:(?:www\d?|m|mobile|mobil|wap|amp|touch)\.(?=[^.]+\.))+")
_COMMENT = re.compile(
    r"(?:(?:issue|discussion)?comment|discussion_r|c|reply|answer|(?:js-)?post|p|entry|message|msg|kommentar)[-_]?\d+",
    re.IGNORECASE,
)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=._~-]*")
# Neither dots nor brackets, semicolons or empty pieces.
_SIMPLE_PATH = re.compile(r"(?:/[A-Za-z0-9_-]++)++")
_ENCODED_SLASH = re.compile(r"%2[fF]")
# A part of a link that has one spelling.
_IN_ASCII = re.compile(r"(?:(?!xn--)[!-$&-~])*")
_INDEX_PAGE = re.compile(r"(?:index|default)\.(?:s?html?|xhtml|php\d?|aspx?|jsp|cfm)", re.IGNORECASE)
_AMP = ".amp"
_AMP_PLACES = 2
_PAGE_ENDINGS = (".html", ".htm")
# How ASP.NET and servlets know a visitor who takes no cookies.
_SESSION = re.compile(r"\((?:[A-Za-z]\([0-9A-Za-z]{24}\))+\)")
_SERVLET_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)


class LinkParts(NamedTuple):
    """The parts of a link.

    *host* is without the variants of a site (www, mobile, AMP) and without a default port. *path* is normalised,
    *raw_path* is not. *query* is in the order of the link, one character for each byte, so that bytes that are not
    UTF-8 survive.
    """

    host: str
    path: str
    raw_path: str
    query: list[tuple[str, str]]
    fragment: str


def web_link(raw: str, base: str = "") -> str:
    """Resolve *raw* against *base* to an http(s) link without user name and password; empty if it is none."""
    if _READY.fullmatch(raw):
        return raw
    try:
        parts = urlsplit(urljoin(base, strip_invisible(raw)))
        name = parts.hostname or ""
        if parts.scheme not in PORTS or not _HOST.fullmatch(unicodedata.normalize("NFC", unquote(name))):
            return ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    if not name.isascii() or "%" in name:
        name = ascii_host(name)
    netloc = f"[{name}]{port}" if ":" in name else f"{name}{port}"
    return urlunsplit((parts.scheme, netloc, _encode(parts.path), _encode(parts.query), _encode(parts.fragment)))


def _encode(part: str) -> str:
    return quote(_RAW_PERCENT.sub("%25", part), safe=_URL_SIGNS)


def strip_invisible(raw: str) -> str:
    """Remove invisible characters and spaces around."""
    return _UNSAFE.sub("", raw).strip()


def host(url: str) -> str:
    """Return the host of a link or bare domain, in ASCII and without `www.`; empty if there is none."""
    try:
        name = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return ascii_host(name).removeprefix("www.")


def readable_link(url: str) -> str:
    """Return a link as people read it: its host by `readable_host`, its path decoded where that is text."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    shown = readable_host(name)
    netloc = parts.netloc if shown == name else parts.netloc.replace(name, shown)
    # Signs that end a path or a word stay encoded, and so does what is no UTF-8.
    decoded = unquote(parts.path)
    path = decoded if re.fullmatch(r"[\w/:@!$&'()*+,;=.~-]*", decoded) else parts.path
    return urlunsplit((parts.scheme, netloc, path, parts.query, parts.fragment))


def contains(link: str, part: str) -> bool:
    """Whether a link contains *part*, in any case, in the spelling of the network or of people."""
    link, part = link.lower(), part.lower()
    if part in link:
        return True
    return not _IN_ASCII.fullmatch(part) and decode_hosts(unquote(part).lower()) in decode_hosts(unquote(link).lower())


def netloc(url: str) -> str:
    """Return host and port, by default that of the scheme."""
    parts = urlsplit(url)
    return f"{ascii_host(parts.hostname or '')}:{parts.port or PORTS.get(parts.scheme, '')}"


def is_comment(fragment: str) -> bool:
    """Whether a fragment leads to a comment: `comment-12`, `issuecomment-12`, `post12`."""
    return bool(_COMMENT.fullmatch(fragment))


def split_link(url: str) -> LinkParts | None:
    """Split a link; `None` if it is none."""
    link = web_link(url)
    if not link:
        return None
    parts = urlsplit(link)
    name = _site(parts.hostname or "")
    number = parts.port
    port = "" if number is None or number in PORTS.values() else f":{number}"
    # Most links have none, and each entry has a link.
    query = parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1") if parts.query else []
    raw_path = _encode_path(parts.path)
    return LinkParts(f"{name}{port}", _normalise_path(raw_path), raw_path, query, parts.fragment)


def _site(name: str) -> str:
    spelled = ascii_host(name)
    return f"[{spelled}]" if ":" in spelled else _VARIANTS.sub("", spelled)


def _encode_path(path: str) -> str:
    if _PLAIN_PATH.fullmatch(path):
        return path
    # An encoded slash separates nothing, and bytes that are not UTF-8 survive.
    return "%2F".join(quote(unquote_to_bytes(piece), safe=PATH_SIGNS) for piece in _ENCODED_SLASH.split(path))


def _normalise_path(path: str) -> str:
    """Remove dots, sessions, AMP and index endings, and empty pieces."""
    if _SIMPLE_PATH.fullmatch(path) and _AMP[1:] not in path.lower():  # most paths have nothing to remove
        return path
    pieces: list[str] = []
    for piece in _SERVLET_SESSION.sub("", path).split("/")[1:]:
        if piece == "..":
            del pieces[-1:]
        elif piece != "." and not _SESSION.fullmatch(piece):
            pieces.append(piece)
    pieces = list(filter(None, pieces))
    while pieces and (last := _normalise_last(pieces[-1])) != pieces[-1]:
        pieces[-1:] = [last] if last.strip(".") and not _SESSION.fullmatch(last) else []
    # In front of the page: /amp/sak/1, /sport/amp/sak/1. Alone at the end it went above.
    while _AMP[1:] in (front := [piece.lower() for piece in pieces[:-1][:_AMP_PLACES]]):
        del pieces[front.index(_AMP[1:])]
    return "".join(f"/{piece}" for piece in pieces)


def _normalise_last(piece: str) -> str:
    """Remove AMP from the last piece of a path; an index page becomes empty."""
    if "." not in piece:
        return "" if piece.lower() == _AMP[1:] else piece
    if _INDEX_PAGE.fullmatch(piece):
        return ""
    ending = next((page for page in _PAGE_ENDINGS if piece.lower().endswith(page)), "")
    end = len(piece) - len(ending)
    while piece[max(end - len(_AMP), 0) : end].lower() == _AMP:
        end -= len(_AMP)
    return piece[:end] + piece[len(piece) - len(ending) :]


_GOOGLE = re.compile(r"((?:[^.]+\.)*google)\.(?:com|[a-z]{2}|com?\.[a-z]{2})")


def host_suffixes(host: str) -> Iterator[str]:
    """Yield the keys of a host in a table: itself, then each parent domain with a dot before it.

    The domains of Google in all countries are `google.*`. A host that is too long for a name has no key.
    """
    if len(host) > MAX_HOST_CHARS:
        return
    if google := _GOOGLE.fullmatch(host):
        host = f"{google[1]}.*"
    yield host
    while "." in host:
        host = host.partition(".")[2]
        yield f".{host}"


def load_table(name: str) -> dict[str, Any]:
    """Read a table of this package."""
    # Reports and polls without a new entry read no table, and do without the parser (2 ms).
    import tomllib  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


RowT = TypeVar("RowT")


@cache
def rows_by_host(table: str, section: str, row_type: type[RowT]) -> dict[str, list[RowT]]:
    """Read a section of a table, once, and index its rows by each of their `hosts`, which have spaces between."""
    by_host: dict[str, list[RowT]] = {}
    for columns in load_table(table)[section]:
        row = row_type(**columns)
        for host in columns["hosts"].split():
            by_host.setdefault(host, []).append(row)
    return by_host
