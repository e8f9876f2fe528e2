"""Platforms and the accounts on them, told from a link alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from brandwatch import urls
from brandwatch.models import Account

if TYPE_CHECKING:
    from collections.abc import Iterable

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
SOCIAL_KINDS = frozenset(
    "mastodon bluesky lemmy hackernews reddit reddit-feed x lobsters discourse nodebb youtube youtube-comments "
    "youtube-search".split()
)
"""The kinds of source whose entries are posts and comments."""
_PLATFORM_OF = {host: platform for platform, (hosts, _) in _PATHS.items() for host in hosts}


def account(url: str) -> Account | None:
    """Return the account whose profile or post *url* leads to, `None` where the link does not tell."""
    parts, place = urlsplit(url), platform(url)
    if place == "hackernews":
        handle = parse_qs(parts.query).get("id", [""])[0] if parts.path == "/user" else ""
    elif place == "mastodon":
        posted = _MASTODON.match(parts.path)
        handle = f"{posted[1]}@{posted[2] or urls.host(url)}" if posted else ""
    else:
        found = re.match(_PATHS[place][1], parts.path) if place in _PATHS else None
        handle = unquote(found[1]) if found else ""
    return Account(platform=place, handle=handle.lower()) if handle else None


def platform(url: str) -> str:
    """Return the platform that *url* is on; an ordinary site, or a forum, is a platform by the name of its host."""
    host = urls.host(url)
    for name, place in _PLATFORM_OF.items():
        if host == name or host.endswith(f".{name}"):
            return place
    return "mastodon" if _MASTODON.match(urlsplit(url).path) else host


def hosts(owner: Account) -> tuple[str, ...]:
    """Return the hosts on which an account posts: those of its platform, or its own server."""
    if owner.platform in _PATHS:
        return _PATHS[owner.platform][0]
    return (owner.handle.split("@")[1] if "@" in owner.handle else owner.platform,)


def is_social(url: str, kind: str) -> bool:
    """Say whether an entry is a post or a comment rather than an article."""
    place = platform(url)
    is_comment = urls.is_comment(urlsplit(url).fragment)
    return kind in SOCIAL_KINDS or is_comment or place in _PATHS or place == "mastodon"


def is_by(accounts: Iterable[Account], url: str, author: str) -> Account | None:
    """Return the one of *accounts* that an entry was posted from: its link says so, or its author on the same platform.

    The platform of an account may also be the host of a forum.
    """
    posted, place = account(url), platform(url)
    name = author.strip().lower().removeprefix("@")
    for candidate in accounts:
        handle = candidate.handle.lower()
        if posted and posted.platform == candidate.platform and posted.handle == handle:
            return candidate
        if name and place == candidate.platform and name in {handle, handle.split("@")[0], handle.split("/")[-1]}:
            return candidate
    return None
