"""The address guard: which addresses a source may make this machine connect to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote

from brandwatch.errors import FetchError
from brandwatch.models import FetchClass

if TYPE_CHECKING:
    from collections.abc import Collection


# What `is_global` of Python 3.11 lets through, and leads inside all the same (IANA special-purpose registries).
_ALSO_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        "100.64.0.0/10 192.88.99.0/24 64:ff9b::/96 64:ff9b:1::/48 2001::/32 2002::/16 fec0::/10 3fff::/20".split(),
    )
)


class AddressGuard:
    """Looks up hosts and refuses addresses; *allowed* holds `host` or `host:port` that may be anywhere."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(map(_allowance, allowed))

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host; raise FetchError `blocked` where one is not to be connected to."""
        self.check_literal(host, port)
        written = _literal(_spelled(host))
        found = [written] if written else await resolve_host(host, port)
        if not self.is_allowed(host, port):
            for address in found:
                _refuse_private(host, address)
        return found

    def check_literal(self, host: str, port: int) -> None:
        """Refuse a host that is an address in any notation and not a public one: before a name is looked up at all."""
        if self.is_allowed(host, port):
            return
        name = _spelled(host)
        if name == "localhost" or name.endswith(".localhost"):
            name = "127.0.0.1"
        if address := _literal(name):
            _refuse_private(host, address)

    def is_allowed(self, host: str, port: int) -> bool:
        """Say whether somebody has allowed the host, wherever it is."""
        name = _spelled(host)
        return name in self._allowed or f"{name}:{port}" in self._allowed


def _allowance(written: str) -> str:
    """Return what somebody has allowed, `host` or `host:port`, with the host as the network spells it."""
    host, colon, port = written.rpartition(":")
    # What has more than one colon and no brackets is an address of IPv6 without a port.
    if port.isdigit() and (":" not in host or host.endswith("]")):
        return f"{_spelled(host)}{colon}{port}"
    return _spelled(written)


def _spelled(host: str) -> str:
    """Return a host as the network spells it: without brackets, percent signs, wide letters, or a dot at its end."""
    host = unquote(host).lower().replace("[", "").replace("]", "")
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii").lower()
    return host.rstrip(".")


def _literal(host: str) -> str:
    """Return the address that a host is written as, in any notation that a resolver takes, empty for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return ""


def _refuse_private(host: str, written: str) -> None:
    """Raise FetchError unless an address is a public one."""
    address = ipaddress.ip_address(written.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    inside = any(address in network for network in _ALSO_PRIVATE if network.version == address.version)
    if inside or not address.is_global or address.is_multicast or address.is_reserved:
        raise FetchError(
            FetchClass.BLOCKED,
            f"{host} is at {address}, which is not a public address",
            "BRANDWATCH_ALLOW_HOSTS, `allow_private: yes` at the source or --allow-private allows a host on purpose",
        )


async def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of a name, each once.

    The look-up runs in a thread that nobody waits for: one that a name server swallows holds up neither the deadline
    nor the end of the program, as the loop's own executor would.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], error: OSError | None) -> None:
        if not answer.done():
            answer.set_exception(error) if error else answer.set_result(found)

    def look_up() -> None:
        found: list[str] = []
        failure = None
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(address[4][0]) for address in answers))
        except OSError as error:
            failure = error
        except UnicodeError as error:
            failure = socket.gaierror(socket.EAI_NONAME, f"not a name: {error}")
        try:
            loop.call_soon_threadsafe(settle, found, failure)
        except RuntimeError:
            return  # the loop has ended in the meantime

    threading.Thread(target=look_up, daemon=True).start()
    return await answer
