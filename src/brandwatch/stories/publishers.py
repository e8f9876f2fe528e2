"""Publishers: the site of a link, and the number of publishers of the same news."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from brandwatch import urls

# Sites that show entries of other publishers, under links of their own.
_AGGREGATORS = frozenset(
    "google.com msn.com yahoo.com bing.com newsbreak.com flipboard.com smartnews.com apple.news upday.com feedly.com"
    " inoreader.com feedspot.com".split()
)
_AGGREGATOR_NAMES = frozenset(
    "google googlenews msn yahoo yahoonews bing bingnews newsbreak flipboard smartnews applenews upday feedly".split()
)
# Hosts whose customers each have a name below theirs.
_HOSTS_OF_MANY = frozenset(
    "wordpress.com blogspot.com blogspot.no blogspot.se blogg.no blogg.se substack.com medium.com tumblr.com github.io"
    " gitlab.io livejournal.com typepad.com wixsite.com squarespace.com weebly.com ghost.io kommune.no".split()
)
_SECOND_LEVELS = frozenset("ac co com edu gov mil ne net or org".split())
_COUNTRY_LETTERS = 2
# A shorter word of an outlet's name is not its host.
_MIN_HOST_WORD_LETTERS = 4
_WORD = re.compile(r"\w+")


class Published(NamedTuple):
    """One copy of the news: its link, its outlet, and whether it comes from the brand's own channels."""

    url: str
    publisher: str
    is_owned: bool


@lru_cache(maxsize=4096)
def site_of_link(url: str) -> str:
    """Cut the host of a link to its site, as people write it: `sport.avisa.example` to `avisa.example`."""
    host = urls.readable_host(urls.host(url))
    labels = host.split(".")
    if labels[-1].isdigit() or ":" in host:
        return host
    tail = ".".join(labels[-2:])
    # Some countries give out names below the last two labels: `co.uk`.
    is_country = len(labels) > 2 and len(labels[-1]) == _COUNTRY_LETTERS  # noqa: PLR2004 (a name, and two labels)
    is_given_out = is_country and labels[-2] in _SECOND_LEVELS
    return ".".join(labels[-3:]) if tail in _HOSTS_OF_MANY or is_given_out else tail


def publisher_of_link(url: str, name: str) -> str:
    """Build the key of a publisher: the site of the link, or the outlet *name* if the site is an aggregator."""
    site = site_of_link(url)
    return site if site and site not in _AGGREGATORS else "".join(_name_words(name))


def is_aggregator(url: str) -> bool:
    """Whether the site of a link shows entries of other publishers."""
    return site_of_link(url) in _AGGREGATORS


def count_publishers(copies: Iterable[Published]) -> int:
    """Count the publishers that carry a story."""
    counter = PublisherCounter()
    for copy in copies:
        counter.add(copy)
    return counter.count


class PublisherCounter:
    """Counts the publishers of a story; the brand's own channels and aggregators do not count.

    An outlet that an aggregator names counts unless its own copy was added: `DN` and `Dagens Næringsliv` are both
    `dn.example`.
    """

    def __init__(self) -> None:
        self._sites: set[str] = set()
        self._names: set[str] = set()
        self._named_by_aggregators: set[str] = set()

    def add(self, copy: Published) -> None:
        """Count a copy."""
        if not copy.is_owned:
            self.add_all([(copy.url, copy.publisher)])

    def add_all(self, copies: Iterable[tuple[str, str]]) -> None:
        """Count the links and outlets of copies of which none is the brand's own."""
        for url, publisher in copies:
            site = site_of_link(url)
            if site and site not in _AGGREGATORS:
                self._sites.add(site)
                self._names.add(publisher)
            elif publisher:
                self._named_by_aggregators.add(publisher)

    @property
    def count(self) -> int:
        """The number of publishers."""
        others = {"".join(_name_words(name)) for name in self._named_by_aggregators if not self._has_own_copy(name)}
        return len(self._sites) + len(others - _AGGREGATOR_NAMES)

    def _has_own_copy(self, name: str) -> bool:
        words = _name_words(name)
        spelled = {"".join(words), *(word for word in words if len(word) >= _MIN_HOST_WORD_LETTERS)}
        if len(words) > 1:
            spelled.add("".join(word[0] for word in words))
        if not spelled.isdisjoint(site.partition(".")[0] for site in self._sites):
            return True
        names = (set(_name_words(other)) for other in self._names)
        return any(other and (set(words) <= other or other <= set(words)) for other in names)


def _name_words(name: str) -> list[str]:
    return _WORD.findall(name.casefold())
