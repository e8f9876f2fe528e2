"""Failures name what failed: the proxy, the target of a redirect, the kind of an address."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from tests.http.chaos import chaos

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.http.address_guard import AddressGuard
from brandwatch.models import Request

if TYPE_CHECKING:
    from tests.conftest import Site

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def unproxied(monkeypatch: pytest.MonkeyPatch):
    """Remove the proxies of the environment."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def failure(url: str, allowed: str = "") -> FetchError:
    """Return the failure of a fetch."""

    async def go() -> None:
        async with Client(FetchLimits(total=5, allowed=frozenset({allowed} - {""}))) as client:
            await client.fetch(Request(url=url))

    with pytest.raises(FetchError) as caught:
        asyncio.run(go())
    return caught.value


def closed_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.0.0.1", "a loopback address (127.0.0.0/8)"),
        ("localhost", "a loopback address (127.0.0.0/8)"),
        ("::1", "a loopback address (::1/128)"),
        ("0.0.0.0", "the address of this machine (0.0.0.0/8)"),  # noqa: S104 (refused)
        ("10.1.2.3", "a private network (10.0.0.0/8)"),
        ("172.31.0.1", "a private network (172.16.0.0/12)"),
        ("192.168.1.1", "a private network (192.168.0.0/16)"),
        ("fd00::1", "a private network (fc00::/7)"),
        ("::ffff:10.1.2.3", "a private network (10.0.0.0/8)"),
        ("169.254.169.254", "a link-local address (169.254.0.0/16)"),
        ("fe80::1", "a link-local address (fe80::/10)"),
        ("100.64.0.1", "the shared network of a provider (100.64.0.0/10)"),
        ("224.0.0.1", "a multicast address (224.0.0.0/4)"),
        ("203.0.113.1", "an address for documentation (203.0.113.0/24)"),
        ("64:ff9b::7f00:1", "a tunnel to another address (64:ff9b::/96)"),
        ("240.0.0.1", "a reserved address"),
    ],
)
def test_a_refused_address_has_its_reason(host: str, reason: str):
    """The message names the kind of the address with its network, and the way to permit it."""
    with pytest.raises(FetchError) as caught:
        asyncio.run(AddressGuard().addresses(host, 80))
    assert f"which is not a public address but {reason}; `allow_private: yes`" in caught.value.message
    assert caught.value.obstacle.startswith("the address ")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_dead_proxy_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str):
    """With host and port and without its credentials, for http and https."""
    port = closed_port()
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://kari:hemmelig@127.0.0.1:{port}")
    failed = failure(f"{scheme}://avis.example/rss")
    assert (failed.fetch_class, failed.obstacle) == ("connect", f"the proxy 127.0.0.1:{port}")
    assert failed.message == f"the proxy 127.0.0.1:{port}: no connection: Connection refused"
    assert "hemmelig" not in failed.message + failed.hint


def test_a_proxy_with_an_unknown_name_is_named(monkeypatch: pytest.MonkeyPatch):
    """The name of the proxy is not known, not that of the source."""
    monkeypatch.setenv("HTTP_PROXY", "http://mellommann.invalid:3128")
    failed = failure("http://avis.example/rss")
    assert (failed.fetch_class, failed.obstacle) == ("dns", "the proxy mellommann.invalid:3128")
    assert failed.message.startswith("the proxy mellommann.invalid:3128: the name of the host is not known")


@pytest.mark.parametrize("status", ["407 Hva", "502 Hva"])
def test_a_proxy_that_refuses_a_tunnel_is_named(monkeypatch: pytest.MonkeyPatch, status: str):
    """With the status and its own phrase."""
    with chaos(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url(""))
        failed = failure("https://avis.example/rss")
    phrase = {"407 Hva": "407 Proxy Authentication Required", "502 Hva": "502 Bad Gateway"}[status]
    assert failed.message == f"the proxy 127.0.0.1:{server.port}: answered {phrase}"
    assert failed.obstacle == f"the proxy 127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("status", "is_proxy", "has_obstacle"), [(407, True, True), (502, True, False), (404, False, False)]
)
def test_a_proxy_that_answers_for_a_source_is_named(
    monkeypatch: pytest.MonkeyPatch, status: int, is_proxy: bool, has_obstacle: bool
):
    """407 is its own answer, 502 and 504 may be; 404 is that of the source. Without a proxy none is named."""
    with chaos(f"HTTP/1.1 {status} Hva\r\nContent-Length: 0\r\n\r\n".encode()) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url(""))
        failed = failure("http://avis.example/rss")
        monkeypatch.delenv("HTTP_PROXY")
        direct = failure(server.url("/rss"), "127.0.0.1")
    name = f"the proxy 127.0.0.1:{server.port}"
    assert (f", from {name}" in failed.message, failed.obstacle == name) == (is_proxy, has_obstacle)
    assert (direct.status, direct.obstacle, "proxy 127" in direct.message) == (status, "", False)


def test_a_failure_behind_a_redirect_names_its_target(site: Site):
    """Another host is the obstacle; another path of the same host is none."""
    port = closed_port()
    site.put("/ut", "", 302, Location=f"http://127.0.0.1:{port}/portal")
    site.put("/inne", "", 302, Location="/borte")
    assert failure(site.url("/ut"), "127.0.0.1").obstacle == f"a redirect to 127.0.0.1:{port}"
    assert failure(site.url("/inne"), "127.0.0.1").obstacle == ""
