from __future__ import annotations

from brandwatch.config.kind import PagingRule
from brandwatch.models import Source, SourceState
from brandwatch.pipeline.job_queue import KindBudgets
from brandwatch.pipeline.jobs import SourceJob
from brandwatch.sources.registry import PLAIN_FEED


def plans(count: int, budget: int, most: int) -> list[SourceJob]:
    """Return sources of a kind whose answers have pages."""
    limits = PLAIN_FEED.limits.model_copy(update={"budget": budget})
    kind = PLAIN_FEED.model_copy(
        update={"name": "fjord", "limits": limits, "paging": PagingRule(param="page", most=most)}
    )
    states = (SourceState(url=f"https://a.example/{number}", kind="fjord") for number in range(count))
    return [SourceJob(source=Source(url=state.url, kind="fjord"), state=state, kind=kind) for state in states]


def spent(count: int, budget: int, most: int, pages: int) -> tuple[list[int], int]:
    """Return how many requests each source got that wants so many pages, and how many sources were put off."""
    budgets, asked, deferred = KindBudgets(), dict.fromkeys(range(count), 0), 0
    running: list[SourceJob] = []
    known = plans(count, budget, most)
    for plan in known:
        turn = budgets.start(plan)
        running += turn.starting
        deferred += len(turn.deferred)
    while running:
        plan = running.pop(0)
        number = known.index(plan)
        asked[number] += 1
        while asked[number] < pages and budgets.spend(plan):
            asked[number] += 1
        turn = budgets.end(plan)
        running += turn.starting
        deferred += len(turn.deferred)
    return list(asked.values()), deferred


def test_pages_are_paid_for_like_first_requests():
    """As many sources begin as have all their pages paid for; the last of a budget goes to one that may be cut."""
    assert spent(count=12, budget=12, most=3, pages=1) == ([1] * 12, 0)
    assert spent(count=12, budget=12, most=3, pages=3) == ([3] * 4 + [0] * 8, 8)
    assert spent(count=4, budget=5, most=3, pages=2) == ([2, 2, 1, 0], 1)
    assert spent(count=3, budget=2, most=3, pages=3) == ([2, 0, 0], 2)
    assert spent(count=3, budget=0, most=3, pages=3) == ([3, 3, 3], 0)


def test_those_that_run_at_once_could_all_read_to_the_end():
    """Nobody begins on what another may still need, and whoever ends gives the rest back."""
    budgets = KindBudgets()
    first, second, third, fourth = plans(4, budget=7, most=3)
    assert budgets.start(first).starting == (first,)
    assert budgets.start(second).starting == (second,)
    assert budgets.start(third).starting == ()
    assert budgets.start(fourth).starting == ()
    assert budgets.end(first).starting == (third,)
    assert [budgets.spend(second) for _ in range(4)] == [True, True, False, False]
    assert budgets.end(second).starting == ()
    assert budgets.end(third).starting == (fourth,)
