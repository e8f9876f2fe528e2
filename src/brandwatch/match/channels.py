"""The brands' own domains and accounts: which entries come from them, which link to them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.match import accounts
from brandwatch.models import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Account, Entry, Owned, Query


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
            found |= self._accounts.get(accounts.platform(entry.url), set())
        return found


def speaking(owned: Owned, entry: Entry) -> tuple[str, str] | None:
    """Return (channel, rule) where an entry comes from an owned domain or account, `None` for anybody else's."""
    for domain in owned.domains:
        if is_on_site(entry.url, domain):
            return domain, "owned domain"
    account = posted_by(owned.accounts, entry)
    return (account.handle, f"owned account on {account.platform}") if account else None


def posted_by(candidates: Iterable[Account], entry: Entry) -> Account | None:
    """Return the account that an entry was posted from, if it is one of *candidates*."""
    return accounts.is_by(candidates, entry.url, entry.author)


def linked(owned: Owned, entry: Entry) -> Iterator[Evidence]:
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
