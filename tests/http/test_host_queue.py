from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.loop_time import run_without_waiting

from brandwatch.errors import FetchError
from brandwatch.http import HostQueue, fetch_all
from brandwatch.http.hosts import fetch_batches
from brandwatch.models import Document, FetchClass, Request

if TYPE_CHECKING:
    from collections.abc import Callable


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


class Server:
    """Answers each request after some seconds, with a body of a size; notes how many are under way."""

    def __init__(self, seconds: Callable[[int], float], size: int = 0) -> None:
        self.seconds, self.size = seconds, size
        self.under_way = self.most = 0

    async def send(self, request: Request) -> Document | Request:
        """Answer a request; `/moved` leads to another host."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.seconds(int(request.url.rpartition("/")[2])))
        self.under_way -= 1
        if "moved" in request.url:
            return Request(url=request.url.replace("moved", "new"))
        return Document(url=request.url, status=200, body=b"x" * self.size)


def batches(server: Server, count: int, path: str = "", **limits: float) -> list[list[str]]:
    """Fetch from as many hosts, and return the URLs of each batch."""
    urls = [f"https://h{number}.example{path}/{number}" for number in range(count)]

    async def ask() -> list[list[str]]:
        queue = HostQueue([(url, Request(url=url)) for url in urls])
        found = fetch_batches(queue, server, **{"seconds": 60, **limits})  # type: ignore[arg-type]
        return [[document.url for _, document in batch if isinstance(document, Document)] async for batch in found]

    return run_without_waiting(ask())


def test_answers_that_arrive_together_are_a_batch():
    """As many as the caller wants; those that are late have their own."""
    assert [len(batch) for batch in batches(Server(lambda _: 0.0), 45, in_flight=45)] == [20, 20, 5]
    assert [len(batch) for batch in batches(Server(lambda _: 0.0), 5, in_flight=5, max_answers=2)] == [2, 2, 1]
    late = batches(Server(lambda number: number // 3), 6, in_flight=6)
    assert [len(batch) for batch in late] == [3, 3]
    assert sorted(url for batch in late for url in batch) == [
        f"https://h{number}.example/{number}" for number in range(6)
    ]


def test_an_answer_waits_a_moment_for_the_others():
    """A twentieth of a second, also for a single one; not if the batch is full, or all have arrived."""
    assert [len(batch) for batch in batches(Server(lambda number: number * 0.04), 2, in_flight=2)] == [2]
    assert [len(batch) for batch in batches(Server(lambda number: number * 0.06), 2, in_flight=2)] == [1, 1]
    full = batches(Server(lambda number: number // 2 * 0.04), 4, in_flight=4, max_answers=2)
    assert [len(batch) for batch in full] == [2, 2]


def test_a_batch_of_large_documents_is_short():
    """It ends with the document that makes it a mebibyte."""
    assert [len(batch) for batch in batches(Server(lambda _: 0.0, 2**19), 5, in_flight=5)] == [2, 2, 1]
    assert [len(batch) for batch in batches(Server(lambda _: 0.0, 2**19 - 1), 6, in_flight=6)] == [3, 3]
    assert [len(batch) for batch in batches(Server(lambda _: 0.0, 2**21), 3, in_flight=3)] == [1, 1, 1]


def test_requests_in_flight_have_a_limit():
    """As many as there is room for, never more, and no worker without a request."""
    for in_flight, most in ((1, 1), (7, 7), (50, 30)):
        server = Server(lambda _: 1.0)
        assert sum(map(len, batches(server, 30, in_flight=in_flight))) == 30
        assert server.most == most


def test_a_redirect_is_followed_in_the_turn_of_its_host():
    """The answer belongs to the subject that asked, and no request is sent after the end."""
    server = Server(lambda _: 0.0)
    (batch,) = batches(server, 3, path="/moved", in_flight=3)
    assert sorted(batch) == [f"https://h{number}.example/new/{number}" for number in range(3)]
    assert batches(Server(lambda _: 1.0), 3, path="/moved", in_flight=3, seconds=0.5) == []


def test_requests_that_are_added_while_answers_are_handled():
    """The queue closes with the last one, whether it was there at the beginning or not."""

    async def ask() -> list[str]:
        queue = HostQueue([("first", Request(url="https://a.example/1"))])
        subjects = []
        async for batch in fetch_batches(queue, Server(lambda _: 1.0), seconds=60):
            for subject, _ in batch:
                subjects.append(subject)
                if len(subjects) < 4:
                    queue.add(f"after {subject}", Request(url="https://a.example/2"))
        return subjects

    assert len(run_without_waiting(ask())) == 4


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_host_has_two_turns_however_often_it_was_empty(rounds: int):
    """A turn that finds no request is given back once."""

    async def take(queue: HostQueue[int]) -> list[str]:
        hosts = []
        with suppress(TimeoutError):
            while turn := await asyncio.wait_for(queue.acquire(), 1):
                hosts.append(turn[0])
        return hosts

    async def ask() -> list[str]:
        queue = HostQueue[int]()
        for _ in range(rounds):
            queue.add(0, Request(url="https://åsgård.example/"))
            for host in await take(queue):
                queue.release(host)
            assert await take(queue) == []
        for number in range(5):
            queue.add(number, Request(url=f"https://åsgård.example/{number}"))
        queue.add(9, Request(url="https://blåbær.example/"))
        return await take(queue)

    assert run_without_waiting(ask()) == ["xn--sgrd-poac.example"] * 2 + ["xn--blbr-roah.example"]
