"""The client: asks, follows redirects itself, and translates every way in which that can go wrong."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx

from brandwatch import __version__, clock, urls
from brandwatch.errors import FetchError
from brandwatch.fetch.answers import Hop, judge, redirected
from brandwatch.fetch.body import read_body
from brandwatch.fetch.failures import translated
from brandwatch.fetch.guard import Guard
from brandwatch.fetch.limits import Limits
from brandwatch.fetch.manners import fresh_until
from brandwatch.fetch.transport import Transport
from brandwatch.models import Document, FetchClass

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import TracebackType

    from brandwatch.models import Request

USER_AGENT = f"brandwatch/{__version__}"
_HEADERS = {
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    # 405 bytes of brotli were seen to become 1 GiB in one chunk; gzip can be unpacked in small steps.
    "Accept-Encoding": "gzip",
}

# httpx logs whole URLs at INFO, and a URL may hold a password or a key.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Client:
    """An HTTP client for many fetches; use it with `async with`. It keeps no cookies.

    *allow_private* names hosts (`host` or `host:port`) that may be on a private network, beside those of the limits.
    """

    def __init__(self, limits: Limits = Limits(), allow_private: Collection[str] = ()) -> None:  # noqa: B008 (frozen)
        self._limits = limits
        self._guard = Guard({*limits.allowed, *allow_private})
        self._gates: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(limits.per_host))
        self._free_at: defaultdict[str, float] = defaultdict(float)
        contact = f" (+{limits.contact})" if limits.contact else ""
        self._http = httpx.AsyncClient(
            transport=Transport(self._guard, min(limits.connect, limits.total)),
            timeout=None,  # noqa: S113 (the deadline below holds for all of it)
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": USER_AGENT + contact, **_HEADERS},
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, traceback)

    async def fetch(self, request: Request) -> Document:
        """Return the document that *request* asks for; raise FetchError, whose class says how it failed.

        The deadline covers everything: names, redirects, headers that trickle, the body; waiting for the host's turn
        comes before it.
        """
        if not urls.web_link(request.url):
            raise FetchError(FetchClass.BLOCKED, "not an address of http or https, and no other is asked")
        host = urlsplit(request.url).netloc
        async with self._gates[host]:
            await self._turn(request.url)
            try:
                async with asyncio.timeout(self._limits.total):
                    return await self._follow(request)
            except TimeoutError:
                message = f"no whole answer within {self._limits.total:g} s"
                raise FetchError(FetchClass.TIMEOUT, message, "BRANDWATCH_TIMEOUT sets another deadline") from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise translated(error) from error

    async def _turn(self, url: str) -> None:
        """Wait until the host of *url* has been left alone for a moment; one that was allowed by hand needs none."""
        parts = urlsplit(url)
        if self._guard.is_allowed(parts.hostname or "", parts.port or 0):
            return
        now = asyncio.get_running_loop().time()
        start = max(now, self._free_at[parts.netloc])
        self._free_at[parts.netloc] = start + self._limits.spacing
        if start > now:
            await asyncio.sleep(start - now)

    async def _follow(self, request: Request) -> Document:
        """Ask, and ask again where the answer points elsewhere, with fresh headers each time.

        What the source sends along is for its own origin: a hop to another one ends it, also for a way back.
        """
        url, moved_to, is_moved = request.url, "", True
        for _ in range(self._limits.redirects + 1):
            answer = await self._ask(url, request)
            if isinstance(answer, Document):
                return replace(answer, moved_to=moved_to)
            is_moved = is_moved and answer.is_permanent
            url = answer.url
            moved_to = url if is_moved else ""
            if _origin(url) != _origin(request.url):
                request = replace(request, headers=())
        raise FetchError(
            FetchClass.REDIRECT, f"more than {self._limits.redirects} redirects, the last to {urls.host(url)}"
        )

    async def _ask(self, url: str, request: Request) -> Document | Hop:
        """Ask one address once."""
        conditions = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
        conditions = {name: value for name, value in conditions.items() if value}
        async with self._http.stream("GET", url, headers=dict(request.headers) | conditions) as response:
            if hop := redirected(response, url):
                return hop
            judge(response, is_conditional=bool(conditions), now=clock.now())
            return Document(
                url=url,
                status=response.status_code,
                body=await read_body(response, self._limits),
                content_type=response.headers.get("content-type", ""),
                etag=response.headers.get("etag", ""),
                last_modified=response.headers.get("last-modified", ""),
                fresh_until=fresh_until(response.headers, clock.now()),
            )


def _origin(url: str) -> tuple[str, str]:
    """Return scheme, host and port of an address."""
    return urlsplit(url).scheme, urls.netloc(url)
