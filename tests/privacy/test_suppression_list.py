from __future__ import annotations

import pytest

from brandwatch.models import Entry
from brandwatch.privacy.subject_search import SubjectFinder, subject_request
from brandwatch.privacy.suppression_list import (
    SuppressionList,
    Tombstone,
    TombstoneKind,
    expired_tombstones,
    request_tombstones,
)

KEY = bytes(range(32))
NAME = "Kari Øygard-Nordmann"
PLAIN = Entry(guid="urn:1", url="https://avis.example/sak/1", title="Acme åpner", text="Kort", author="Åse Fjellvik")


def suppression(**request: tuple[str, ...]) -> SuppressionList:
    """The list after one request."""
    finder = SubjectFinder(subject_request(**request))
    return SuppressionList(KEY, request_tombstones(KEY, finder))


@pytest.mark.parametrize(
    ("request_of", "changes"),
    [
        ({"authors": ("@kari",)}, {"author": "@kari"}),
        ({"names": (NAME,)}, {"author": NAME}),
        ({"names": (NAME,)}, {"text": f"Acme sier at {NAME.upper()} slutter"}),
        ({"names": (NAME,)}, {"url": "https://avis.example/kari-oygard-nordmann-slutter"}),
        ({"urls": ("https://blogg.example/innlegg/7",)}, {"url": "https://www.blogg.example/innlegg/7/"}),
        ({"urls": ("https://blogg.example/innlegg/7",)}, {"links": ("https://blogg.example/innlegg/7",)}),
    ],
)
def test_only_what_was_erased_is_suppressed(request_of: dict[str, tuple[str, ...]], changes: dict[str, object]):
    """Each kind of tombstone suppresses its own entries; an entry of somebody else passes."""
    erased = suppression(**request_of)
    assert erased
    assert erased.is_erased(Entry(**{"title": "Acme åpner", **changes}), ())  # type: ignore[arg-type]
    assert not erased.is_erased(PLAIN, ("urn:1", "https://avis.example/sak/1"))


def test_an_erased_entry_is_known_by_its_identities():
    """Its guid or its link is enough; other identities pass, and so does everything in an empty list."""
    erased = SuppressionList(KEY, [Tombstone.of(KEY, TombstoneKind.ENTRY, "urn:7")])
    assert erased.is_erased(PLAIN, ("https://avis.example/sak/1", "urn:7"))
    assert not erased.is_erased(PLAIN, ("https://avis.example/sak/1", "urn:1"))
    empty = SuppressionList(KEY, [])
    assert not empty
    assert not empty.is_erased(PLAIN, ("urn:7",))
    assert not empty.holds_words(NAME)


def test_expired_mentions_are_no_erasure():
    """A tombstone of retention is of one query; it suppresses no entry and no word."""
    expired = SuppressionList(KEY, expired_tombstones(KEY, "acme", ["urn:1"]))
    assert expired
    assert not expired.is_erased(PLAIN, ("urn:1",))
    assert list(expired_tombstones(KEY, "acme", ["urn:1"])) != list(expired_tombstones(KEY, "rival", ["urn:1"]))


def test_another_key_knows_nothing():
    """Without the key of the database nobody can test a guess."""
    erased = SuppressionList(bytes(32), request_tombstones(KEY, SubjectFinder(subject_request(names=(NAME,)))))
    assert not erased.holds_words(NAME)
    assert suppression(names=(NAME,)).holds_words(NAME)


def test_words_are_found_whatever_their_length():
    """Several names of different lengths are all found; a name that only begins alike is another one."""
    erased = suppression(names=(NAME, "Ola Blåbærsen"))
    assert erased.holds_words("Ola Blåbærsens hage")
    assert erased.holds_words(f"Takk, {NAME}")
    assert not erased.holds_words("Kari Øygard og Ola Nordmann")
