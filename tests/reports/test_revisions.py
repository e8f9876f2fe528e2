from __future__ import annotations

from datetime import UTC, datetime, timedelta

from brandwatch.models import Entry, Revision
from brandwatch.reports.revisions import revision_lines, revisions_as_data

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)
ENTRY = Entry(url="https://avis.example/1", title="Acme stenger", text="Ny tekst")


def revision(number: int, **facts: object) -> Revision:
    """A version that an edit overwrote."""
    return Revision(**({
        "number": number,
        "source": "https://avis.example/rss",
        "since": NOON,
        "until": NOON + timedelta(hours=number),
        "url": ENTRY.url,
        "title": "Acme åpner",
        "text": ENTRY.text,
    } | facts))  # type: ignore[arg-type]  # fmt: skip


def test_a_version_shows_what_differs():
    """Its time, its source, and the fields that are not as in the entry; the others are not repeated."""
    assert list(revision_lines([revision(1)], ENTRY)) == [
        "edited 1 time",
        "until 2026-05-04 13:00 +0200  https://avis.example/rss",
        "  title  Acme åpner",
    ]
    other = revision(2, title=ENTRY.title, text="", url="https://avis.example/2")
    assert list(revision_lines([revision(1), other], ENTRY)) == [
        "edited 2 times",
        "until 2026-05-04 13:00 +0200  https://avis.example/rss",
        "  title  Acme åpner",
        "until 2026-05-04 14:00 +0200  https://avis.example/rss",
        "  text   (empty)",
        "  link   https://avis.example/2",
    ]


def test_another_source_is_no_edit():
    """What another source says has the time since when; alone it is no edit."""
    assert list(revision_lines([revision(1, until=None)], ENTRY)) == [
        "2026-05-04 12:00 +0200, another source  https://avis.example/rss",
        "  title  Acme åpner",
    ]


def test_versions_that_are_not_stored_are_counted():
    """Of an entry that is edited often the first and the latest versions are stored."""
    lines = list(revision_lines([revision(1), revision(4)], ENTRY))
    assert lines[0] == "edited often: 2 versions between the first and the latest ones are not stored"
    assert next(revision_lines([revision(1), revision(2)], ENTRY)) == "edited 2 times"


def test_versions_as_data_are_whole():
    """In JSON a version has all its fields, cleaned, and no end if it never was the stored one."""
    (first, other) = revisions_as_data([revision(1, title="Acme\u202e åpner"), revision(2, until=None)])
    assert first == {
        "number": 1,
        "source": "https://avis.example/rss",
        "since": "2026-05-04T10:00:00Z",
        "until": "2026-05-04T11:00:00Z",
        "url": "https://avis.example/1",
        "title": "Acme åpner",
        "text": "Ny tekst",
    }
    assert (other["number"], other["until"]) == (2, None)
