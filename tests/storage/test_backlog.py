"""Which mentions are new, and which are backlog: entries from before a source or a version of a query."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import AllOf, FoundBy, MentionCounts, RequiredWords, Voice
from brandwatch.storage.query_versions import store_applied_version
from brandwatch.storage.recording import (
    entries_of_sources,
    entries_to_reevaluate,
    entry_by_link,
    has_entries,
    has_mentions,
    record_reevaluation,
    record_source,
    reevaluation_candidates,
)
from brandwatch.stories.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

HOUR = timedelta(hours=1)
V1, V2 = {"acme": "v1"}, {"acme": "v2"}


def poll(
    store: Store, record: SourceRecord, versions: dict[str, str] | None, *, is_last_page: bool = True
) -> MentionCounts:
    """Record a document that was matched by versions of queries."""
    return record_source(store, replace(record, matched_by=versions, is_last_page=is_last_page)).counts


def seen(record: EntryRecord) -> EntryRecord:
    """An entry that was in an earlier document of its source."""
    return replace(record, is_seen=True)


def test_of_an_edited_query_only_what_is_new_in_the_source_is_new(store: Store, find: Finds, visit: Visits):
    """An entry of an earlier document is backlog; the next document is matched by the same version as the last."""
    assert poll(store, visit(find("Acme 1")), V1) == MentionCounts(backlog=1)
    assert poll(store, visit(find("Acme 2"), seen(find("Acme 3")), hours=1), V2) == MentionCounts(new=1, backlog=1)
    assert poll(store, visit(find("Acme 4"), seen(find("Acme 5")), hours=2), V2) == MentionCounts(new=2)
    assert poll(store, visit(find("Acme 6"), seen(find("Acme 7")), hours=3), None) == MentionCounts(new=2)


def test_a_version_counts_when_the_last_page_was_matched(store: Store, find: Finds, visit: Visits):
    """The pages before it are matched by an edited query too."""
    poll(store, visit(find("Acme 1")), V1)
    first = poll(store, visit(seen(find("Acme 2")), hours=1), V2, is_last_page=False)
    last = poll(store, visit(seen(find("Acme 3")), hours=2), V2)
    after = poll(store, visit(seen(find("Acme 4")), hours=3), V2)
    assert (first, last, after) == (MentionCounts(backlog=1), MentionCounts(backlog=1), MentionCounts(new=1))


@pytest.mark.parametrize(("hours", "is_backlog"), [(-1, False), (0, False), (1, True), (None, False)])
def test_an_entry_from_before_the_version_is_backlog(
    store: Store, find: Finds, visit: Visits, hours: int | None, *, is_backlog: bool
):
    """A stored entry that an edited query finds: by when all entries were evaluated by that version."""
    poll(store, visit(find("Acme 1", queries=("annen",))), {"annen": "v1", "acme": "v1"})
    if hours is not None:
        with store.transaction():
            store_applied_version(store, "acme", "v2", START + hours * HOUR)
    again = find("Acme 1", known=1)
    expected = MentionCounts(backlog=1) if is_backlog else MentionCounts(new=1)
    assert poll(store, visit(again, hours=2), {"annen": "v1", "acme": "v2"}) == expected


def test_a_reevaluation_counts_what_it_does(store: Store, find: Finds, visit: Visits):
    """Found, changed, hidden and shown again; what stays as it is, or stays hidden, is none of them."""
    titles = ("Acme 1", "Acme 2", "Acme 3", "Acme 4")
    others = find("Acme 5", queries=("annen",)), find("Acme 6", queries=("annen",))
    hidden = find("Acme 7", suppressed="et ord"), find("Acme 8", suppressed="et ord")
    record_source(store, visit(*map(find, titles), *others, *hidden))
    same = find("Acme").results["acme"]
    results = {
        1: same,
        2: replace(same, voice=Voice.STAFF),
        3: None,
        4: replace(same, suppressed="et ord"),
        5: same,
        6: replace(same, found_by=FoundBy.REMOTE),
        7: same,
        8: None,
    }
    with store.transaction():
        counts = record_reevaluation(store, "acme", "v1", results, START)
    assert counts == MentionCounts(backlog=1, updated=1, hidden=2, shown=1)
    shown = store.column("SELECT entry FROM mention WHERE query = 'acme' AND suppressed = '' ORDER BY 1")
    assert shown == [1, 2, 5, 6, 7]
    with store.transaction():
        assert record_reevaluation(store, "acme", "v1", results, START) == MentionCounts()


def test_a_mention_that_the_server_found_is_not_shown(store: Store, find: Finds, visit: Visits):
    """It is counted when our own matching finds it too."""
    found = find("Acme")
    remote = replace(found, results={"acme": replace(found.results["acme"], found_by=FoundBy.REMOTE)})
    record_source(store, visit())
    assert record_source(store, visit(remote, hours=1)).counts == MentionCounts()
    assert record_source(store, visit(find("Acme", known=1), hours=2)).counts == MentionCounts(shown=1)


def test_the_newest_entries_are_evaluated_first(store: Store, find: Finds, visit: Visits):
    """Those that hold the required words or have a mention, from a time on, and at most a number of them."""
    ages = {"Acme 1": 9, "Blåbær 2": 5, "Blåbær 3": 3, "Acme 4": 1}
    record_source(store, visit(*(find(title, published=START - age * HOUR) for title, age in ages.items())))
    record_source(store, visit(find("Blåbær 5", published=None, queries=("annen",)), hours=1))
    needs = AllOf((RequiredWords(("blåbær",)),))
    assert list(entries_to_reevaluate(store, "ny", needs)) == [5, 3, 2]
    assert list(entries_to_reevaluate(store, "ny", None)) == [5, 4, 3, 2, 1]
    assert list(entries_to_reevaluate(store, "acme", needs)) == [5, 4, 3, 2, 1]
    assert list(entries_to_reevaluate(store, "ny", needs, START - 5 * HOUR)) == [5, 3, 2]
    assert list(entries_to_reevaluate(store, "ny", needs, START - 5 * HOUR + HOUR / 3600)) == [5, 3]
    assert list(entries_to_reevaluate(store, "ny", needs, START)) == [5]
    assert list(entries_to_reevaluate(store, "ny", needs, None, 2)) == [5, 3]
    assert [(one.stored.id, bool(one.mention)) for one in reevaluation_candidates(store, "annen", [1, 5])] == [
        (5, True), (1, False),
    ]  # fmt: skip
    assert [(one.source, one.kind) for one in reevaluation_candidates(store, "ny", [5])] == [
        ("https://a.example/rss", "feed")
    ]


def test_what_there_is(store: Store, find: Finds, visit: Visits):
    """Entries, and mentions of a query, hidden ones too."""
    assert (has_entries(store), has_mentions(store, "acme")) == (False, False)
    record_source(store, visit(find("Acme", suppressed="et ord")))
    assert (has_entries(store), has_mentions(store, "acme"), has_mentions(store, "annen")) == (True, True, False)


def test_a_comment_is_told_from_the_others_on_its_page(store: Store, find: Finds, visit: Visits):
    """By the fragment of its link; a page has one link, whatever the fragment."""
    page = "https://saker.example/17"
    finds = [find(f"Acme {n}", link=f"{page}#change-{n}", url=f"{page}#change-{n}") for n in (2, 4)]
    record_source(store, visit(*finds, find("Acme", link="https://a.example/1", url="https://a.example/1")))
    links = (
        f"{page}#change-4",
        f"{page}#change-2",
        f"{page}#change-9",
        "https://a.example/1#bunn",
        "https://b.example",
    )
    found = [entry_by_link(store, link) for link in links]
    assert [stored and stored.id for stored in found] == [2, 1, None, 3, None]


def test_stored_entries_are_found_source_by_source(store: Store, find: Finds, visit: Visits):
    """Each by any of its keys, once, the oldest first, and when it was last seen in that source."""
    a, b = "https://a.example/rss", "https://b.example/rss"
    finds = [find(f"Acme {n}", guid=f"g-{n}", link=f"https://x.example/{n}") for n in (1, 2, 3)]
    record_source(store, visit(*finds, url=a))
    record_source(store, visit(replace(finds[1], stored_id=2), url=b, hours=2))
    first = Identity(guid="g-3", link="https://x.example/1", content=())
    second = Identity(guid="", link="https://x.example/2", content=())
    nothing = Identity(guid="", link="", content=())
    found = entries_of_sources(store, [(a, [first, nothing]), (b, [second, first]), (b, [nothing])])
    assert [[(one.id, one.seen) for one in listed] for listed in found] == [
        [(1, START), (3, START)],
        [(1, None), (2, START + 2 * HOUR), (3, None)],
        [],
    ]
    assert entries_of_sources(store, [(a, [nothing])]) == [()]


def test_a_result_that_is_the_same_changes_nothing(store: Store, find: Finds, visit: Visits):
    """Neither the mention nor the audit; another voice does."""
    record_source(store, visit(find("Acme")))
    with store.transaction():
        record_reevaluation(store, "acme", "v1", {1: find("Acme").results["acme"]}, START)
    assert store.column("SELECT deed FROM audit") == ["stored"]
    other = replace(find("Acme").results["acme"], voice=Voice.STAFF)
    with store.transaction():
        record_reevaluation(store, "acme", "v1", {1: other}, START)
    assert store.column("SELECT deed FROM audit") == ["stored", "changed"]
