from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import Evidence, MatchResult, Selection, SubjectRequest
from brandwatch.privacy.minimise import NOT_STORED
from brandwatch.storage.privacy_erasure import erase
from brandwatch.storage.privacy_retention import expire_mentions, hide_mentions
from brandwatch.storage.privacy_search import personal_data_rows
from brandwatch.storage.recording import record_source
from brandwatch.storage.revisions import MAX_REVISIONS, is_of_publisher, mention_revisions
from brandwatch.storage.selections import mention_by_id, mention_sightings, select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

PAGE = "https://avis.example/sak"
OWN, OTHER = "https://feeds.avis.example/rss", "https://lister.example/rss"


def revisions(store: Store) -> list[tuple[str, str]]:
    """Return title and text of all revisions of the first mention, oldest first."""
    return [(revision.title, revision.text) for revision in mention_revisions(store, 1)]


def shown(store: Store) -> tuple[str, str]:
    """Return title and text of the one mention."""
    (mention,) = select_mentions(store, Selection())
    return mention.entry.title, mention.entry.text


def test_what_an_edit_overwrites_is_stored(store: Store, find: Finds, visit: Visits):
    """Title and text with their source, from the time of the first version to that of the next."""
    for hours, (title, text) in enumerate([("Acme før", "Åsgård sier ja."), ("Acme etter", "Åsgård sier nei.")]):
        record_source(store, visit(find(title, text=text, link=PAGE, known=hours or None), hours=hours, url=OWN))
    record_source(store, visit(find("Acme til slutt", text="Åsgård sier nei.", link=PAGE, known=1), hours=2, url=OWN))
    first, second = mention_revisions(store, 1)
    assert (first.title, first.text, first.url, first.source) == ("Acme før", "Åsgård sier ja.", PAGE, OWN)
    assert (first.since, first.until) == (START, START + timedelta(hours=1))
    assert (second.title, second.since, second.until) == ("Acme etter", first.until, START + timedelta(hours=2))
    assert shown(store) == ("Acme til slutt", "Åsgård sier nei.")


@pytest.mark.parametrize(
    "edit",
    [
        {"title": "ACME  før"},
        {"text": "Åsgård  sier\nja."},
        {"text": "Åsgård sier ja. Blåbær Gården AS sier nei."},
        {"published": START + timedelta(days=1)},
        {"author": "Kari"},
        {"url": f"{PAGE}?r=2"},
    ],
)
def test_what_loses_nothing_is_no_revision(store: Store, find: Finds, visit: Visits, edit: dict[str, object]):
    """Case, white space, dates, parameters of the link, and a text that was continued."""
    facts: dict[str, object] = {"title": "Acme før", "text": "Åsgård sier ja.", "link": PAGE, "url": PAGE}
    for known, fields in ((None, facts), (1, facts | edit)):
        title = str(fields["title"])
        rest = {name: value for name, value in fields.items() if name != "title"}
        record_source(store, visit(find(title, known=known, **rest), hours=known or 0))
    assert revisions(store) == []


def test_another_page_is_a_revision_once(store: Store, find: Finds, visit: Visits):
    """A slug that was edited; links that are new in every answer make one revision."""
    for number in range(4):
        url = f"https://avis.example/sak-{number}"
        record_source(
            store, visit(find("Acme", text="Tekst", link=PAGE, url=url, known=1 if number else None), hours=number)
        )
    assert [revision.url for revision in mention_revisions(store, 1)] == ["https://avis.example/sak-0"]


def test_the_first_and_the_latest_revisions_stay(store: Store, find: Finds, visit: Visits):
    """A page that is edited again and again has a bounded number of revisions, which say how many there were."""
    for number in range(30):
        record_source(store, visit(find(f"Acme {number}", link=PAGE, known=1 if number else None), hours=number))
    stored = mention_revisions(store, 1)
    assert [revision.number for revision in stored] == [1, *range(30 - MAX_REVISIONS + 1, 30)]
    assert stored[0].title == "Acme 0"


def test_no_other_source_replaces_what_the_publisher_says(store: Store, find: Finds, visit: Visits):
    """A longer text of another feed is a version and a sighting; the same version again is none."""
    record_source(store, visit(find("Acme vokser", text="Kort tekst.", link=PAGE), url=OWN))
    claim = find("Acme er konkurs", text="En mye lengre tekst som ikke er sann.", link=PAGE, known=1)
    for hours in (1, 2, 3):
        record_source(store, visit(claim, hours=hours, url=OTHER))
    assert shown(store) == ("Acme vokser", "Kort tekst.")
    (version,) = mention_revisions(store, 1)
    assert (version.title, version.source, version.until) == ("Acme er konkurs", OTHER, None)
    assert {sighting.source for sighting in mention_sightings(store, 1)} == {OWN, OTHER}
    record_source(
        store, visit(find("Acme vokser", text="Kort", link=PAGE, known=1), hours=4, url="https://c.example/rss")
    )
    assert len(mention_revisions(store, 1)) == 1


def test_the_publisher_replaces_what_others_said(store: Store, find: Finds, visit: Visits):
    """Another feed was first, with a longer text: it becomes a revision."""
    record_source(
        store, visit(find("Acme er konkurs", text="En mye lengre tekst som ikke er sann.", link=PAGE), url=OTHER)
    )
    record_source(store, visit(find("Acme vokser", text="Kort tekst.", link=PAGE, known=1), hours=1, url=OWN))
    assert shown(store) == ("Acme vokser", "Kort tekst.")
    (before,) = mention_revisions(store, 1)
    assert (before.title, before.source, before.until) == ("Acme er konkurs", OTHER, START + timedelta(hours=1))


@pytest.mark.parametrize(
    ("source", "url", "publisher", "is_own"),
    [
        (OWN, PAGE, "Avisa", True),
        ("https://www.avis.example/rss", PAGE, "", True),
        ("https://feeds.example/avis", PAGE, "feeds.example", True),
        (OTHER, PAGE, "Avisa", False),
        ("https://news.google.com/rss", "https://news.google.com/articles/x", "Google News", False),
        (OWN, "", "", False),
    ],
)
def test_a_source_of_the_publisher(source: str, url: str, publisher: str, *, is_own: bool):
    """On the site of the link, or named as the publisher; an aggregator never is."""
    assert is_of_publisher(source, url, publisher) is is_own


def test_the_evidence_of_other_queries_leaves_with_the_text(store: Store, find: Finds, visit: Visits):
    """A query that the new text does not match keeps its mention, and points at nothing in that text."""
    evidence = (Evidence(term="Acme", field="title", start=5, end=9, rule="exact"),)
    first = find("Når Acme vokser", link=PAGE, queries=("a", "b"))
    first = replace(first, results=dict.fromkeys(("a", "b"), MatchResult(evidence=evidence)))
    record_source(store, visit(first))
    record_source(store, visit(find("Acme krymper", link=PAGE, known=1, queries=("a",)), hours=1))
    kept, detached = (mention_by_id(store, number) for number in (1, 2))
    assert kept is not None
    assert detached is not None
    assert [(piece.start, piece.end, piece.note) for piece in kept.evidence] == [(0, 4, "")]
    assert [(piece.start, piece.end, piece.note) for piece in detached.evidence] == [(0, 0, NOT_STORED)]


def edited(store: Store, find: Finds, visit: Visits, max_chars: int = 500) -> None:
    """Store an entry that named Kari Nordmann before it was edited."""
    record_source(store, visit(find("Acme og Kari Nordmann", text="Kari Nordmann på Åsgård. " * 9, link=PAGE)))
    after = find("Acme i nord", text="Ny tekst.", link=PAGE, known=1)
    record_source(store, visit(replace(after, max_chars=max_chars), hours=1))


def test_a_revision_is_shortened_as_its_entry_would_be(store: Store, find: Finds, visit: Visits):
    """Where a query stores less text now, a revision keeps no more."""
    edited(store, find, visit, max_chars=40)
    assert [len(text) <= 40 for _, text in revisions(store)] == [True]
    record_source(store, visit(replace(find("Acme i sør", link=PAGE, known=1), max_chars=0), hours=2))
    assert revisions(store) == [("Acme og Kari Nordmann", ""), ("Acme i nord", "")]


def test_a_subject_request_finds_and_erases_revisions(store: Store, find: Finds, visit: Visits):
    """A name in an earlier version only: the version goes, the entry stays, and the name does not come back."""
    edited(store, find, visit)
    request = SubjectRequest(names=("Kari Nordmann",))
    assert [row.table for row in personal_data_rows(store, request)] == ["revision"]
    erase(store, request, START)
    assert list(personal_data_rows(store, request)) == []
    assert (revisions(store), shown(store)) == ([], ("Acme i nord", "Ny tekst."))
    record_source(store, visit(find("Acme og Kari Nordmann", link=PAGE, known=1), hours=2))
    assert (revisions(store), shown(store)) == ([], ("Acme i nord", "Ny tekst."))


def test_revisions_expire_with_their_entry(store: Store, find: Finds, visit: Visits):
    """Retention deletes an entry with all that was said of it; so does its erasure."""
    edited(store, find, visit)
    hide_mentions(store, {}, START + timedelta(days=399), 10)
    assert expire_mentions(store, {}, START + timedelta(days=400), 10) == 1
    assert store.value("SELECT count(*) FROM revision") == 0
    record_source(store, visit(find("Blåbær Acme", link=f"{PAGE}/2"), hours=2))
    record_source(store, visit(find("Blåbær Acme 2", link=f"{PAGE}/2", known=1), hours=3))
    assert store.value("SELECT count(*) FROM revision") == 1
    erase(store, SubjectRequest(texts=("Blåbær Acme",)), START)
    assert store.value("SELECT count(*) FROM revision") == 0
