"""Wait for what another process or thread does: by turns, not by the clock, so that a busy machine is no failure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TURNS = 30_000
"""Five minutes on an idle machine, more on a busy one: only what never happens fails."""
PATIENCE_SECONDS = 300
"""For what can only wait by the clock: the end of a process, an answer of a socket."""


def wait_until(condition: Callable[[], object], explain: Callable[[], object] = str) -> None:
    """Wait until a condition is true; fail with an explanation if it never is."""
    for _ in range(MAX_TURNS):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(explain())
