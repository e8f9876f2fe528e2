"""The brand's own domains and accounts, and the accounts that entries are posted from."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from brandwatch import urls
from brandwatch.models import Entry, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.config.query import Account, OwnedChannels, Query


SOCIAL_SOURCE_KINDS = frozenset(
    "mastodon bluesky lemmy hackernews reddit reddit-feed x lobsters discourse nodebb youtube youtube-comments "
    "youtube-search".split()
)
"""The kinds of source whose entries are posts and comments."""


def account_hosts(account: Account) -> tuple[str, ...]:
    """Return the hosts of an account: those of its platform, or its own server."""
    own = account.handle.split("@")[1] if "@" in account.handle else account.platform
    return urls.platform_hosts(account.platform) or (own,)


def is_social(url: str, kind: str) -> bool:
    """Whether an entry is a post or a comment rather than an article."""
    platform = urls.platform_of_link(url)
    is_on_platform = platform == "mastodon" or bool(urls.platform_hosts(platform))
    return kind in SOCIAL_SOURCE_KINDS or is_on_platform or urls.is_comment(urlsplit(url).fragment)


def posting_account(accounts: Sequence[Account], entry: Entry) -> Account | None:
    """Return the one of *accounts* that posted an entry, by its link, or by its author on the same platform.

    The platform of an account may also be the host of a forum.
    """
    if not accounts:
        return None
    poster, platform = urls.account_of_link(entry.url), urls.platform_of_link(entry.url)
    author = entry.author.strip().lower().removeprefix("@")
    for account in accounts:
        handle = account.handle.lower()
        if poster == (account.platform, handle):
            return account
        spellings = {handle, handle.split("@")[0], handle.split("/")[-1]}
        if author and platform == account.platform and author in spellings:
            return account
    return None


class OwnedChannelIndex:
    """The owned channels of many queries, by the hosts and platforms that entries come from."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._domains: defaultdict[str, set[int]] = defaultdict(set)
        self._platforms: defaultdict[str, set[int]] = defaultdict(set)
        for number, query in enumerate(queries):
            for domain in query.owned.domains:
                self._domains[urls.host(domain)].add(number)
            for account in query.owned.accounts:
                self._platforms[account.platform].add(number)

    def queries_of(self, entry: Entry) -> set[int]:
        """Return the numbers of the queries whose channels the entry may come from or link to."""
        numbers: set[int] = set()
        if self._domains:
            for link in (entry.url, *entry.links):
                for domain in _domains(urls.host(link)):
                    numbers |= self._domains.get(domain, set())
        if self._platforms and entry.url:
            numbers |= self._platforms.get(urls.platform_of_link(entry.url), set())
        return numbers


def owned_channel(owned: OwnedChannels, entry: Entry) -> tuple[str, str] | None:
    """Return (channel, rule) of an entry from an owned domain or account, `None` for any other."""
    for domain in owned.domains:
        if is_on_site(entry.url, domain):
            return domain, "owned domain"
    account = posting_account(owned.accounts, entry)
    return (account.handle, f"owned account on {account.platform}") if account else None


def links_to_owned(owned: OwnedChannels, entry: Entry) -> Iterator[Evidence]:
    """Yield evidence for the first link of an entry to each owned domain."""
    for domain in owned.domains:
        link = next((link for link in entry.links if is_on_site(link, domain)), None)
        if link is not None:
            yield Evidence(term=domain, field="links", start=0, end=len(link), rule="link", note=link)


def is_on_site(url: str, site: str) -> bool:
    """Whether a link leads to a site or to a part of it."""
    return bool(url) and urls.host(site) in _domains(urls.host(url))


def _domains(host: str) -> list[str]:
    """Return a host and all domains it is part of."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))] if host else []
