from __future__ import annotations

import pytest

from brandwatch.models import ClauseResult, Entry, MatchResult, SourceState
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


def test_a_value_of_a_column_is_recognised_by_its_hash():
    """An account only as an author, words and pages in any column; numbers and other values pass."""
    erased = suppression(authors=("@kari",), names=("Ola Blåbærsen",), urls=("https://blogg.example/innlegg/7",))
    assert erased.holds("author", "@Kari")
    assert erased.holds("author", b"kari")
    assert not erased.holds("text", "@kari")
    assert erased.holds("note", "Ring Ola Blåbærsen")
    assert erased.holds("url", "http://blogg.example/innlegg/7/")
    assert not erased.holds("note", "Ring Ola")
    assert not erased.holds("url", "https://blogg.example/innlegg/77")
    assert not erased.holds("author", 17)
    assert not erased.holds("author", None)
    assert not erased.holds("author", "")
    assert erased.may_hold(17, None, "kari")
    assert not erased.may_hold(17, None, "kåre")


def test_facts_of_a_source_lose_erased_words():
    """Its texts are blanked, its URL stays, and the facts are the same object without erased words in them."""
    erased = suppression(names=(NAME,))
    state = SourceState(url=f"https://avis.example/{NAME}", title=f"Bloggen til {NAME}", error="borte", failures=2)
    blanked = erased.blank_texts(state)
    assert (blanked.url, blanked.title, blanked.error, blanked.failures) == (state.url, "", "borte", 2)
    other = SourceState(url="https://avis.example/1", title="Fjordavisa")
    assert erased.blank_texts(other) is other
    assert suppression(urls=("https://blogg.example/innlegg/7",)).blank_texts(state) is state


def test_clauses_with_erased_words_are_removed():
    """In the clause or in its note; the others stay in their order."""
    clauses = (
        ClauseResult(clause="exclude.authors", holds=False, note=NAME),
        ClauseResult(clause="match", holds=True, note="Acme"),
        ClauseResult(clause=f'match: "{NAME}"', holds=True),
        ClauseResult(clause="languages", holds=True),
    )
    result = MatchResult(clauses=clauses)
    assert suppression(names=(NAME,)).without_erased_clauses(result).clauses == (clauses[1], clauses[3])
    assert suppression(authors=("@kari",)).without_erased_clauses(result) is result


def test_links_and_texts_have_lists_of_their_own():
    """“kari-oygard” in a link may be Kari Øygård; in a text it is another name."""
    erased = suppression(names=("Kåre Øygård",))
    assert erased.holds_words("se https://avis.example/kare-oygard")
    assert not erased.holds_words("sier Kare Oygard")
    assert erased.holds_words("sier Kaare Øygaard")


def test_an_entry_is_recognised_by_its_identity_alone():
    """An erased page is no erased entry, and an author none either."""
    erased = SuppressionList(KEY, [Tombstone.of(KEY, TombstoneKind.ENTRY, "urn:7")])
    assert erased.holds_identity(["urn:1", "urn:7"])
    assert not erased.holds_identity(["urn:1"])
    assert not suppression(authors=("@kari",)).holds_identity(["kari"])


def test_only_words_have_a_length():
    """It says how long the runs of letters to hash are; an author, a page and an entry are hashed as a whole."""
    finder = SubjectFinder(
        subject_request(names=("Ola Li",), authors=("@kari",), urls=("https://blogg.example/innlegg/7",))
    )
    lengths = {(stone.kind, stone.length) for stone in request_tombstones(KEY, finder)}
    assert lengths == {
        (TombstoneKind.WORDS, 5),
        (TombstoneKind.LINK_WORDS, 5),
        (TombstoneKind.AUTHOR, 0),
        (TombstoneKind.PAGE, 0),
    }
    assert {stone.length for stone in expired_tombstones(KEY, "acme", ["urn:1"])} == {0}
