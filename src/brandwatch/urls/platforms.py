"""Platforms: one id and one link for each page, whatever the form of a link to it; and their accounts."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from brandwatch.urls import links
from brandwatch.urls.host_names import ascii_host

_ANY_HOST = "*"
_ALL = "*"
_FRAGMENT = "#"
# Any host may run Mastodon; only the form of its links shows it.
_MASTODON = re.compile(r"/@([\w.]+)(?:@([\w.-]+))?(?:/|$)")


class PlatformLink(NamedTuple):
    """One form of link, as `platforms.toml` describes it."""

    hosts: str
    pattern: str
    id: str
    link: str
    parameters: str = ""
    parts: str = ""


class PlatformPage(NamedTuple):
    """A page of a platform: its id there, and its canonical link."""

    id: str
    link: str


def platform_page(parts: links.LinkParts) -> PlatformPage | None:
    """Find the page of a platform; `None` for other sites."""
    # An empty piece of a path may stand for an omitted one.
    for path in dict.fromkeys((parts.raw_path.rstrip("/"), parts.path)):
        for form in _forms(parts.host):
            if match := re.fullmatch(form.pattern, _subject(form, parts, path)):
                return _page(form, match, parts)
    return None


@lru_cache(maxsize=1024)
def _forms(host: str) -> tuple[PlatformLink, ...]:
    by_host = links.rows_by_host("platforms", "page", PlatformLink)
    return tuple(form for place in (*links.host_suffixes(host), _ANY_HOST) for form in by_host.get(place, ()))


def _subject(form: PlatformLink, parts: links.LinkParts, path: str) -> str:
    """Build the text for the pattern of a form; values of parameters are encoded as in a path."""
    if not form.parameters:
        return f"{parts.host}{path}"
    names = form.parameters.split()
    values = dict(reversed(parts.query))
    present = sorted(values) if _ALL in names else [name for name in names if name in values]
    query = "&".join(f"{name}={quote(values[name].encode('latin-1'), safe=links.PATH_SIGNS)}" for name in present)
    fragment = parts.fragment if _FRAGMENT in names else ""
    return f"{parts.host}{path}{query and f'?{query}'}{fragment and f'#{fragment}'}"


def _page(form: PlatformLink, match: re.Match[str], parts: links.LinkParts) -> PlatformPage:
    groups = {name: text.replace("%20", "_") for name, text in match.groupdict().items()}
    # The names of accounts and hosts are not case-sensitive.
    groups |= {name: match[name].lower() for name in ("owner", "host") if name in groups}
    identity, link = form.id.format(**groups), form.link.format(**groups)
    values = dict(reversed(parts.query))
    for name in form.parts.split():
        if values.get(name):
            value = quote(values[name].encode("latin-1"), safe="")
            identity += f":{value}"
            link += f"{'&' if '?' in link else '?'}{name}={value}"
    return PlatformPage(identity, link)


class PlatformFeed(NamedTuple):
    """The feed of one form of link, as `platforms.toml` describes it."""

    hosts: str
    pattern: str
    feed: str
    parameter: str = ""


def platform_feeds(url: str) -> tuple[str, ...]:
    """Return the known addresses of the feeds of a page, none for other sites."""
    parts = links.split_link(url)
    if parts is None:
        return ()
    origin = urlsplit(links.web_link(url))
    values = {name: quote(value.encode("latin-1"), safe="") for name, value in reversed(parts.query)}
    fixed = {"host": parts.host, "origin": f"{origin.scheme}://{origin.netloc}"}
    by_host = links.rows_by_host("platforms", "feed", PlatformFeed)
    host = parts.host.partition(":")[0]
    rows = [row for place in links.host_suffixes(host) for row in by_host.get(place, ())]
    found = []
    for row in rows or by_host[_ANY_HOST]:
        match = re.fullmatch(row.pattern, parts.raw_path.rstrip("/"))
        if match and (not row.parameter or row.parameter in values):
            found.append(row.feed.format(**values | match.groupdict() | fixed))
    return tuple(found[:1])


class PlatformAccounts(NamedTuple):
    """The links of a platform's accounts, as `platforms.toml` describes them."""

    platform: str
    hosts: str
    path: str
    parameter: str = ""


@cache
def _accounts() -> dict[str, PlatformAccounts]:
    rows = (PlatformAccounts(**row) for row in links.load_table("platforms")["account"])
    return {row.platform: row for row in rows}


def account_of_link(url: str) -> tuple[str, str] | None:
    """Return (platform, handle) of the profile or entry at *url*, `None` if the link names no account."""
    parts, platform = urlsplit(url), platform_of_link(url)
    if platform == "mastodon":
        match = _MASTODON.match(unquote(parts.path))
        handle = f"{match[1]}@{ascii_host(match[2]) if match[2] else links.host(url)}" if match else ""
    else:
        row = _accounts().get(platform)
        match = re.match(row.path, parts.path) if row else None
        if row and row.parameter:
            handle = parse_qs(parts.query).get(row.parameter, [""])[0] if match else ""
        else:
            handle = unquote(match[1]) if match else ""
    return (platform, handle.lower()) if handle else None


def platform_of_link(url: str) -> str:
    """Return the platform of *url*, the host for any other site."""
    host = domain = links.host(url)
    by_host: dict[str, list[PlatformAccounts]] = links.rows_by_host("platforms", "account", PlatformAccounts)
    while domain:
        if domain in by_host:
            return by_host[domain][0].platform
        domain = domain.partition(".")[2]
    return "mastodon" if _MASTODON.match(unquote(urlsplit(url).path)) else host


def platform_hosts(platform: str) -> tuple[str, ...]:
    """List the hosts of a platform, none for any other name."""
    row = _accounts().get(platform)
    return tuple(row.hosts.split()) if row else ()
