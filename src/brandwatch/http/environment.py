"""What the environment decides: limits, proxies and trusted certificates."""

from __future__ import annotations

import base64
import math
import re
import resource
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from brandwatch.errors import FetchError, UsageError
from brandwatch.models import FetchClass
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping


_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?")
_HIGHEST_PORT = 65_535
_TOTAL = 30.0
_LONGEST_CONTACT = 200
_MAX_FETCHES = 50
_MAX_IDLE_CONNECTIONS = 64
# A poll has about 12 files open beside its connections: the streams, the event loop, the lock, the database with its
# journal. A look-up of a name, the reading process and a module that is imported late take a few more for a moment.
_RESERVED_DESCRIPTORS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """The bounds of one fetch: *total* in seconds for all of it, *wire* and *decoded* in bytes, *redirects* in hops.

    *per_host* is how many fetches may be under way at one host, *spacing* how many seconds apart they begin. *fetches*
    is how many may be under way at all hosts together, *idle* how many connections are kept open between fetches.
    *allowed* holds hosts (`host` or `host:port`) that may be on a private network, *contact* is what servers are told
    of us.
    """

    total: float = _TOTAL
    connect: float = 10.0
    wire: int = 5 * 2**20
    decoded: int = 20 * 2**20
    redirects: int = 5
    per_host: int = 2
    spacing: float = 0.2
    fetches: int = _MAX_FETCHES
    idle: int = _MAX_IDLE_CONNECTIONS
    allowed: frozenset[str] = frozenset()
    contact: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> FetchLimits:
        """Return the limits that BRANDWATCH_TIMEOUT, BRANDWATCH_ALLOW_HOSTS and BRANDWATCH_CONTACT ask for.

        Connections are as many as the soft limit of descriptors (`ulimit -n`) leaves room for. Raise UsageError where
        a variable is not what it should be.
        """
        written = environ.get("BRANDWATCH_TIMEOUT", "").strip()
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        fetches, idle = connection_limits(descriptors)
        return cls(
            total=_seconds(written) if written else _TOTAL,
            fetches=fetches,
            idle=idle,
            allowed=_hosts(environ.get("BRANDWATCH_ALLOW_HOSTS", "")),
            contact=_contact(environ.get("BRANDWATCH_CONTACT", "").strip()),
        )


def connection_limits(descriptors: int) -> tuple[int, int]:
    """Return how many fetches may be under way and how many idle connections are kept, within a limit of descriptors.

    Fetches come first: an idle connection saves a handshake at most.
    """
    if descriptors == resource.RLIM_INFINITY:
        return _MAX_FETCHES, _MAX_IDLE_CONNECTIONS
    available = max(1, descriptors - _RESERVED_DESCRIPTORS)
    fetches = min(_MAX_FETCHES, available)
    return fetches, min(_MAX_IDLE_CONNECTIONS, available - fetches)


def _seconds(written: str) -> float:
    """Return a number of seconds above 0."""
    try:
        seconds = float(written)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UsageError(f"BRANDWATCH_TIMEOUT is “{written}”, not a number of seconds", "for example: 30")
    return seconds


def _contact(written: str) -> str:
    """Return what may stand in a header of HTTP."""
    if not (written.isascii() and written.isprintable() and len(written) <= _LONGEST_CONTACT):
        message = f"BRANDWATCH_CONTACT is “{one_line(written)[:80]}”, which cannot be sent to a server"
        raise UsageError(message, "an address in plain ASCII: https://example.com/about-our-bot, press@example.com")
    return written


def _hosts(written: str) -> frozenset[str]:
    """Return the hosts of a list; refuse one that is none, before it would protect nothing."""
    hosts = frozenset(filter(None, map(str.strip, written.split(","))))
    for host in hosts:
        match = _HOST.fullmatch(host)
        if match is None or int(match[1] or 0) > _HIGHEST_PORT:
            hint = "write HOST or HOST:PORT, with commas between: 127.0.0.1:8000,[::1],intranet.example"
            raise UsageError(f"BRANDWATCH_ALLOW_HOSTS names “{host}”, which is not a host", hint)
    # `[::1]` is ::1 where no port follows.
    return frozenset(host.strip("[]").lower() if host.endswith("]") else host.lower() for host in hosts)


_PORT = 8080


class Proxy(NamedTuple):
    """Where a proxy is, and the headers it wants."""

    host: str
    port: int
    headers: list[tuple[bytes, bytes]]


class Proxies:
    """The proxies of the environment, as they were when this was made."""

    def __init__(self) -> None:
        self._addresses = getproxies()

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy for an origin, `None` where there is none to use; raise httpx.ProxyError for a bad one."""
        address = self._addresses.get(scheme) or self._addresses.get("all")
        if not address or proxy_bypass(f"{host}:{port}"):
            return None
        try:
            return parse_proxy(address)
        except ValueError:
            # Not chained: the reason may hold the password.
            raise httpx.ProxyError(f"{scheme.upper()}_PROXY is not the address of an HTTP proxy") from None


def parse_proxy(address: str) -> Proxy:
    """Return what the address of a proxy says; raise ValueError where it is none that we speak to."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    if parts.scheme not in {"", "http"} or not parts.hostname:
        raise ValueError(parts.scheme)
    headers = []
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = [(b"Proxy-Authorization", b"Basic " + base64.b64encode(user.encode()))]
    return Proxy(parts.hostname, parts.port or _PORT, headers)


def tls_context() -> ssl.SSLContext:
    """Return the TLS context of every request; raise FetchError where its certificates cannot be read."""
    try:
        context = httpx.create_ssl_context()
    except OSError as error:
        reason = f"the certificates of SSL_CERT_FILE cannot be read: {error.strerror}"
        raise FetchError(FetchClass.TLS, reason, "brandwatch doctor") from error
    context.set_alpn_protocols(["http/1.1"])
    return context
