from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry, RequiredWords
from brandwatch.query_language import EntryView, compile_expression


def matches(expression: str, text: str, title: str = "") -> bool:
    """Whether an expression is true of a text."""
    return compile_expression(expression).matches(EntryView.of(Entry(title=title, text=text)))


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ("a NEAR/2 b", "a x x b", True),
        ("a NEAR/2 b", "b x x a", True),
        ("a NEAR/2 b", "a x x x b", False),
        ("a NEAR/0 b", "a b", True),
        ("a NEAR/0 b", "a, b", True),
        ("a NEAR/0 b", "a x b", False),
        ("a ONEAR/2 b", "a x b", True),
        ("a ONEAR/2 b", "b x a", False),
        ("a ONEAR/2 b", "b a x b", True),
        ("a NEAR b", "a " + "x " * 10 + "b", True),
        ("a NEAR b", "a " + "x " * 11 + "b", False),
        ("a NEAR/50 b", "a " + "x " * 50 + "b", True),
        ("a NEAR/2 b", "a x x x x a x x x x b a", True),
        ("a NEAR a", "a", False),
        ("a NEAR a", "a x a", True),
        ('"a b" NEAR b', "a b", False),
        ('"a b" NEAR/1 b', "a b x b", True),
        ('"a b" NEAR/0 "b c"', "a b c", False),
        ('"a b" NEAR/0 "b c"', "a b b c", True),
        ('(a OR "a b c") ONEAR/0 d', "a b c d", True),
        ('(you OR we) NEAR/2 "if"', "if only we", True),
        ('(you OR we) NEAR/2 "if"', "if only they", False),
        ("=If NEAR/3 forsikr*", "hos If kan du forsikre", True),
        ("=If NEAR/3 forsikr*", "om if kan du forsikre", False),
        ("at&t NEAR/1 bank", "AT&T, bank", True),
        ("=Title NEAR 🔥bil", "", False),
    ],
)
def test_near_distance(expression: str, text: str, expected: bool):
    """The number is the most words between the two, which may not overlap; ONEAR requires the order."""
    assert matches(expression, text) is expected


def test_near_stays_within_one_field():
    """A word in the title is not near one in the text."""
    assert not matches("a NEAR b", "b", title="a")
    assert matches("a NEAR b", "", title="b a")
    assert matches("title:a NEAR b", "", title="b a")
    assert not matches("title:a NEAR b", "b a", title="a")
    assert not matches("(title:a OR text:c) NEAR b", "a b", title="c b")


def test_near_in_a_huge_text_with_many_hits():
    """Many hits on both sides are merged, not multiplied."""
    view = EntryView.of(Entry(text="a b x x " * 50_000 + "c"))
    assert compile_expression("a NEAR/1 b").matches(view)
    assert len(compile_expression("a NEAR/1 b").explain(view)[-1].spans) == 100_000
    assert not compile_expression("a ONEAR/0 c").matches(view)
    assert not compile_expression('(a OR b OR "a b") ONEAR/0 c').matches(view)


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ("a NEAR/1 b NEAR/1 c", "a x b x c", True),
        ("a NEAR/1 b NEAR/1 c", "c x a x b", True),
        ("a NEAR/1 b NEAR/1 c", "a c b", True),
        ("a NEAR/1 b NEAR/1 c", "a x x b c", False),
        ("a NEAR/1 b NEAR/1 c", "a b x x c", False),
        ("a ONEAR/1 b ONEAR/1 c", "a b c", True),
        ("a ONEAR/1 b ONEAR/1 c", "a c b", False),
        ("a ONEAR/1 b ONEAR/1 c", "b a c", False),
        ("a ONEAR/1 b NEAR/1 c", "c a b", True),
        ("a NEAR/1 (b NEAR/0 c)", "a x c b", True),
        ("a NEAR/1 (b NEAR/0 c)", "a x x c b", False),
        ("a ONEAR/1 (b NEAR/0 c)", "c b a", False),
        ("(a NEAR/0 b OR d) NEAR/0 c", "d c", True),
        ("(a NEAR/0 b OR d) NEAR/0 c", "a c", False),
        ("new* ONEAR/0 banks ONEAR/0 rise", "the newest banks rise", True),
        ("a NEAR/1 b NEAR/0 c", "c x a x b", False),
        ("a ONEAR/0 b ONEAR/0 c ONEAR/0 d", "a b c d", True),
        ("a ONEAR/0 b ONEAR/0 c ONEAR/0 d", "a b d c", False),
        ("a NEAR/200 b", "a " + "x " * 200 + "b", True),
        ("a NEAR/200 b", "a " + "x " * 201 + "b", False),
    ],
)
def test_near_over_near(expression: str, text: str, expected: bool):
    """A third word is near one of a pair; in order it comes after the last of them, or before the first."""
    assert matches(expression, text) is expected


WORDS = st.lists(st.sampled_from("abcx"), max_size=9)


@given(WORDS, st.integers(0, 3), st.integers(0, 3), st.booleans(), st.booleans())
def test_near_over_near_is_what_all_triples_say(words: list[str], one: int, two: int, first: bool, second: bool):
    """The result is that of a search through every triple of words."""
    places = {letter: [at for at, word in enumerate(words) if word == letter] for letter in "abc"}
    expected = any(
        is_near((a,), (b,), one, ordered=first) and is_near((a, b), (c,), two, ordered=second)
        for a in places["a"]
        for b in places["b"]
        for c in places["c"]
    )
    expression = f"a {'O' if first else ''}NEAR/{one} b {'O' if second else ''}NEAR/{two} c"
    assert matches(expression, " ".join(words)) is expected


def is_near(pair: tuple[int, ...], others: tuple[int, ...], distance: int, *, ordered: bool) -> bool:
    """Whether a word is near enough to one of a pair; in order, to the last of it."""
    (other,) = others
    if ordered:
        return 0 < other - max(pair) <= distance + 1
    return any(abs(other - place) <= distance + 1 for place in pair)


def test_the_evidence_of_near_over_near_names_all_words():
    """The places are those of all three words, in reading order."""
    outcome = compile_expression("a NEAR/1 b NEAR/1 c").explain(EntryView.of(Entry(text="c a x b a")))[-1]
    assert [start for _, start, _ in outcome.spans] == [0, 2, 6, 8]


def test_the_evidence_of_each_field_is_its_own():
    """A pair in the title and one in the text: each word once, at its place in its own field."""
    outcome = compile_expression("a NEAR/0 b").explain(EntryView.of(Entry(title="a b", text="x x x a b")))[-1]
    assert outcome.spans == (("title", 0, 1), ("title", 2, 3), ("text", 6, 7), ("text", 8, 9))


def test_an_index_looks_up_all_words_but_one_with_an_open_beginning():
    """The other words of the phrase are required; a word alone with an open beginning requires none."""
    assert compile_expression("*store-bank").prefilter() == RequiredWords(("bank",))
    assert compile_expression("*store-bank-bygg*").prefilter() == RequiredWords(("bank", "bygg"), is_prefix=True)
    assert compile_expression("*bank").prefilter() is None
