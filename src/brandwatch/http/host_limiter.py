"""The limits of each host: concurrent requests, spacing, and pauses that it asked for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from brandwatch import clock, urls
from brandwatch.errors import FetchError
from brandwatch.models import FetchClass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from brandwatch.http.address_guard import AddressGuard
    from brandwatch.http.environment import FetchLimits


MAX_PAUSE = timedelta(hours=1)
"""How long one answer of a host keeps its other sources waiting, whatever it asked for itself."""

_USUAL_PORTS = frozenset({None, 80, 443})


class HostLimiter:
    """The gates of all hosts, as *limits* want them; a host that *guard* was told to allow needs no spacing."""

    def __init__(self, limits: FetchLimits, guard: AddressGuard) -> None:
        self._limits = limits
        self._guard = guard
        self._under_way = asyncio.Semaphore(limits.fetches)
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(limits.per_host))
        self._free_at: defaultdict[str, float] = defaultdict(float)
        self._closed: dict[str, datetime] = {}

    @asynccontextmanager
    async def passed(self, url: str, spacing: float = 0.0) -> AsyncIterator[None]:
        """Wait for the turn of a request and hold its place; raise FetchError where its host wants to be left alone.

        *spacing* is the least number of seconds from the request before it, where that is more than usual.
        """
        host = host_of(url)
        # The shared slot comes before the spacing: two requests that waited for one would begin at once.
        async with self._slots[host], self._under_way:
            self._refuse_closed(host)
            await self._spaced(url, host, spacing)
            self._refuse_closed(host)
            yield

    def heed(self, url: str, error: FetchError) -> None:
        """Close the gate of a host whose answer said when it wants to be asked again."""
        if error.fetch_class == FetchClass.THROTTLED and error.retry_at is not None:
            until = min(error.retry_at, clock.now() + MAX_PAUSE)
            self._closed[host_of(url)] = max(until, self._closed.get(host_of(url), until))

    def _refuse_closed(self, host: str) -> None:
        """Raise FetchError if a host has asked for a pause that is not over."""
        until = self._closed.get(host)
        if until is not None and until > clock.now():
            message = f"{host} has asked for a pause until {until:%Y-%m-%d %H:%M} UTC, and was not asked"
            raise FetchError(FetchClass.THROTTLED, message, retry_at=until)

    async def _spaced(self, url: str, host: str, spacing: float) -> None:
        """Wait until a host has been left alone for a moment."""
        name, _, port = urls.netloc(url).rpartition(":")
        if self._guard.is_allowed(name, int(port)):
            return
        now = asyncio.get_running_loop().time()
        start = max(now, self._free_at[host])
        self._free_at[host] = start + max(self._limits.spacing, spacing)
        if start > now:
            await asyncio.sleep(start - now)


def host_of(url: str) -> str:
    """Return the host of an address: capitals, a dot at its end, http or https make no other one, a port does."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    name = (parts.hostname or "").rstrip(".")
    return name if port in _USUAL_PORTS else f"{name}:{port}"
