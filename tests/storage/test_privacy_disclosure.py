"""How many people the mentions by or about staff are of, and what of them has no source and no publisher."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models import Selection, Subject, Voice
from brandwatch.storage.recording import record_source
from brandwatch.storage.stats import speaker_counts, tally_mentions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]


def spoken(record: EntryRecord, voice: Voice, subject: Subject = Subject.BRAND) -> EntryRecord:
    """Give the mention of a record a voice and a subject."""
    return replace(record, results={"acme": replace(record.results["acme"], voice=voice, subject=subject)})


def test_mentions_by_staff_are_of_as_many_people_as_have_accounts(store: Store, find: Finds, visit: Visits):
    """Two of one account are one person. Who wrote the others is not known: each of them counts as another."""
    by_staff = [
        spoken(find(f"Acme {number}", author=author), Voice.STAFF)
        for number, author in enumerate(("Åse", "Åse", "Pål", "", ""))
    ]
    about_staff = [spoken(find(f"Acme om {number}", author="Åse"), Voice.PUBLIC, Subject.STAFF) for number in range(2)]
    others = [spoken(find(f"Acme ellers {number}", author="Siv"), Voice.PUBLIC) for number in range(2)]
    record_source(store, visit(*by_staff, *about_staff, *others))
    assert speaker_counts(store, Selection(), "query") == {"acme": 2 + 2 + 2}


def test_mentions_by_staff_have_no_source_and_no_publisher(store: Store, find: Finds, visit: Visits):
    """Either may be an account; those about staff have both."""
    record_source(
        store,
        visit(
            spoken(find("Acme 1", publisher="Åses side"), Voice.STAFF),
            spoken(find("Acme 2", publisher="Tidende"), Voice.PUBLIC, Subject.STAFF),
        ),
    )
    assert {tally.value for tally in tally_mentions(store, Selection(), "publisher")} == {"", "Tidende"}
    assert {tally.value for tally in tally_mentions(store, Selection(), "source")} == {"", "https://a.example/rss"}
