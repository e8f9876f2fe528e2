"""A poll reads the whole state of the sources that may be due or have something to tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.config.query import Query, Term
from brandwatch.models import COMMENTS_KIND, Source, SourceState, Thread
from brandwatch.pipeline.jobs import due_jobs
from brandwatch.pipeline.source_selection import remarkable_sources, resting_sources
from brandwatch.sources.registry import Registry
from brandwatch.storage.sources import SourceSummary

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
FEED, THREAD = "https://blåbær.example/rss", "https://blåbær.example/1/kommentarer"
REGISTRY = Registry()
# Around every limit: half a minute, five minutes, two days, a month.
SECONDS = st.integers(-3_000_000, 3_000_000) | st.sampled_from([30, 31, 300, 301, 172_800, 172_801, -300])


def summary(url: str = FEED, *, is_well: int = 1, last_poll: int | None = -3600, next_due: int | None = 3600):
    """The summary of a source; times are seconds after NOW."""
    start = int(NOW.timestamp())
    polled = None if last_poll is None else start + last_poll
    return SourceSummary(url, is_well, start, polled, polled, None if next_due is None else start + next_due)


def due(last_poll: int | None, next_due: int | None, days: int, *, resting: set[str]) -> list[str]:
    """The URLs of jobs for a source with an interval of some days, 0 for a learned one, with its state."""
    state = SourceState(
        url=FEED,
        last_poll=None if last_poll is None else NOW + timedelta(seconds=last_poll),
        next_due=None if next_due is None else NOW + timedelta(seconds=next_due),
    )
    source = Source(url=FEED, interval=timedelta(days=days) if days else None)
    query = Query(name="gården", version="v1", brand="Blåbær Gården AS", names=(Term(text="Blåbær"),))
    jobs = due_jobs([query.model_copy(update={"sources": (source,)})], [state], NOW, REGISTRY, resting=resting)
    return [job.source.url for job in jobs]


@given(last_poll=st.none() | SECONDS, next_due=st.none() | SECONDS, days=st.integers(0, 30))
def test_a_resting_source_is_not_due_by_its_state(last_poll: int | None, next_due: int | None, days: int):
    """With resting sources left out the same sources are due, whatever their times and intervals."""
    resting = resting_sources([summary(last_poll=last_poll, next_due=next_due)], NOW)
    assert due(last_poll, next_due, days, resting=resting) == due(last_poll, next_due, days, resting=set())


def test_a_source_that_waits_an_hour_rests():
    """Its state is not read; that of a source which is due, was never polled or has impossible times is."""
    assert resting_sources([summary()], NOW) == {FEED}
    read: list[dict[str, int | None]] = [
        {"next_due": 30},
        {"next_due": None},
        {"last_poll": None},
        {"last_poll": 301},
        {"next_due": 172_801},
    ]
    for times in read:
        assert resting_sources([summary(**times)], NOW) == set(), times  # type: ignore[arg-type]


def test_a_thread_is_due_below_a_source_that_rests():
    """It is asked for as its source is; the source itself is not."""
    source = Source(url=FEED, kind="lemmy")
    query = Query(name="gården", version="v1", brand="Blåbær Gården AS", names=(Term(text="Blåbær"),))
    thread = Thread(url=THREAD, kind=COMMENTS_KIND, until=NOW + timedelta(days=1), through=FEED, thread=FEED)
    queries = [query.model_copy(update={"sources": (source,)})]
    (job,) = due_jobs(queries, [], NOW, REGISTRY, threads=[thread], resting={FEED})
    assert (job.is_thread, job.queries) == (True, frozenset({"gården"}))
    assert due_jobs(queries, [], NOW, REGISTRY, threads=[thread], resting={FEED, job.source.url}) == []


def test_sources_that_are_not_well_or_were_not_are_remarkable():
    """A poll has nothing to say of the others at its end, nor of sources that it is not for."""
    urls = [f"https://avis{number}.example/rss" for number in range(4)]
    known = {url: summary(url, is_well=int(url != urls[1])) for url in urls}
    polled = [*urls[:3], "https://ny.example/rss"]
    assert list(remarkable_sources(polled, known, {urls[2], urls[3]})) == [urls[1], urls[2]]
