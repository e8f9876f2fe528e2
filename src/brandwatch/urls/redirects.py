"""Resolve redirect links offline, and those of entries."""

from __future__ import annotations

import re
from binascii import a2b_base64
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from brandwatch.urls import links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


MAX_LINKS = 20
"""The most links of one entry: enough to tell whose pages it is about, too few for a page of links."""
MAX_HOPS = 3
"""The maximum depth of nested redirect links; a longer chain stays unresolved."""

_HOST = re.compile(r"https?://[^/?#]*")
_PLAIN_TARGET = re.compile(r"https?:/", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/+", re.IGNORECASE)
_ASCII = "".join(map(chr, range(33, 127)))
# Proofpoint writes a star for one character, and two with a letter for a run of at least two.
_STARS = re.compile(r"\*(?:\*([A-Za-z0-9_-]))?")
_RUN_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_MIN_RUN_CHARS = 2


class RedirectLink(NamedTuple):
    """One kind of redirect link, as `redirects.toml` describes it."""

    hosts: str
    path: str = ""
    parameters: str = ""
    rest: str = ""
    scheme: str = ""
    coding: str = ""


def unwrap(url: str) -> str:
    """Return the target of the redirect link *url*, or *url* itself if it is none.

    A target is an http(s) link without user name and password.
    """
    if not _may_redirect(url):
        return url
    link = url
    for _ in range(MAX_HOPS):
        target = _target(link)
        if not target:
            return link
        link = target
    return url if _target(link) else link


_SHORT_SCHEME = re.compile(r"^(https?):/(?=[^/])", re.IGNORECASE)


def entry_link(raw: str, base: str = "") -> str:
    """Return a link in its safe, absolute form (`web_link`), with redirect links unwrapped.

    A link that begins with `www.` or with the host of *base* is no path below it, and `http:/` is short of a slash.
    """
    if not raw.startswith(("https://", "http://")):
        raw = _with_scheme(raw.strip(), base)
    return unwrap(links.web_link(raw, base))


def _with_scheme(raw: str, base: str) -> str:
    lower = raw.lower()
    if lower.startswith("www.") or (base and raw[:1].isalnum() and f"{lower}/".startswith(f"{links.host(base)}/")):
        return f"https://{raw}"
    return _SHORT_SCHEME.sub(r"\1://", raw)


def entry_links(written: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the links of an entry, each once, at most `MAX_LINKS`, from pairs of a link as written and its base."""
    found: dict[str, None] = {}
    for raw, base in written:
        if link := entry_link(raw, base):
            found[link] = None
            if len(found) == MAX_LINKS:
                break
    return tuple(found)


def _may_redirect(url: str) -> bool:
    # Nearly no link is one, and such a link must cost nothing.
    return (
        url.find("http", 8) > 0
        or "/amp/" in url
        or "ampproject.org/" in url
        or "bing-amp.com/" in url
        or "aHR0c" in url  # `http` in Base64
    )


def _target(url: str) -> str:
    link = links.web_link(url) if _may_redirect(url) else ""
    parts = links.split_link(link)
    if parts is None:
        return ""
    by_host = links.rows_by_host("redirects", "redirect", RedirectLink)
    for kind in (kind for place in links.host_suffixes(parts.host) for kind in by_host.get(place, ())):
        for text in _parameters(kind, parts) if kind.parameters else _rest(kind, link):
            if target := _safe_target(text, kind.coding):
                return target
    return ""


def _parameters(kind: RedirectLink, parts: links.LinkParts) -> Iterator[str]:
    """Yield the parameters that may hold the target, which inherits the fragment as in a browser."""
    if not re.fullmatch(kind.path, parts.path):
        return
    values = dict(reversed(parts.query))
    for name in kind.parameters.split():
        value = _ascii_link(values.get(name, "").strip().encode("latin-1"))
        yield f"{value}#{parts.fragment}" if parts.fragment and "#" not in value else value


def _rest(kind: RedirectLink, link: str) -> Iterator[str]:
    """Yield the target behind the host; it may be percent-encoded."""
    rest = _HOST.sub("", link, count=1)
    if match := re.fullmatch(kind.rest, rest if rest.startswith("/") else f"/{rest}"):
        text = f"{kind.scheme}{match[1]}"
        yield text if _PLAIN_TARGET.match(text) else _ascii_link(unquote_to_bytes(text))


def _safe_target(text: str, coding: str) -> str:
    """Decode a target; empty if it is no safe link."""
    try:
        target = _SCHEME.sub(r"\1://", _decode_target(text, coding), count=1)
        names_user = "@" in urlsplit(target).netloc
    except ValueError:
        return ""
    return "" if names_user else links.web_link(target)


def _decode_target(text: str, coding: str) -> str:
    """Decode the link; raise ValueError if it is malformed."""
    match coding:
        case "base64":  # Bing writes `a1` before it
            return _ascii_link(_from_base64(text[2:]))
        case "disqus":
            link, _, digest = text.rpartition(":")
            return text if "/" in digest else link
        case "proofpoint2":
            return _ascii_link(unquote_to_bytes(text.replace("-", "%").replace("_", "/")))
        case "proofpoint3":
            return _decode_proofpoint3(text)
        case _:
            return text


def _decode_proofpoint3(text: str) -> str:
    # Stars replace the unusual characters, which follow the link in Base64.
    link, _, behind = text.partition("__;")
    characters = iter(_from_base64(behind.partition("!")[0]).decode())

    def unstar(star: re.Match[str]) -> str:
        length = _RUN_LENGTHS.index(star[1]) + _MIN_RUN_CHARS if star[1] else 1
        return "".join(islice(characters, length))

    return _STARS.sub(unstar, link)


def _from_base64(text: str) -> bytes:
    # The alphabet for URLs, without padding (RFC 4648 §5).
    return a2b_base64(f"{text.replace('-', '+').replace('_', '/')}===")


def _ascii_link(link: bytes) -> str:
    # Other bytes stay encoded, whatever their encoding is.
    return quote(link, safe=_ASCII)
