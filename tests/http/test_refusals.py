from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.http.chaos import chaos, for_ever

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.models import Request

if TYPE_CHECKING:
    from tests.http.chaos import Script

PATIENT = FetchLimits(total=120, wire=100_000, decoded=300_000, allowed=frozenset({"127.0.0.1"}))
QUICK = replace(PATIENT, total=0.8)
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n"
WORDS = '{"error": "ikke på Åsgård"}'.encode()
WHOLE = REFUSED + b"Content-Length: %d\r\n\r\n%s" % (len(WORDS), WORDS)
BOMB = gzip.compress(b"x" * 20_000_000)


def refusal(script: Script, *, heeds: bool = True, limits: FetchLimits = PATIENT) -> FetchError:
    """The error of a refused request."""

    async def go(url: str) -> FetchError:
        async with Client(limits) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(Request(url=url, reads_error_body=heeds))
            return caught.value

    with chaos(script=script) as server:
        return asyncio.run(go(server.url()))


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        pytest.param([WHOLE], WORDS, id="whole"),
        pytest.param(
            [REFUSED + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(WORDS)], WORDS, id="squeezed though it refuses"
        ),
        pytest.param([REFUSED + b"Content-Length: 0\r\n\r\n"], b"", id="without a word"),
        pytest.param([REFUSED + b"Content-Length: 900\r\n\r\n", WORDS], b"", id="broken off"),
        pytest.param([REFUSED + b"Content-Length: 70000\r\n\r\n", b"x" * 70_000], b"", id="long"),
        pytest.param([REFUSED + b"Content-Encoding: gzip\r\n\r\n", BOMB], b"", id="a bomb"),
        pytest.param([REFUSED + b"Content-Encoding: br\r\n\r\n", b"x"], b"", id="unreadable"),
    ],
)
def test_the_body_of_a_refusal_does_not_change_its_class(sent: list[bytes], body: bytes):
    """It is read if it is short, complete and readable; the refusal is the same in every case."""
    ended = refusal(lambda _: sent)
    assert (ended.fetch_class, ended.status, ended.body) == ("blocked", 403, body)
    assert ended.content_type == "application/json"


@pytest.mark.parametrize("pieces", [(0.05,), (b"x", 0.05)], ids=["says nothing", "trickles"])
def test_an_endless_refusal_is_a_refusal(pieces: tuple[bytes | float, ...]):
    """The deadline covers the body; the status is reported afterwards."""
    ended = refusal(for_ever(*pieces, first=REFUSED + b"\r\n"), limits=QUICK)
    assert (ended.fetch_class, ended.body) == ("blocked", b"")


@pytest.mark.parametrize(
    ("script", "heeds"),
    [(lambda _: [WHOLE], False), (lambda _: [WHOLE.replace(b"403 Forbidden", b"503 Busy")], True)],
    ids=["not wanted", "a failure of the server"],
)
def test_only_explained_refusals_are_read(script: Script, heeds: bool):
    """A plain feed declares no error fields, and a 5xx response explains nothing."""
    assert refusal(script, heeds=heeds).body == b""
