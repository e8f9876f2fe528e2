"""The client: sends requests within their deadline, follows redirects itself, and translates every failure."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

import httpx

from brandwatch import __version__, urls
from brandwatch.config.secrets import redact_text
from brandwatch.errors import FetchClass, FetchError
from brandwatch.http.address_guard import AddressGuard
from brandwatch.http.deadline import Deadline
from brandwatch.http.environment import FetchLimits
from brandwatch.http.hosts import HostLimiter, host_of
from brandwatch.http.response_head import describe_protocol_error
from brandwatch.http.response_reader import RedirectHop, read_response
from brandwatch.http.transport import FailedProxyError, Transport
from brandwatch.models import Document, Request
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


_LOG = logging.getLogger(__name__)

USER_AGENT = f"brandwatch/{__version__}"
_ACCEPTED = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_HEADERS = [
    (b"Accept", _ACCEPTED.encode()),
    # Through httpx 405 bytes of Brotli became 1 GiB in one chunk. brotli 1.2 and backports.zstd limit their output, as
    # zlib does, but 221 real feeds are 6 % smaller with Brotli (level 5) and 3 % larger with Zstandard (level 3) than
    # with gzip, at the same CPU: no reason for another library in C that reads what strangers send.
    (b"Accept-Encoding", b"gzip"),
    (b"Connection", b"keep-alive"),
]

# A healthy server that is busy, or far away, may take some seconds to begin its answer.
_MIN_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectState(Request):
    """A request after *hops* redirects, all of them permanent if *is_moved*; *spent* seconds of its deadline are over.

    *url* is the address to request next. *has_cookie*: one of the redirects came with a cookie. *first_host* is that of
    the request before any redirect.
    """

    hops: int = 0
    is_moved: bool = True
    has_cookie: bool = False
    spent: float = 0.0
    first_host: str = ""


class Client:
    """An HTTP client for many fetches, without cookies; use it with `async with`.

    *allow_private* names hosts (`host` or `host:port`) that may be on a private network, beside those of the limits.
    """

    def __init__(self, limits: FetchLimits = FetchLimits(), allow_private: Collection[str] = ()) -> None:  # noqa: B008 (frozen)
        self._limits = limits
        self._guard = AddressGuard({*limits.allowed, *allow_private})
        self._hosts = HostLimiter(limits, self._guard)
        # Not httpx's own client, whose redirects, cookies and logins take a tenth of a request and are not used here.
        self._transport = Transport(self._guard, min(limits.connect, limits.total), limits.idle)
        contact = f" (+{limits.contact})" if limits.contact else ""
        self._headers = [*_HEADERS, (b"User-Agent", (USER_AGENT + contact).encode())]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()

    @property
    def in_flight(self) -> int:
        """The number of requests that may be sent at a time."""
        return self._limits.in_flight

    def may_be_private(self, url: str) -> bool:
        """Whether the host of a URL may be on a private network, or on this machine."""
        name, _, port = urls.netloc(url).rpartition(":")
        return self._guard.is_allowed(name, int(port))

    async def fetch(self, request: Request) -> Document:
        """Return the document, after redirects; raise FetchError, whose class tells how it failed."""
        while not isinstance(answer := await self.send(request), Document):
            request = answer
        return answer

    async def send(self, request: Request) -> Document | RedirectState:
        """Send one request in its host's turn; return the document, or the request that a redirect leads to.

        One deadline covers all steps: the look-up of the name, all redirects, slow headers, the body. Time spent
        waiting for the host's turn does not count.
        """
        if not urls.web_link(request.url):
            raise FetchError(FetchClass.BLOCKED, "not an address of http or https, and no other is asked")
        state = request
        if not isinstance(state, RedirectState):
            state = RedirectState(**{field.name: getattr(request, field.name) for field in fields(request)})
        host, _, port = urls.netloc(state.url).rpartition(":")
        # The transport checks every address too, but httpx itself rejects some disguises of an address.
        self._guard.check_literal(host, int(port))
        async with self._hosts.slot(state):
            try:
                answer, spent = await self._send_in_time(state)
            except FetchError as failure:
                if state.first_host not in {"", host_of(state.url)}:
                    failure.obstacle = failure.obstacle or redirect_obstacle(host_of(state.url))
                _LOG.debug("failed host=%s class=%s status=%s", host, failure.fetch_class, failure.status)
                raise
            finally:
                # The event loop closes a socket one iteration later; until then its descriptor is in use.
                await asyncio.sleep(0)
        if isinstance(answer, RedirectHop):
            return self._follow(state, answer, spent)
        _LOG.debug("received host=%s status=%d bytes=%d", host, answer.status, len(answer.body))
        return replace(answer, moved_to=state.url) if state.hops and state.is_moved else answer

    def respect_retry_after(self, request: Request, error: FetchError) -> None:
        """Pause the host or URL of *request* if *error* has a time to retry: some services write it into the body."""
        self._hosts.respect_retry_after(request, error)

    async def _send_in_time(self, state: RedirectState) -> tuple[Document | RedirectHop, float]:
        """Send a request within the rest of the deadline; return the answer and the seconds spent.

        Every failure is translated to a FetchError.
        """
        seconds = self._limits.total - state.spent
        patience = max(self._limits.total * self._hosts.patience(state), _MIN_PATIENCE_SECONDS)
        deadline = Deadline(min(patience, seconds))
        try:
            async with deadline:
                answer = await self._send(state, deadline, seconds)
                return answer, seconds - deadline.remaining()
        except FetchError as error:
            self._hosts.respect_retry_after(state, error)
            raise
        except TimeoutError:
            self._hosts.count_timeout(state)
            raise _timed_out(self._limits.total, deadline.seconds if deadline.seconds < seconds else None) from None
        except FailedProxyError as error:
            raise _proxy_failure(error) from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            failure = translate_error(error)
            if failure.fetch_class is FetchClass.TIMEOUT:
                self._hosts.count_timeout(state)
            raise failure from error

    async def _send(self, state: RedirectState, deadline: Deadline, seconds: float) -> Document | RedirectHop:
        """Send a request; once its answer begins, *deadline* is *seconds*."""
        conditions = _conditions(state)
        method, content = ("POST", state.body) if state.body else ("GET", None)
        headers = self._request_headers(state) + conditions
        request = httpx.Request(method, _parse_url(state), headers=headers, content=content)
        response = await self._transport.handle_async_request(request)
        try:
            self._hosts.note_answer(state)
            deadline.extend_to(seconds)
            return await read_response(response, state, self._limits, deadline, is_conditional=bool(conditions))
        finally:
            await response.aclose()

    def _request_headers(self, state: RedirectState) -> list[tuple[bytes, bytes]]:
        """Return the headers of a request; its own take the place of those that every request has."""
        own = [(name.encode(), value.encode()) for name, value in state.headers]
        if state.user_agent:
            own.append((b"User-Agent", state.user_agent.encode()))
        names = {name.lower() for name, _ in own}
        return [header for header in self._headers if header[0].lower() not in names] + own

    def _follow(self, state: RedirectState, hop: RedirectHop, spent: float) -> RedirectState:
        """Return the request that a redirect leads to; raise FetchError for one too many, or of a POST."""
        if state.hops == self._limits.redirects:
            raise _too_many_redirects(self._limits.redirects, hop, has_cookie=state.has_cookie)
        if state.body:
            raise FetchError(
                FetchClass.REDIRECT,
                f"redirects to {urls.readable_host(urls.host(hop.url))} what was meant for itself alone",
            )
        _LOG.info("redirected host=%s to=%s permanent=%s", urls.host(state.url), urls.host(hop.url), hop.is_permanent)
        return replace(
            state,
            url=hop.url,
            # Headers are for their own origin, and are not sent on a way back to it either.
            headers=state.headers if _origin(hop.url) == _origin(state.url) else (),
            hops=state.hops + 1,
            first_host=state.first_host or host_of(state.url),
            is_moved=state.is_moved and hop.is_permanent,
            has_cookie=state.has_cookie or hop.sets_cookie,
            spent=state.spent + spent,
        )


def _timed_out(seconds: float, patience: float | None) -> FetchError:
    """Return the failure of a request that timed out; *patience* is the shorter time in which no answer began."""
    message = f"no whole answer within {seconds:g} s"
    if patience is not None:
        message = f"no answer began within {patience:g} s; the wait is shorter after time-outs in a row"
    return FetchError(FetchClass.TIMEOUT, message, "BRANDWATCH_TIMEOUT sets another deadline")


def _conditions(state: RedirectState) -> list[tuple[bytes, bytes]]:
    """Return the headers that make a request conditional, with the bytes of the validators."""
    validators = [(b"If-None-Match", state.etag), (b"If-Modified-Since", state.last_modified)]
    with suppress(UnicodeEncodeError):  # stored by a version that decoded them as UTF-8
        return [(name, value.encode("latin-1")) for name, value in validators if value]
    return []


def _too_many_redirects(limit: int, hop: RedirectHop, *, has_cookie: bool) -> FetchError:
    message = f"more than {limit} redirects, the last to {urls.readable_host(urls.host(hop.url))}"
    if not has_cookie:
        return FetchError(FetchClass.REDIRECT, message)
    hint = "see whether the publisher has a feed that can be read without cookies"
    return FetchError(FetchClass.REDIRECT, f"{message}; a cookie wall: it sets cookies, and none is sent back", hint)


def _parse_url(state: RedirectState) -> httpx.URL:
    try:
        url = httpx.URL(state.url)
        # A link holds `blåbær` percent-encoded; httpx makes IDNA of letters only, and fails at `xn--` before no IDNA.
        return url.copy_with(host=unquote(url.host)) if "%" in url.host and ":" not in url.host else url
    except (httpx.InvalidURL, UnicodeError):
        fetch_class = FetchClass.REDIRECT if state.hops else FetchClass.BLOCKED
        raise FetchError(fetch_class, "the address is not one that can be asked") from None


def redirect_obstacle(host: str) -> str:
    """Return the obstacle of a failure behind a redirect to another host."""
    return f"a redirect to {urls.readable_host(host)}"


def _origin(url: str) -> tuple[str, str]:
    """Return scheme, and host with port."""
    return urlsplit(url).scheme, urls.netloc(url)


def translate_error(error: Exception) -> FetchError:
    """Return *error* as a FetchError, without any URL, which may hold a secret."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return FetchError(FetchClass.DNS, f"the name of the host is not known: {cause.strerror}")
        if isinstance(cause, ssl.SSLError):
            # OpenSSL's own reasons are constants, such as WRONG_VERSION_NUMBER.
            constant = (cause.reason or "TLS failed").replace("_", " ").lower()
            reason = getattr(cause, "verify_message", "") or constant
            doubt = "; is the clock of this machine right?" if re.search("not yet valid|expired", reason) else ""
            return FetchError(FetchClass.TLS, f"no secure connection: {one_line(reason)}{doubt}")
    if isinstance(error, httpx.TimeoutException):
        return FetchError(FetchClass.TIMEOUT, "no connection in time")
    if isinstance(error, httpx.ReadError):
        return FetchError(FetchClass.TRUNCATED, "the answer breaks off")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        return FetchError(FetchClass.REDIRECT, "the address is not one that can be asked")
    return FetchError(FetchClass.CONNECT, _connection_failure(error, causes))


def _proxy_failure(error: FailedProxyError) -> FetchError:
    """Return a failure that names the proxy in place of the source."""
    cause = error.__cause__
    failed = translate_error(cause) if isinstance(cause, Exception) else FetchError(FetchClass.CONNECT, error.reason)
    failure = FetchError(failed.fetch_class, f"{error.proxy}: {failed.message}", "see HTTP_PROXY and HTTPS_PROXY")
    failure.obstacle = error.proxy
    return failure


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and its causes: httpx raises `ConnectError` for names, ports and certificates alike."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for part in error.exceptions:
                yield from _causes(part)
        error = error.__cause__ or error.__context__


def _connection_failure(error: Exception, causes: list[BaseException]) -> str:
    if isinstance(error, httpx.ProxyError):
        return one_line(str(error))
    if isinstance(error, httpx.ProtocolError):
        return f"what answers does not speak HTTP: {redact_text(describe_protocol_error(str(error)))}"
    # asyncio's text is “Connect call failed”, with the address; the number tells what the system found.
    number = next((cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno), 0)
    reason = os.strerror(number) if number else ""
    return f"no connection: {reason}" if reason else "no connection"
