from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import time_machine
from tests.http.test_chaos import HERE, ending
from tests.loop_time import run_without_waiting

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits, HostQueue, fetch_all, host_of
from brandwatch.http.address_guard import AddressGuard
from brandwatch.http.hosts import MAX_PAUSE, HostLimiter
from brandwatch.models import Document, FetchClass, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Site

PATIENT = FetchLimits(total=60, allowed=HERE)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class RedirectRing:
    """Servers on loopback that redirect to each other; *most* is the most concurrent requests at each."""

    def __init__(self, pause: float = 0.02) -> None:
        self.ports: list[int] = []
        self.asked: Counter[int] = Counter()
        self.most: Counter[int] = Counter()
        self._now: Counter[int] = Counter()
        self._pause = pause

    def url(self, house: int, hops: int, number: int = 0) -> str:
        """Return an address at a server that answers after as many redirects, each to the next server."""
        return f"http://127.0.0.1:{self.ports[house]}/{hops}/{number}"

    async def build(self, houses: int, stack: AsyncExitStack) -> None:
        """Start the servers."""
        for house in range(houses):
            server = await asyncio.start_server(partial(self._serve, house), "127.0.0.1", 0)
            self.ports.append(server.sockets[0].getsockname()[1])
            await stack.enter_async_context(server)

    async def _serve(self, house: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked[house] += 1
            self._now[house] += 1
            self.most[house] = max(self.most[house], self._now[house])
            await asyncio.sleep(self._pause)
            self._now[house] -= 1
            writer.write(self._answer(house, *map(int, head.split(b" ")[1].strip(b"/").split(b"/"))).encode())
            await writer.drain()
        finally:
            writer.close()

    def _answer(self, house: int, hops: int, number: int) -> str:
        if not hops:
            return "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>"
        to = self.url((house + 1) % len(self.ports), hops - 1, number)
        return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def fetch_concurrently(urls: list[str], client: Client) -> int:
    """Fetch every URL concurrently; return the number of documents."""
    return len(await asyncio.gather(*(client.fetch(Request(url=url)) for url in urls)))


async def fetch_as_poll(urls: list[str], client: Client) -> int:
    """Fetch every URL as a poll does; return the number of documents."""
    asked = [(url, Request(url=url)) for url in urls]
    answers = [answer async for _, answer in fetch_all(HostQueue(asked), client, seconds=30)]
    return sum(isinstance(answer, Document) for answer in answers)


@pytest.mark.parametrize("ask", [fetch_concurrently, fetch_as_poll])
def test_circular_redirects_between_hosts(ask: Callable[[list[str], Client], Awaitable[int]]):
    """Hosts that redirect in a ring get at most two concurrent requests, and there is no deadlock."""
    ring = RedirectRing()

    async def go() -> int:
        async with AsyncExitStack() as stack, asyncio.timeout(20):
            await ring.build(3, stack)
            client = await stack.enter_async_context(Client(PATIENT))
            return await ask([ring.url(*place) for place in itertools.product(range(3), (5, 4, 3), range(4))], client)

    assert run_without_waiting(go()) == 36
    assert dict(ring.most) == dict.fromkeys(range(3), 2)
    assert ring.asked.total() == 12 * (6 + 5 + 4)


def test_a_slow_target_of_many_redirects_delays_no_other_host():
    """Sources redirected to one slow host wait there; every other source is fetched meanwhile."""
    ring, slow = RedirectRing(0), RedirectRing(0.1)

    async def go() -> list[int]:
        async with AsyncExitStack() as stack, asyncio.timeout(20):
            await ring.build(200, stack)
            await slow.build(1, stack)
            client = await stack.enter_async_context(Client(PATIENT))
            # The last house leads to the one after it, which is the slow one.
            ring.ports.append(slow.ports[0])
            asked = [(number, Request(url=ring.url(199, 1, number))) for number in range(60)]
            asked += [(number, Request(url=ring.url(number - 100, 0))) for number in range(100, 290)]
            return [number async for number, _ in fetch_all(HostQueue(asked), client, seconds=30)]

    order = run_without_waiting(go())
    assert len(order) == 250
    assert sum(number >= 100 for number in order[:200]) >= 185
    assert slow.most[0] == 2


def test_waiting_for_a_host_is_not_part_of_the_deadline():
    """Each of many sources redirected to a slow host has its whole deadline."""
    ring = RedirectRing(0.1)

    async def go() -> int:
        async with AsyncExitStack() as stack:
            await ring.build(1, stack)
            client = await stack.enter_async_context(Client(FetchLimits(total=0.5, allowed=HERE)))
            return await fetch_as_poll([ring.url(0, 1, number) for number in range(10)], client)

    assert run_without_waiting(go()) == 10


def test_a_chain_of_slow_hosts_has_one_deadline():
    """Every hop counts: redirects cannot extend a fetch."""
    ring = RedirectRing(0.2)

    async def go() -> None:
        async with AsyncExitStack() as stack:
            await ring.build(4, stack)
            client = await stack.enter_async_context(Client(FetchLimits(total=0.5, allowed=HERE)))
            await client.fetch(Request(url=ring.url(0, 3)))

    with pytest.raises(FetchError) as caught:
        run_without_waiting(go())
    assert caught.value.fetch_class == "timeout"
    assert ring.asked.total() == 3


def test_the_spacing_between_requests_to_a_host(caplog: pytest.LogCaptureFixture):
    """First requests and redirects have the same interval; an allowed host has none."""
    caplog.set_level(logging.DEBUG, "brandwatch.http")

    async def times(limiter: HostLimiter, urls: list[str]) -> list[float]:
        begun = []
        for url in urls:
            async with limiter.slot(Request(url=url)):
                begun.append(asyncio.get_running_loop().time())
        return [later - earlier for earlier, later in itertools.pairwise(begun)]

    urls = ["http://a.example/", "https://A.example./x", "http://a.example:80/"]
    assert run_without_waiting(times(HostLimiter(FetchLimits(spacing=5), AddressGuard()), urls)) == [5, 5]
    assert [line.split(" seconds")[0] for line in caplog.messages] == ["spaced host=a.example"] * 2
    caplog.clear()
    others = ["http://a.example/", "http://b.example/", "http://a.example:8000/"]
    run_without_waiting(times(HostLimiter(FetchLimits(spacing=60), AddressGuard(["a.example"])), urls))
    run_without_waiting(times(HostLimiter(FetchLimits(spacing=60), AddressGuard()), others))
    assert caplog.messages == []


def test_a_source_may_want_a_longer_spacing_than_the_client():
    """The longer one counts, from the start of a request; after a longer time the next one starts at once."""

    async def times(pauses: list[float], spacing: float) -> list[float]:
        limiter = HostLimiter(FetchLimits(spacing=5), AddressGuard())
        begun = []
        for pause in pauses:
            async with limiter.slot(Request(url="https://åsgård.example/", spacing=spacing)):
                begun.append(asyncio.get_running_loop().time())
                await asyncio.sleep(pause)
        return [later - earlier for earlier, later in itertools.pairwise(begun)]

    assert run_without_waiting(times([0, 2, 4, 4], 30)) == pytest.approx([30, 30, 30])
    assert run_without_waiting(times([0, 2, 4, 4], 1)) == pytest.approx([5, 5, 5])
    assert run_without_waiting(times([12, 2, 7, 4], 1)) == pytest.approx([12, 5, 7])


@pytest.mark.parametrize(
    ("failure", "is_spaced"),
    [
        (FetchError(FetchClass.BLOCKED, "at a loopback address"), False),
        (FetchError(FetchClass.DNS, "no such host"), False),
        (FetchError(FetchClass.BLOCKED, "answered 403 Forbidden", status=403), True),
        (FetchError(FetchClass.CONNECT, "no connection"), True),
        (None, True),
    ],
)
def test_a_host_that_no_request_left_for_needs_no_spacing(
    failure: FetchError | None, is_spaced: bool, caplog: pytest.LogCaptureFixture
):
    """The threads of 50 entries at a host that is refused took a poll 50 s."""
    caplog.set_level(logging.DEBUG, "brandwatch.http")

    async def ask(limiter: HostLimiter) -> None:
        for number in range(3):
            with suppress(FetchError):
                async with limiter.slot(Request(url=f"http://åsgård.example/{number}")):
                    if failure:
                        raise failure

    run_without_waiting(ask(HostLimiter(FetchLimits(spacing=60), AddressGuard())))
    assert len(caplog.messages) == (2 if is_spaced else 0)


def test_a_host_is_spaced_again_once_a_request_has_left_for_it(caplog: pytest.LogCaptureFixture):
    """A name that is not found for a moment is no licence to ask faster."""
    caplog.set_level(logging.DEBUG, "brandwatch.http")

    async def ask(limiter: HostLimiter) -> None:
        for is_known in (False, True, True):
            with suppress(FetchError):
                async with limiter.slot(Request(url="http://åsgård.example/")):
                    if not is_known:
                        raise FetchError(FetchClass.DNS, "no such host")

    run_without_waiting(ask(HostLimiter(FetchLimits(spacing=60), AddressGuard())))
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://A.example./x", "a.example"),
        ("https://a.example:443/", "a.example"),
        ("http://a.example:8080/", "a.example:8080"),
        ("http://[::1]:80/", "::1"),
        ("http://[::1", "http://[::1"),
        ("http://a.example:x/", "http://a.example:x/"),
        ("", ""),
    ],
)
def test_the_host_key_of_limits(url: str, host: str):
    """Two spellings of a host share its limits; an invalid URL has limits of its own."""
    assert host_of(url) == host


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_holds_for_all_sources_of_a_host(site: Site, status: int):
    """After Retry-After of an API nothing else of the host is fetched, directly or by a redirect."""
    site.put("/a", "", status, Retry_After="1800")
    site.put("/b", "<rss/>")
    home = site.url("").replace("127.0.0.1", "localhost")
    site.put("/c", "", 302, Location=site.url("/b"))

    async def go() -> list[FetchError]:
        errors = []
        async with Client(PATIENT) as client:
            for url in (site.url("/a"), site.url("/b"), f"{home}/c"):
                try:
                    await client.fetch(Request(url=url, pauses_host=True))
                except FetchError as error:
                    errors.append(error)
            traveller.shift(timedelta(minutes=31))
            await client.fetch(Request(url=site.url("/b")))
        return errors

    with time_machine.travel(NOW, tick=False) as traveller:
        errors = asyncio.run(go())
    assert [error.fetch_class for error in errors] == ["throttled"] * 3
    assert [error.retry_at for error in errors] == [NOW + timedelta(minutes=30)] * 3
    assert errors[1].message.endswith("has asked for a pause until 2026-05-04 12:30 UTC, and was not asked")
    assert [asked.path for asked in site.log] == ["/a", "/c", "/b"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_of_a_feed_holds_for_its_url_only(site: Site, status: int):
    """After Retry-After of a feed that URL waits, by a redirect too; other feeds of the host are fetched."""
    site.put("/a", "", status, Retry_After="1800")
    site.put("/b", "<rss/>")
    site.put("/c", "", 302, Location="/a")

    async def go() -> list[str]:
        ends = []
        async with Client(PATIENT) as client:
            for path in ("/a", "/b", "/a", "/c"):
                try:
                    await client.fetch(Request(url=site.url(path)))
                except FetchError as error:
                    ends.append(str(error.fetch_class))
                else:
                    ends.append("ok")
        return ends

    with time_machine.travel(NOW, tick=False):
        assert asyncio.run(go()) == ["throttled", "ok", "throttled", "throttled"]
    assert [asked.path for asked in site.log] == ["/a", "/b", "/c"]


def test_a_pause_of_other_sources_is_an_hour_at_most():
    """A pause of a week applies to the source that got it; other sources of the host wait an hour."""
    limiter = HostLimiter(FetchLimits(), AddressGuard())

    def api(path: str) -> Request:
        return Request(url=f"https://a.example{path}", pauses_host=True)

    async def go() -> None:
        async with limiter.slot(Request(url="https://a.example/")):
            pass

    with time_machine.travel(NOW, tick=False):
        limiter.respect_retry_after(api("/x"), FetchError(FetchClass.THROTTLED, "x", retry_at=NOW + timedelta(days=7)))
        limiter.respect_retry_after(
            api("/y"), FetchError(FetchClass.THROTTLED, "x", retry_at=NOW + timedelta(minutes=1))
        )
        limiter.respect_retry_after(api("/z"), FetchError(FetchClass.THROTTLED, "x"))
        with pytest.raises(FetchError) as caught:
            asyncio.run(go())
    assert caught.value.retry_at == NOW + MAX_PAUSE


def test_redirects_are_counted_over_all_hosts():
    """Five are followed, to any hosts."""

    async def go(hops: int) -> str:
        async with AsyncExitStack() as stack:
            await (ring := RedirectRing(0)).build(2, stack)
            client = await stack.enter_async_context(Client(PATIENT))
            try:
                return (await client.fetch(Request(url=ring.url(0, hops)))).url
            except FetchError as error:
                return error.fetch_class

    assert run_without_waiting(go(5)).endswith("/0/0")
    assert run_without_waiting(go(6)) == "redirect"
    assert ending("http://[::1", PATIENT).how == "blocked"
