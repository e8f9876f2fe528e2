"""Publishers: the site of a link, and how many publishers carry the same news."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import urls
from brandwatch.stories.shingles import shingle_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.models import Entry


# They show what others publish, under links of their own.
_AGGREGATORS = frozenset(
    "google.com msn.com yahoo.com bing.com newsbreak.com flipboard.com smartnews.com apple.news upday.com feedly.com"
    " inoreader.com feedspot.com".split()
)
_NAMES_OF_AGGREGATORS = frozenset(
    "google googlenews msn yahoo yahoonews bing bingnews newsbreak flipboard smartnews applenews upday feedly".split()
)
# Everyone there has a name of their own below the host's.
_HOSTS_OF_MANY = frozenset(
    "wordpress.com blogspot.com blogspot.no blogspot.se blogg.no blogg.se substack.com medium.com tumblr.com github.io"
    " gitlab.io livejournal.com typepad.com wixsite.com squarespace.com weebly.com ghost.io kommune.no".split()
)
_SECOND_LEVELS = frozenset("ac co com edu gov mil ne net or org".split())
_COUNTRY = 2
_LONG_NAME = 4
_SHORT_NAME = 2


class Published(NamedTuple):
    """One copy: its link, the outlet it names, and whether it comes from the brand's own channels."""

    url: str
    publisher: str
    is_owned: bool


@lru_cache(maxsize=4096)
def site(url: str) -> str:
    """Return the site that a link belongs to, whatever its part: `sport.avisa.example` is `avisa.example`."""
    host = urls.host(url)
    labels = host.split(".")
    if labels[-1].isdigit() or ":" in host:
        return host
    tail = ".".join(labels[-2:])
    return ".".join(labels[-3:]) if tail in _HOSTS_OF_MANY or _is_given_out(labels) else tail


def publisher_of_entry(entry: Entry) -> str:
    """Return what an entry's publisher is known by: its site, or the outlet that an aggregator names."""
    return publisher_of_link(entry.url, entry.publisher)


def publisher_of_link(url: str, name: str) -> str:
    """Return what the publisher of a link is known by, whom *name* names where the link is an aggregator's."""
    found = site(url)
    return found if found and found not in _AGGREGATORS else _joined(name)


def is_aggregator(url: str) -> bool:
    """Say whether a link leads to what others publish."""
    return site(url) in _AGGREGATORS


def count_publishers(copies: Iterable[Published]) -> int:
    """Return how many publishers carry a story."""
    carriers = PublisherCounter()
    for copy in copies:
        carriers.add(copy)
    return carriers.count


class PublisherCounter:
    """Who carries a story; the brand's own channels and aggregators raise nothing.

    An outlet that only an aggregator names counts, unless it is one of those whose own copy is there: `DN` and
    `Dagens Næringsliv` are both `dn.example`.
    """

    def __init__(self) -> None:
        self._sites: set[str] = set()
        self._names: set[str] = set()
        self._told: set[str] = set()

    def add(self, copy: Published) -> None:
        """Take a copy into account."""
        found = site(copy.url)
        if copy.is_owned:
            return
        if found and found not in _AGGREGATORS:
            self._sites.add(found)
            self._names.add(copy.publisher)
        elif copy.publisher:
            self._told.add(copy.publisher)

    @property
    def count(self) -> int:
        """How many publishers there are."""
        others = {_joined(name) for name in self._told if not _is_known(name, self._sites, self._names)}
        return len(self._sites) + len(others - _NAMES_OF_AGGREGATORS)


def _is_given_out(labels: list[str]) -> bool:
    """Say whether a country gives out names below the last two labels: `co.uk`."""
    return len(labels) > _COUNTRY and len(labels[-1]) == _COUNTRY and labels[-2] in _SECOND_LEVELS


def _is_known(name: str, sites: set[str], names: set[str]) -> bool:
    """Say whether an outlet is one of those whose sites, and names, are known."""
    parts = shingle_words(name)
    spelled = {"".join(parts), *(word for word in parts if len(word) >= _LONG_NAME)}
    if len(parts) >= _SHORT_NAME:
        spelled.add("".join(word[0] for word in parts))
    if not spelled.isdisjoint(known.partition(".")[0] for known in sites):
        return True
    return any(
        set(parts) <= set(shingle_words(other)) or set(shingle_words(other)) <= set(parts)
        for other in names
        if shingle_words(other)
    )


def _joined(name: str) -> str:
    """Return a name without capitals, blanks and signs."""
    return "".join(shingle_words(name))
