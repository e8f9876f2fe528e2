from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.feeds.entries import read_entry
from brandwatch.models import Entry, Feed, SourceState
from brandwatch.pipeline import source_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://avisa.example/rss"
NAME = "Fjordkraft Åsgård"


def entries(*numbers: int) -> Feed:
    """Return a feed of numbered entries, an hour apart."""
    return Feed(entries=tuple(Entry(guid=f"g-{number}", published=NOW - (50 - number) * HOUR) for number in numbers))


def hashes(feed: Feed, key: bytes = b"key") -> list[bytes]:
    """Return the hashes of the names of a feed's entries."""
    return [source_state.hash_name(entry.guid, key) for entry in feed.entries]


def window(*numbers: int) -> bytes:
    """Return the window of a feed of which nothing was known."""
    return source_state.seen_hashes(entries(*numbers), b"key", {})


def state(**facts: bytes) -> SourceState:
    """Return the state of a source that last answered two days ago."""
    return SourceState(url=URL, last_success=NOW - 48 * HOUR, **facts)  # type: ignore[arg-type]


def test_a_full_window_without_a_known_entry_is_a_gap():
    """Entries were missed between the last answer and the oldest entry that is there now."""
    before = state(seen=window(1, 2, 3))
    gap = source_state.find_gap(before, window(7, 8, 9), entries(7, 8, 9), NOW)
    assert gap is not None
    assert (gap.source, gap.start, gap.end) == (URL, NOW - 48 * HOUR, NOW - 43 * HOUR)
    assert source_state.find_gap(before, window(3, 4, 5), entries(3, 4, 5), NOW) is None
    assert source_state.find_gap(before, window(7, 8), entries(7, 8), NOW) is None
    assert source_state.find_gap(state(seen=b""), window(7, 8, 9), entries(7, 8, 9), NOW) is None


def test_hashes_need_the_key():
    """The same entries have other hashes in another database."""
    assert hashes(entries(1, 2), b"other") != hashes(entries(1, 2))
    assert source_state.count_new(window(1, 2), window(2, 3, 4)) == 2


def test_entries_that_were_not_read_keep_their_place():
    """A window of which one entry was read is that of the whole document, and tells which were not."""
    digests = [bytes([number]) * 12 for number in range(4)]
    known = source_state.known_digests(state(seen=window(1, 2, 3), digests=b"".join(digests[1:])))
    feed = Feed(entries=entries(4).entries, digests=(digests[1], digests[0], digests[2]), positions=(1,))
    assert source_state.seen_hashes(feed, b"key", known) == window(1, 4, 2)
    skipped = source_state.SkippedNames(feed, b"key", known)
    assert [name for name in ("g-1", "g-2", "g-3", "g-4") if name in skipped] == ["g-1", "g-2"]


def test_digests_that_do_not_fit_the_window_tell_nothing():
    """A window of an older version has hashes and no digests: all its entries are read."""
    assert source_state.known_digests(state(seen=window(1, 2))) == {}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the entries that are read, one after the other."""
    titles: list[str] = []

    def noted(raw: dict[str, str], *rest: object, **named: object) -> Entry:
        titles.append(raw["title"])
        return read_entry(raw, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("brandwatch.feeds.entries.read_entry", noted)
    return titles


def story(number: int, more: str = "") -> tuple[str, str, str]:
    """Return an entry of a feed."""
    return f"{NAME} {number}", f"https://a.example/{number}", more


def test_only_what_is_new_or_changed_is_read(cli: Cli, site: Site, rss: Rss, query: Write, read: list[str]):
    """Of a window that moved on, one entry is new and one edited; the next poll knows both, and finds no gap."""
    query(site.put("/rss", rss(story(1), story(2), story(3))))
    cli("poll")
    read.clear()
    site.put("/rss", rss(story(4), story(1), story(2, "<category>rettet</category>")))
    assert "3 entries, 1 new mentions" in cli("-v", "poll", "--force").err
    assert read == [f"{NAME} 4", f"{NAME} 2"]
    read.clear()
    site.put("/rss", rss(story(5), story(4), story(1)))
    assert "1 new mentions" in cli("-v", "poll", "--force").err
    assert read == [f"{NAME} 5"]
    assert "gap" not in cli("report").err


@pytest.mark.parametrize("change", ["title", "language", "query"])
def test_all_is_read_where_more_than_an_entry_changed(
    cli: Cli, site: Site, rss: Rss, query: Write, read: list[str], change: str
):
    """What the feed says of itself reaches into its entries, and another query asks other things of them."""
    query(site.put("/rss", rss(story(1), story(2))))
    cli("poll")
    read.clear()
    after = rss(story(3), story(1), story(2), language="sv" if change == "language" else "nb")
    site.put("/rss", after.replace("Fjordavisa", "Nye Fjordavisa") if change == "title" else after)
    if change == "query":
        query(site.url("/rss"), more="products: [Åsgårdstrøm]\n")
    cli("poll", "--force")
    assert {f"{NAME} 3", f"{NAME} 1", f"{NAME} 2"} <= set(read)


def test_a_guid_that_an_entry_known_before_has_as_well_tells_nothing(cli: Cli, site: Site, rss: Rss, query: Write):
    """Two entries with one guid are two mentions, though only the second is read."""
    query(
        site.put("/rss", rss(story(1)).replace("<guid>https://a.example/1", "<guid>https://a.example/alle-saker-2026"))
    )
    cli("poll")
    both = rss(story(2), story(1))
    for number in (1, 2):
        both = both.replace(f"<guid>https://a.example/{number}", "<guid>https://a.example/alle-saker-2026")
    site.put("/rss", both)
    assert "1 new mentions" in cli("-v", "poll", "--force").err
