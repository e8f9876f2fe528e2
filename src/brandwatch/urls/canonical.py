"""Canonical keys of pages, without trackers."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote, urlencode

from brandwatch.urls import links, platforms, redirects, wikis

if TYPE_CHECKING:
    from collections.abc import Iterator


# What browsers take for the beginning of a web link: any number of slashes, or none before what looks like a host.
_BEGINNING = re.compile(r"(?:https?:)?//+|(?:https?:/?)?(?=[\w-]+(?:\.[\w-]+)+\.?(?::\d+)?(?:[/?#]|$))", re.IGNORECASE)
_END_OF_PATH = re.compile(r"[?#]")
_SITE = re.compile(r"https://[^/?#]*")
_ROUTE = re.compile(r"[!/].*\w")

_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
_SESSION = re.compile(r"[0-9a-f]{32}")
# Added after a `?` where there was one already, or after an `&amp;` that nobody read.
_GARBLED = re.compile(r"(?:\?|amp;)+")
_ADDED = "?utm_"

# A text directive (WICG, Text Fragments): what follows tells the browser which words to show.
_DIRECTIVE = ":~:"
_PLACES = frozenset("comments comment respond reply replies disqus_thread top main content footer new _=_".split())
# AddThis, ShareThis, Tynt (two), IDG, CBS, and the place in a WordPress entry where its teaser ends.
_ADDED_FRAGMENTS = (".", "sthash.", "axzz", "ixzz", "tk.", "ftag=", "more-")
# `change-2`, `comment:3`, `pid12`, `post=12`: a number names one of many parts. A value of another name is an addition.
_NUMBERED = re.compile(r"[^=]*\d[^=]*|[\w-]*(?:comment|reply|post|pid|message|note)[\w-]*=\w*\d\w*", re.IGNORECASE)
# RFC 3986 §3.5, without the percent sign.
_FRAGMENT_SIGNS = "/?:@!$&'()*+,;=-._~"


class _ResolvedPage(NamedTuple):
    """The key of a page, and the platform's id of it."""

    key: str
    id: str = ""


def canonical(url: str) -> str:
    """Compute the key of the page behind *url*, empty if it is no link; links to the same page share their key.

    A key is a link, and its own key. It serves comparison only: reports show the publisher's own link.
    """
    return resolve_page(url).key


def platform_id(url: str) -> str:
    """Return the platform's id of an entry, video or thread (`youtube:…`, `x:…`), empty if there is none."""
    return resolve_page(url).id


@lru_cache(maxsize=4096)
def resolve_page(url: str) -> _ResolvedPage:
    """Find the page behind a link."""
    page = _page(redirects.unwrap(_absolute(url)))
    # A link may be a redirect link only in the spelling of its key; each target is shorter than the link around it.
    while (link := redirects.unwrap(page.key)) != page.key:
        page = _page(link)
    return page


def is_front_page(key: str) -> bool:
    """Whether a key is that of a whole site."""
    return bool(_SITE.fullmatch(key))


def _absolute(url: str) -> str:
    # As browsers do: backslashes are slashes, and the scheme may be missing.
    if url.startswith(("https://", "http://")) and "\\" not in url:
        return url
    url = links.strip_invisible(url)
    match = _END_OF_PATH.search(url)
    end = match.start() if match else len(url)
    url = url[:end].replace("\\", "/") + url[end:]
    beginning = _BEGINNING.match(url)
    return f"https://{url[beginning.end() :]}" if beginning else url


def _page(link: str) -> _ResolvedPage:
    parts = _parts(link)
    if parts is None:
        return _ResolvedPage("")
    if page := platforms.platform_page(parts):
        return _ResolvedPage(link, page.id) if link == page.link else _page(page.link)
    query = urlencode(sorted(parts.query), encoding="latin-1") if parts.query else ""
    fragment = _key_fragment(parts.host, parts.fragment) if parts.fragment else ""
    return _ResolvedPage(f"https://{parts.host}{parts.path}{query and f'?{query}'}{fragment and f'#{fragment}'}")


def _key_fragment(host: str, fragment: str) -> str:
    """Return the fragment that is a part of the key: a route (`#!/…`, `#/…`), or what has a number."""
    if _ROUTE.match(fragment):
        return fragment
    named = _named_part(host, unquote(fragment, "latin-1"))
    return quote(named, safe=_FRAGMENT_SIGNS, encoding="latin-1") if _NUMBERED.fullmatch(named) else ""


def _named_part(host: str, fragment: str) -> str:
    """Return a decoded fragment without trackers, empty for a place that every page has."""
    fragment, before = fragment.partition(_DIRECTIVE)[0], ""
    while fragment != before:
        before = fragment
        if fragment.lower() in _PLACES or fragment.lower().startswith(_ADDED_FRAGMENTS):
            return ""
        pairs = [(name, value) for name, _, value in (piece.partition("=") for piece in fragment.split("&"))]
        fragment = "&".join(f"{name}={value}" if value else name for name, value in _without_trackers(host, pairs))
    return fragment


def _parts(link: str) -> links.LinkParts | None:
    parts = links.split_link(link)
    return parts and wikis.page_of_version(parts._replace(query=list(_without_trackers(parts.host, parts.query))))


class Trackers(NamedTuple):
    """The table of tracking parameters, in small letters."""

    prefixes: tuple[str, ...]
    names: frozenset[str]
    by_host: dict[str, frozenset[str]]
    channel_names: frozenset[str]
    channels: frozenset[str]
    channel_beginnings: tuple[str, ...]
    amp: dict[str, list[str]]


@cache
def _trackers() -> Trackers:
    table = links.load_table("trackers")
    channels = table["channels"]
    return Trackers(
        prefixes=tuple(table["prefixes"].split()),
        names=frozenset(" ".join(table["names"].values()).split()),
        by_host={host: frozenset(names.split()) for hosts, names in table["sites"].items() for host in hosts.split()},
        channel_names=frozenset(channels["names"].split()),
        channels=frozenset(channels["values"].split()),
        channel_beginnings=tuple(channels["beginnings"].split()),
        amp=table["amp"],
    )


def _without_trackers(host: str, query: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the parameters that may identify the page; each byte is a character."""
    own = _own_trackers(host) if query else frozenset()
    for raw_name, raw_value in query:
        garbled = _GARBLED.match(raw_name)
        name, added, _ = raw_name[garbled.end() if garbled else 0 :].partition(_ADDED)
        value = "" if added else raw_value.partition(_ADDED)[0]
        if (name or value) and name.lower() not in own and not _is_tracker(name.lower(), value.lower()):
            yield name, value


@lru_cache(maxsize=1024)
def _own_trackers(host: str) -> frozenset[str]:
    by_host = _trackers().by_host
    return frozenset(name for place in links.host_suffixes(host) for name in by_host.get(place, ()))


def _is_tracker(name: str, value: str) -> bool:
    table = _trackers()
    if name in table.names or name.startswith(table.prefixes) or value in table.amp.get(name, ()):
        return True
    if name in table.channel_names:
        is_channel = value in table.channels or value.startswith(table.channel_beginnings)
        return is_channel or bool(_DOMAIN.fullmatch(value))
    return name == "sid" and bool(_SESSION.fullmatch(value))


def are_two_parts(one: str, other: str) -> bool:
    """Whether two links to one page lead to different parts of it."""
    first_key, second_key = canonical(one), canonical(other)
    if first_key != second_key:
        return first_key.partition("#")[0] == second_key.partition("#")[0]
    first, second = part(one), part(other)
    return first != second and bool(first and second)


def part(url: str) -> str:
    """Return the fragment of a link that is not in its key, empty for a place that every page has, or a tracker."""
    link = redirects.unwrap(url)
    page, _, fragment = link.partition("#")
    if not fragment or canonical(link) != canonical(page):
        return ""
    return _named_part(links.host(page), unquote(fragment))
