"""The brand's own domains and accounts, and platforms and accounts recognised from a link."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from brandwatch import urls
from brandwatch.config.query import Account
from brandwatch.models import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.config.query import OwnedChannels, Query
    from brandwatch.models import Entry


# Each platform's own form of profile and post links, as its public pages show them.
_PATHS = {
    "x": (("x.com", "twitter.com"), r"/(\w{1,15})(?:/|$)"),
    "bluesky": (("bsky.app",), r"/profile/([^/]+)"),
    "linkedin": (("linkedin.com",), r"/((?:company|in|showcase|school)/[^/]+)"),
    "facebook": (("facebook.com", "fb.com"), r"/(?:pg/)?([\w.]+)(?:/|$)"),
    "instagram": (("instagram.com",), r"/([\w.]+)(?:/|$)"),
    "threads": (("threads.net", "threads.com"), r"/@([\w.]+)"),
    "tiktok": (("tiktok.com",), r"/@([\w.]+)"),
    "youtube": (("youtube.com",), r"/(?:@|c/|user/|channel/)([\w.-]+)"),
    "reddit": (("reddit.com",), r"/(?:user|u)/([\w-]+)"),
    "github": (("github.com",), r"/([\w-]+)(?:/|$)"),
    "hackernews": (("news.ycombinator.com",), r"$^"),
}
# Any server may be a Mastodon; its links are told by their form.
_MASTODON = re.compile(r"/@([\w.]+)(?:@([\w.-]+))?(?:/|$)")
SOCIAL_SOURCE_KINDS = frozenset(
    "mastodon bluesky lemmy hackernews reddit reddit-feed x lobsters discourse nodebb youtube youtube-comments "
    "youtube-search".split()
)
"""The kinds of source whose entries are posts and comments."""
_PLATFORM_OF = {host: platform for platform, (hosts, _) in _PATHS.items() for host in hosts}


def account_of_link(url: str) -> Account | None:
    """Return the account whose profile or post *url* leads to, `None` where the link does not tell."""
    parts, place = urlsplit(url), platform_of_link(url)
    if place == "hackernews":
        handle = parse_qs(parts.query).get("id", [""])[0] if parts.path == "/user" else ""
    elif place == "mastodon":
        posted = _MASTODON.match(parts.path)
        handle = f"{posted[1]}@{posted[2] or urls.host(url)}" if posted else ""
    else:
        found = re.match(_PATHS[place][1], parts.path) if place in _PATHS else None
        handle = unquote(found[1]) if found else ""
    return Account(platform=place, handle=handle.lower()) if handle else None


def platform_of_link(url: str) -> str:
    """Return the platform that *url* is on; an ordinary site, or a forum, is a platform by the name of its host."""
    host = urls.host(url)
    for name, place in _PLATFORM_OF.items():
        if host == name or host.endswith(f".{name}"):
            return place
    return "mastodon" if _MASTODON.match(urlsplit(url).path) else host


def account_hosts(owner: Account) -> tuple[str, ...]:
    """Return the hosts on which an account posts: those of its platform, or its own server."""
    if owner.platform in _PATHS:
        return _PATHS[owner.platform][0]
    return (owner.handle.split("@")[1] if "@" in owner.handle else owner.platform,)


def is_social(url: str, kind: str) -> bool:
    """Say whether an entry is a post or a comment rather than an article."""
    place = platform_of_link(url)
    is_comment = urls.is_comment(urlsplit(url).fragment)
    return kind in SOCIAL_SOURCE_KINDS or is_comment or place in _PATHS or place == "mastodon"


def posting_account(accounts: Iterable[Account], url: str, author: str) -> Account | None:
    """Return the one of *accounts* that an entry was posted from: its link says so, or its author on the same platform.

    The platform of an account may also be the host of a forum.
    """
    posted, place = account_of_link(url), platform_of_link(url)
    name = author.strip().lower().removeprefix("@")
    for candidate in accounts:
        handle = candidate.handle.lower()
        if posted and posted.platform == candidate.platform and posted.handle == handle:
            return candidate
        if name and place == candidate.platform and name in {handle, handle.split("@")[0], handle.split("/")[-1]}:
            return candidate
    return None


class Channels:
    """An index over the owned channels of many queries: which of them an entry has to do with."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._domains: defaultdict[str, set[int]] = defaultdict(set)
        self._accounts: defaultdict[str, set[int]] = defaultdict(set)
        for number, query in enumerate(queries):
            for domain in query.owned.domains:
                self._domains[urls.host(domain)].add(number)
            for account in query.owned.accounts:
                self._accounts[account.platform].add(number)

    def concerned(self, entry: Entry) -> set[int]:
        """Return the queries that the entry may come from, or link to."""
        found: set[int] = set()
        if self._domains:
            for link in (entry.url, *entry.links):
                for name in _parents(urls.host(link)):
                    found |= self._domains.get(name, set())
        if self._accounts and entry.url:
            found |= self._accounts.get(platform_of_link(entry.url), set())
        return found


def owned_channel(owned: OwnedChannels, entry: Entry) -> tuple[str, str] | None:
    """Return (channel, rule) where an entry comes from an owned domain or account, `None` for anybody else's."""
    for domain in owned.domains:
        if is_on_site(entry.url, domain):
            return domain, "owned domain"
    account = account_of_entry(owned.accounts, entry)
    return (account.handle, f"owned account on {account.platform}") if account else None


def account_of_entry(candidates: Iterable[Account], entry: Entry) -> Account | None:
    """Return the account that an entry was posted from, if it is one of *candidates*."""
    return posting_account(candidates, entry.url, entry.author)


def links_to_owned(owned: OwnedChannels, entry: Entry) -> Iterator[Evidence]:
    """Yield evidence for each link of an entry that leads to an owned domain."""
    for domain in owned.domains:
        for link in entry.links:
            if is_on_site(link, domain):
                yield Evidence(term=domain, field="links", start=0, end=len(link), rule="link", note=link)
                break


def is_on_site(url: str, site: str) -> bool:
    """Say whether a link leads to a site or to a part of it."""
    return bool(url) and urls.host(site) in _parents(urls.host(url))


def _parents(host: str) -> list[str]:
    """Return a host and all the domains it is a part of."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))] if host else []
