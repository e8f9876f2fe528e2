"""A poll within the limit of open files, against many servers that keep their connections open."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rss = Callable[..., str]
    Write = Callable[..., object]

ORIGINS = 120


class ManyOrigins:
    """Servers on ports of their own; each answers once *together* requests wait at the same time, and stays open."""

    def __init__(self, body: bytes) -> None:
        self.together = 1
        self.most_waiting = 0
        self.urls: list[str] = []
        self._body = body
        self._waiting = 0
        self._enough = asyncio.Event()
        self._listening, self._ended = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        assert self._listening.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """Close all of them."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        servers = [await asyncio.start_server(self._serve, "127.0.0.1", 0) for _ in range(ORIGINS)]
        self.urls = [f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/rss" for server in servers]
        self._listening.set()
        await self._ended.wait()
        for server in servers:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self._waiting += 1
                self.most_waiting = max(self.most_waiting, self._waiting)
                if self._waiting >= self.together:
                    self._enough.set()
                await self._enough.wait()
                self._waiting -= 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self._body) + self._body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
def origins(rss: Rss) -> Iterator[ManyOrigins]:
    """Many servers with one feed each."""
    servers = ManyOrigins(rss(("Fjordkraft Åsgård", "https://a.example/1")).encode())
    servers.start()
    yield servers
    servers.stop()


def poll(soft: int, hard: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Poll with limits of open files."""
    limited = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        " from brandwatch.__main__ import main; main()"
    )
    command = [sys.executable, "-c", limited, "poll", "-v", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


@pytest.mark.parametrize(("soft", "hard"), [(64, 64), (40, 40), (40, 1024)], ids=["few", "very few", "raised"])
def test_a_poll_fits_the_limit_of_open_files(origins: ManyOrigins, query: Write, soft: int, hard: int):
    """No source fails because connections to others are open."""
    query(*origins.urls)
    ended = poll(soft, hard)
    assert (ended.returncode, f"{ORIGINS} sources fetched, 0 unchanged, 0 failed" in ended.stderr) == (0, True), ended


@pytest.mark.parametrize(
    ("soft", "hard", "options", "in_flight"),
    [(1024, 1024, (), 50), (1024, 1024, ("--in-flight", "100"), 100), (64, 1024, ("--in-flight", "100"), 100)],
    ids=["the default", "more", "more than the soft limit"],
)
def test_the_number_of_requests_in_flight(
    origins: ManyOrigins, query: Write, soft: int, hard: int, options: tuple[str, ...], in_flight: int
):
    """The servers answer only when so many requests wait; there are never more."""
    origins.together = in_flight
    query(*origins.urls)
    assert poll(soft, hard, *options).returncode == 0
    assert origins.most_waiting == in_flight


def test_more_requests_than_the_limit_allows_are_refused(origins: ManyOrigins, query: Write):
    """Nothing is fetched; the hint has the number that fits."""
    query(*origins.urls)
    ended = poll(64, 64, "--in-flight", "100")
    assert ended.returncode == 2
    assert "100 requests at a time take more open files than the 64 that are allowed" in ended.stderr
    assert "--in-flight 20 fits into it" in ended.stderr
    assert origins.most_waiting == 0
