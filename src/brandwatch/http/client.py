"""The client: sends requests, follows redirects itself, and translates every failure."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, fields, replace
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

import httpx

from brandwatch import __version__, clock, urls
from brandwatch.errors import FetchError
from brandwatch.http.address_guard import AddressGuard
from brandwatch.http.body import read_body, read_refusal
from brandwatch.http.caching_rules import fresh_until, server_time
from brandwatch.http.environment import FetchLimits
from brandwatch.http.failures import RedirectHop, is_refusal, raise_for_failure, redirect_of, translate_error
from brandwatch.http.host_limiter import HostLimiter
from brandwatch.http.transport import Transport
from brandwatch.models import Document, FetchClass, Request

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import TracebackType


USER_AGENT = f"brandwatch/{__version__}"
_HEADERS = {
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    # 405 bytes of brotli were seen to become 1 GiB in one chunk; gzip can be unpacked in small steps.
    "Accept-Encoding": "gzip",
}

# httpx logs whole URLs at INFO, and a URL may hold a password or a key.
logging.getLogger("httpx").setLevel(logging.WARNING)


class _NoCookies(CookieJar):
    """Keeps nothing; httpx has no switch for it, and a jar that refuses each cookie costs 0.1 ms an answer."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave the cookies of an answer where they are."""


class Client:
    """An HTTP client for many fetches; use it with `async with`. It keeps no cookies.

    *allow_private* names hosts (`host` or `host:port`) that may be on a private network, beside those of the limits.
    """

    def __init__(self, limits: FetchLimits = FetchLimits(), allow_private: Collection[str] = ()) -> None:  # noqa: B008 (frozen)
        self._limits = limits
        self._guard = AddressGuard({*limits.allowed, *allow_private})
        self._gates = HostLimiter(limits, self._guard)
        contact = f" (+{limits.contact})" if limits.contact else ""
        self._http = httpx.AsyncClient(
            transport=Transport(self._guard, min(limits.connect, limits.total), limits.idle),
            timeout=None,  # noqa: S113 (the deadline below holds for all of it)
            cookies=_NoCookies(),
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
        """Return the document that *request* asks for; raise FetchError, whose class says how it failed."""
        while not isinstance(answer := await self.step(request), Document):
            request = answer
        return answer

    async def step(self, request: Request) -> Document | RedirectState:
        """Ask once, in the turn of the host: return the document, or the request that a redirect makes of this one.

        One deadline covers all steps: names, redirects, headers that trickle, the body; waiting for a host's turn does
        not count.
        """
        if not urls.web_link(request.url):
            raise FetchError(FetchClass.BLOCKED, "not an address of http or https, and no other is asked")
        way = request if isinstance(request, RedirectState) else _begun(request)
        # Here as well as where connections are made: some disguises of an address are none to httpx at all.
        host, _, port = urls.netloc(way.url).rpartition(":")
        self._guard.check_literal(host, int(port))
        async with self._gates.passed(way.url, way.spacing):
            start = asyncio.get_running_loop().time()
            try:
                answer = await self._in_time(way)
                spent = asyncio.get_running_loop().time() - start
            finally:
                # The event loop closes a socket one iteration later; until then its descriptor is in use.
                await asyncio.sleep(0)
        if isinstance(answer, RedirectHop):
            return self._onward(way, answer, spent)
        return replace(answer, moved_to=way.url) if way.hops and way.is_moved else answer

    def heed(self, url: str, error: FetchError) -> None:
        """Let the host of *url* alone, as it asked: in the body of its answer, where that is not known here."""
        self._gates.heed(url, error)

    async def _in_time(self, way: RedirectState) -> Document | RedirectHop:
        """Ask within what is left of the deadline, and translate every way to fail."""
        try:
            async with asyncio.timeout(self._limits.total - way.spent) as deadline:
                return await self._ask(way, deadline)
        except FetchError as error:
            self._gates.heed(way.url, error)
            raise
        except TimeoutError:
            message = f"no whole answer within {self._limits.total:g} s"
            raise FetchError(FetchClass.TIMEOUT, message, "BRANDWATCH_TIMEOUT sets another deadline") from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            raise translate_error(error) from error

    def _onward(self, way: RedirectState, hop: RedirectHop, spent: float) -> RedirectState:
        """Return the way on from a redirect.

        What a source sends along is for its own origin: a hop to another one ends it, also for a way back.
        """
        if way.hops == self._limits.redirects:
            message = f"more than {self._limits.redirects} redirects, the last to {urls.host(hop.url)}"
            raise FetchError(FetchClass.REDIRECT, message)
        if way.body:
            raise FetchError(FetchClass.REDIRECT, f"redirects to {urls.host(hop.url)} what was meant for itself alone")
        return replace(
            way,
            url=hop.url,
            headers=way.headers if _origin(hop.url) == _origin(way.url) else (),
            hops=way.hops + 1,
            is_moved=way.is_moved and hop.is_permanent,
            spent=way.spent + spent,
        )

    async def _ask(self, way: RedirectState, deadline: asyncio.Timeout) -> Document | RedirectHop:
        """Ask one address once, with fresh headers."""
        conditions = {"If-None-Match": way.etag, "If-Modified-Since": way.last_modified}
        conditions = {name: value for name, value in conditions.items() if value}
        method, content = ("POST", way.body) if way.body else ("GET", None)
        headers = dict(way.headers) | conditions
        async with self._http.stream(method, _parsed(way), headers=headers, content=content) as response:
            try:
                return await self._received(way, response, deadline, is_conditional=bool(conditions))
            except FetchError as refusal:
                refusal.server_time = server_time(response.headers)
                raise

    async def _received(
        self, way: RedirectState, response: httpx.Response, deadline: asyncio.Timeout, *, is_conditional: bool
    ) -> Document | RedirectHop:
        """Return what an answer holds, now that its headers are there."""
        if hop := redirect_of(response, way.url):
            return hop
        try:
            raise_for_failure(response, is_conditional=is_conditional, now=clock.now())
        except FetchError as refusal:
            if way.reads_error_body and is_refusal(response):
                refusal.content_type = response.headers.get("content-type", "")
                refusal.body = await read_refusal(response, self._limits, deadline.when())
            raise
        return Document(
            url=way.url,
            status=response.status_code,
            body=await read_body(response, self._limits),
            content_type=response.headers.get("content-type", ""),
            etag=response.headers.get("etag", ""),
            last_modified=response.headers.get("last-modified", ""),
            fresh_until=fresh_until(response.headers, clock.now()),
            server_time=server_time(response.headers),
        )


def _begun(request: Request) -> RedirectState:
    """Return a request as the beginning of a way."""
    return RedirectState(**{field.name: getattr(request, field.name) for field in fields(request)})


def _parsed(way: RedirectState) -> httpx.URL:
    """Return the address as httpx reads it; raise FetchError where it reads none."""
    try:
        url = httpx.URL(way.url)
        # A link holds `blåbær` percent-encoded; httpx makes IDNA of letters only, and fails at `xn--` before no IDNA.
        return url.copy_with(host=unquote(url.host)) if "%" in url.host and ":" not in url.host else url
    except (httpx.InvalidURL, UnicodeError):
        fetch_class = FetchClass.REDIRECT if way.hops else FetchClass.BLOCKED
        raise FetchError(fetch_class, "the address is not one that can be asked") from None


def _origin(url: str) -> tuple[str, str]:
    """Return scheme, host and port of an address."""
    return urlsplit(url).scheme, urls.netloc(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectState(Request):
    """A request on its way: *url* is what to ask next, *hops* how many redirects led there.

    *is_moved* says that all of them were permanent, *spent* how many seconds of the deadline are gone.
    """

    hops: int = 0
    is_moved: bool = True
    spent: float = 0.0
