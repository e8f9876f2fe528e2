"""The proxy that the environment names for an address (HTTP_PROXY, HTTPS_PROXY, NO_PROXY)."""

from __future__ import annotations

import base64
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

_PORT = 8080


class Proxy(NamedTuple):
    """Where a proxy is, and the headers it wants."""

    host: str
    port: int
    headers: list[tuple[bytes, bytes]]


def proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    """Return the proxy for an origin, `None` where there is none to be used."""
    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(f"{host}:{port}"):
        return None
    parts = urlsplit(address if "//" in address else f"//{address}")
    headers = []
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = [(b"Proxy-Authorization", b"Basic " + base64.b64encode(user.encode()))]
    return Proxy(parts.hostname or "", parts.port or _PORT, headers)
