from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import Actor, Gap, Response, Retention, Selection, Subject, Tally, Voice
from brandwatch.privacy.retention import explain_hidden, hidden_after, impersonal_outlet, source_retention
from brandwatch.storage.audit import audit_events
from brandwatch.storage.privacy_retention import (
    expire_mentions,
    expire_source_facts,
    hide_mentions,
    overdue_mentions,
    show_mentions,
)
from brandwatch.storage.recording import record_reevaluation, record_source, reevaluation_candidates
from brandwatch.storage.selections import select_mentions
from brandwatch.storage.stats import DIMENSIONS, speaker_counts, story_reach, tally_mentions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.privacy.retention import Policies
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]


def days(count: int) -> datetime:
    """The time some days after the first poll."""
    return START + timedelta(days=count)


def matched(find: EntryRecord, voice: Voice, subject: Subject = Subject.BRAND) -> EntryRecord:
    """Copy a find with another voice and subject."""
    changed = {name: replace(one, voice=voice, subject=subject) for name, one in find.results.items()}
    return replace(find, results=changed)


def titles(store: Store) -> list[str]:
    """Read the titles of all mentions with their queries."""
    return sorted(f"{mention.entry.title} {mention.query}" for mention in select_mentions(store, Selection()))


def counts(path: Path, *tables: str) -> list[int]:
    """Count the rows of tables."""
    with closing(sqlite3.connect(path)) as connection:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]  # noqa: S608


def expire(store: Store, policies: Policies, now: datetime, limit: int) -> int:
    """Take both steps of retention, a day apart; return the number of deleted mentions."""
    hide_mentions(store, policies, now - timedelta(days=1), limit)
    return expire_mentions(store, policies, now, limit)


@pytest.mark.parametrize(
    ("voice", "subject", "kept"),
    [
        (Voice.PUBLIC, Subject.BRAND, 365),
        (Voice.STAFF, Subject.BRAND, 90),
        (Voice.OFFICIAL, Subject.OFFICIAL, 730),
        (Voice.OWNED, Subject.OWNED, 730),
        (Voice.PUBLIC, Subject.STAFF, 90),
        (Voice.OFFICIAL, Subject.STAFF, 90),
    ],
)
def test_each_voice_has_its_retention(
    store: Store, find: Finds, visit: Visits, voice: Voice, subject: Subject, kept: int
):
    """A mention expires by its voice, one about staff by the period of staff."""
    record_source(store, visit(matched(find("Acme"), voice, subject)))
    assert hide_mentions(store, {}, days(kept - 7), 10) == 0
    assert titles(store) == ["Acme acme"]
    assert hide_mentions(store, {}, days(kept - 7) + timedelta(seconds=1), 10) == 1
    assert titles(store) == []
    assert expire_mentions(store, {}, days(kept), 10) == 0
    assert overdue_mentions(store, {}, days(kept) + timedelta(seconds=1), 10) == [1]
    assert expire_mentions(store, {}, days(kept) + timedelta(seconds=1), 10) == 1
    assert store.value("SELECT count(*) FROM mention") == 0
    assert titles(store) == []


def test_each_query_has_its_retention(store: Store, find: Finds, visit: Visits):
    """Mentions expire by their own query, entries with the last; those of an unreadable file stay."""
    record_source(store, visit(find("Acme", queries=("short", "long", "broken"))))
    rules = {
        "short": Retention(public=timedelta(days=10)),
        "long": Retention(public=timedelta(days=20)),
        "broken": None,
    }
    assert expire(store, rules, days(11), 10) == 1
    assert titles(store) == ["Acme broken", "Acme long"]
    assert expire(store, rules, days(400), 10) == 1
    assert titles(store) == ["Acme broken"]
    assert expire(store, {}, days(400), 10) == 1
    assert titles(store) == []


def test_sources_stay_for_the_longest_period():
    """The longest period of all queries and defaults counts; a broken file has none."""
    assert source_retention({}) == timedelta(days=730)
    assert source_retention({"short": Retention(public=timedelta(days=10)), "broken": None}) == timedelta(days=730)
    assert source_retention({"long": Retention(staff=timedelta(days=900))}) == timedelta(days=900)


def test_an_expired_entry_of_several_queries_counts_once(store: Store, find: Finds, visit: Visits):
    """By query it counts for each, over all once: as long as a mention is stored by that, then by what remains."""
    record_source(store, visit(find("Acme", queries=("short", "long", "last")), find("Acme b", queries=("short",))))
    periods = {"short": 10, "long": 20, "last": 20}
    rules = {name: Retention(public=timedelta(days=length)) for name, length in periods.items()}
    for now in (1, 11, 21):
        expire(store, rules, days(now), 10)
        for by in ("day", "week", "publisher", "voice", "subject", "language", "source"):
            assert sum(tally.mentions for tally in tally_mentions(store, Selection(), by)) == 2, (now, by)
        by_query = {tally.value: tally.mentions for tally in tally_mentions(store, Selection(), "query")}
        assert by_query == {"short": 2, "long": 1, "last": 1}
        for name, count in by_query.items():
            assert sum(tally.mentions for tally in tally_mentions(store, Selection(queries=(name,)), "day")) == count
    assert store.value("SELECT count(*) FROM mention") == 0
    without = Selection(gone_queries=("short",))
    assert {tally.value for tally in tally_mentions(store, without, "query")} == {"long", "last"}


def test_a_batch_is_limited(store: Store, find: Finds, visit: Visits):
    """No more rows than the limit are hidden or deleted at once."""
    record_source(store, visit(*(find(f"Acme {number}") for number in range(5))))
    assert [hide_mentions(store, {}, days(399), 2) for _ in range(4)] == [2, 2, 1, 0]
    assert [expire_mentions(store, {}, days(400), 2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_entry_is_deleted_with_its_last_mention(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """With sightings, responses, sketches and stories; the index is consistent."""
    old = [find(f"Acme åpner {number}", text="ord " * 40, response=Response(likes=2)) for number in range(3)]
    record_source(store, visit(*old))
    record_source(store, visit(find("Acme river"), hours=24 * 300))
    expire(store, {}, days(400), 10)
    path = tmp_path / "brandwatch.db"
    assert titles(store) == ["Acme river acme"]
    assert counts(path, "entry", "mention", "sighting", "response", "story") == [1, 1, 1, 0, 1]
    assert counts(path, "sketched WHERE entry != 4", "sketch WHERE entry != 4") == [0, 0]
    assert list(select_mentions(store, Selection(search="åpner"))) == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO entry_text (entry_text, rank) VALUES ('integrity-check', 1)")


def counted(store: Store, selection: Selection, by: str) -> tuple[list[Tally], dict[str, int]]:
    """Get the tallies of a selection, and the number of publishers of each value."""
    reaches = story_reach(store, selection, by)
    return sorted(tally_mentions(store, selection, by), key=repr), {
        value: reach.publishers for value, reach in reaches.items()
    }


def test_counts_stay(store: Store, find: Finds, visit: Visits):
    """In every dimension the totals and the response stay the same; hidden mentions are never counted."""
    finds = (
        find("Acme a", published=START - timedelta(days=9), language="nb-NO", response=Response(likes=4)),
        find("Acme b", publisher="Tidende", queries=("acme", "vind")),
        find("Acme c", suppressed="exclude.sites: x"),
        matched(find("Acme d", publisher="Radio"), Voice.OFFICIAL),
    )
    record_source(store, visit(*finds))
    selections = (
        Selection(),
        Selection(queries=("vind",)),
        Selection(voices=(Voice.PUBLIC,), languages=("no",)),
        Selection(since=days(-1), until=days(1)),
        Selection(sources=("A.EXAMPLE",)),
    )
    before = [counted(store, one, by) for one in selections for by in DIMENSIONS]
    assert expire(store, {}, days(400), 10) == 4
    assert len(titles(store)) == 1
    assert [counted(store, one, by) for one in selections for by in DIMENSIONS] == before
    expire(store, {}, days(800), 10)
    assert sum(tally.mentions for tally in tally_mentions(store, Selection(), "query")) == 4
    assert tally_mentions(store, Selection(search="Acme"), "query") == ()
    assert tally_mentions(store, Selection(sources=("b.example",)), "query") == ()


def test_counts_add_up(store: Store, find: Finds, visit: Visits):
    """Later deletions are added to earlier tallies and to stored mentions."""
    record_source(store, visit(find("Acme a", response=Response(likes=1))))
    expire(store, {}, days(400), 10)
    record_source(store, visit(find("Acme b", response=Response(likes=2)), hours=24 * 401))
    expire(store, {}, days(900), 10)
    record_source(store, visit(find("Acme c", response=Response(likes=4)), hours=24 * 901))
    assert tally_mentions(store, Selection(), "voice") == (
        Tally(value="public", day=date(2026, 5, 4), mentions=3, response=7, with_response=3),
    )


def test_people_are_counted_once(store: Store, find: Finds, visit: Visits):
    """An account is one person; unknown and deleted authors count as one each time."""
    record_source(store, visit(matched(find("Acme gått", author="@kari"), Voice.STAFF), find("Acme")))
    expire(store, {}, days(400), 10)
    by_staff = [matched(find(f"Acme {number}", author="@kari"), Voice.STAFF) for number in range(3)]
    unknown = [matched(find(f"Acme u{number}"), Voice.STAFF) for number in range(2)]
    about = [matched(find(f"Acme o{number}", author="Avisa"), Voice.PUBLIC, Subject.STAFF) for number in range(2)]
    record_source(store, visit(*by_staff, *unknown, *about, find("Acme blåbær"), hours=24 * 400))
    assert speaker_counts(store, Selection(), "voice") == {"staff": 1 + 1 + 2, "public": 2}
    assert speaker_counts(store, Selection(subjects=(Subject.STAFF,)), "query") == {"acme": 2}
    assert speaker_counts(store, Selection(search="Acme"), "voice") == {}


def test_tallies_are_anonymous(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """Accounts are no publishers; staff is in no tally that distinguishes individuals."""
    record_source(
        store,
        visit(
            matched(find("Acme a", publisher="Fagblogg"), Voice.STAFF),
            find("Acme b", publisher="Kari Nordmanns blogg", author="Kari Nordmann"),
            find("Acme c", publisher="@kari"),
            find("Acme d", publisher="Avisa", author="Kari Nordmann"),
        ),
    )
    expire(store, {}, days(400), 10)
    with closing(sqlite3.connect(tmp_path / "brandwatch.db")) as connection:
        found = connection.execute("SELECT DISTINCT voice, source, publisher FROM tally ORDER BY 1, 3").fetchall()
    source = "https://a.example/rss"
    assert found == [("public", source, ""), ("public", source, "Avisa"), ("staff", "", "")]


@pytest.mark.parametrize(
    ("publisher", "author", "shown"),
    [
        ("Avisa", "Kari", "Avisa"),
        ("Avisa", "", "Avisa"),
        ("u/kari", "kari", ""),
        ("Kari", "@kari", ""),
        ("Kari Nordmann", "Kari", ""),
    ],
)
def test_an_outlet_is_no_author(publisher: str, author: str, shown: str):
    """The publisher of a blog may be its author."""
    assert impersonal_outlet(publisher, author) == shown


def test_expired_entries_do_not_return(store: Store, find: Finds, visit: Visits):
    """An expired entry still in the feed returns to no query that expired it, and counts once; another may match it."""
    record_source(store, visit(find("Acme", queries=("acme", "lang"))))
    rules = {"lang": Retention(public=timedelta(days=800))}
    assert expire(store, rules, days(400), 10) == 1
    assert (
        record_source(store, visit(find("Acme", known=1, queries=("acme", "lang")), hours=24 * 401)).counts.stored == 0
    )
    assert titles(store) == ["Acme lang"]
    assert expire(store, rules, days(801), 10) == 1
    assert record_source(store, visit(find("Acme", queries=("acme", "lang")), hours=24 * 802)).counts.stored == 0
    assert record_source(store, visit(find("Acme", queries=("acme", "ny")), hours=24 * 803)).counts.stored == 1
    assert titles(store) == ["Acme ny"]
    assert sum(tally.mentions for tally in tally_mentions(store, Selection(queries=("acme",)), "query")) == 1


def test_expired_mentions_do_not_return_by_a_replay(store: Store, find: Finds, visit: Visits):
    """Nor by an edited query: their entry may be stored for another one, and only a query without them may find it."""
    record_source(store, visit(find("Acme", queries=("acme", "lang"))))
    assert expire(store, {"lang": Retention(public=timedelta(days=800))}, days(400), 10) == 1
    assert reevaluation_candidates(store, "acme", [1]) == []
    assert [one.mention for one in reevaluation_candidates(store, "ny", [1])] == [None]
    assert [one.stored.id for one in reevaluation_candidates(store, "lang", [1])] == [1]


def test_an_expired_comment_leaves_other_comments(store: Store, find: Finds, visit: Visits):
    """A new comment on the page of an expired one is stored; the old one does not return."""
    page = "https://saker.example/17"
    first, second = (
        find(
            f"Acme {number}",
            link=f"{page}#change-{number}",
            url=f"{page}#change-{number}",
            guid=f"urn:saker:000000{number}",
        )
        for number in (2, 4)
    )
    record_source(store, visit(first))
    assert expire(store, {}, days(400), 10) == 1
    assert record_source(store, visit(first, hours=24 * 401)).counts.stored == 0
    assert record_source(store, visit(second, hours=24 * 402)).counts.stored == 1
    assert titles(store) == ["Acme 4 acme"]


def test_old_data_of_sources_are_deleted(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """Fetches after 7 days, and their sums by day after 90, gaps and empty sources after the longest period."""
    gap = Gap(source="https://b.example/rss", start=START, end=START, reason="x")
    record_source(store, visit(find("Acme")))
    record_source(store, replace(visit(url="https://b.example/rss"), gap=gap))
    path = tmp_path / "brandwatch.db"
    expire_source_facts(store, timedelta(days=730), days(7))
    assert counts(path, "source", "fetch", "fetch_day", "gap") == [2, 2, 0, 1]
    expire_source_facts(store, timedelta(days=730), days(8))
    assert counts(path, "source", "fetch", "fetch_day", "gap") == [2, 0, 2, 1]
    expire_source_facts(store, timedelta(days=730), days(90))
    assert counts(path, "source", "fetch", "fetch_day", "gap") == [2, 0, 2, 1]
    expire_source_facts(store, timedelta(days=730), days(91))
    assert counts(path, "source", "fetch", "fetch_day", "gap") == [2, 0, 0, 1]
    expire_source_facts(store, timedelta(days=730), days(731))
    assert counts(path, "source", "fetch", "fetch_day", "gap") == [1, 0, 0, 0]


def reasons(store: Store) -> list[tuple[str, bool]]:
    """Read why mentions are hidden, and whether retention has hidden them."""
    selection = Selection(suppressed=True, sort="query")
    return [(mention.suppressed, mention.is_expiring) for mention in select_mentions(store, selection)]


def actions(store: Store) -> list[str]:
    """Read the actions of retention in the audit."""
    return [str(event.action) for event in audit_events(store) if event.actor is Actor.RETENTION]


def test_nothing_is_hidden_and_deleted_at_once(store: Store, find: Finds, visit: Visits):
    """What is overdue and not hidden is hidden first, and deleted a day later at the earliest."""
    record_source(store, visit(find("Acme")))
    assert expire_mentions(store, {}, days(400), 10) == 0
    assert hide_mentions(store, {}, days(400), 10) == 1
    assert expire_mentions(store, {}, days(400), 10) == 0
    assert expire_mentions(store, {}, days(401) - timedelta(seconds=1), 10) == 0
    assert reasons(store) == [("its retention ends", True)]
    assert expire_mentions(store, {}, days(401), 10) == 1
    assert actions(store) == ["hidden", "gone"]


@pytest.mark.parametrize(
    ("period", "shown"), [(1, 0.5), (2, 1), (6, 3), (7, 3), (10, 3), (11, 4), (14, 7), (30, 23), (365, 358)]
)
def test_a_short_retention_shows_a_mention_for_a_while(period: int, shown: float):
    """A mention is hidden a week before its end, and not in its first three days or half of its period."""
    assert hidden_after(timedelta(days=period)) == timedelta(days=shown)


def test_a_retention_of_a_day_is_kept(store: Store, find: Finds, visit: Visits):
    """A mention is hidden for the second half of it, and deleted at its end, not a day after it was hidden."""
    record_source(store, visit(find("Acme")))
    day = {"acme": Retention(public=timedelta(days=1))}
    assert hide_mentions(store, day, START + timedelta(hours=12.5), 10) == 1
    assert expire_mentions(store, day, START + timedelta(hours=24), 10) == 0
    assert expire_mentions(store, day, START + timedelta(hours=24.5), 10) == 1


def test_a_longer_retention_shows_mentions_again(store: Store, find: Finds, visit: Visits):
    """What it deletes later is shown as before, with its triage and its story; the audit has both changes."""
    record_source(store, visit(find("Acme Åsgård", queries=("acme", "vind"))))
    hide_mentions(store, {}, days(360), 10)
    assert titles(store) == []
    assert store.value("SELECT count(*) FROM story WHERE heat IS NOT NULL") == 0
    longer = {"acme": Retention(public=timedelta(days=400))}
    assert show_mentions(store, longer, days(361), 10) == 1
    assert titles(store) == ["Acme Åsgård acme"]
    assert store.value("SELECT count(*) FROM story WHERE heat IS NOT NULL") == 1
    assert actions(store) == ["hidden", "hidden", "shown"]
    assert show_mentions(store, longer, days(362), 10) == 0
    assert show_mentions(store, {"vind": None}, days(0), 10) == 0


def test_a_mention_about_staff_is_shown_by_its_own_period(store: Store, find: Finds, visit: Visits):
    """A longer period of the voice alone does not show it again; that of staff does."""
    record_source(store, visit(matched(find("Acme"), Voice.PUBLIC, Subject.STAFF)))
    assert hide_mentions(store, {}, days(84), 10) == 1
    assert show_mentions(store, {"acme": Retention(public=timedelta(days=900))}, days(84), 10) == 0
    assert show_mentions(store, {"acme": Retention(staff=timedelta(days=200))}, days(84), 10) == 1


def test_an_exclusion_outlasts_retention(store: Store, find: Finds, visit: Visits):
    """A mention that an exclusion hides keeps its reason, and is not shown by a longer retention."""
    record_source(store, visit(find("Acme", suppressed="exclude.sites: x")))
    assert hide_mentions(store, {}, days(360), 10) == 1
    assert reasons(store) == [("exclude.sites: x", True)]
    assert show_mentions(store, {"acme": Retention(public=timedelta(days=500))}, days(360), 10) == 1
    assert reasons(store) == [("exclude.sites: x", False)]
    assert actions(store) == ["changed", "changed"]


def test_a_new_result_does_not_unhide(store: Store, find: Finds, visit: Visits):
    """An edited entry and a replay leave a mention hidden; an exclusion counts as usual."""
    record_source(store, visit(find("Acme")))
    hide_mentions(store, {}, days(360), 10)
    assert record_source(store, visit(find("Acme kutter", known=1), hours=24 * 360)).counts.stored == 0
    result = find("Acme").results["acme"]
    record_reevaluation(store, "acme", "v2", {1: result}, days(360))
    assert reasons(store) == [("its retention ends", True)]
    record_reevaluation(store, "acme", "v3", {1: replace(result, suppressed="exclude.sites: x")}, days(360))
    assert reasons(store) == [("exclude.sites: x", True)]
    record_reevaluation(store, "acme", "v4", {1: result}, days(360))
    assert reasons(store) == [("its retention ends", True)]


def test_counts_stay_while_hidden(store: Store, find: Finds, visit: Visits):
    """The counts by day are the same before, while hidden and after; a search counts what it shows."""
    record_source(store, visit(find("Acme"), find("Acme b", suppressed="exclude.sites: x")))
    before = counted(store, Selection(), "voice")
    hide_mentions(store, {}, days(360), 10)
    assert counted(store, Selection(), "voice") == before
    assert tally_mentions(store, Selection(search="Acme"), "voice") == ()
    assert expire_mentions(store, {}, days(366), 10) == 2
    assert counted(store, Selection(), "voice")[0] == before[0]


def test_the_reason_has_the_end_of_the_retention(store: Store, find: Finds, visit: Visits):
    """The day comes from the query as it is now; an exclusion and a broken query file have none."""
    record_source(store, visit(find("Acme")))
    record_source(store, visit(find("Acme b", suppressed="exclude.sites: x")))
    record_source(store, visit(matched(find("Acme c"), Voice.PUBLIC, Subject.STAFF)))
    hide_mentions(store, {}, days(360), 10)
    hidden = sorted(select_mentions(store, Selection(suppressed=True)), key=lambda mention: mention.id)
    assert [explain_hidden(mention, {}) for mention in hidden] == [
        "its retention ends on 2027-05-04",
        "exclude.sites: x",
        "its retention ends on 2026-08-02",
    ]
    assert explain_hidden(hidden[0], {"acme": None}) == "its retention ends"
