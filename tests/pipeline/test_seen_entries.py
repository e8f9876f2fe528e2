from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.feeds.entry_reader import read_entry
from brandwatch.models import Entry, Feed, SourceState
from brandwatch.pipeline import seen_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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
    return Feed(
        entries=tuple(
            Entry(guid=f"g-{number}", title=f"Sak {number}", published=NOW - (50 - number) * HOUR) for number in numbers
        )
    )


def hashes(feed: Feed, key: bytes = b"key") -> list[bytes]:
    """Return the hashes of the names of a feed's entries."""
    return [seen_entries.hash_name(entry.guid, key) for entry in feed.entries]


def seen(*numbers: int) -> bytes:
    """Return the seen entries after a feed of which nothing was known."""
    return seen_entries.seen_entries(entries(*numbers), b"key", {})


def state(**facts: bytes) -> SourceState:
    """Return the state of a source that last answered two days ago."""
    return SourceState(url=URL, last_success=NOW - 48 * HOUR, **facts)  # type: ignore[arg-type]


def test_a_full_document_without_a_seen_entry_is_a_gap():
    """Entries were missed between the last answer and the oldest entry of this one."""
    before = state(seen=seen(1, 2, 3))
    gap = seen_entries.find_gap(before, seen(7, 8, 9), entries(7, 8, 9), NOW)
    assert gap is not None
    assert (gap.source, gap.start, gap.end) == (URL, NOW - 48 * HOUR, NOW - 43 * HOUR)
    assert seen_entries.find_gap(before, seen(3, 4, 5), entries(3, 4, 5), NOW) is None
    assert seen_entries.find_gap(before, seen(7, 8), entries(7, 8), NOW) is None


def feed(guid: str, link: str, title: str, numbers: Iterable[int]) -> Feed:
    """Return a feed of entries whose guids, links and titles have a number."""
    return Feed(
        entries=tuple(
            Entry(guid=guid.format(n), url=link.format(n), title=title.format(n), published=NOW - (90 - n) * HOUR)
            for n in numbers
        )
    )


def has_gap(before: Feed, after: Feed) -> bool:
    """Whether entries were missed between two documents."""
    first, second = (seen_entries.seen_entries(document, b"key", {}) for document in (before, after))
    newest = max(entry.published for entry in before.entries if entry.published)
    known = SourceState(url=URL, last_success=newest + HOUR / 2, newest=newest, seen=first)
    return seen_entries.find_gap(known, second, after, NOW) is not None


@pytest.mark.parametrize("size", [1, 2, 5, 10])
@pytest.mark.parametrize(
    ("guid", "link", "title"),
    [
        ("urn:sak:2026:{}", "https://a.example/{}", "Sak {}"),
        ("", "https://a.example/{}", "Sak {}"),
        ("https://a.example/{}", "https://a.example/{}", "Sak {}"),
        ("", "https://a.example/drift", "Melding {}"),
        ("https://a.example/drift", "https://a.example/drift", "Melding {}"),
        ("https://a.example/drift?utm_source=rss", "https://a.example/drift", "Melding {}"),
        ("urn:sak:2026:{}", "", "Sak {}"),
        ("urn:sak:2026:{}", "https://a.example/{}", "Driftsmelding {}"),
    ],
)
def test_what_came_and_went_unseen_is_a_gap(size: int, guid: str, link: str, title: str):
    """A document with none of the last entries, whatever its length and keys; one with a shared entry shows none."""
    before, unseen = feed(guid, link, title, range(size)), feed(guid, link, title, range(5 * size, 6 * size))
    assert has_gap(before, unseen)
    if size > 1:
        assert not has_gap(before, feed(guid, link, title, range(size - 1, 2 * size - 1)))
    assert not has_gap(before, before)


def test_one_title_of_all_entries_shows_no_overlap():
    """A list whose entries have one title is known by guids and links alone."""
    names = ("urn:sak:2026:{}", "https://a.example/{}", "Driftsmelding")
    assert has_gap(feed(*names, range(5)), feed(*names, range(10, 15)))
    assert not has_gap(feed(*names, range(5)), feed(*names, range(4, 9)))


@pytest.mark.parametrize("size", [1, 2, 5, 10])
@pytest.mark.parametrize(
    ("guid", "link", "title", "new_guid", "new_link", "new_title"),
    [
        pytest.param(
            "g-{}-88", "https://a.example/{}", "Sak {}", "g-{}-99", "https://a.example/{}", "Sak {}", id="guid"
        ),
        pytest.param("", "https://a.example/{}?r=8", "Sak {}", "", "https://a.example/{}?r=9", "Sak {}", id="link"),
        pytest.param("g{}", "https://a.example/{}", "Sak {}", "urn:{}", "https://b.example/{}", "Sak {}", id="site"),
        pytest.param("g{}", "https://a.example/{}", "Sak {}", "g{}", "https://a.example/{}", "Ny {}", id="titles"),
        pytest.param("g{}", "", "Sak {}", "g{}", "", "Ny {}", id="titles without links"),
    ],
)
def test_new_names_of_seen_entries_are_no_gap(  # noqa: PLR0913, PLR0917 (a table)
    size: int, guid: str, link: str, title: str, new_guid: str, new_link: str, new_title: str
):
    """Guids or links that change with every answer, a site that moves, and edited titles lose nothing."""
    before, after = feed(guid, link, title, range(size)), feed(new_guid, new_link, new_title, range(size))
    assert not has_gap(before, after)


def test_a_single_entry_that_was_replaced_in_time_is_no_gap():
    """A day between two entries, and ten minutes unseen: that a third came and went is unlikely."""
    before, after = (
        feed("g{}", "https://a.example/{}", "Sak {}", [1]),
        feed("g{}", "https://a.example/{}", "Sak {}", [25]),
    )
    newest = NOW - 89 * HOUR
    seen_before = seen_entries.seen_entries(before, b"key", {})
    for unseen, is_gap in ((HOUR / 6, False), (12 * HOUR, True)):
        known = SourceState(url=URL, last_success=newest + 24 * HOUR - unseen, newest=newest, seen=seen_before)
        gap = seen_entries.find_gap(known, seen_entries.seen_entries(after, b"key", {}), after, NOW)
        assert (gap is not None) is is_gap


@pytest.mark.parametrize(("size", "is_gap"), [(1, True), (2, False), (10, False)])
def test_the_links_of_several_entries_are_enough(size: int, is_gap: bool):
    """With new guids and edited titles; the link of the only entry may be that of the page of all."""
    before, after = (
        feed(guid, "https://a.example/{}", title, range(size))
        for guid, title in (("g{}", "Sak {}"), ("urn:{}", "Ny {}"))
    )
    assert has_gap(before, after) is is_gap


def record_of(*entries: Entry) -> bytes:
    """Return the records of entries."""
    return seen_entries.seen_entries(Feed(entries=entries), b"key", {})


def test_an_entry_without_title_is_known_by_its_text():
    """Under another guid and another link; another text is another entry."""
    one = Entry(guid="g1", url="https://a.example/1", text="Strømmen er  borte på Ås.")
    moved = replace(one, guid="urn:1", url="https://b.example/1", text="strømmen er borte på ås.")
    other = replace(moved, text="Strømmen er tilbake på Ås.")
    assert seen_entries.is_seen(moved, record_of(one), record_of(moved), b"key")
    assert not seen_entries.is_seen(other, record_of(one), record_of(other), b"key")


def test_a_record_that_is_the_same_is_seen():
    """Also where all entries share their title and their link, as messages of one page do; an edited one is not."""
    page = "https://a.example/drift"
    before = [Entry(url=page, title="Driftsmelding"), Entry(url=page, title="Driftsmelding", guid="g2")]
    window = record_of(*before)
    assert seen_entries.is_seen(before[0], window, window, b"key")
    assert not seen_entries.is_seen(replace(before[0], title="Ny melding"), window, window, b"key")
    assert seen_entries.is_seen(replace(before[1], title="Ny melding"), window, window, b"key")


def test_one_entry_of_many_by_its_title_is_known_again():
    """Whatever its names: a feed with it is the same feed; one with none of them is another."""
    names = ("g{}", "https://a.example/{}", "Sak {}")
    before = record_of(*feed(*names, range(8)).entries)
    later = feed("urn:{}", "https://b.example/{}", "Ny sak {}", range(7)).entries
    back = feed("urn:{}", "https://b.example/{}", "Sak {}", [7]).entries
    assert seen_entries.has_known_entry(before, record_of(*later, *back))
    assert not seen_entries.has_known_entry(before, record_of(*later))
    links = feed("urn:{}", "https://a.example/{}", "Ny sak {}", range(8)).entries
    assert seen_entries.has_known_entry(before, record_of(*links))


@pytest.mark.parametrize(
    ("size", "renamed", "stable", "expected"),
    [(8, 2, 0, 2), (8, 1, 0, 0), (2, 1, 0, 1), (3, 1, 0, 1), (8, 4, 1, 4), (8, 3, 1, 0), (8, 0, 0, 0)],
)
def test_a_quarter_of_the_titles_shows_a_move(size: int, renamed: int, stable: int, expected: int):
    """One at least, and four times as many as entries that kept a name."""
    names = ("g{}", "https://a.example/{}", "Sak {}")
    moved = ("urn:{}", "https://ny.example/{}", "Sak {}")
    new = feed("urn:{}", "https://ny.example/{}", "Ny sak {}", range(renamed + stable, size))
    after = (*feed(*moved, range(renamed)).entries, *feed(*names, range(renamed, renamed + stable)).entries)
    window = record_of(*after, *new.entries)
    assert seen_entries.count_renamed(record_of(*feed(*names, range(size)).entries), window) == expected


def test_a_gap_lasts_from_the_last_answer_to_the_oldest_entry():
    """Entries without a date are left out; no gap ends before it begins, or in the future."""
    before = state(seen=seen(1, 2))

    def end(*published: datetime | None) -> datetime:
        entries = tuple(Entry(guid=f"n{number}", published=when) for number, when in enumerate(published))
        gap = seen_entries.find_gap(before, record_of(*entries), Feed(entries=entries), NOW)
        assert gap is not None
        assert (gap.start, gap.reason) == (
            NOW - 48 * HOUR, f"none of the 2 entries of the last document is in this one of {len(entries)}",
        )  # fmt: skip
        return gap.end

    assert end(NOW - HOUR, None, NOW - 2 * HOUR) == NOW - 2 * HOUR
    assert end(None, None) == NOW
    assert end(NOW - HOUR, NOW - 90 * HOUR) == NOW - 48 * HOUR
    assert end(NOW + HOUR, NOW + 2 * HOUR) == NOW


def test_no_gap_is_known_without_a_last_answer():
    """Nor is one after a document without entries, or where the new one is shorter."""
    after, feed = seen(7, 8), entries(7, 8)
    assert seen_entries.find_gap(state(seen=seen(1, 2)), after, feed, NOW) is not None
    assert seen_entries.find_gap(replace(state(seen=seen(1, 2)), last_success=None), after, feed, NOW) is None
    assert seen_entries.find_gap(state(), after, feed, NOW) is None
    assert seen_entries.find_gap(state(seen=seen(1, 2, 3)), after, feed, NOW) is None


@pytest.mark.parametrize(
    ("unseen", "newest", "is_gap"),
    [
        (3 * HOUR - timedelta(seconds=1), 25 * HOUR, False),
        (3 * HOUR, 25 * HOUR, True),
        (HOUR, None, True),
        (HOUR, HOUR, True),
        (-HOUR, 25 * HOUR, True),
    ],
)
def test_a_single_entry_may_be_replaced_within_an_eighth_of_its_time(
    unseen: timedelta, newest: timedelta | None, is_gap: bool
):
    """A day on the page, and less than three hours unseen; without the date of the one before nothing is known."""
    published = NOW - HOUR
    before = replace(
        state(seen=record_of(Entry(guid="a", title="Sak a"))),
        last_success=published - unseen,
        newest=None if newest is None else NOW - newest,
    )
    feed = Feed(entries=(Entry(guid="b", title="Sak b", published=published),))
    gap = seen_entries.find_gap(before, record_of(*feed.entries), feed, NOW)
    assert (gap is not None) is is_gap
    assert gap is None or gap.reason == "the only entry of the last document was replaced"


def test_a_stored_window_has_twenty_bytes_an_entry():
    """Eight of the name, six of the link and six of the title: databases of earlier versions are read."""
    window = bytes(range(40))
    assert seen_entries.split_window(window) == [
        (window[:8], window[8:14], window[14:20]), (window[20:28], window[28:34], window[34:]),
    ]  # fmt: skip
    assert (seen_entries.count_entries(window), seen_entries.count_new(b"", window)) == (2, 2)
    assert seen_entries.count_new(b"", window[:20] * 2) == 1
    name = seen_entries.hash_name("g1", b"key")
    assert record_of(Entry(guid="g1")) == name + bytes(12)


def test_seen_entries_of_an_older_version_are_known():
    """A migrated window has names alone: it shows an overlap, and a gap."""
    old = b"".join(name + bytes(12) for name in hashes(entries(1, 2, 3)))
    assert seen_entries.find_gap(state(seen=old), seen(3, 4, 5), entries(3, 4, 5), NOW) is None
    assert seen_entries.find_gap(state(seen=old), seen(4, 5, 6), entries(4, 5, 6), NOW) is not None
    assert seen_entries.count_new(old, seen(2, 3, 4)) == 1
    # Links and titles have to be learned: no entry is skipped.
    digests = b"".join(bytes([number]) * 12 for number in range(3))
    assert seen_entries.known_digests(state(seen=old, digests=digests)) == {}
    assert len(seen_entries.known_digests(state(seen=seen(1, 2, 3), digests=digests))) == 3
    mixed = seen(1, 2) + record_of(Entry(guid="uten lenke og tittel"))
    assert len(seen_entries.known_digests(state(seen=mixed, digests=digests))) == 3


def test_a_site_that_moves_may_link_elsewhere():
    """One link of eight stays; a weekly title among stable links is no move."""
    names = ("g{}", "https://a.example/{}", "Sak {}")
    other = Feed(entries=(Entry(guid="x", url="https://b.example/x", title="Fra andre", published=NOW - HOUR),))

    def window(*feeds: Feed) -> bytes:
        return b"".join(seen_entries.seen_entries(document, b"key", {}) for document in feeds)

    before, moved = window(feed(*names, range(8)), other), feed("urn:{}", "https://ny.example/{}", "Sak {}", range(8))
    assert seen_entries.count_renamed(before, window(moved, other)) == 8
    weekly = feed("urn:{}", "https://a.example/uke-{}", "Sak {}", [3])
    assert not seen_entries.count_renamed(before, window(feed(*names, [0, 1, 2, 4, 5, 6, 7]), weekly))


def test_hashes_need_the_key():
    """The hashes of an entry differ between databases."""
    assert hashes(entries(1, 2), b"other") != hashes(entries(1, 2))
    assert seen_entries.count_new(seen(1, 2), seen(2, 3, 4)) == 2


def test_unparsed_entries_keep_their_place():
    """A document of which one entry was parsed has the hashes of all, in order, and knows the skipped ones."""
    digests = [bytes([number]) * 12 for number in range(4)]
    known = seen_entries.known_digests(state(seen=seen(1, 2, 3), digests=b"".join(digests[1:])))
    feed = Feed(entries=entries(4).entries, digests=(digests[1], digests[0], digests[2]), positions=(1,))
    assert seen_entries.seen_entries(feed, b"key", known) == seen(1, 4, 2)
    skipped = seen_entries.SeenNames(known[digests[1]] + known[digests[2]], b"key")
    assert [name for name in ("g-1", "g-2", "g-3", "g-4") if name in skipped] == ["g-1", "g-2"]
    linked = seen_entries.SeenNames(record_of(Entry(guid="g1", url="https://a.example/1")), b"key")
    assert [name for name in ("g1", "https://a.example/1", "g2") if name in linked] == ["g1", "https://a.example/1"]
    # Of an entry without guid, link and title the name is empty, and means none.
    assert "" not in seen_entries.SeenNames(record_of(Entry(text="Ås")), b"key")
    assert None not in linked


def test_digests_of_another_length_are_ignored():
    """An older version stored hashes without digests: all entries are parsed."""
    assert seen_entries.known_digests(state(seen=seen(1, 2))) == {}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the parsed entries, in order."""
    titles: list[str] = []

    def noted(raw: dict[str, str], *rest: object, **named: object) -> Entry:
        titles.append(raw["title"])
        return read_entry(raw, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("brandwatch.feeds.entry_reader.read_entry", noted)
    return titles


def story(number: int, more: str = "") -> tuple[str, str, str]:
    """Return an entry of a feed."""
    return f"{NAME} {number}", f"https://a.example/{number}", more


def test_only_new_and_edited_entries_are_parsed(cli: Cli, site: Site, rss: Rss, query: Write, read: list[str]):
    """One entry is new and one edited; the next poll has seen both, and finds no gap."""
    query(site.put("/rss", rss(story(1), story(2), story(3))))
    cli("poll")
    read.clear()
    site.put("/rss", rss(story(4), story(1), story(2, "<category>rettet</category>")))
    assert "3 entries, 1 new mention" in cli("-v", "poll", "--force").err
    assert read == [f"{NAME} 4", f"{NAME} 2"]
    read.clear()
    site.put("/rss", rss(story(5), story(4), story(1)))
    assert "1 new mention" in cli("-v", "poll", "--force").err
    assert read == [f"{NAME} 5"]
    assert "gap" not in cli("report").err


@pytest.mark.parametrize("change", ["title", "language", "query"])
def test_all_entries_are_parsed_after_a_change_of_feed_or_query(
    cli: Cli, site: Site, rss: Rss, query: Write, read: list[str], change: str
):
    """Title and language of a feed are those of its entries, and another query may match them."""
    query(site.put("/rss", rss(story(1), story(2))))
    cli("poll")
    read.clear()
    after = rss(story(3), story(1), story(2), language="sv" if change == "language" else "nb")
    site.put("/rss", after.replace("Fjordavisa", "Nye Fjordavisa") if change == "title" else after)
    if change == "query":
        query(site.url("/rss"), more="products: [Åsgårdstrøm]\n")
    cli("poll", "--force")
    assert {f"{NAME} 3", f"{NAME} 1", f"{NAME} 2"} <= set(read)


def test_a_guid_shared_with_an_unparsed_entry_is_ignored(cli: Cli, site: Site, rss: Rss, query: Write):
    """Two entries with one guid are two mentions, though only the second is parsed."""
    query(
        site.put("/rss", rss(story(1)).replace("<guid>https://a.example/1", "<guid>https://a.example/alle-saker-2026"))
    )
    cli("poll")
    both = rss(story(2), story(1))
    for number in (1, 2):
        both = both.replace(f"<guid>https://a.example/{number}", "<guid>https://a.example/alle-saker-2026")
    site.put("/rss", both)
    assert "1 new mention" in cli("-v", "poll", "--force").err
