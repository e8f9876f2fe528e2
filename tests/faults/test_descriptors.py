from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections import Counter
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
ORIGINS = 200


class Origins:
    """Servers on loopback, one port each, that close no connection; *opened* counts the connections of each."""

    def __init__(self, bodies: list[bytes]) -> None:
        self.addresses: list[str] = []
        self.opened: Counter[int] = Counter()
        self._bodies = bodies
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._thread.start()
        self._is_ready.wait(300)

    def stop(self) -> None:
        """End all of them."""
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join()

    async def _listen(self) -> None:
        self._loop, self._is_over = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            for number in range(len(self._bodies)):
                server = await asyncio.start_server(partial(self._serve, number), "127.0.0.1", 0)
                await stack.enter_async_context(server)
                self.addresses.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/rss")
            self._is_ready.set()
            await self._is_over.wait()

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened[number] += 1
        body = self._bodies[number]
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
def origins(rss: Rss) -> Iterator[Origins]:
    """More servers than a process with a low limit can have open files; one feed needs the sandbox."""
    bodies = [rss((f"{NAME} i sak {number}", f"https://a.example/{number}")).encode() for number in range(ORIGINS)]
    bodies[7] = bodies[7].replace(b"sak 7", b"<b>sak 7")
    origins = Origins(bodies)
    yield origins
    origins.stop()


@pytest.mark.parametrize("descriptors", [128, 48])
def test_a_poll_of_more_sources_than_descriptors(cli: Cli, query: Write, origins: Origins, descriptors: int):
    """Every source is fetched, although each host keeps its connection open."""
    query(*origins.addresses)
    limited = f"ulimit -n {descriptors} && exec {sys.executable} -m brandwatch poll"
    done = subprocess.run(["bash", "-c", limited], capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    sources = json.loads(cli("sources", "--format", "json").out)["items"]
    assert Counter(source["class"] for source in sources) == {"ok": ORIGINS}
    assert {origins.opened[number] for number in range(ORIGINS)} == {1}
