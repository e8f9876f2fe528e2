"""Ask many sources at once, so that none waits for another's host."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from brandwatch.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from brandwatch.models import Document, Request

T = TypeVar("T")

WORKERS = 50
PER_HOST = 2


async def ask_all(
    asked: Sequence[tuple[T, Request]], fetch: Callable[[Request], Awaitable[Document]], *, seconds: float
) -> AsyncGenerator[tuple[T, Document | FetchError]]:
    """Yield the answer to each request as it comes, with what was asked about; the oldest are asked first.

    A host that has several sources is asked for at most `PER_HOST` at a time, and the others go on meanwhile. What is
    not yet asked after *seconds* is left for another time. Nothing is fetched ahead of who reads: the queue is short.
    """
    hosts: defaultdict[str, deque[tuple[T, Request]]] = defaultdict(deque)
    for subject, request in asked:
        hosts[urlsplit(request.url).netloc].append((subject, request))
    ready = deque(host for host, waiting in hosts.items() for _ in range(min(PER_HOST, len(waiting))))
    given: asyncio.Queue[tuple[T, Document | FetchError] | None] = asyncio.Queue(maxsize=WORKERS)
    end = asyncio.get_running_loop().time() + seconds
    workers = min(WORKERS, len(ready))

    async def work() -> None:
        while ready and asyncio.get_running_loop().time() < end:
            host = ready.popleft()
            if hosts[host]:
                subject, request = hosts[host].popleft()
                await given.put((subject, await _answer(request, fetch)))
                ready.append(host)
        await given.put(None)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work()) for _ in range(workers)]
        try:
            async for answer in _taken(given, workers):
                yield answer
        except GeneratorExit:
            # Who reads has stopped. Inside the group this would become a group of errors and hide the reader's own.
            for task in tasks:
                task.cancel()


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


async def _answer(request: Request, fetch: Callable[[Request], Awaitable[Document]]) -> Document | FetchError:
    """Return what comes back; the expected failure of one source is a value."""
    try:
        return await fetch(request)
    except FetchError as error:
        return error
