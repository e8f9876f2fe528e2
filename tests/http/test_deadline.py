from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.http.test_client import HEAD, misbehaving
from tests.loop_time import JumpingLoop, run_without_waiting

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.http.deadline import Deadline
from brandwatch.models import Request

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = FetchLimits(total=30, connect=30, allowed=frozenset({"127.0.0.1"}))


def fetch_while(answers_after: float, hinder: Callable[[JumpingLoop], None]) -> str:
    """Fetch from a server that answers after some seconds, while the loop is hindered each second; return how it ended.

    The time of the loop is not that of a clock: it passes while the loop waits, or when *hinder* adds to it.
    """

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(answers_after)
        writer.write(HEAD + b"Content-Length: 6\r\nConnection: close\r\n\r\n<rss/>")

    async def hinder_each_second(loop: JumpingLoop) -> None:
        while True:
            await asyncio.sleep(1)
            hinder(loop)

    async def go() -> str:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        async with misbehaving(answer) as url, Client(LIMITS) as client:
            hindering = asyncio.create_task(hinder_each_second(loop))
            try:
                return f"{(await client.fetch(Request(url=url))).status}"
            except FetchError as failure:
                return failure.fetch_class
            finally:
                hindering.cancel()

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(go())


@pytest.mark.parametrize("busy_seconds", [0.5, 10, 3600], ids=["a little", "often", "the machine slept"])
def test_the_time_of_a_busy_program_is_not_that_of_the_server(busy_seconds: float):
    """A server that answers within a third of the deadline has not timed out, however long the loop was busy."""

    def be_busy(loop: JumpingLoop) -> None:
        loop.pass_time(busy_seconds)

    assert fetch_while(5, be_busy) == "200"


def test_a_server_that_does_not_answer_times_out_in_a_busy_program_too():
    """Each step of the deadline ends once the loop has waited for it."""

    def be_busy(loop: JumpingLoop) -> None:
        loop.pass_time(10)

    assert fetch_while(100_000, be_busy) == "timeout"


@pytest.mark.parametrize(("seconds", "how"), [(29, "200"), (31, "timeout")])
def test_an_idle_program_waits_for_the_deadline_and_no_longer(seconds: float, how: str):
    """The steps of a deadline add up to it."""

    def stay_idle(_: JumpingLoop) -> None:
        pass

    assert fetch_while(seconds, stay_idle) == how


def test_a_deadline_knows_what_is_left():
    """Before it begins, while it runs, and after it was extended; a shorter extension changes nothing."""

    async def go() -> list[float]:
        deadline = Deadline(20)
        left = [deadline.remaining()]
        async with deadline:
            left.append(deadline.remaining())
            await asyncio.sleep(5.5)
            left.append(deadline.remaining())
            deadline.extend_to(20)
            left.append(deadline.remaining())
            deadline.extend_to(10)
            left.append(deadline.remaining())
            deadline.extend_to(30)
            left.append(deadline.remaining())
            await asyncio.sleep(0.5)
            left.append(deadline.remaining())
        return [round(seconds, 6) for seconds in left]

    assert run_without_waiting(go()) == [20, 20, 14.5, 14.5, 14.5, 24.5, 24]


@pytest.mark.parametrize(("extended_to", "ends_at"), [(0, 20), (30, 30)])
def test_a_deadline_ends_the_block_at_its_time(extended_to: float, ends_at: float):
    """An extended one later; a block that ends before is not disturbed afterwards."""

    async def wait() -> None:
        async with Deadline(20) as deadline:
            await asyncio.sleep(5)
            deadline.extend_to(extended_to)
            await asyncio.sleep(1_000)

    async def go() -> float:
        with pytest.raises(TimeoutError):
            await wait()
        return asyncio.get_running_loop().time()

    async def finish() -> float:
        async with Deadline(20):
            await asyncio.sleep(19)
        await asyncio.sleep(100)
        return asyncio.get_running_loop().time()

    assert run_without_waiting(go()) == pytest.approx(ends_at)
    assert run_without_waiting(finish()) == pytest.approx(119)


def test_a_deadline_in_the_past_ends_at_once():
    """Of no seconds, and of fewer; one that has not begun, or is over, cannot be extended."""

    async def go(seconds: float) -> float:
        with pytest.raises(TimeoutError):
            async with Deadline(seconds) as deadline:
                await asyncio.sleep(1)
        deadline.extend_to(50)
        unused = Deadline(5)
        unused.extend_to(50)
        assert (deadline.seconds, unused.seconds) == (seconds, 5)
        return asyncio.get_running_loop().time()

    for seconds in (0.0, -3.0):
        assert run_without_waiting(go(seconds)) < 1
