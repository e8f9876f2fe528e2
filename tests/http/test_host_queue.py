from __future__ import annotations

import asyncio
from collections import Counter

from tests.loop_time import run_without_waiting

from brandwatch.errors import FetchError
from brandwatch.http import HostQueue, fetch_all
from brandwatch.models import Document, FetchClass, Request


def run(urls: list[str], *, seconds: float = 60, slow: float = 0.0) -> tuple[list[str], Counter[str], list[object]]:
    """Fetch URLs with a new client; return the order, the peak concurrency per host, and the results."""
    under_way: Counter[str] = Counter()
    most: Counter[str] = Counter()

    class Answering:
        async def send(self, request: Request) -> Document:
            host = request.url.split("/")[2]
            under_way[host] += 1
            most[host] = max(most[host], under_way[host])
            await asyncio.sleep(slow if host == "slow.example" else 0)
            under_way[host] -= 1
            if "broken" in request.url:
                raise FetchError(FetchClass.DNS, "no such host")
            return Document(url=request.url, status=200)

    async def ask() -> list[tuple[str, object]]:
        asked = [(url, Request(url=url)) for url in urls]
        return [answer async for answer in fetch_all(HostQueue(asked), Answering(), seconds=seconds)]

    given = run_without_waiting(ask())
    return [url for url, _ in given], most, [answer for _, answer in given]


def test_a_slow_host_delays_no_other_host():
    """All others finish before the second pair of the slow host's sources."""
    slow = [f"https://slow.example/{number}" for number in range(6)]
    quick = [f"https://h{number}.example/" for number in range(200)]
    order, most, _ = run(slow + quick, slow=0.1)
    assert sorted(order) == sorted(slow + quick)
    assert set(order[:200]) >= set(quick[:190])
    assert most["slow.example"] == 2


def test_all_sources_of_one_host_are_fetched():
    """Two at a time, to the last; failures are values."""
    urls = [f"https://one.example/{number}" for number in range(30)] + ["https://broken.example/"]
    order, most, given = run(urls)
    assert sorted(order) == sorted(urls)
    assert most["one.example"] == 2
    assert sum(isinstance(answer, FetchError) for answer in given) == 1


def test_no_request_is_sent_after_the_deadline():
    """Started requests finish; the others are not sent."""
    urls = [f"https://slow.example/{number}" for number in range(6)]
    order, _, _ = run(urls, seconds=0.05, slow=0.1)
    assert len(order) == 2
    assert run(urls, seconds=0)[0] == []


def test_an_empty_queue():
    """Without sources nothing is fetched."""
    assert run([])[0] == []
