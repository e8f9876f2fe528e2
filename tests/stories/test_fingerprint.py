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
    """Capitals, quotation marks and dashes are ignored; letters with diacritics are kept."""
    assert shingle_words("«Blåbær Gården» AS – Fjordkraft’s") == shingle_words("blåbær gården as fjordkraft's")
    assert shingle_words("Ås") != shingle_words("As")


def test_shingles_are_three_words_each():
    """Two words have no shingle, and the same three words are one shingle at any position."""
    assert shingles(["acme", "åpner"]) == []
    found = shingles("acme åpner i bodø acme åpner i".split())
    assert len(found) == 5
    assert found[0] == found[4]


@given(text=st.text(), more=st.text())
def test_sketches_share_the_smallest_common_shingles(text: str, more: str):
    """The smallest shingles of both texts are in both sketches, whatever else they contain."""
    one, both = set(shingles(shingle_words(text))), set(shingles(shingle_words(f"{text} {more}")))
    assert len(min_hash_sketch(one)) == min(len(one), SKETCH_HASHES)
    bound = min(max(min_hash_sketch(found), default=0) for found in (one, both))
    assert {p for p in min_hash_sketch(one) if p <= bound and p in both} == {
        p for p in min_hash_sketch(both) if p <= bound and p in one
    }


def test_a_sketch_is_bounded():
    """A sketch covers a bounded beginning of a text."""
    book = Fingerprint(entry=Entry(text="en to tre fire " * 100_000), link="", at=0, queries=frozenset())
    assert len(book.text) == MAX_SHINGLE_WORDS


def test_a_text_that_repeats_the_title_is_ignored():
    """Feeds with nothing but titles often repeat them as text."""
    entry = Entry(title="Acme åpner", text="ACME åpner!", url="https://a.example/1")
    assert Fingerprint(entry=entry, link="https://a.example/1", at=0, queries=frozenset()).text == []
