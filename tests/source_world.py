"""Thirteen sources over thirty days, each with a fate of its own, on a site on loopback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.conftest import Site

NAME = "Fjordkraft Åsgård"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STEP = timedelta(hours=3, minutes=45)
"""The time between two polls, five phases of the flapping source: one poll finds it up, the next down."""
FLAPPING_PHASE = timedelta(minutes=45)

_NEWS_INTERVAL = timedelta(hours=6)
_LISTED_ENTRIES = 12
_ENTRIES_PER_MENTION = 4
_PLACES = ("Ålesund", "Bodø", "Tromsø", "Røros", "Førde", "Lærdal", "Årdal")
_PORTAL = "<!doctype html><title>Gjestenett Blåbær hotell</title><form action='/login'><input name='rom'></form>"
_LOGIN = "<!doctype html><title>Logg inn</title><form action='/innlogging'><input type='password'></form>"


@dataclass(frozen=True)
class Fate:
    """The fate of a source: from *begins* on, until *ends*, counted from the start of the world."""

    begins: timedelta = 30 * DAY
    ends: timedelta = 400 * DAY


FATES: Mapping[str, Fate] = {
    "dead": Fate(2 * DAY),  # 404
    "frozen": Fate(3 * DAY),  # the same entries, served by a living server
    "emptied": Fate(4 * DAY),  # a feed without entries
    "stale": Fate(5 * DAY),  # the copy of a cache: the same entries, the same Date, a growing Age
    "replaced": Fate(6 * DAY),  # the feed of a casino that took over the domain
    "throttled": Fate(7 * DAY),  # 429
    "captive": Fate(8 * DAY, 11 * DAY),  # redirected to the page of a portal, then well again
    "flapping": Fate(9 * DAY),  # 45 minutes up, 45 minutes down
    "moved": Fate(10 * DAY),  # redirected for good
    "renamed": Fate(12 * DAY),  # guids of a new scheme, once
    "login": Fate(13 * DAY),  # a login page with status 200
    "well": Fate(),
    "undated": Fate(),  # well, without dates
}
"""What becomes of each source."""


class SourceWorld:
    """The sources of `FATES`, at the paths of their names; `show` makes the pages of a moment.

    Every source has a new entry every six hours, and shows the latest twelve; one in four names the brand. During
    *offline* all of them redirect to the page of a portal, as a network does that wants a login.
    """

    def __init__(self, site: Site, start: datetime, offline: Fate | None = None) -> None:
        self.site, self.start, self.offline = site, start, offline
        self.urls = {name: site.url(f"/{name}") for name in FATES}

    def show(self, now: datetime) -> None:
        """Put the pages of all sources as they are at *now*."""
        self.site.date = format_datetime(now, usegmt=True)
        self.site.put("/portal", _PORTAL, Content_Type="text/html")
        for name in FATES:
            if self.offline and self._has_begun(self.offline, now):
                self._redirect(name, "/portal", 302)
            elif name in _SHOWN_BY and self._has_begun(FATES[name], now):
                _SHOWN_BY[name](self, name, now)
            else:
                self.put(name, now)

    def polls(self, days: int, step: timedelta = STEP) -> Iterator[datetime]:
        """Yield the moment of each poll, with the pages of that moment."""
        now = self.start
        while now < self.start + days * DAY:
            self.show(now)
            yield now
            now += step

    def put(self, name: str, now: datetime, path: str = "", **headers: str) -> None:
        """Show the entries that a source has at *now*."""
        self.site.put(f"/{path or name}", self._document(name, now), 200, **headers)

    def fate_begins(self, name: str) -> datetime:
        """Return when the fate of a source begins."""
        return self.start + FATES[name].begins

    def _has_begun(self, fate: Fate, now: datetime) -> bool:
        return fate.begins <= now - self.start < fate.ends

    def _document(self, name: str, now: datetime) -> str:
        latest = int((now - self.start) / _NEWS_INTERVAL)
        is_renamed = name == "renamed" and self._has_begun(FATES[name], now)
        numbers = range(latest, latest - _LISTED_ENTRIES, -1)
        items = "".join(
            self._entry(name, number, f"ny-{number}" if is_renamed else f"id-{number}") for number in numbers
        )
        head = f"<title>{name.title()}avisa</title><language>nb</language><link>https://{name}.example/</link>"
        return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'

    def _entry(self, name: str, number: int, guid: str) -> str:
        at = self.start + number * _NEWS_INTERVAL
        date = "" if name == "undated" else f"<pubDate>{format_datetime(at)}</pubDate>"
        subject = "Kommunen" if number % _ENTRIES_PER_MENTION else NAME
        title = f"{subject} bygger ut i {_PLACES[number % len(_PLACES)]}, del {number}"
        link = f"https://{name}.example/sak/{number}"
        return f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>{date}</item>"

    def die(self, name: str, now: datetime) -> None:  # noqa: ARG002 (as every fate)
        """The site is gone."""
        self.site.put(f"/{name}", b"", status=404)

    def freeze(self, name: str, now: datetime) -> None:  # noqa: ARG002
        """Nothing new comes, though the server is alive."""
        self.put(name, self.fate_begins(name))

    def empty(self, name: str, now: datetime) -> None:  # noqa: ARG002
        """The feed has no entries any more."""
        head = f"<title>{name.title()}avisa</title><language>nb</language>"
        self.site.put(f"/{name}", f"<rss version='2.0'><channel>{head}</channel></rss>")

    def serve_from_cache(self, name: str, now: datetime) -> None:
        """A cache serves its copy for ever."""
        begin = self.fate_begins(name)
        age = str(int((now - begin).total_seconds()))
        self.put(name, begin, Date=format_datetime(begin, usegmt=True), Age=age)

    def replace(self, name: str, now: datetime) -> None:
        """The domain has another owner."""
        latest = int((now - self.start) / _NEWS_INTERVAL)
        items = "".join(
            f"<item><title>Spin {number} and win big bonus cash today</title>"
            f"<link>https://lucky-wheel.example/spin/{number}</link><guid isPermaLink='false'>w{number}</guid>"
            f"<pubDate>{format_datetime(self.start + number * _NEWS_INTERVAL)}</pubDate></item>"
            for number in range(latest - 9, latest + 1)
        )
        head = "<title>Lucky Wheel Casino</title><language>en</language><link>https://lucky-wheel.example/</link>"
        self.site.put(f"/{name}", f"<rss version='2.0'><channel>{head}{items}</channel></rss>")

    def throttle(self, name: str, now: datetime) -> None:  # noqa: ARG002
        """The server wants no more requests."""
        self.site.put(f"/{name}", b"", status=429)

    def capture(self, name: str, now: datetime) -> None:  # noqa: ARG002
        """A portal answers in place of the server."""
        self._redirect(name, "/portal", 302)

    def flap(self, name: str, now: datetime) -> None:
        """The server is up in one phase and down in the next."""
        if int((now - self.start) / FLAPPING_PHASE) % 2:
            self.site.put(f"/{name}", b"maintenance", status=502)
        else:
            self.put(name, now)

    def move(self, name: str, now: datetime) -> None:
        """The feed has a new address."""
        self.put(name, now, path=f"{name}-ny")
        self._redirect(name, f"/{name}-ny", 301)

    def ask_to_log_in(self, name: str, now: datetime) -> None:  # noqa: ARG002
        """The page is a login form."""
        self.site.put(f"/{name}", _LOGIN, Content_Type="text/html")

    def _redirect(self, name: str, path: str, status: int) -> None:
        self.site.put(f"/{name}", b"", status=status, Location=self.site.url(path))


_SHOWN_BY: dict[str, Callable[[SourceWorld, str, datetime], None]] = {
    "dead": SourceWorld.die,
    "frozen": SourceWorld.freeze,
    "emptied": SourceWorld.empty,
    "stale": SourceWorld.serve_from_cache,
    "replaced": SourceWorld.replace,
    "throttled": SourceWorld.throttle,
    "captive": SourceWorld.capture,
    "flapping": SourceWorld.flap,
    "moved": SourceWorld.move,
    "login": SourceWorld.ask_to_log_in,
}
