from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.config.kind import PagingRule, ProbeRule, SpendRule, TokenRule
from brandwatch.errors import FetchError
from brandwatch.feeds import ParserSandbox
from brandwatch.models import Document, Fetch, FetchClass, MentionCounts, Request, Source, SourceState
from brandwatch.pipeline.job_queue import JobQueue, KindBudgets, add_pages
from brandwatch.pipeline.jobs import NextRequest, SourceJob, SourceResult, TokenRequest
from brandwatch.pipeline.read import LazyMatcher, SourceReader
from brandwatch.pipeline.source_state import StateRules
from brandwatch.sources.registry import PLAIN_FEED

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PAGE = Request(url="https://a.example/side")
PROBE = ProbeRule(url="https://a.example/om", closed="closed", words="stengt")


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


def test_the_probe_of_a_kind_is_a_request_of_its_budget():
    """A source starts only if the budget covers its probe too."""
    jobs = paged_jobs(4, budget=5, most=1)
    probed = [replace(job, kind=job.kind.model_copy(update={"probe": PROBE, "paging": None})) for job in jobs]
    budgets = KindBudgets()
    assert [len(budgets.start(job).starting) for job in probed[:3]] == [1, 1, 0]
    assert [budgets.spend(probed[0]) for _ in range(3)] == [True, True, False]
    assert budgets.end(probed[0]).starting == ()
    assert budgets.end(probed[1]).starting == (probed[2],)


class AskedQueue(JobQueue):
    """The queue of a poll that knows some secrets, and whose requests a test takes."""

    def __init__(self, **environ: str) -> None:
        rules = StateRules(now=NOW, queries_hash=b"", key=b"key")
        super().__init__(SourceReader(matcher=LazyMatcher([]), sandbox=ParserSandbox(), rules=rules, environ=environ))
        self._taken = 0

    def asked(self) -> list[NextRequest | TokenRequest]:
        """Return the requests since the last call."""
        new = len(self.requests) - self._taken
        self._taken += new

        async def take() -> list[NextRequest | TokenRequest]:
            found = []
            for _ in range(new):
                taken = await self.requests.acquire()
                assert taken is not None
                host, subject, _ = taken
                found.append(subject)
                self.requests.release(host)
            return found

        return asyncio.run(take())

    def asked_job(self) -> SourceJob:
        """Return the job of the only request since the last call."""
        (one,) = self.asked()
        assert isinstance(one, NextRequest)
        return one.job


def page(entries: int = 2, **facts: object) -> Fetch:
    """Return the recorded fetch of a page."""
    counts = MentionCounts(new=1)
    return Fetch(at=NOW, fetch_class=FetchClass.OK, size=100, entries=entries, counts=counts, **facts)  # type: ignore[arg-type]


def result(job: SourceJob, following: SourceJob | None = None) -> SourceResult:
    """Return what was read of a page, with the job of the next one."""
    return SourceResult(fetch=page(), state=job.state, next=NextRequest(following, PAGE) if following else None)


def test_the_pages_of_a_source_are_one_fetch():
    """Their sizes and counts are added up; the rest is that of the last page, or of the one before."""
    first = page(remark="et utdrag", server_time=NOW)
    last = replace(page(3), fetch_class=FetchClass.PARTIAL, error="cut off")
    both = add_pages(first, last)
    assert (both.size, both.entries, both.counts) == (200, 5, MentionCounts(new=2))
    assert (both.fetch_class, both.error, both.remark, both.server_time) == (
        FetchClass.PARTIAL, "cut off", "et utdrag", NOW,
    )  # fmt: skip
    later = add_pages(first, replace(last, remark="alt", server_time=NOW + timedelta(hours=1)))
    assert (later.remark, later.server_time) == ("alt", NOW + timedelta(hours=1))
    assert add_pages(None, last) == last


def test_a_source_ends_with_its_last_page():
    """Until then its next page is requested; the fetch of its end has all of them."""
    (job,) = paged_jobs(1, budget=0, most=3)
    poll = AskedQueue()
    assert list(poll.start([job])) == []
    assert poll.asked_job() == job
    second = replace(job, page=2)
    assert list(poll.handle_result(job, result(job, second), page())) == []
    (asked,) = poll.asked()
    assert isinstance(asked, NextRequest)
    assert (asked.job.page, asked.request) == (2, PAGE)
    (ended,) = poll.handle_result(asked.job, result(second), page(3))
    assert ended.job.fetched is not None
    assert (ended.error, ended.job.fetched.entries, ended.job.fetched.size) == (None, 5, 200)
    assert poll.asked() == []


def test_a_spent_budget_ends_a_source_and_defers_the_others():
    """What was read of it counts; of the others nothing was fetched."""
    first, second = paged_jobs(2, budget=1, most=3)
    poll = AskedQueue()
    assert list(poll.start([first, second])) == []
    assert len(poll.asked()) == 1
    ended, deferred = poll.handle_result(first, result(first, replace(first, page=2)), page())
    assert (ended.job.source, ended.job.fetched, ended.error) == (first.source, page(), None)
    assert (deferred.job.source, deferred.job.fetched, deferred.error) == (second.source, None, None)
    assert poll.asked() == []


def test_a_probe_is_sent_also_without_a_budget():
    """Without it an empty answer would never be settled; a further page waits for the next poll."""
    (job,) = paged_jobs(1, budget=1, most=3)
    poll = AskedQueue()
    list(poll.start([job]))
    poll.asked()
    probing = replace(job, probed=Document(url=job.source.url, status=200))
    assert list(poll.handle_result(job, result(job, probing), page(0))) == []
    assert poll.asked_job().probed == probing.probed


@pytest.mark.parametrize(("spent", "pages"), [(0, 2), (1, 2), (2, 1), (3, 1), (4, 0)])
def test_entries_that_cost_money_stop_at_the_cap(spent: int, pages: int):
    """Those of earlier polls count, and those of the pages of this one; the next two may not exceed five."""
    (plain,) = paged_jobs(1, budget=0, most=9)
    kind = plain.kind.model_copy(
        update={
            "spend": SpendRule(price=1, currency="USD", cap="cap"),
            "paging": PagingRule(param="page", most=9, size=2),
        }
    )
    source = replace(plain.source, values=(("cap", "5"),))
    job = replace(plain, kind=kind, source=source, spent_entries=spent)
    poll = AskedQueue()
    read = 0
    ended = list(poll.start([job]))
    while not ended:
        asked = poll.asked_job()
        read += 1
        ended = list(poll.handle_result(asked, result(asked, replace(asked, page=read + 1)), page()))
    assert read == pages
    (last,) = ended
    assert last.error is not None
    assert (last.error.fetch_class, last.error.message.partition(" are")[0]) == (
        FetchClass.BLOCKED, f"{spent + 2 * pages}.00 of 5 USD",
    )  # fmt: skip
    assert (last.job.fetched.entries if last.job.fetched else 0) == 2 * pages


def behind_token(count: int) -> list[SourceJob]:
    """Return jobs of a kind whose requests need an access token."""
    jobs = paged_jobs(count, budget=0, most=1)
    rule = TokenRule(url="https://a.example/token", path="token", form={"id": "${FJORD_ID}"})
    kind = jobs[0].kind.model_copy(update={"token": rule, "env": ("FJORD_ID",)})
    return [replace(job, kind=kind) for job in jobs]


def test_sources_of_a_kind_wait_for_one_token():
    """With it each is requested; sources of other kinds do not wait."""
    jobs, (other,) = behind_token(2), paged_jobs(1, budget=0, most=1)
    other = replace(other, source=Source(url="https://b.example/rss"))
    poll = AskedQueue(FJORD_ID="hemmelig")
    assert list(poll.start([*jobs, other])) == []
    found = poll.asked()
    (token,) = (one for one in found if isinstance(one, TokenRequest))
    assert [one.job for one in found if isinstance(one, NextRequest)] == [other]
    assert token.jobs == tuple(jobs)
    answer = Document(url="https://a.example/token", status=200, body=b'{"token": "abc"}')
    assert list(poll.handle_token(token, answer)) == []
    assert [(one.job.source, one.job.token) for one in poll.asked() if isinstance(one, NextRequest)] == [
        (job.source, "abc") for job in jobs
    ]


def test_without_a_token_every_source_of_its_kind_ends():
    """With the refusal, or with the secret that is missing; the others are requested."""
    jobs, (other,) = behind_token(2), paged_jobs(1, budget=0, most=1)
    other = replace(other, source=Source(url="https://b.example/rss"))
    poll = AskedQueue(FJORD_ID="hemmelig")
    list(poll.start(jobs))
    (token,) = poll.asked()
    assert isinstance(token, TokenRequest)
    refused = list(poll.handle_token(token, FetchError(FetchClass.HTTP_4XX, "answered 401", status=401)))
    assert [(one.job.source, one.error and one.error.message) for one in refused] == [
        (job.source, "answered 401") for job in jobs
    ]
    unknown = AskedQueue()
    missing = list(unknown.start([*jobs, other]))
    assert [(one.job.source, one.error and one.error.fetch_class) for one in missing] == [
        (job.source, FetchClass.BLOCKED) for job in jobs
    ]
    assert [one.job for one in unknown.asked() if isinstance(one, NextRequest)] == [other]
