"""A loop whose time passes only while nothing is ready: pauses and deadlines take no real time, and never race."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

# What one end of a connection on loopback has sent, the other end can read at once; this is for a busy kernel.
_SETTLING_SECONDS = 0.005


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for a timer, jumps to it."""

    seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(_SETTLING_SECONDS)
        if not ready:
            self.seconds += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop for clients and servers that all run in it."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the seconds that timers have waited for."""
        return self._jumping.seconds

    def pass_time(self, seconds: float) -> None:
        """Let time pass as if the loop was busy with a callback, and did not look at its sockets."""
        self._jumping.seconds += seconds


def run_without_waiting(running: Coroutine[None, None, T]) -> T:
    """Run a coroutine as `asyncio.run` does, in a loop whose time jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(running)
