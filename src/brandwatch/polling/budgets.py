"""The requests that one poll may spend on the sources of each kind: whose turn it is, who goes on, who comes next time.

A source begins where as many requests are left as it may need for all its pages, so that none is cut short; the last of
a budget goes to one that may be, which then is read from the same place in the next poll.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from brandwatch.polling.plans import Plan


class Turn(NamedTuple):
    """The sources that may begin now, and those that are put off until the next poll."""

    beginning: tuple[Plan, ...] = ()
    put_off: tuple[Plan, ...] = ()


class Budgets:
    """What is left of the budget of each kind; a kind without one spends as it likes."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._running: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[Plan]] = defaultdict(deque)

    def joined(self, plan: Plan) -> Turn:
        """Let a source wait for its budget; return who may begin."""
        if not plan.endpoint.budget:
            return Turn((plan,))
        self._waiting[plan.source.kind].append(plan)
        return self._next(plan)

    def may_go_on(self, plan: Plan) -> bool:
        """Take one more request for a source that has begun; say whether there was one."""
        kind, url = plan.source.kind, plan.source.url
        if not plan.endpoint.budget:
            return True
        if self._held[url]:
            self._held[url] -= 1
            return True
        if not self._left[kind]:
            return False
        self._left[kind] -= 1
        return True

    def ended(self, plan: Plan) -> Turn:
        """Give back what a source did not need; return who may begin."""
        if not plan.endpoint.budget:
            return Turn()
        self._left[plan.source.kind] += self._held.pop(plan.source.url)
        self._running[plan.source.kind] -= 1
        return self._next(plan)

    def _next(self, plan: Plan) -> Turn:
        """Return who of the kind of a plan may begin, and who cannot any more in this poll."""
        kind = plan.source.kind
        left, waiting = self._left.setdefault(kind, plan.endpoint.budget), self._waiting[kind]
        beginning = []
        while waiting and (left >= waiting[0].endpoint.most or (left and not self._running[kind])):
            first = waiting.popleft()
            wanted = min(first.endpoint.most, left)
            # One of them is spent with the first request.
            self._held[first.source.url] = wanted - 1
            left -= wanted
            self._running[kind] += 1
            beginning.append(first)
        self._left[kind] = left
        is_spent = not left and not self._running[kind]
        put_off = tuple(waiting) if is_spent else ()
        if is_spent:
            waiting.clear()
        return Turn(tuple(beginning), put_off)
