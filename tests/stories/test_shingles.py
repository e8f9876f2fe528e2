from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry
from brandwatch.stories.fingerprint import (
    MAX_SHINGLE_WORDS,
    SKETCH_HASHES,
    Fingerprint,
    min_hash_sketch,
    shingle_words,
    shingles,
)


def test_words_are_compared_without_signs():
    """Capitals, quotes and dashes make no other words; letters with rings and strokes stay what they are."""
    assert shingle_words("«Blåbær Gården» AS – Fjordkraft’s") == shingle_words("blåbær gården as fjordkraft's")
    assert shingle_words("Ås") != shingle_words("As")


def test_shingles_are_three_words_each():
    """Two words are no shingle, and the same three words are the same one wherever they stand."""
    assert shingles(["acme", "åpner"]) == []
    found = shingles("acme åpner i bodø acme åpner i".split())
    assert len(found) == 5
    assert found[0] == found[4]


@given(text=st.text(), more=st.text())
def test_a_text_is_known_again_by_its_sketch(text: str, more: str):
    """Of two texts, the smallest shingles of both are found in both sketches, whatever else is in them."""
    one, both = set(shingles(shingle_words(text))), set(shingles(shingle_words(f"{text} {more}")))
    assert len(min_hash_sketch(one)) == min(len(one), SKETCH_HASHES)
    bound = min(max(min_hash_sketch(found), default=0) for found in (one, both))
    assert {p for p in min_hash_sketch(one) if p <= bound and p in both} == {
        p for p in min_hash_sketch(both) if p <= bound and p in one
    }


def test_only_the_beginning_of_a_book_counts():
    """What is looked at of an entry is bounded, however long it is."""
    book = Fingerprint(entry=Entry(text="en to tre fire " * 100_000), link="", at=0, queries=frozenset())
    assert len(book.text) == MAX_SHINGLE_WORDS


def test_a_text_that_only_repeats_the_title_is_none():
    """Feeds that give nothing but titles often say them twice."""
    entry = Entry(title="Acme åpner", text="ACME åpner!", url="https://a.example/1")
    assert Fingerprint(entry=entry, link="https://a.example/1", at=0, queries=frozenset()).text == []
