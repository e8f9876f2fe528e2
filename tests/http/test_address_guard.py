from __future__ import annotations

import asyncio
import socket
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from brandwatch import clock
from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.http.address_guard import AddressGuard, resolve_host
from brandwatch.models import Document, Request

if TYPE_CHECKING:
    from tests.conftest import Site


def addresses(host: str, *allowed: str, port: int = 80) -> list[str]:
    """The addresses that a guard accepts for a host."""
    return asyncio.run(AddressGuard(allowed).addresses(host, port))


def fetch(url: str, **limits: Any) -> Document:
    """Fetch with a guard that has these limits."""

    async def go() -> Document:
        async with Client(FetchLimits(**({"total": 2} | limits))) as client:
            return await client.fetch(Request(url=url))

    return asyncio.run(go())


@pytest.mark.parametrize(
    "host",
    (
        "127.0.0.1 localhost 2130706433 0x7f000001 0177.0.0.1 127.1 0 0.0.0.0 ::1 :: ::ffff:127.0.0.1 10.0.0.1 "
        "172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 fc00::1 fe80::1 64:ff9b::7f00:1 2002:7f00:1:: fec0::1 "
        "224.0.0.1 240.0.0.1 192.88.99.1 255.255.255.255 "
        # The rest of the special-purpose registries.
        "192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.0.255 192.0.2.1 192.31.196.1 192.52.193.1 "
        "192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 100::1 100:0:0:1::1 2001:1::1 2001:2::1 "
        "2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1 2620:4f:8000::1 3fff::1 5f00::1 "
        "::ffff:192.0.0.9"
    ).split(),
)
def test_private_addresses_are_refused(host: str):
    """A private address is refused in every notation, with a hint how to allow it."""
    with pytest.raises(FetchError) as caught:
        addresses(host)
    assert caught.value.fetch_class == "blocked"
    assert "BRANDWATCH_ALLOW_HOSTS" in caught.value.hint


@pytest.mark.parametrize("dot", ["", ".", ".."])
@pytest.mark.parametrize(
    "host",
    (
        # Short, decimal, octal, hexadecimal, in capitals.
        "127.0.0.1 127.0.1 127.1 2130706433 0x7f000001 0X7F000001 0x7F.0x0.0x0.0x1 0x7f.1 127.0x1 0177.0.0.1 "
        "017700000001 00000177.0.0.1 0177.0.0.0x1 0 0x0 0.0.0.0 localhost LOCALHOST a.localhost A.LocalHost "
        "10.0.0.1 012.0.0.1 0xa9fea9fe 2852039166 169.254.169.254 0300.0250.0.1 3232235521 4294967295 100.64.0.1 "
        # Wide, in circles, with dots of other scripts, percent-encoded.
        "１２７.０.０.１ ２１３０７０６４３３ ０x7f000001 ０ｘ７ｆ.１ ①②⑦.⓪.⓪.① "
        "１２７。０。０。１ 127．0．0．1 127｡0｡0｡1 "
        "ｌｏｃａｌｈｏｓｔ ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ſ.localhost %31%32%37.0.0.1 127%2E0%2E0%2E1 %6cocalhost %30x7f.1"
    ).split(),
)
def test_a_disguised_address_is_refused(host: str, dot: str):
    """In every notation, and with a final dot, a private address is `blocked` before any request."""
    with pytest.raises(FetchError) as caught:
        fetch(f"http://{host}{dot}:9/rss")
    assert caught.value.fetch_class == "blocked"


@pytest.mark.parametrize(
    "host",
    "::1 ::1%25lo ::1%lo :: ::ffff:127.0.0.1 ::FFFF:7F00:1 0:0:0:0:0:ffff:7f00:0001 ::ffff:10.0.0.1%251 ::127.0.0.1 "
    "::7f00:1 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b:1::a00:1 2002:7f00:1:: 2001:0:7f00:1:: fd00::1 FE80::1 "
    "fe80::1%25eth0 ff02::1 fec0::1 100::1 5f00::1 2001:db8::1 3fff::1".split(),
)
def test_a_disguised_ipv6_address_is_refused(host: str):
    """Mapped, embedded, translated, tunnelled, with a zone: private IPv6 addresses are `blocked`."""
    with pytest.raises(FetchError) as caught:
        fetch(f"http://[{host}]:9/rss")
    assert caught.value.fetch_class == "blocked"


@pytest.mark.parametrize(
    ("host", "dialled"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("8.8.8.8.", "8.8.8.8"),
        ("134744072", "8.8.8.8"),
        ("0x8.0x8.0x8.0x8.", "8.8.8.8"),
        ("1.1", "1.0.0.1"),
        ("192.0.1.1", "192.0.1.1"),
        ("192.0.3.1", "192.0.3.1"),
        ("198.17.255.255", "198.17.255.255"),
        ("192.88.98.1", "192.88.98.1"),
        ("2001:200::1", "2001:200::1"),
        ("2620:4f:8001::1", "2620:4f:8001::1"),
        ("2606:4700::1111", "2606:4700::1111"),
    ],
)
def test_a_public_address_is_connected_to_as_checked(host: str, dialled: str):
    """A public address is accepted in every notation, and is not resolved a second time."""
    assert addresses(host) == [dialled]


def test_an_address_is_not_looked_up(monkeypatch: pytest.MonkeyPatch):
    """Only names are; a public address is accepted, and a private one refused, without a name server."""

    def fail(name: str, *_: object, **_options: object) -> list[object]:
        raise OSError(f"{name} was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert [addresses(host) for host in ("8.8.8.8", "0x8.8.8.8", "2606:4700::1111")] == [
        ["8.8.8.8"], ["8.8.8.8"], ["2606:4700::1111"],
    ]  # fmt: skip
    with pytest.raises(FetchError, match=r"::1 is at ::1, which is not a public address but a loopback address"):
        addresses("::1")
    with pytest.raises(OSError, match=r"avis\.example was looked up"):
        addresses("avis.example")


@pytest.mark.parametrize(
    "host", ["intern.example", "intern.example.", "INTERN.Example", "blåbær.example", "bl%C3%A5b%C3%A6r.example"]
)
@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 224.0.0.1 ::1 ::ffff:10.0.0.1 fd00::1 "
    "fe80::1%eth0 64:ff9b::a00:1 2002:a00:1::".split(),
)
def test_a_name_with_a_private_address(monkeypatch: pytest.MonkeyPatch, host: str, address: str):
    """A name in any spelling is resolved once, and its addresses are checked before the connection."""
    asked = []

    def found(name: str, port: int, **_options: object) -> list[tuple[object, ...]]:
        asked.append(name)
        return [(0, 0, 0, "", ("8.8.8.8", port)), (0, 0, 0, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(FetchError) as caught:
        fetch(f"http://{host}/rss")
    assert caught.value.fetch_class == "blocked"
    assert len(asked) == 1
    assert asked[0].rstrip(".") in {"intern.example", "xn--blbr-roah.example"}


def test_allowed_hosts():
    """A host is allowed for all its ports or for one; a final dot and case are ignored."""
    assert addresses("127.0.0.1", "127.0.0.1") == ["127.0.0.1"]
    assert addresses("127.0.0.1.", "127.0.0.1") == ["127.0.0.1"]
    assert addresses("127.0.0.1", "127.0.0.1.:80") == ["127.0.0.1"]
    assert addresses("::1", "::1") == addresses("::1", "[::1]:80") == addresses("[::1]", "::1:80") == ["::1"]
    assert addresses("LOCALHOST", "localhost:8000", port=8000)
    with pytest.raises(FetchError):
        addresses("localhost", "localhost:8000", port=8001)


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch):
    """A name with a public and a private address is refused before any connection."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    with pytest.raises(FetchError, match=r"both\.example is at 10\.0\.0\.1"):
        addresses("both.example")


def test_a_redirect_to_a_private_address_is_refused(site: Site):
    """An allowed server cannot redirect to a host that is not; that host gets no request."""
    site.put("/hemmelig", "<rss/>")
    target = site.url("/hemmelig").replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(FetchError) as caught:
        fetch(site.put("/feed", "", 302, Location=target), allowed=frozenset({f"127.0.0.1:{site.port}"}))
    assert caught.value.fetch_class == "blocked"
    assert [asked.path for asked in site.log] == ["/feed"]


def test_an_unresponsive_name_server(monkeypatch: pytest.MonkeyPatch):
    """The deadline covers the look-up, and nothing waits for its end."""
    is_over, answered = threading.Event(), []

    def swallowed(*_args: object, **_options: object) -> list[object]:
        is_over.wait(60)
        answered.append(is_over.is_set())
        return []

    monkeypatch.setattr(socket, "getaddrinfo", swallowed)
    with pytest.raises(FetchError) as caught:
        fetch("http://slow.example/rss", total=0.3)
    assert (caught.value.fetch_class, answered) == ("timeout", [])
    is_over.set()


def test_names_are_looked_up_beside_each_other(monkeypatch: pytest.MonkeyPatch):
    """Each waits for its own name server only, and threads that were needed once do not stay."""
    together, before = threading.Barrier(9, timeout=60), threading.active_count()

    def found(*_args: object, **_options: object) -> list[object]:
        together.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", found)

    async def look_up() -> list[list[str]]:
        return await asyncio.gather(*(resolve_host(f"ås{number}.example", 443) for number in range(9)))

    assert asyncio.run(look_up()) == [[]] * 9
    for _ in range(600):
        if threading.active_count() <= before + 4:
            break
        time.sleep(0.1)
    assert threading.active_count() <= before + 4


def test_one_thread_looks_up_one_name_after_the_other(monkeypatch: pytest.MonkeyPatch):
    """A thread for each took 7 % of a poll."""
    threads = set()

    def found(*_args: object, **_options: object) -> list[object]:
        threads.add(threading.get_ident())
        return []

    monkeypatch.setattr(socket, "getaddrinfo", found)

    async def look_up() -> None:
        for number in range(20):
            await resolve_host(f"ås{number}.example", 443)

    asyncio.run(look_up())
    assert len(threads) <= 4


def test_a_proxy_is_used_and_guarded(site: Site, monkeypatch: pytest.MonkeyPatch):
    """HTTP_PROXY gets the whole URL; its own address is allowed, that of the target is checked."""
    monkeypatch.setenv("http_proxy", f"http://kari:hemmelig@127.0.0.1:{site.port}")
    site.put("http://avisa.example/rss", "<rss/>")
    assert fetch("http://avisa.example/rss").body == b"<rss/>"
    assert site.log[0].headers["proxy-authorization"].startswith("Basic ")
    with pytest.raises(FetchError) as caught:
        fetch("http://0x7f000001/rss")
    assert caught.value.fetch_class == "blocked"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    direct = fetch(site.put("/rss", "<feed/>"), allowed=frozenset({"127.0.0.1"}))
    assert direct.body == b"<feed/>"


@pytest.mark.parametrize(
    ("status", "headers", "ending", "waits"),
    [
        (429, {"Retry-After": "120"}, "throttled", True),
        (429, {}, "throttled", False),
        (503, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, "throttled", True),
        (503, {}, "http-5xx", False),
        (403, {"Retry-After": "60"}, "throttled", True),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "300"}, "throttled", True),
        (429, {"RateLimit": "limit=10, remaining=0, reset=30"}, "throttled", True),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2099-05-06T12:05:00.000Z"}, "throttled", True),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2099-05-06T12:05:00"}, "throttled", True),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2099-99-99"}, "throttled", False),
        (429, {"RateLimit-Reset": "30"}, "throttled", True),
        (403, {"RateLimit-Reset": "30"}, "blocked", False),
        (429, {"X-RateLimit-Reset": "2999999999"}, "throttled", True),
        (429, {"X-RateLimit-Reset": "2999999999000"}, "throttled", True),
        (403, {}, "blocked", False),
    ],
)
def test_retry_after_and_rate_limits(site: Site, status: int, headers: dict[str, str], ending: str, waits: bool):
    """Every form of a retry time is read, and limited to a day."""
    site.put("/feed", "", status)
    site.pages["/feed"].headers.update(headers)
    with pytest.raises(FetchError) as caught:
        fetch(site.url("/feed"), allowed=frozenset({"127.0.0.1"}))
    assert caught.value.fetch_class == ending
    assert (caught.value.retry_at is not None) is waits
    assert caught.value.retry_at is None or caught.value.retry_at <= clock.now() + timedelta(days=1)


@pytest.mark.parametrize(
    ("headers", "is_fresh"),
    [
        ({"Cache-Control": "public, max-age=3600"}, True),
        ({"Cache-Control": "max-age=3600", "Age": "4000"}, False),
        ({"Cache-Control": "no-cache, max-age=3600"}, False),
        ({"Expires": "Wed, 21 Oct 2099 07:28:00 GMT"}, True),
        ({"Expires": "0"}, False),
        ({}, False),
    ],
)
def test_the_freshness_of_a_response(site: Site, headers: dict[str, str], is_fresh: bool):
    """Cache-Control and Expires give the end of the freshness lifetime."""
    site.put("/feed", "<rss/>")
    site.pages["/feed"].headers.update(headers)
    document = fetch(site.url("/feed"), allowed=frozenset({"127.0.0.1"}))
    assert (document.fresh_until is not None) is is_fresh


@pytest.mark.parametrize("host", ["a\0b.example", "127.0.0.1\0.example", "å\0.example"])
def test_a_name_with_a_nul_fails_its_request_only(host: str):
    """The C library would end the name there."""
    with pytest.raises(FetchError, match="the address is not one that can be asked"):
        fetch(f"http://{host}/rss")
