from __future__ import annotations

from brandwatch.models import Source, SourceState
from brandwatch.pipeline.jobs import SourceJob
from brandwatch.pipeline.poll_run import KindBudgets
from brandwatch.sources.adapter import SourceAdapter


def plans(count: int, budget: int, most: int) -> list[SourceJob]:
    """Return sources of a kind whose answers have pages."""
    endpoint = SourceAdapter()
    endpoint.budget, endpoint.most = budget, most
    states = (SourceState(url=f"https://a.example/{number}", kind="fjord") for number in range(count))
    return [
        SourceJob(source=Source(url=state.url, kind="fjord"), state=state, interval=None, endpoint=endpoint)
        for state in states
    ]


def spent(count: int, budget: int, most: int, pages: int) -> tuple[list[int], int]:
    """Return how many requests each source got that wants so many pages, and how many sources were put off."""
    budgets, asked, put_off = KindBudgets(), dict.fromkeys(range(count), 0), 0
    running: list[SourceJob] = []
    known = plans(count, budget, most)
    for plan in known:
        turn = budgets.joined(plan)
        running += turn.beginning
        put_off += len(turn.put_off)
    while running:
        plan = running.pop(0)
        number = known.index(plan)
        asked[number] += 1
        while asked[number] < pages and budgets.may_go_on(plan):
            asked[number] += 1
        turn = budgets.ended(plan)
        running += turn.beginning
        put_off += len(turn.put_off)
    return list(asked.values()), put_off


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
    assert budgets.joined(first).beginning == (first,)
    assert budgets.joined(second).beginning == (second,)
    assert budgets.joined(third).beginning == ()
    assert budgets.joined(fourth).beginning == ()
    assert budgets.ended(first).beginning == (third,)
    assert [budgets.may_go_on(second) for _ in range(4)] == [True, True, False, False]
    assert budgets.ended(second).beginning == ()
    assert budgets.ended(third).beginning == (fourth,)
