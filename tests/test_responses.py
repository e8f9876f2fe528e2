from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import Page
from tests.response_world import NEWS, SINGLE, World, index

from brandwatch.models import Response
from brandwatch.storage import open_store
from brandwatch.storage.responses import response_history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Site


@pytest.fixture
def world(tmp_path: Path, site: Site) -> Iterator[World]:
    """An empty database, and an index without counts."""
    folder = tmp_path / "sources"
    folder.mkdir()
    site.answer = index({})
    with open_store(tmp_path / "brandwatch.db") as store:
        made = World(store, site, folder)
        made.kind("fjordnytt", NEWS)
        made.kind("fjordforum", SINGLE)
        yield made


def paths(site: Site) -> list[str]:
    """List the requests since the last call."""
    found = [asked.path for asked in site.log]
    site.log.clear()
    return found


def test_responses_are_refreshed_while_they_grow(world: World, site: Site):
    """From the first hour, at each step for a day; then only growing ones, and none after a week."""
    world.seen(1, 2)
    site.answer = index({1: 3, 2: 5})
    assert (world.reread(0.9), site.log) == ([], [])
    (recount,) = world.reread(1)
    assert (recount.entries, recount.counted, recount.grown) == (2, 2, 0)
    assert paths(site) == ["/again?tags=story,(story_1,story_2)"]
    assert (world.comments(), world.reread(1.1), world.reread(5.9)) == ([3, 5], [], [])
    for hours, first, grown in ((6, 8, 1), (24, 9, 1), (72, 9, 0), (168, 40, 0), (400, 99, 0)):
        site.answer = index({1: first, 2: 5})
        assert sum(recount.grown for recount in world.reread(hours)) == grown, hours
    assert world.comments() == [9, 5]
    asked = [f"/again?tags=story,(story_{ids})" for ids in ("1,story_2", "1,story_2", "1")]
    assert paths(site) == asked
    assert [snapshot.response.comments for snapshot in response_history(world.store, 1)] == [3, 8, 9, 9]


def test_due_entries_are_requested_in_batches(world: World, site: Site):
    """Twenty at a time, of all searches together, but separate for different parameter values."""
    world.seen(*range(1, 31), topic="kraft")
    world.seen(*range(31, 46), topic="vind")
    site.answer = index(dict.fromkeys(range(1, 46), 7))
    assert sorted(recount.counted for recount in world.reread(1)) == [5, 20, 20]
    assert world.comments() == [7] * 45
    other = NEWS.replace('key: "', 'topic: "{{topic}}", key: "')
    world.kind("fjordnytt", other)
    paths(site)
    assert sorted(recount.counted for recount in world.reread(6)) == [10, 15, 20]
    assert sorted(path.partition("topic=")[2] for path in paths(site)) == ["kraft", "kraft", "vind"]


def test_a_kind_has_its_budget(world: World, site: Site):
    """No more requests per poll than the kind allows; the rest comes first in the next."""
    world.kind("fjordnytt", NEWS, budget=2)
    world.seen(*range(1, 51))
    site.answer = index(dict.fromkeys(range(1, 51), 1))
    assert [recount.counted for recount in world.reread(1)] == [20, 20]
    assert [recount.counted for recount in world.reread(1.2)] == [10]
    assert world.reread(1.3) == []


def test_a_failure_is_reported_and_retried_later(world: World, site: Site):
    """A failure is a result; the retry is an hour later, then with growing pauses, and known counts stay."""
    world.seen(1, response=Response(comments=4))
    site.answer = None
    (recount,) = world.reread(1)
    assert (recount.fetch_class, recount.error, recount.counted) == ("http-4xx", "answered 404 Not Found", 0)
    assert world.comments() == [4]
    tried = [hours / 4 for hours in range(4, 4 * 400) if world.reread(hours / 4)]
    assert tried[:4] == [2, 3, 4.5, 6.75]
    assert len(tried) < 15
    assert tried[-1] == 168


def test_an_invalid_response_is_a_failure(world: World, site: Site):
    """HTML in place of counts is reported and changes nothing."""
    world.seen(1)
    site.pages = {"/again?tags=story,(story_1)": Page(b"<!doctype html><title>Stengt</title>")}
    (recount,) = world.reread(1)
    assert recount.error
    assert (world.comments(), world.reread(1.9)) == ([None], [])


def test_retry_after_delays_the_refresh(world: World, site: Site):
    """429 with Retry-After delays the next refresh of all requested entries."""
    world.seen(1, 2)
    site.pages = {"/again?tags=story,(story_1,story_2)": Page(b"", 429, {"Retry-After": "18000"})}
    (recount,) = world.reread(1)
    assert recount.fetch_class == "throttled"
    site.pages = {}
    site.answer = index({1: 1, 2: 1})
    assert world.reread(5.9) == []
    assert [recount.counted for recount in world.reread(6)] == [2]


def test_a_missing_entry_keeps_its_counts(world: World, site: Site):
    """It is requested again at the next steps, and given up after a day."""
    world.seen(1, 2, response=Response(comments=2))
    site.answer = index({2: 3})
    recounts = [recount for hours in (1, 6, 24, 72, 168) for recount in world.reread(hours)]
    assert [(recount.entries, recount.counted) for recount in recounts] == [(2, 1), (2, 1), (2, 1)]
    assert world.comments() == [2, 3]


def test_a_deleted_entry_is_no_failure(world: World, site: Site):
    """At an entry's own URL 404 means deletion; other errors are failures."""
    world.seen(1, 2, 3, kind="fjordforum")
    site.answer = None
    site.pages = {"/posts/1": Page(b'{"id": 1, "replies": 6}'), "/posts/3": Page(b"", 500)}
    found = sorted((recount.url[-1], recount.counted, recount.fetch_class) for recount in world.reread(1))
    assert found == [("1", 1, "ok"), ("2", 0, "ok"), ("3", 0, "http-5xx")]


def test_an_entry_without_an_id_is_not_refreshed(world: World, site: Site):
    """An entry with a foreign guid cannot be looked up; the others are."""
    world.seen(1)
    world.seen(2, guid="https://fjord.example/2")
    site.answer = index({1: 1, 2: 1})
    assert [recount.entries for recount in world.reread(1)] == [1]
    assert [recount.entries for recount in world.reread(6)] == [1]
    assert world.comments() == [1, None]


def test_only_kinds_with_a_refresh_are_requested(world: World, site: Site):
    """No requests for feeds, for kinds without a refresh, or for sources outside all queries."""
    world.seen(1, kind="feed")
    world.seen(2, kind="gdelt")
    world.seen(3)
    world.sources = {url: source for url, source in world.sources.items() if source.kind != "fjordnytt"}
    assert (world.reread(1), site.log) == ([], [])


def test_a_secret_is_sent_and_not_stored(world: World, site: Site):
    """The URL is filled from the environment; no result has the value, even if the server repeats it."""
    world.seen(1)
    body = b'{"message": "wrong key hemmelig123"}'
    site.pages = {"/again?tags=story,(story_1)&key=hemmelig123": Page(body, 500)}
    (recount,) = world.reread(1, {"FJORD_KEY": "hemmelig123"})
    assert recount.fetch_class == "http-5xx"
    assert "hemmelig123" not in repr(recount)
    assert paths(site) == ["/again?tags=story,(story_1)&key=hemmelig123"]


def test_a_missing_secret_is_a_failure(world: World, site: Site):
    """Without a required key there is no request, and a message."""
    world.kind("fjordnytt", NEWS.replace("auth: optional", "auth: required"))
    world.seen(1)
    (recount,) = world.reread(1)
    assert (recount.fetch_class, recount.error) == ("blocked", "the environment variable FJORD_KEY is not set")
    assert (site.log, world.reread(1.5)) == ([], [])


def test_no_requests_after_the_deadline(world: World, site: Site):
    """A poll without time left leaves all due entries to the next one."""
    world.seen(1)
    site.answer = index({1: 1})
    assert (world.reread(1, longest=0), site.log) == ([], [])
    assert len(world.reread(1.2)) == 1
