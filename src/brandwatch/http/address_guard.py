"""The address guard: it refuses connections to addresses that are not public."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import unquote

from brandwatch import urls
from brandwatch.errors import FetchClass, FetchError
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


_LOG = logging.getLogger(__name__)

_MAX_IDLE_THREADS = 4

# Networks of IANA's special-purpose registries (2025-10) that `is_global` of Python 3.11 accepts, all or in part. No
# publisher is in one, and through tunnels, translators and anycast they may lead inside.
_SPECIAL_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        (
            "100.64.0.0/10 192.0.0.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 "
            "64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2002::/16 2620:4f:8000::/48 3fff::/20 "
            "5f00::/16 fec0::/10"
        ).split(),
    )
)


# The names of networks that people know; the other special-purpose ones are “reserved”.
_KINDS_OF_ADDRESS = {
    ipaddress.ip_network(network): name
    for name, networks in {
        "a loopback address": "127.0.0.0/8 ::1/128",
        "the address of this machine": "0.0.0.0/8 ::/128",
        "a private network": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
        "a link-local address": "169.254.0.0/16 fe80::/10",
        "the shared network of a provider": "100.64.0.0/10",
        "a multicast address": "224.0.0.0/4 ff00::/8",
        "an address for documentation": "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",
        "a tunnel to another address": "64:ff9b::/96 64:ff9b:1::/48 2001::/32 2002::/16",
    }.items()
    for network in networks.split()
}


class AddressGuard:
    """Looks up hosts and refuses private addresses, except of the *allowed* hosts (`host` or `host:port`)."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(map(_normalise_allowed, allowed))

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host; raise FetchError (`blocked`) if any of them is private."""
        self.check_literal(host, port)
        literal = _literal_address(_normalise_host(host))
        addresses = [literal] if literal else await resolve_host(host, port)
        if not self.is_allowed(host, port):
            for address in addresses:
                _refuse_private(host, address)
        return addresses

    def check_literal(self, host: str, port: int) -> None:
        """Refuse a host that is a private address in any notation, before any name is looked up."""
        if self.is_allowed(host, port):
            return
        name = _normalise_host(host)
        if name == "localhost" or name.endswith(".localhost"):
            name = "127.0.0.1"
        if address := _literal_address(name):
            _refuse_private(host, address)

    def is_allowed(self, host: str, port: int) -> bool:
        """Whether the host is allowed on purpose."""
        name = _normalise_host(host)
        return name in self._allowed or f"{name}:{port}" in self._allowed


def _normalise_allowed(written: str) -> str:
    """Return `host` or `host:port` with the host normalised."""
    host, colon, port = written.rpartition(":")
    # More than one colon and no brackets: an IPv6 address without a port.
    if port.isdigit() and (":" not in host or host.endswith("]")):
        return f"{_normalise_host(host)}{colon}{port}"
    return _normalise_host(written)


def _normalise_host(host: str) -> str:
    """Return a host as the network spells it: no brackets, percent signs, wide letters, or final dot."""
    return urls.ascii_host(unquote(host).replace("[", "").replace("]", ""))


def _literal_address(host: str) -> str:
    """Return the address if *host* is one, in any notation that a resolver accepts; empty for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):  # a NUL, or no ASCII
        return ""


def _refuse_private(host: str, written: str) -> None:
    address = ipaddress.ip_address(written.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    is_inside = any(address in network for network in _SPECIAL_NETWORKS if network.version == address.version)
    if is_inside or not address.is_global or address.is_multicast or address.is_reserved:
        _LOG.info("refused host=%s address=%s", one_line(host), address)
        failure = FetchError(
            FetchClass.BLOCKED,
            f"{host} is at {address}, which is not a public address but {describe_address(address)};"
            " `allow_private: yes` at the source permits it",
            "BRANDWATCH_ALLOW_HOSTS, `allow_private: yes` at the source or --allow-private allows a host on purpose",
        )
        # A network that asks for a login may answer for every name with an address of its own.
        failure.obstacle = f"the address {address}"
        raise failure


def describe_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Name the kind of an address that is not public, with its network: a private network (10.0.0.0/8)."""
    for network, name in _KINDS_OF_ADDRESS.items():
        if address in network:
            return f"{name} ({network})"
    return "a reserved address"


async def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of a name, each once; raise OSError."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[list[str]] = loop.create_future()

    def set_result(addresses: list[str], error: OSError | None) -> None:
        if result.done():
            return
        if error:
            result.set_exception(error)
        else:
            result.set_result(addresses)

    def look_up() -> None:
        addresses: list[str] = []
        failure = None
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(address[4][0]) for address in answers))
        except OSError as error:
            failure = error
        except UnicodeError:
            # The error of Python is about its codec.
            failure = socket.gaierror(socket.EAI_NONAME, "it is not a valid name")
        with suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(set_result, addresses, failure)

    _LOOK_UPS.run(look_up)
    return await result


class _DaemonThreads:
    """Threads for look-ups, of which a few wait for the next one: to start one for each took 7 % of a poll.

    They are daemons: a name server that never answers delays neither the deadline nor the end of the program, as it
    would in the loop's own executor.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._idle = 0
        self._lock = threading.Lock()

    def run(self, work: Callable[[], None]) -> None:
        """Run *work*, which raises nothing, in a thread that is idle, or in a new one."""
        with self._lock:
            is_new = not self._idle
            self._idle -= not is_new
        self._work.put(work)
        if is_new:
            threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            self._work.get()()
            with self._lock:
                # Each has memory of its own.
                if self._idle == _MAX_IDLE_THREADS:
                    return
                self._idle += 1


_LOOK_UPS = _DaemonThreads()
