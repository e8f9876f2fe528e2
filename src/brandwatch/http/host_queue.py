"""Ask many sources at once, so that none waits for another's host."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, Generic, TypeVar

from brandwatch.errors import FetchError
from brandwatch.http.host_limiter import host_of
from brandwatch.models import Request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

    from brandwatch.models import Document


T = TypeVar("T")

WORKERS = 50
PER_HOST = 2


async def fetch_all(
    line: HostQueue[T], step: Callable[[Request], Awaitable[Document | Request]], *, seconds: float
) -> AsyncGenerator[tuple[T, Document | FetchError]]:
    """Yield the answer to each request as it comes, with what was asked about; the oldest are asked first.

    A host that has several sources is asked for at most `PER_HOST` at a time, and the others go on meanwhile. Where a
    *step* ends in another request, a redirect, that one joins the line of its own host. Who reads may add to the line
    what an answer asks for. What is not yet asked after *seconds* is left for another time. Nothing is fetched ahead of
    who reads: the queue is short.
    """
    given: asyncio.Queue[tuple[T, Document | FetchError] | None] = asyncio.Queue(maxsize=WORKERS)
    end = asyncio.get_running_loop().time() + seconds
    workers = min(WORKERS, len(line))

    async def work() -> None:
        while (host := await line.turn()) is not None and asyncio.get_running_loop().time() < end:
            subject, request = line.take(host)
            answer = await _answer(request, step)
            if isinstance(answer, Request):
                line.join(subject, answer)
            else:
                await given.put((subject, answer))
            line.give_back(host)
        line.close()
        await given.put(None)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work()) for _ in range(workers)]
        try:
            async for answer in _taken(given, workers):
                yield answer
                line.answered()
        except GeneratorExit:
            # Who reads has stopped. Inside the group this would become a group of errors and hide the reader's own.
            for task in tasks:
                task.cancel()


class HostQueue(Generic[T]):
    """The requests that wait, by their hosts; a host has at most `PER_HOST` turns at a time."""

    def __init__(self, asked: Iterable[tuple[T, Request]] = ()) -> None:
        self._waiting: defaultdict[str, deque[tuple[T, Request]]] = defaultdict(deque)
        self._turns: Counter[str] = Counter()
        self._ready: asyncio.Queue[str | None] = asyncio.Queue()
        self._unanswered = 0
        for subject, request in asked:
            self.add(subject, request)

    def __len__(self) -> int:
        """Return how many requests are unanswered."""
        return self._unanswered

    def add(self, subject: T, request: Request) -> None:
        """Let one more request be answered."""
        self._unanswered += 1
        self.join(subject, request)

    def join(self, subject: T, request: Request) -> None:
        """Let a request wait for its host."""
        host = host_of(request.url)
        self._waiting[host].append((subject, request))
        if self._turns[host] < PER_HOST:
            self._turns[host] += 1
            self._ready.put_nowait(host)

    async def turn(self) -> str | None:
        """Wait for a host that can be asked for something, and return it; return `None` when the line is closed."""
        while (host := await self._ready.get()) is not None and not self._waiting[host]:
            self._turns[host] -= 1
        return host

    def take(self, host: str) -> tuple[T, Request]:
        """Return who has waited longest for a host."""
        return self._waiting[host].popleft()

    def give_back(self, host: str) -> None:
        """End a turn at a host: the next one there may begin."""
        self._ready.put_nowait(host)

    def answered(self) -> None:
        """Count an answer; with the last one the line closes."""
        self._unanswered -= 1
        if not self._unanswered:
            self.close()

    def close(self) -> None:
        """Tell the next who waits for a turn that there is none; each tells the one after."""
        self._ready.put_nowait(None)


async def _taken(
    given: asyncio.Queue[tuple[T, Document | FetchError] | None], workers: int
) -> AsyncGenerator[tuple[T, Document | FetchError]]:
    """Yield the answers until each worker has said that it is done."""
    while workers:
        answer = await given.get()
        if answer is None:
            workers -= 1
        else:
            yield answer


async def _answer(
    request: Request, step: Callable[[Request], Awaitable[Document | Request]]
) -> Document | Request | FetchError:
    """Return what comes back; the expected failure of one source is a value."""
    try:
        return await step(request)
    except FetchError as error:
        return error
