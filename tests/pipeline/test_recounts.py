from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.errors import FetchError
from brandwatch.models import Entry, FetchClass, RefreshDue, Response, Source
from brandwatch.pipeline.refresh_responses import settle_refresh
from brandwatch.sources.refresh import refresh_requests
from brandwatch.sources.registry import Registry

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SITES = ("https://a.example", "https://b.example")
SOURCES = {site: Source(url=site, kind="stackexchange", values=(("site", site[8]),)) for site in SITES}
KINDS = Registry()

guids = st.sampled_from(["stackexchange:a:7", "https://a.example/7"]) | st.integers(0, 300).map(
    "stackexchange:a:{}".format
)
entries = st.builds(Entry, guid=guids, published=st.none() | st.just(NOW))
waiting = st.lists(
    st.builds(RefreshDue, id=st.integers(), source=st.sampled_from(SITES), entry=entries, found=st.just(NOW)),
    unique_by=lambda due: due.id,
)


@given(waiting)
def test_everything_is_asked_about_once_or_has_no_name(dues: list[RefreshDue]):
    """No entry is lost and none is asked about twice; a request is about entries of one site, as many as it takes."""
    asked, nameless = refresh_requests(KINDS.kind("stackexchange"), dues, SOURCES)
    settled = [id(one) for request in asked for one in request.due.values()] + [id(one) for one in nameless]
    assert sorted(settled) == sorted(map(id, dues))
    assert all(len(request.due) <= 100 for request in asked)
    assert all(len({one.source for one in request.due.values()}) == 1 for request in asked)
    assert all(one.entry.guid.startswith("stackexchange:") for request in asked for one in request.due.values())


@given(waiting, st.integers(0, 24 * 40))
def test_a_failure_moves_everything_on(dues: list[RefreshDue], hours: int):
    """Nothing is asked again within the hour, and nothing is taken for a count."""
    now = NOW + timedelta(hours=hours)
    asked, _ = refresh_requests(KINDS.kind("stackexchange"), dues, SOURCES)
    for request in asked:
        counted, recount = settle_refresh(request, FetchError(FetchClass.TIMEOUT, "too slow"), now)
        assert [one.id for one in counted] == [one.id for one in request.due.values()]
        assert all(one.response == Response() for one in counted)
        assert all(one.refresh_at is None or one.refresh_at >= now + timedelta(hours=1) for one in counted)
        assert (recount.error, recount.counted, recount.entries) == ("too slow", 0, len(counted))
