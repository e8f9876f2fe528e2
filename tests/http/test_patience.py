"""How long a poll waits for an answer to begin, after time-outs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.http.test_client import HEAD, misbehaving
from tests.loop_time import run_without_waiting

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.models import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = FetchLimits(total=32, connect=10, allowed=frozenset({"127.0.0.1"}))
NEVER = 100_000


def waits(pauses: list[float], *, patience: float = 1.0, body_after: float = 0) -> list[tuple[int, str]]:
    """Ask a host one request after the other; return the seconds of each, and how it ended.

    The host answers each request after one of *pauses*, and sends the body *body_after* seconds later.
    """
    left: Iterator[float] = iter(pauses)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(next(left))
        writer.write(HEAD + b"Content-Length: 6\r\nConnection: close\r\n\r\n")
        await asyncio.sleep(body_after)
        writer.write(b"<rss/>")

    async def go() -> list[tuple[int, str]]:
        loop, ended = asyncio.get_running_loop(), []
        async with misbehaving(answer) as url, Client(LIMITS) as client:
            for number in range(len(pauses)):
                start = loop.time()
                try:
                    how = str((await client.fetch(Request(url=f"{url}/{number}", patience=patience))).status)
                except FetchError as failure:
                    how = failure.message
                ended.append((round(loop.time() - start), how))
        return ended

    return run_without_waiting(go())


def test_a_host_that_hangs_costs_less_and_less():
    """Two of its sources wait for the whole deadline, the next two for half of it, and none less than five seconds."""
    ended = waits([NEVER] * 8)
    assert [seconds for seconds, _ in ended] == [32, 32, 16, 16, 8, 8, 5, 5]
    assert ended[1][1] == "no whole answer within 32 s"
    assert ended[2][1] == "no answer began within 16 s; the wait is shorter after time-outs in a row"


def test_a_host_that_answers_is_never_cut_short():
    """After an answer, however late, the next request has the whole deadline again."""
    ended = waits([NEVER, NEVER, NEVER, 15, 31, 31])
    assert [how for _, how in ended[3:]] == ["200", "200", "200"]
    assert waits([30, 31, 20], patience=1.0) == [(30, "200"), (31, "200"), (20, "200")]


@pytest.mark.parametrize(("patience", "seconds"), [(1.0, 32), (0.5, 16), (0.125, 5)])
def test_a_source_that_hung_before_has_its_share_of_the_deadline(patience: float, seconds: int):
    """Its server has not answered in this poll."""
    assert waits([NEVER], patience=patience)[0][0] == seconds


def test_only_the_begin_of_an_answer_has_the_shorter_deadline():
    """An answer that has begun may take as long as any other."""
    assert waits([4], patience=0.125, body_after=25) == [(29, "200")]
    assert waits([4], patience=0.125, body_after=40) == [(32, "no whole answer within 32 s")]
    assert waits([1, 25], patience=0.125) == [(1, "200"), (25, "200")]
