from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry
from brandwatch.stories import Copy
from brandwatch.stories.passages import LONGEST, SKETCHED, passages, sketch, words


def test_words_are_compared_without_signs():
    """Capitals, quotes and dashes make no other words; letters with rings and strokes stay what they are."""
    assert words("«Blåbær Gården» AS – Fjordkraft’s") == words("blåbær gården as fjordkraft's")
    assert words("Ås") != words("As")


def test_passages_are_three_words_each():
    """Two words are no passage, and the same three words are the same one wherever they stand."""
    assert passages(["acme", "åpner"]) == []
    found = passages("acme åpner i bodø acme åpner i".split())
    assert len(found) == 5
    assert found[0] == found[4]


@given(text=st.text(), more=st.text())
def test_a_text_is_known_again_by_its_sketch(text: str, more: str):
    """Of two texts, the smallest passages of both are found in both sketches, whatever else is in them."""
    one, both = set(passages(words(text))), set(passages(words(f"{text} {more}")))
    assert len(sketch(one)) == min(len(one), SKETCHED)
    bound = min(max(sketch(found), default=0) for found in (one, both))
    assert {p for p in sketch(one) if p <= bound and p in both} == {p for p in sketch(both) if p <= bound and p in one}


def test_only_the_beginning_of_a_book_counts():
    """What is looked at of an entry is bounded, however long it is."""
    book = Copy(entry=Entry(text="en to tre fire " * 100_000), link="", at=0, queries=frozenset())
    assert len(book.text) == LONGEST


def test_a_text_that_only_repeats_the_title_is_none():
    """Feeds that give nothing but titles often say them twice."""
    entry = Entry(title="Acme åpner", text="ACME åpner!", url="https://a.example/1")
    assert Copy(entry=entry, link="https://a.example/1", at=0, queries=frozenset()).text == []
