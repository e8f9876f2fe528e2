"""The thread that reads and stores while the event loop fetches."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class WorkThread:
    """One thread for the work of a poll, so that fetches go on meanwhile; use it with `with`.

    The database is used in one thread at a time: the poll waits for each piece of work.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "work")
        self.is_stopping = False
        """Whether the poll was cancelled: the work may leave out what it has not begun."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of *work*.

        A task that is cancelled meanwhile is cancelled after that: what was stored is reported, and nothing is closed
        while the thread uses it.
        """
        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError:
                self.is_stopping = True
        if self.is_stopping and (task := asyncio.current_task()):
            task.cancel()
        return future.result()
