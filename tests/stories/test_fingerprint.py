from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry
from brandwatch.stories.fingerprint import (
    MAX_SHINGLE_WORDS,
    SKETCH_HASHES,
    Fingerprint,
    ShingleSample,
    is_key,
    min_hash_sketch,
    sample_shingles,
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


def of_words(*words: int) -> Fingerprint:
    """Return an entry whose text has words with these numbers."""
    text = " ".join(f"ord{word}" for word in words)
    entry = Entry(title="Acme på Åsgård", text=text)
    return Fingerprint(entry=entry, link="", at=0, queries=frozenset())


def sampled(fingerprint: Fingerprint) -> Fingerprint:
    """Return the fingerprint as it is stored where only a passage of its text is."""
    sample = sample_shingles(fingerprint.text_shingles, fingerprint.sketch)
    passage = replace(fingerprint.entry, text="… Acme …")
    return replace(fingerprint, entry=passage, is_cut=True, sample=sample)


@pytest.mark.parametrize(("words", "size"), [(2, 0), (3, 1), (400, 398), (613, 611)])
def test_a_sample_of_a_short_text_has_all_its_shingles(words: int, size: int):
    """Each is stored in two bytes, in its order."""
    found = of_words(*range(words)).text_shingles
    assert sample_shingles(found) == ShingleSample(size, 1, tuple(shingle & 0xFFFF for shingle in found), ())
    assert len(found) == size


def test_a_sample_of_a_long_text_is_bounded():
    """Its beginning is whole; of the rest it has the multiples of the step."""
    found = of_words(*range(2_000)).text_shingles
    _, step, kept, _ = sample_shingles(found)
    assert kept[:100] == tuple(shingle & 0xFFFF for shingle in found[:100])
    assert step == 7
    assert all(shingle % 7 == 0 for shingle in kept[100:])
    assert 300 < len(kept) < 500


@pytest.mark.parametrize("words", [300, 600, 700, 1_900])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 1.0])
def test_the_overlap_with_a_sample_is_close_to_that_with_the_text(words: int, part: float):
    """The numbers of shingles differ by a tenth of the text at most; nothing in common is nothing."""
    draw = random.Random(7)
    old = [draw.randrange(10_000) for _ in range(words)]
    new = old[: int(words * part)] + [draw.randrange(10_000, 20_000) for _ in range(words - int(words * part))]
    full, stored = of_words(*new).overlap(of_words(*old)), of_words(*new).overlap(sampled(of_words(*old)))
    assert stored.one == full.one
    assert stored.other == pytest.approx(full.other, abs=2)
    assert stored.shared == pytest.approx(full.shared, abs=words / 10)
    text = of_words(*new).text_overlap(of_words(*old))
    assert of_words(*new).text_overlap(sampled(of_words(*old))) == pytest.approx(text, abs=words / 10)


@pytest.mark.parametrize("words", [20, 1_500])
def test_the_same_text_is_recognised_by_its_sample(words: int):
    """Another text of the same length is not."""
    old = sampled(of_words(*range(words)))
    assert of_words(*range(words)).has_text_of(old)
    assert not of_words(99_999, *range(1, words)).has_text_of(old)
    assert not of_words(*range(words + 1)).has_text_of(old)


def test_a_title_that_the_text_repeats_counts_once():
    """With a sample as without."""
    entry = Entry(title="Acme åpner på Åsgård i dag", text="Acme åpner på Åsgård i dag og stenger i Bodø i morgen.")
    fingerprint = Fingerprint(entry=entry, link="", at=0, queries=frozenset())
    assert sampled(fingerprint).length == fingerprint.length == 10
    assert fingerprint.overlap(sampled(fingerprint)).shared == 10


LINK = "https://avis.example/sak-1"
TWELVE = "en to tre fire fem seks sju åtte ni ti elleve tolv"


def found_by(entry: Entry, link: str = "") -> set[int]:
    """The keys that an entry is looked up by."""
    return set(Fingerprint(entry=entry, link=link or entry.url, at=0, queries=frozenset()).keys)


@pytest.mark.parametrize(
    ("one", "other", "is_found"),
    [
        (Entry(url=LINK), Entry(links=(LINK,)), True),
        (Entry(url=LINK), Entry(url=f"{LINK}#c1", thread=LINK), True),
        (Entry(url=LINK), Entry(url="https://avis.example/sak-2"), False),
        (Entry(title="Acme åpner"), Entry(title="ACME åpner!"), True),
        (Entry(title="Acme åpner"), Entry(title="Acme stenger"), False),
        (Entry(title="Acme"), Entry(title="Acme"), False),
        (Entry(text=TWELVE), Entry(title="Acme", text=TWELVE), True),
        (Entry(text=TWELVE[:-5]), Entry(text=TWELVE[:-5]), False),
        (Entry(title="Acme åpner"), Entry(text="Acme åpner"), False),
    ],
)
def test_what_an_entry_is_found_by(one: Entry, other: Entry, *, is_found: bool):
    """Its page, whether it is that page, links to it or is a comment on it; two words of title; twelve of text."""
    assert (not found_by(one).isdisjoint(found_by(other))) is is_found


def test_a_post_is_found_by_its_name_on_the_platform():
    """Under any link; a shingle of the same index is no key."""
    post = Entry(url="https://youtu.be/aB3-_xY9zQ0", text=TWELVE)
    again = Entry(url="https://www.youtube.com/watch?v=aB3-_xY9zQ0")
    assert found_by(post, "content:1") & found_by(again, "content:2")
    assert all(map(is_key, found_by(post)))
    assert not any(map(is_key, shingles(shingle_words(TWELVE))))


def test_a_comment_has_no_sketch():
    """It quotes what it answers; the same text elsewhere has one."""
    comment, entry = (
        Fingerprint(entry=Entry(text=TWELVE, thread=thread), link="", at=0, queries=frozenset())
        for thread in (LINK, "")
    )
    assert (comment.sketch, len(entry.sketch)) == ([], 10)
