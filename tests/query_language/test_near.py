from __future__ import annotations

import pytest

from brandwatch.models import Entry
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
