"""The proxy that the environment names for an address (HTTP_PROXY, HTTPS_PROXY, NO_PROXY)."""

from __future__ import annotations

import base64
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

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
            return read(address)
        except ValueError:
            # Not chained: the reason may hold the password.
            raise httpx.ProxyError(f"{scheme.upper()}_PROXY is not the address of an HTTP proxy") from None


def read(address: str) -> Proxy:
    """Return what the address of a proxy says; raise ValueError where it is none that we speak to."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    if parts.scheme not in {"", "http"} or not parts.hostname:
        raise ValueError(parts.scheme)
    headers = []
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = [(b"Proxy-Authorization", b"Basic " + base64.b64encode(user.encode()))]
    return Proxy(parts.hostname, parts.port or _PORT, headers)
