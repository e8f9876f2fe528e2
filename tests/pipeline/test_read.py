"""From the answer of a source to its result: the fetch, the next state, and the entries that matched."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Query, Term
from brandwatch.errors import FetchError
from brandwatch.feeds import ParserSandbox
from brandwatch.models import Document, FetchClass, FoundBy, Request, Source, SourceState
from brandwatch.pipeline.jobs import SourceJob
from brandwatch.pipeline.read import LazyMatcher, SourceReader
from brandwatch.pipeline.source_state import StateRules
from brandwatch.sources.registry import Registry

if TYPE_CHECKING:
    from brandwatch.pipeline.jobs import SourceResult

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "https://avisa.example/rss"
KINDS = Registry()


def reader(
    queries_hash: bytes = b"v1", names: tuple[str, ...] = ("Acme",), after: timedelta = HOUR * 0
) -> SourceReader:
    """A reader for one query, *after* some time."""
    query = Query(name="acme", version="v1", brand="Acme AS", names=tuple(Term(text=name) for name in names))
    rules = StateRules(now=NOW + after, queries_hash=queries_hash, key=b"key")
    return SourceReader(matcher=LazyMatcher([query]), sandbox=ParserSandbox(), rules=rules, environ={})


def job(kind: str = "feed", url: str = URL, values: dict[str, str] | None = None, **facts: object) -> SourceJob:
    """A source of the query."""
    source = Source(url=url, kind=kind, values=tuple((values or {}).items()))
    given = {"state": SourceState(url=url, kind=kind), "queries": frozenset({"acme"})} | facts
    return SourceJob(source=source, kind=KINDS.kind_to_poll(kind), **given)  # type: ignore[arg-type]


def rss(*titles: str, language: str = "nb", channel: str = "Fjordavisa") -> bytes:
    """A feed of entries whose titles end with a digit, by which they are later."""
    items = "".join(
        f"<item><title>{title}</title><link>https://avisa.example/{title[-1]}</link>"
        f"<pubDate>{NOW - (9 - int(title[-1])) * HOUR:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for title in titles
    )
    return (
        f'<rss version="2.0"><channel><title>{channel}</title><language>{language}</language>{items}</channel></rss>'
    ).encode()


def read(to_read: SourceJob, body: bytes, by: SourceReader | None = None, **facts: object) -> SourceResult:
    """Read a document of a source."""
    document = Document(**({"url": to_read.source.url, "status": 200, "body": body} | facts))  # type: ignore[arg-type]
    return (by or reader()).read(to_read, Request(url=to_read.source.url), document)


def found(result: SourceResult) -> dict[str, bool]:
    """The titles of the entries that matched, and whether the source had them before."""
    return {one.entry.title: one.is_seen for one in result.matched}


def test_what_cannot_be_read_is_a_failure_with_its_size():
    """A page in place of the feed is one; behind a redirect to another host that host stands in the way."""
    page = "<!doctype html><html><title>Gjestenett på Ås</title></html>".encode()
    here = read(job(), page).fetch
    assert (here.fetch_class, here.status, here.size, here.obstacle) == (FetchClass.NOT_A_FEED, 200, len(page), "")
    assert "Gjestenett på Ås" in here.error
    there = read(job(), page, url="https://gjest.example/login").fetch
    assert there.obstacle == "a redirect to gjest.example"
    assert read(job(), page, url="https://avisa.example/login").fetch.obstacle == ""


def test_a_refusal_has_no_size():
    """Its status, its message and what stands in the way come from the answer; the failure is counted."""
    error = FetchError(FetchClass.HTTP_5XX, "answered 502 Bad Gateway", status=502)
    error.obstacle, error.server_time = "the proxy", NOW - HOUR
    result = reader().read(job(), Request(url=URL), error)
    assert (result.fetch.fetch_class, result.fetch.status, result.fetch.size) == (FetchClass.HTTP_5XX, 502, 0)
    assert (result.fetch.obstacle, result.fetch.server_time) == ("the proxy", NOW - HOUR)
    assert (result.state.failures, result.state.error) == (1, "answered 502 Bad Gateway")


@pytest.mark.parametrize(("status", "is_empty"), [(404, True), (403, False), (None, False)])
def test_some_servers_refuse_what_has_no_entries_yet(status: int | None, is_empty: bool):
    """The status that a kind declares for it is an empty answer, until the source has had an entry."""
    error = FetchError(FetchClass.HTTP_4XX, "answered", status=status)
    lobsters = job("lobsters", values={"domain": "acme.example"})
    result = reader().read(lobsters, Request(url=URL), error)
    expected = FetchClass.EMPTY if is_empty else FetchClass.HTTP_4XX
    assert (result.fetch.fetch_class, result.fetch.status, result.state.failures) == (expected, status, not is_empty)
    known = replace(lobsters, state=replace(lobsters.state, seen=bytes(20)))
    assert reader().read(known, Request(url=URL), error).fetch.fetch_class is FetchClass.HTTP_4XX
    assert reader().read(job(), Request(url=URL), error).fetch.fetch_class is FetchClass.HTTP_4XX


def test_the_same_document_is_not_parsed_again():
    """Its entries are those of last time, and it counts as a full answer; “not modified” does not."""
    first = read(job(), rss("Acme 1", "Ås 2"), etag='"1"', last_modified="Wed")
    assert (found(first), first.fetch.entries, first.state.etag) == ({"Acme 1": False}, 2, '"1"')
    later = reader(after=HOUR)
    again = job(state=first.state)
    same = read(again, rss("Acme 1", "Ås 2"), later)
    assert (same.fetch.fetch_class, same.fetch.entries, found(same)) == (FetchClass.SAME, 2, {})
    assert (same.state.last_full, same.state.etag, same.state.last_modified) == (NOW + HOUR, '"1"', "Wed")
    unchanged = read(again, b"", later, status=304, etag='"2"')
    assert (unchanged.fetch.fetch_class, unchanged.fetch.entries) == (FetchClass.NOT_MODIFIED, 2)
    assert (unchanged.state.last_full, unchanged.state.etag) == (NOW, '"2"')
    newer = read(again, rss("Acme 3", "Acme 1", "Ås 2"), later)
    assert (newer.fetch.fetch_class, newer.fetch.entries, newer.is_rematched) == (FetchClass.OK, 3, False)
    assert found(newer) == {"Acme 3": False}
    # Known entries before it are not read again, and keep their places.
    (last,) = read(again, rss("Acme 1", "Ås 2", "Acme 3"), later).matched
    assert (last.entry.title, last.position) == ("Acme 3", 2)


def test_a_new_query_reads_the_same_document_again():
    """What it finds in entries that the source had before is no news; a new entry is."""
    first = read(job(), rss("Bolt 1", "Ås 2"))
    assert first.is_rematched
    by = reader(queries_hash=b"v2", names=("Acme", "Bolt"), after=HOUR)
    again = read(job(state=first.state), rss("Bolt 1", "Ås 2"), by)
    assert (again.fetch.fetch_class, again.is_rematched, found(again)) == (FetchClass.OK, True, {"Bolt 1": True})
    more = read(job(state=first.state), rss("Bolt 3", "Bolt 1", "Ås 2"), by)
    assert found(more) == {"Bolt 3": False, "Bolt 1": True}
    assert found(read(job(state=again.state), rss("Bolt 3", "Bolt 1"), reader(b"v2", ("Bolt",), HOUR))) == {
        "Bolt 3": False
    }


@pytest.mark.parametrize("change", [{"language": "sv"}, {"channel": "Nordlys"}])
def test_another_title_or_language_makes_all_entries_new(change: dict[str, str]):
    """They are those of the entries too: all of them are matched again."""
    first = read(job(), rss("Acme 1", "Acme 2"))
    assert found(read(job(state=first.state), rss("Acme 3", "Acme 1", "Acme 2"))) == {"Acme 3": False}
    changed = read(job(state=first.state), rss("Acme 3", "Acme 1", "Acme 2", **change))
    assert list(found(changed)) == ["Acme 3", "Acme 1", "Acme 2"]


def post(number: int, name: str = "Acme", hours: int = 0) -> dict[str, object]:
    """A post of a forum, some hours old."""
    link = f"https://forum.example/post/{number}"
    when = (NOW - hours * HOUR).isoformat()
    inner = {"ap_id": link, "id": number, "name": name, "body": "Blåbær", "published": when}
    return {"post": inner, "creator": {"name": "kari"}, "counts": {"comments": 1, "score": 2}}


def lemmy(**facts: object) -> SourceJob:
    """A search on a forum, whose answers have pages."""
    values = {"instance": "https://forum.example", "query": "Acme"}
    url = "https://forum.example/api/v3/search?q=Acme"
    return job("lemmy", url, values, **facts)


def page(*posts: dict[str, object]) -> bytes:
    """A page of posts."""
    return json.dumps({"posts": list(posts), "comments": []}).encode()


def test_a_full_page_of_a_search_has_a_next_one():
    """The state stays that of before until the last page; what was read is in the result of each."""
    full = read(lemmy(), page(*(post(number) for number in range(50))))
    assert full.next is not None
    assert (full.next.job.page, full.next.job.listed, full.next.request.url.endswith("page=2")) == (2, 50, True)
    assert (len(full.matched), full.state.body_hash, full.state.last_success) == (50, b"", None)
    last = read(full.next.job, page(post(51)))
    assert (last.next, len(last.matched), last.state.body_hash, last.state.entries) == (None, 1, b"", 51)
    single = read(lemmy(), page(post(1)))
    assert (single.next, single.state.body_hash != b"", single.state.entries) == (None, True, 1)


def test_what_is_left_behind_the_last_page_is_a_gap():
    """From the last answer to the oldest entry that was read; the first poll has none."""
    since = SourceState(url=lemmy().source.url, last_success=NOW - DAY, cursor=(NOW - DAY).isoformat())
    third = lemmy(state=since, page=3, listed=100)
    full = read(third, page(*(post(number, hours=number // 10) for number in range(50))))
    assert full.next is None
    assert full.gap is not None
    assert (full.gap.start, full.gap.end, full.gap.reason) == (
        NOW - DAY, NOW - 4 * HOUR, "150 of more: the others were not read",
    )  # fmt: skip
    assert full.state.last_gap == NOW
    first = read(lemmy(page=3, listed=100), page(*(post(number) for number in range(50))))
    assert (first.gap, first.state.last_gap) == (None, None)
    assert read(third, page(post(1))).gap is None


def test_an_entry_of_a_search_was_there_before_by_its_time():
    """An answer shows a part of what there is: what is older than the last answer is no news to a new query."""
    before = SourceState(url=lemmy().source.url, last_success=NOW - 5 * HOUR, seen=bytes(20))
    posts = (post(1, "Acme ny", hours=4), post(2, "Acme gammel", hours=6), post(3, "Acme da", hours=5))
    assert found(read(lemmy(state=before), page(*posts))) == {"Acme ny": False, "Acme gammel": True, "Acme da": False}
    # Of a stream the document itself shows what was there.
    feed = job(state=SourceState(url=URL, last_success=NOW - 5 * HOUR, seen=bytes(20)))
    assert found(read(feed, rss("Acme 1", "Ås 2", "Acme 8"))) == {"Acme 1": False, "Acme 8": False}


def test_a_thread_gives_its_link_to_its_entries():
    """A comment belongs to the entry that it is below; of a source an entry is its own."""
    link = "https://avisa.example/1"
    below = read(job(is_thread=True, thread=link), rss("Acme 1"))
    assert [one.entry.thread for one in below.matched] == [link]
    assert [one.entry.thread for one in read(job(), rss("Acme 1")).matched] == [""]


def test_a_search_that_shows_a_part_is_believed():
    """What only the server found is a mention with that evidence; a whole text without the name is none."""
    kinds = [name for name in KINDS.kinds if KINDS.kind(name).mode == "search" and KINDS.kind(name).engine == "feed"]
    remote = next(name for name in kinds if KINDS.kind(name).text != "full")
    whole = next(name for name in kinds if KINDS.kind(name).text == "full")
    (one,) = read(job(remote, values={"query": "Acme"}), rss("Ås 2")).matched
    result = one.results["acme"]
    assert (result.found_by, [(each.term, each.rule, each.start, each.end) for each in result.evidence]) == (
        FoundBy.REMOTE, [("Acme", "remote", 0, 0)],
    )  # fmt: skip
    (local,) = read(job(remote, values={"query": "Acme"}), rss("Acme 2")).matched
    assert local.results["acme"].found_by is not FoundBy.REMOTE
    assert read(job(whole, values={"query": "Acme"}), rss("Ås 2")).matched == ()
    assert read(job(remote, values={"query": "Acme"}, is_thread=True), rss("Ås 2")).matched == ()


def test_a_conditional_request_has_the_validators_of_the_last_answer():
    """For a day, and as long as the queries are the same: then the whole document is requested once."""
    state = replace(read(job(), rss("Acme 1"), etag='"1"', last_modified="Wed").state, last_full=NOW)
    by_age = {hours: reader(after=hours * HOUR).request(job(state=state)).etag for hours in (1, 23, 24, 30)}
    assert by_age == {1: '"1"', 23: '"1"', 24: "", 30: ""}
    assert reader(after=HOUR).request(job(state=state)).last_modified == "Wed"
    assert reader(b"v2", after=HOUR).request(job(state=state)).etag == ""


def tag(**facts: object) -> SourceJob:
    """A hashtag on a server, whose empty answers are probed."""
    values = {"instance": "https://tut.example", "tag": "acme"}
    return job("mastodon", "https://tut.example/api/v1/timelines/tag/acme", values, **facts)


@pytest.mark.parametrize(("access", "fetch_class"), [("disabled", FetchClass.BLOCKED), ("public", FetchClass.EMPTY)])
def test_an_empty_answer_is_held_until_the_probe_is_read(access: str, fetch_class: FetchClass):
    """A server that is closed fails, one that is open is empty; also where the answer is as empty as last time."""
    first = read(tag(), b"[]")
    assert first.next is not None
    assert (first.fetch.fetch_class, first.next.request.url) == (
        FetchClass.EMPTY,
        "https://tut.example/api/v2/instance",
    )
    assert first.state == tag().state
    facts = {"configuration": {"timelines_access": {"hashtag_feeds": {"local": access, "remote": access}}}}
    probed = read(first.next.job, json.dumps(facts).encode())
    assert (probed.next, probed.fetch.fetch_class, probed.state.failures) == (
        None, fetch_class, int(access == "disabled"),
    )  # fmt: skip
    if access == "public":
        again = read(tag(state=probed.state), b"[]", reader(after=HOUR))
        assert again.next is not None
        assert again.next.job.probed is not None


def test_a_probe_that_fails_leaves_the_answer_empty():
    """It says nothing of the server."""
    first = read(tag(), b"[]")
    assert first.next is not None
    error = FetchError(FetchClass.TIMEOUT, "no answer")
    probed = reader().read(first.next.job, first.next.request, error)
    assert (probed.fetch.fetch_class, probed.state.failures) == (FetchClass.EMPTY, 0)


def test_a_refusal_keeps_the_clock_of_the_server_and_what_stood_in_the_way():
    """Without the secrets that were sent."""
    secret = replace(job(), source=replace(job().source, headers=(("X-Key", "${FJORD_KEY}"),)))
    error = FetchError(FetchClass.HTTP_4XX, "answered 403: hemmelig-nøkkel", status=403)
    error.obstacle, error.server_time = "the proxy", NOW
    redacted = replace(reader(), environ={"FJORD_KEY": "hemmelig-nøkkel"}).redact(secret, error)
    assert isinstance(redacted, FetchError)
    assert (redacted.obstacle, redacted.server_time, redacted.status) == ("the proxy", NOW, 403)
    assert "hemmelig" not in redacted.message
    document = Document(url=URL, status=200, body=b"Acme")
    assert reader().redact(job(), document) == document


def test_a_gap_behind_the_last_page_ends_with_the_answer():
    """Not before it begins, and not in the future; the first page of several says nothing of the others."""
    for hours, end in ((-30, NOW), (4, NOW - 4 * HOUR), (40, NOW - DAY)):
        since = SourceState(url=lemmy().source.url, last_success=NOW - DAY, cursor=(NOW - 90 * DAY).isoformat())
        posts = [post(number, hours=hours) for number in range(50)]
        last = read(lemmy(state=since, page=3, listed=100), page(*posts))
        assert last.gap is not None, hours
        assert (last.gap.start, last.gap.end, last.state.body_hash) == (NOW - DAY, end, b"")
    before = NOW - 9 * DAY
    known = SourceState(url=lemmy().source.url, last_success=NOW - DAY, last_gap=before)
    assert read(lemmy(state=known), page(post(1))).state.last_gap == before


def test_a_later_page_is_read_whatever_the_first_was():
    """The same body as last time says that the first page is the same, and of the others nothing."""
    first = read(lemmy(), page(post(1)))
    for number, fetch_class in ((1, FetchClass.SAME), (2, FetchClass.OK)):
        again = read(lemmy(state=first.state, page=number), page(post(1)), reader(after=HOUR))
        assert again.fetch.fetch_class is fetch_class
