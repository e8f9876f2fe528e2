from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import (
    Evidence,
    EvidenceKind,
    MatchResult,
    Response,
    ResponseReading,
    Selection,
    StoryEdit,
    Voice,
)
from brandwatch.storage import open_store
from brandwatch.storage.migrations import APPLICATION_ID, apply_migrations
from brandwatch.storage.privacy_retention import expire_source_facts
from brandwatch.storage.recording import record_reevaluation, record_source
from brandwatch.storage.responses import record_readings
from brandwatch.storage.selections import mention_by_id, select_mentions
from brandwatch.storage.stats import story_reach
from brandwatch.storage.stories import (
    count_story_publishers,
    select_stories,
    story_by_id,
    story_decisions,
    story_heat,
    story_mentions,
)
from brandwatch.storage.story_assignment import assign_all_stories, merge_stories, split_story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord, Story
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ARTICLE = (
    "Fjordkraft Åsgård AS kutter prisen på strøm til alle kunder fra mandag morgen. Selskapet sier at blåbærhøsten på "
    "fjellet har gitt uventet god inntjening i kraftverkene, og at overskuddet skal deles med dem som har betalt mest. "
    "Administrerende direktør lover at avtalene blir enklere å lese. Forbrukerrådet er fornøyd, men venter."
)
EDITED = ARTICLE.replace("uventet", "svært").replace("enklere", "lettere")
OTHER = "Acme i Bodø bygger ut hallen med en etasje og ansetter tjue nye på lageret før det blir sommer igjen."


def stories(store: Store) -> dict[int, list[int]]:
    """Read the mentions of each story."""
    found = {
        story.id: [copy.id for copy in story_mentions(store, story.id)] for story in select_stories(store, Selection())
    }
    return {story: found[story] for story in sorted(found)}


def only(store: Store) -> Story:
    """Read the single story."""
    (story,) = select_stories(store, Selection())
    return story


def at(number: int, find: Finds, title: str, text: str = "", **fields: object) -> EntryRecord:
    """Build an entry record on a site of its own, published some hours after the start."""
    facts = {
        "link": f"https://avis{number}.example/sak-{number}",
        "published": START + timedelta(hours=number),
    } | fields
    return find(title, text=text, url=facts["link"], publisher=f"Avis {number}", **facts)


def test_an_entry_joins_a_story_when_stored(store: Store, find: Finds, visit: Visits):
    """The second copy joins the first, in the same record or weeks later, and the reason is stored in words."""
    record_source(
        store, visit(at(1, find, "Fjordkraft kutter prisen", ARTICLE), at(2, find, "Billigere strøm", EDITED), hours=3)
    )
    record_source(store, visit(at(3, find, "Acme bygger ut", OTHER), hours=4))
    record_source(store, visit(at(480, find, "Priskutt på strøm", EDITED), hours=481))
    assert stories(store) == {1: [1, 2, 4], 2: [3]}
    reasons = [copy.story_reason for copy in story_mentions(store, 1)]
    assert reasons == ["", "43 of 49 shared passages", "the same text, 51 words"]
    assert mention_by_id(store, 4).story == 1  # type: ignore[union-attr]


def test_aggregates_of_a_story(store: Store, find: Finds, visit: Visits):
    """Lead, times, spread and response cover the visible mentions."""
    anchor = Evidence(term="Acme", field="links", start=0, end=4, rule="link")
    owned = MatchResult(evidence=(anchor,), voice=Voice.OWNED)
    record_source(
        store, visit(at(2, find, "Fjordkraft kutter prisen", ARTICLE, response=Response(comments=3)), hours=3)
    )
    record_source(store, visit(at(1, find, "Vi kutter prisen", EDITED), url="https://b.example/rss", hours=5))
    ours = at(4, find, "Vi kutter", ARTICLE, response=Response(likes=2, shares=1))
    record_source(store, visit(replace(ours, results={"acme": owned}), url="https://acme.example/rss", hours=6))
    story = only(store)
    assert story.lead.entry.title == "Vi kutter prisen"
    assert (story.first_seen, story.earliest, story.latest) == tuple(START + timedelta(hours=n) for n in (3, 1, 4))
    assert (story.mentions, story.entries, story.publishers, story.response) == (3, 3, 2, 6)
    heat = story_heat(store, 1)
    assert heat is not None
    assert (heat.counts, heat.others) == ({"likes": 2, "comments": 3, "shares": 1}, 1)
    assert story.heat_key == pytest.approx(heat.key)
    assert story.heat(START + DAY) == pytest.approx(story.heat(START) - 1)


def test_hidden_mentions_do_not_count(store: Store, find: Finds, visit: Visits):
    """A story of hidden mentions is not listed; a replay that shows or hides one recomputes it."""
    record_source(
        store, visit(at(1, find, "Fjordkraft kutter", ARTICLE), at(2, find, "Kutt", EDITED, suppressed="exclude"))
    )
    assert (only(store).mentions, only(store).publishers) == (1, 1)
    shown = at(2, find, "Kutt").results["acme"]
    with store.transaction():
        record_reevaluation(store, "acme", "v2", {2: shown}, START)
    assert (only(store).mentions, only(store).publishers) == (2, 2)
    with store.transaction():
        record_reevaluation(store, "acme", "v3", {1: None, 2: None}, START)
    assert stories(store) == {}
    assert story_by_id(store, 1) is None
    assert story_heat(store, 1) is None


def test_growing_response_raises_the_heat(store: Store, find: Finds, visit: Visits):
    """A reading of the entry or of its counts updates the heat of its story at once."""
    record_source(store, visit(at(1, find, "Fjordkraft kutter", ARTICLE)))
    cold = only(store).heat_key
    assert only(store).response is None
    record_readings(store, [ResponseReading(id=1, response=Response(comments=5), refresh_at=None)], START + DAY)
    assert only(store).response == 5
    assert only(store).heat_key == pytest.approx(cold + 4)
    again = replace(at(1, find, "Fjordkraft kutter", ARTICLE, response=Response(comments=21)), stored_id=1)
    record_source(store, visit(again, hours=30))
    assert only(store).heat_key == pytest.approx(cold + 6)


def test_another_mention_of_a_story_stands_for_that_of_a_query_whose_file_is_gone(
    store: Store, find: Finds, visit: Visits
):
    """The first of the same story; where the query is named, its own mention leads."""
    wire = "Acme åpner et nytt kraftverk i Åsgård"
    places = ((wire, "borte", 0), (wire, "acme", 2), (wire, "acme", 1), ("Helt annen sak fra Bodø", "acme", -1))
    records = [
        find(title, link=f"https://{number}.example/", queries=(query,), published=START + timedelta(hours=hours))
        for number, (title, query, hours) in enumerate(places, 1)
    ]
    record_source(store, visit(*records))

    def leads(**chosen: object) -> set[int]:
        return {story.lead.id for story in select_stories(store, Selection(**chosen))}  # type: ignore[arg-type]

    assert leads() == {1, 4}
    assert leads(gone_queries=("borte",)) == {3, 4}
    assert leads(gone_queries=("borte",), queries=("borte",)) == {1}


@pytest.mark.parametrize("kind", [EvidenceKind.CONTEXT, EvidenceKind.ANCHOR])
def test_a_story_is_hotter_with_the_name_in_a_title(store: Store, find: Finds, visit: Visits, kind: EvidenceKind):
    """A word of context there is no name."""
    name = Evidence(term="Fjordkraft", field="text", start=0, end=10, rule="exact")
    in_title = Evidence(term="strøm", field="title", start=0, end=5, rule="exact", kind=kind)
    records = [
        replace(find(title, text=f"{title} i Åsgård"), results={"acme": MatchResult(evidence=evidence)})
        for title, evidence in (("Strøm blir dyr", (name,)), ("Kablene ryker over hele byen", (name, in_title)))
    ]
    record_source(store, visit(*records))
    hotter, colder = (story.heat_key or 0 for story in select_stories(store, Selection()))
    assert (hotter > colder) is (kind is EvidenceKind.ANCHOR)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_arrival_does_not_matter(tmp_path: Path, find: Finds, visit: Visits, order: tuple[int, ...]):
    """Copies are grouped in any order of arrival, in one document or one by one."""
    finds = [
        at(1, find, "Fjordkraft kutter prisen", ARTICLE),
        at(2, find, "Fjordkraft kutter prisen nå", EDITED),
        at(3, find, "Kutter prisen på strøm til alle", ARTICLE[:150]),
        at(4, find, "Acme bygger ut", OTHER),
    ]
    for name, parts in (("one", [order]), ("four", [(number,) for number in order])):
        with open_store(tmp_path / f"{name}.db") as store:
            for hours, part in enumerate(parts, 9):
                record_source(store, visit(*(finds[number] for number in part), hours=hours))
            found = {mention.entry.title: mention.story for mention in select_mentions(store, Selection())}
        assert len({found[one.entry.title] for one in finds[:3]}) == 1
        assert found["Acme bygger ut"] not in {found[one.entry.title] for one in finds[:3]}


def test_boilerplate_becomes_a_stop_shingle(store: Store, find: Finds, visit: Visits):
    """After a few stories, text repeated below all of them joins no more stories."""
    below = " Om Acme: selskapet ble grunnlagt i 1920 og selger kasser, ski og limpinner til grevlinger i hele Norden."
    words = (
        "en to tre fire fem seks sju åtte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten".split()
    )
    for number in range(8):
        text = " ".join(f"{word}{'abcdefgh'[number]}" for word in words * 2)
        record_source(store, visit(at(number, find, f"Acme {words[number]} ganger", text + below), hours=number + 1))
    for number in (20, 21):
        record_source(
            store,
            visit(at(number, find, f"Acme {words[number - 10]}", f"Kort {words[number - 10]}." + below), hours=30),
        )
    assert len(stories(store)) == 10


def test_titles_of_one_word_stay_apart(store: Store, find: Finds, visit: Visits):
    """Fifty entries with one title, on one site and on many, are fifty stories."""
    for number in range(50):
        name = f"avis{number % 25}.example/{number}"
        record_source(store, visit(find("Acme", link=f"https://{name}", url=f"https://{name}"), hours=number))
    assert len(stories(store)) == 50


def test_merged_by_hand(store: Store, find: Finds, visit: Visits):
    """Two stories become one; copies of either join it, and the decision is stored."""
    record_source(store, visit(at(1, find, "Fjordkraft kutter", ARTICLE), at(2, find, "Acme bygger ut", OTHER)))
    merge_stories(store, 1, [2], START + DAY)
    assert stories(store) == {1: [1, 2]}
    assert [copy.story_reason for copy in story_mentions(store, 1)] == ["", "by hand"]
    record_source(store, visit(at(3, find, "Acme bygger mer", OTHER), hours=3))
    assert stories(store) == {1: [1, 2, 3]}
    (decision,) = story_decisions(store, 2)
    assert (decision.edit, decision.story, decision.other, decision.at) == (StoryEdit.MERGE, 1, 2, START + DAY)
    assert story_by_id(store, 2) is None


def test_split_by_hand(store: Store, find: Finds, visit: Visits):
    """A split entry stays apart after edits, sightings and new matches; its copies follow it."""
    title = "Fjordkraft Åsgård AS kutter prisen på strøm"
    record_source(store, visit(at(1, find, title, ARTICLE), at(2, find, title, EDITED[:200]), at(3, find, title)))
    assert stories(store) == {1: [1, 2, 3]}
    assert split_story(store, 1, [2], START + DAY) == 2
    assert stories(store) == {1: [1, 3], 2: [2]}
    record_source(store, visit(replace(at(2, find, title, EDITED), stored_id=2), hours=4))
    with store.transaction():
        record_reevaluation(store, "acme", "v2", {2: at(2, find, title).results["acme"]}, START)
    record_source(store, visit(at(5, find, title, ARTICLE), at(6, find, "Svært god inntjening", EDITED), hours=7))
    assert stories(store) == {1: [1, 3, 4], 2: [2, 5]}
    assert [decision.edit for decision in story_decisions(store, 1)] == [StoryEdit.SPLIT]


def test_both_halves_of_a_split_are_found(store: Store, find: Finds, visit: Visits):
    """Each half is matched by its remaining entries."""
    record_source(
        store, visit(at(1, find, "Fjordkraft kutter prisen", ARTICLE), at(2, find, "Strømmen blir billig", EDITED))
    )
    split_story(store, 1, [1], START + DAY)
    record_source(store, visit(at(3, find, "Svært god inntjening", EDITED + " Nytt i dag."), hours=3))
    record_source(store, visit(at(4, find, "Uventet god inntjening", ARTICLE + " Nytt i går."), hours=4))
    assert stories(store) == {1: [2, 3], 2: [1, 4]}


def test_old_entries_leave_the_index(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """Entries beyond the age limit are no candidates and leave no rows in the index."""
    record_source(store, visit(at(1, find, "Fjordkraft kutter", ARTICLE)))
    record_source(store, visit(at(40 * 24, find, "Acme bygger ut", OTHER), hours=40 * 24))
    expire_source_facts(store, 730 * DAY, START + 40 * DAY)
    with closing(sqlite3.connect(tmp_path / "brandwatch.db")) as connection:
        assert connection.execute("SELECT DISTINCT entry FROM sketch").fetchall() == [(2,)]
        assert connection.execute("SELECT entry FROM sketched").fetchall() == [(2,)]
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM entry WHERE id = 2")
        assert connection.execute("SELECT count(*) FROM sketch").fetchone() == (0,)


def test_the_index_is_bounded(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """A thousand copies take no more index rows than a few."""
    finds = [at(number, find, f"Fjordkraft kutter {number}", ARTICLE, published=START) for number in range(1000)]
    record_source(store, visit(*finds, hours=1))
    assert len(stories(store)) == 1
    with closing(sqlite3.connect(tmp_path / "brandwatch.db")) as connection:
        (most,) = connection.execute("SELECT max(n) FROM (SELECT count(*) AS n FROM sketch GROUP BY mark)").fetchone()
        assert most <= 8


@pytest.mark.parametrize(
    ("selection", "sort", "expected"),
    [
        (Selection(), "heat", [2, 1, 3]),
        (Selection(), "response", [2, 3, 1]),
        (Selection(), "publishers", [1, 2, 3]),
        (Selection(), "mentions", [1, 2, 3]),
        (Selection(), "published", [3, 2, 1]),
        (Selection(), "found", [2, 1, 3]),
        (Selection(), "rising", [2, 3, 1]),
        (Selection(limit=1), "heat", [2]),
        (Selection(search="hallen"), "heat", [2]),
        (Selection(since=START + timedelta(hours=2)), "heat", [2, 1, 3]),
        (Selection(since=START + timedelta(hours=3)), "heat", [2, 3]),
        (Selection(queries=("b",)), "heat", [3]),
        (Selection(sources=("nowhere",)), "heat", []),
    ],
)
def test_selected_stories(
    store: Store, find: Finds, visit: Visits, selection: Selection, sort: str, expected: list[int]
):
    """Stories with a selected mention come in the requested order, the hotter of two first."""
    prices = [at(1, find, "Fjordkraft kutter prisen", ARTICLE), at(2, find, "Billigere strøm", EDITED)]
    builds = at(3, find, "Acme bygger ut", OTHER, response=Response(comments=9))
    rain = at(4, find, "Regn", "Regn.", queries=("b",), response=Response(likes=0))
    record_source(store, visit(*prices, builds, rain, hours=5))
    assert [story.id for story in select_stories(store, selection, sort)] == expected


def test_only_selected_mentions_are_counted(store: Store, find: Finds, visit: Visits):
    """A line has the number of selected mentions, an entry once; publishers are those of the story."""
    prices = [at(1, find, "Fjordkraft kutter", ARTICLE), at(2, find, "Billigere", EDITED, queries=("acme", "b"))]
    record_source(store, visit(*prices, at(3, find, "Acme bygger", OTHER, link="https://avis1.example/sak-9"), hours=5))
    for selection in (Selection(queries=("b",)), Selection(queries=("b",), since=START)):
        assert [(story.mentions, story.publishers) for story in select_stories(store, selection)] == [(1, 2)]
    assert [story.mentions for story in select_stories(store, Selection(), "heat", {1: 2, 7: 1})] == [2]
    assert [story.mentions for story in select_stories(store, Selection())] == [2, 1]
    assert [story.mentions for story in select_stories(store, Selection(since=START))] == [2, 1]
    assert count_story_publishers(store, [1, 2], Selection()) == 2
    assert count_story_publishers(store, [1, 2], Selection(queries=("b",))) == 1
    assert count_story_publishers(store, [], Selection()) == 0


def test_entries_of_an_older_version_get_stories(tmp_path: Path):
    """A migration groups them like new entries and computes the aggregates at once."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m008_stories")
        connection.execute(
            "INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash,"
            " error, moved_to, entries, failures) VALUES (1, 'https://a.example/', 'feed', '', '', '', '', '', x'',"
            " x'', '', '', 1, 0)"
        )
        for number, text in enumerate((ARTICLE, EDITED, OTHER), 1):
            link = f"https://avis{number}.example/sak-1"
            connection.execute(
                "INSERT INTO entry (guid, link, owner, url, title, text, author, publisher, language, comment_feed,"
                " found) VALUES ('', ?, 1, ?, ?, ?, '', '', '', '', ?)",
                [link, link, f"Sak {number}", text, int(START.timestamp())],
            )
            connection.execute(
                "INSERT INTO mention (entry, query, query_version, evidence, status, backlog, found)"
                " VALUES (?, 'acme', '1', '[[\"Acme\",\"text\",0,4,\"exact\"]]', 'new', 0, 1)",
                [number],
            )
        connection.commit()
    with open_store(path) as store:
        assert stories(store) == {1: [1, 2], 2: [3]}
        assert story_by_id(store, 1).publishers == 2  # type: ignore[union-attr]


def test_a_migration_compares_only_the_newest_entries(
    store: Store, find: Finds, visit: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The cost of a migration is bounded: the oldest entries get a story each."""
    monkeypatch.setattr("brandwatch.storage.story_assignment._MAX_COMPARED", 2)
    record_source(store, visit(*(at(number, find, f"Acme {number}", ARTICLE) for number in range(4)), hours=9))
    with closing(sqlite3.connect(tmp_path / "brandwatch.db", isolation_level=None)) as connection:
        for statement in ("UPDATE entry SET story = NULL", "DELETE FROM story", "DELETE FROM sketched"):
            connection.execute(statement)
    with store.transaction():
        assign_all_stories(store)
    assert stories(store) == {1: [1], 2: [2], 3: [3, 4]}


def test_mentions_in_the_order_of_their_stories(store: Store, find: Finds, visit: Visits):
    """The hottest story's mentions come first, with a limit and without."""
    prices = [at(1, find, "Fjordkraft kutter", ARTICLE), at(2, find, "Billigere", EDITED, queries=("acme", "b"))]
    record_source(store, visit(*prices, at(3, find, "Acme bygger", OTHER, response=Response(comments=9)), hours=5))
    order = [mention.id for mention in select_mentions(store, Selection(sort="heat"))]
    assert order == [4, 3, 2, 1]
    assert [mention.id for mention in select_mentions(store, Selection(sort="heat", limit=9))] == order
    assert [mention.id for mention in select_mentions(store, Selection(sort="heat", limit=2))] == order[:2]


def test_comments_join_the_story_without_spread(store: Store, find: Finds, visit: Visits):
    """Also if they arrive before their entry; commenters are no publishers."""
    page = "https://avis1.example/sak-1"
    said = [
        at(number, find, f"Acme er {word}", "Acme!", link=f"{page}#c{number}", thread=page)
        for number, word in ((2, "dyre"), (3, "bra"))
    ]
    record_source(store, visit(*said))
    record_source(store, visit(at(1, find, "Acme bygger", ARTICLE), at(4, find, "Acme bygger ut", EDITED), hours=5))
    story = only(store)
    assert (story.lead.entry.url, story.publishers, story.mentions) == (page, 2, 4)
    assert count_story_publishers(store, [story.id], Selection()) == 2
    assert story_reach(store, Selection(), "query")["acme"].publishers == 2
    reasons = {copy.entry.url: copy.story_reason for copy in story_mentions(store, story.id)}
    assert reasons[f"{page}#c3"] == "a comment on the same page"
    assert reasons[page] == "there is a comment on it"
