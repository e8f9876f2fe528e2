from __future__ import annotations

from brandwatch.config.kind import PagingRule
from brandwatch.models import Source, SourceState
from brandwatch.pipeline.job_queue import KindBudgets
from brandwatch.pipeline.jobs import SourceJob
from brandwatch.sources.registry import PLAIN_FEED


def paged_jobs(count: int, budget: int, most: int) -> list[SourceJob]:
    """Return jobs of a kind whose answers have pages."""
    limits = PLAIN_FEED.limits.model_copy(update={"budget": budget})
    kind = PLAIN_FEED.model_copy(
        update={"name": "fjord", "limits": limits, "paging": PagingRule(param="page", most=most)}
    )
    states = (SourceState(url=f"https://a.example/{number}", kind="fjord") for number in range(count))
    return [SourceJob(source=Source(url=state.url, kind="fjord"), state=state, kind=kind) for state in states]


def spent(count: int, budget: int, most: int, pages: int) -> tuple[list[int], int]:
    """Return the number of requests of each source that has so many pages, and the number of deferred sources."""
    budgets, requests, deferred = KindBudgets(), dict.fromkeys(range(count), 0), 0
    running: list[SourceJob] = []
    jobs = paged_jobs(count, budget, most)
    for job in jobs:
        turn = budgets.start(job)
        running += turn.starting
        deferred += len(turn.deferred)
    while running:
        job = running.pop(0)
        number = jobs.index(job)
        requests[number] += 1
        while requests[number] < pages and budgets.spend(job):
            requests[number] += 1
        turn = budgets.end(job)
        running += turn.starting
        deferred += len(turn.deferred)
    return list(requests.values()), deferred


def test_pages_count_against_the_budget_like_first_requests():
    """Sources start while the budget covers all their pages; the rest of it goes to one that may be cut short."""
    assert spent(count=12, budget=12, most=3, pages=1) == ([1] * 12, 0)
    assert spent(count=12, budget=12, most=3, pages=3) == ([3] * 4 + [0] * 8, 8)
    assert spent(count=4, budget=5, most=3, pages=2) == ([2, 2, 1, 0], 1)
    assert spent(count=3, budget=2, most=3, pages=3) == ([2, 0, 0], 2)
    assert spent(count=3, budget=0, most=3, pages=3) == ([3, 3, 3], 0)


def test_running_sources_never_share_a_reservation():
    """No source starts on requests that another may still need; a source that ends gives the rest back."""
    budgets = KindBudgets()
    first, second, third, fourth = paged_jobs(4, budget=7, most=3)
    assert budgets.start(first).starting == (first,)
    assert budgets.start(second).starting == (second,)
    assert budgets.start(third).starting == ()
    assert budgets.start(fourth).starting == ()
    assert budgets.end(first).starting == (third,)
    assert [budgets.spend(second) for _ in range(4)] == [True, True, False, False]
    assert budgets.end(second).starting == ()
    assert budgets.end(third).starting == (fourth,)
