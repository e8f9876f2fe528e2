"""The settings of the environment: limits, proxies and trusted certificates."""

from __future__ import annotations

import base64
import math
import re
import resource
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from brandwatch.errors import FetchClass, FetchError, UsageError
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping


_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?")
_MAX_PORT = 65_535
_TOTAL_SECONDS = 30.0
_MAX_CONTACT_CHARS = 200
_PROXY_PORT = 8080
DEFAULT_IN_FLIGHT = 50
"""The concurrent requests of a poll, unless the user sets another number or the descriptors allow fewer."""

_MAX_IDLE_CONNECTIONS = 64
# A poll has about 12 files open beside its connections: the streams, the event loop, the lock, the database with its
# journal. The reading process and a module that is imported late take a few more for a moment.
_RESERVED_DESCRIPTORS = 24
# Before it connects, a request may look up a name, which takes two files for a moment.
_DESCRIPTORS_PER_REQUEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """The limits of fetches, and what the user allows and declares.

    *total* and *connect* are seconds, *wire* and *decoded* bytes, *redirects* hops. *per_host* and *in_flight* are
    concurrent requests to one host and to all, *spacing* the seconds between two starts at a host, *idle* the open
    connections between requests. *allowed* names hosts (`host` or `host:port`) that may be on a private network;
    *contact* is part of the User-Agent.
    """

    total: float = _TOTAL_SECONDS
    connect: float = 10.0
    wire: int = 5 * 2**20
    decoded: int = 20 * 2**20
    redirects: int = 5
    per_host: int = 2
    spacing: float = 0.2
    in_flight: int = DEFAULT_IN_FLIGHT
    idle: int = _MAX_IDLE_CONNECTIONS
    allowed: frozenset[str] = frozenset()
    contact: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], in_flight: int | None = None) -> FetchLimits:
        """Read BRANDWATCH_TIMEOUT, BRANDWATCH_ALLOW_HOSTS and BRANDWATCH_CONTACT; raise UsageError for a bad value.

        The limit of descriptors (`ulimit -n`) limits the connections; the soft one is raised as far as they need it.
        Raise UsageError if it does not allow *in_flight* concurrent requests; `None` takes what it allows.
        """
        timeout = environ.get("BRANDWATCH_TIMEOUT", "").strip()
        descriptors = raise_descriptor_limit(in_flight or DEFAULT_IN_FLIGHT)
        allowed, idle = connection_limits(descriptors, in_flight or DEFAULT_IN_FLIGHT)
        if in_flight and allowed < in_flight:
            message = f"{in_flight} requests at a time take more open files than the {descriptors} that are allowed"
            raise UsageError(message, f"`ulimit -n` sets the limit; --in-flight {allowed} fits into it")
        return cls(
            total=_seconds(timeout) if timeout else _TOTAL_SECONDS,
            in_flight=allowed,
            idle=idle,
            allowed=_hosts(environ.get("BRANDWATCH_ALLOW_HOSTS", "")),
            contact=_contact(environ.get("BRANDWATCH_CONTACT", "").strip()),
        )


def connection_limits(descriptors: int, in_flight: int = DEFAULT_IN_FLIGHT) -> tuple[int, int]:
    """Return the limits of concurrent requests and of idle connections within a limit of descriptors."""
    if descriptors == resource.RLIM_INFINITY:
        return in_flight, _MAX_IDLE_CONNECTIONS
    available = max(0, descriptors - _RESERVED_DESCRIPTORS)
    # Requests come first: an idle connection saves a handshake at most.
    requests = max(1, min(in_flight, available // _DESCRIPTORS_PER_REQUEST))
    return requests, max(0, min(_MAX_IDLE_CONNECTIONS, available - requests * _DESCRIPTORS_PER_REQUEST))


def raise_descriptor_limit(in_flight: int = DEFAULT_IN_FLIGHT) -> int:
    """Raise the soft limit of descriptors to what requests need, as far as the hard one allows; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _RESERVED_DESCRIPTORS + in_flight * _DESCRIPTORS_PER_REQUEST + _MAX_IDLE_CONNECTIONS
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return soft
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    # A system may have a limit below its own hard one (macOS: OPEN_MAX).
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _seconds(written: str) -> float:
    try:
        seconds = float(written)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UsageError(f"BRANDWATCH_TIMEOUT is “{written}”, not a number of seconds", "for example: 30")
    return seconds


def _contact(written: str) -> str:
    if not (written.isascii() and written.isprintable() and len(written) <= _MAX_CONTACT_CHARS):
        message = f"BRANDWATCH_CONTACT is “{one_line(written)[:80]}”, which cannot be sent to a server"
        raise UsageError(message, "an address in plain ASCII: https://example.com/about-our-bot, press@example.com")
    return written


def _hosts(written: str) -> frozenset[str]:
    """Return the hosts of a list; raise UsageError for one that is none, which would allow nothing."""
    hosts = frozenset(filter(None, map(str.strip, written.split(","))))
    for host in hosts:
        match = _HOST.fullmatch(host)
        if match is None or int(match[1] or 0) > _MAX_PORT:
            hint = "write HOST or HOST:PORT, with commas between: 127.0.0.1:8000,[::1],intranet.example"
            raise UsageError(f"BRANDWATCH_ALLOW_HOSTS names “{host}”, which is not a host", hint)
    # `[::1]` without a port is ::1.
    return frozenset(host.strip("[]").lower() if host.endswith("]") else host.lower() for host in hosts)


class Proxy(NamedTuple):
    """The address of a proxy, and the headers that it requires."""

    host: str
    port: int
    headers: list[tuple[bytes, bytes]]

    def __str__(self) -> str:
        # Without the credentials.
        return f"the proxy {self.host}:{self.port}"


class Proxies:
    """The proxies of the environment, read once."""

    def __init__(self) -> None:
        self._addresses = getproxies()

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy for an origin, `None` for a direct connection; raise httpx.ProxyError for a bad one."""
        address = self._addresses.get(scheme) or self._addresses.get("all")
        if not address or proxy_bypass(f"{host}:{port}"):
            return None
        try:
            return parse_proxy(address)
        except ValueError:
            # Not chained: the reason may hold the password.
            raise httpx.ProxyError(f"{scheme.upper()}_PROXY is not the address of an HTTP proxy") from None


def parse_proxy(address: str) -> Proxy:
    """Parse the address of an HTTP proxy; raise ValueError for anything else."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    # A byte that is no text would end the poll where the name of the proxy is stored.
    if parts.scheme not in {"", "http"} or not parts.hostname or not address.isprintable():
        raise ValueError(parts.scheme)
    headers = []
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = [(b"Proxy-Authorization", b"Basic " + base64.b64encode(user.encode()))]
    return Proxy(parts.hostname, parts.port or _PROXY_PORT, headers)


def tls_context() -> ssl.SSLContext:
    """Return a new TLS context; raise FetchError if its certificates cannot be read."""
    try:
        context = httpx.create_ssl_context()
    except OSError as error:
        reason = f"the certificates of SSL_CERT_FILE cannot be read: {error.strerror}"
        raise FetchError(FetchClass.TLS, reason, "brandwatch doctor") from error
    context.set_alpn_protocols(["http/1.1"])
    return context
