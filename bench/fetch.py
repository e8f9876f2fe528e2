"""Measure what one fetch costs the client, for the transports that may stand below httpx, in one run.

    python bench/fetch.py --feeds 300 --rounds 5

Each asks a farm of feeds (`farm.py`, every feed on an origin of its own) for everything, 50 at a time: whole (200,
about 47 kB packed with gzip) and with validators (304). Prints milliseconds of processor time of this process per
request. `aiohttp` is there where the package httpx-aiohttp is; `bare` is our transport without httpx's client on top.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from brandwatch.fetch import Client, Limits
from brandwatch.fetch.guard import Guard
from brandwatch.fetch.transport import Transport
from brandwatch.models import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    Ask = Callable[[str, str], Awaitable[str]]
    Contender = Callable[[list[str]], AbstractAsyncContextManager[Ask]]

FARM = Path(__file__).with_name("farm.py")
_IN_FLIGHT = 50


def main() -> None:
    """Start the farm, measure each contender, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    command = [sys.executable, str(FARM), "--feeds", str(options.feeds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as farm:
        if farm.stdin is None or farm.stdout is None:
            raise OSError("the farm has no pipes")
        addresses = farm.stdout.readline().split()
        print(f"{'CPU ms per request':20}{'200':>8}{'304':>8}")
        for name, contender in _CONTENDERS.items():
            if name == "aiohttp" and importlib.util.find_spec("httpx_aiohttp") is None:
                continue
            whole, unchanged = asyncio.run(_measured(contender, addresses, options.rounds))
            print(f"{name:20}{whole:8.2f}{unchanged:8.2f}", flush=True)
        farm.stdin.close()


async def _measured(contender: Contender, addresses: list[str], rounds: int) -> tuple[float, float]:
    """Return what a 200 and a 304 cost; every round has connections of its own, as every poll has."""
    tags = dict.fromkeys(addresses, "")
    whole = [await _round(contender, dict.fromkeys(addresses, ""), tags) for _ in range(rounds)]
    unchanged = [await _round(contender, tags, dict(tags)) for _ in range(rounds)]
    return min(whole), min(unchanged)


async def _round(contender: Contender, known: dict[str, str], tags: dict[str, str]) -> float:
    """Ask for everything once, with what is known of it; return the processor time of one request."""
    waiting = list(known)
    start = time.process_time()
    async with contender(waiting) as ask:

        async def work() -> None:
            while waiting:
                address = waiting.pop()
                tags[address] = await ask(address, known[address])

        await asyncio.gather(*(work() for _ in range(_IN_FLIGHT)))
    return (time.process_time() - start) * 1000 / len(known)


@asynccontextmanager
async def _with_httpx(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Ask]:
    """Ask through httpx's client on a transport."""
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:

        async def ask(address: str, tag: str) -> str:
            answer = await client.get(address, headers={"If-None-Match": tag} if tag else {})
            return answer.headers["etag"]

        yield ask


def _default(_: list[str]) -> AbstractAsyncContextManager[Ask]:
    return _with_httpx(httpx.AsyncHTTPTransport(verify=False))


def _aiohttp(_: list[str]) -> AbstractAsyncContextManager[Ask]:
    return _with_httpx(importlib.import_module("httpx_aiohttp").AiohttpTransport())


def _ours(addresses: list[str]) -> AbstractAsyncContextManager[Ask]:
    return _with_httpx(Transport(Guard(_hosts(addresses)), 10, 64))


@asynccontextmanager
async def _bare(addresses: list[str]) -> AsyncIterator[Ask]:
    """Ask our transport without httpx's client; the request and the response are httpx's."""
    transport = Transport(Guard(_hosts(addresses)), 10, 64)

    async def ask(address: str, tag: str) -> str:
        headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if tag else {})
        answer = await transport.handle_async_request(httpx.Request("GET", address, headers=headers))
        await answer.aread()
        await answer.aclose()
        return answer.headers["etag"]

    yield ask
    await transport.aclose()


@asynccontextmanager
async def _whole_client(addresses: list[str]) -> AsyncIterator[Ask]:
    """Ask with the client as a poll uses it."""
    async with Client(Limits(allowed=_hosts(addresses))) as client:

        async def ask(address: str, tag: str) -> str:
            return (await client.fetch(Request(url=address, etag=tag))).etag

        yield ask


def _hosts(addresses: list[str]) -> frozenset[str]:
    """Return the hosts of the farm, which are on loopback."""
    return frozenset(urlsplit(address).hostname or "" for address in addresses)


_CONTENDERS: dict[str, Contender] = {
    "httpx default": _default,
    "aiohttp": _aiohttp,
    "ours": _ours,
    "ours, bare": _bare,
    "our client": _whole_client,
}

if __name__ == "__main__":
    main()
