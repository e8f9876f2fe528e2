"""The client: asks, follows redirects itself, and translates every way in which that can go wrong."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx

from brandwatch import __version__, urls
from brandwatch.errors import FetchError
from brandwatch.fetch.answers import Hop, judge, redirected
from brandwatch.fetch.body import read_body
from brandwatch.fetch.failures import translated
from brandwatch.fetch.limits import Limits
from brandwatch.models import Document, FetchClass

if TYPE_CHECKING:
    from types import TracebackType

    from brandwatch.models import Request

USER_AGENT = f"brandwatch/{__version__}"
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    # 405 bytes of brotli were seen to become 1 GiB in one chunk; gzip can be unpacked in small steps.
    "Accept-Encoding": "gzip",
}

# httpx logs whole URLs at INFO, and a URL may hold a password or a key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Client:
    """An HTTP client for many fetches; use it with `async with`. It keeps no cookies."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008 (frozen)
        self._limits = limits
        self._gates: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(limits.per_host))
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)

    async def fetch(self, request: Request) -> Document:
        """Return the document that *request* asks for; raise FetchError, whose class says how it failed.

        The deadline covers everything: names, redirects, headers that trickle, the body.
        """
        async with self._gates[urlsplit(request.url).netloc]:
            try:
                async with asyncio.timeout(self._limits.total):
                    return await self._follow(request)
            except TimeoutError:
                message = f"no whole answer within {self._limits.total:g} s"
                raise FetchError(FetchClass.TIMEOUT, message, "BRANDWATCH_TIMEOUT sets another deadline") from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise translated(error) from error

    async def _follow(self, request: Request) -> Document:
        """Ask, and ask again where the answer points elsewhere, with fresh headers each time."""
        url, moved_to, is_moved = request.url, "", True
        for _ in range(self._limits.redirects + 1):
            answer = await self._ask(url, request)
            if isinstance(answer, Document):
                return replace(answer, moved_to=moved_to)
            is_moved = is_moved and answer.is_permanent
            url = answer.url
            moved_to = url if is_moved else ""
        raise FetchError(
            FetchClass.REDIRECT, f"more than {self._limits.redirects} redirects, the last to {urls.host(url)}"
        )

    async def _ask(self, url: str, request: Request) -> Document | Hop:
        """Ask one address once."""
        conditions = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        client = await self._client(url)
        async with client.stream("GET", url, headers=headers) as response:
            if hop := redirected(response, url):
                return hop
            judge(response, is_conditional=bool(headers))
            return Document(
                url=url,
                status=response.status_code,
                body=await read_body(response, self._limits),
                content_type=response.headers.get("content-type", ""),
                etag=response.headers.get("etag", ""),
                last_modified=response.headers.get("last-modified", ""),
            )

    async def _client(self, url: str) -> httpx.AsyncClient:
        """Return the client for a scheme; reading the certificates costs 0.1 s, so it waits for the first https."""
        scheme = urlsplit(url).scheme
        if scheme not in self._clients:
            self._clients[scheme] = await self._stack.enter_async_context(
                httpx.AsyncClient(
                    verify=httpx.create_ssl_context() if scheme == "https" else False,
                    timeout=httpx.Timeout(self._limits.total, connect=min(self._limits.connect, self._limits.total)),
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    headers=_HEADERS,
                )
            )
        return self._clients[scheme]
