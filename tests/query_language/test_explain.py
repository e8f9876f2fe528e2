from __future__ import annotations

import pytest

from brandwatch.models import Entry
from brandwatch.query_language import ClauseOutcome, EntryView, compile_expression


def view(text: str, title: str = "", author: str = "") -> EntryView:
    """A view of one text."""
    return EntryView.of(Entry(title=title, text=text, author=author))


def test_each_leaf_has_a_clause_in_reading_order():
    """Every leaf is listed as written, with its result and spans; NEAR follows its words."""
    seen = view("Banken i Oslo krever gebyr.", title="Bank")
    clauses = compile_expression('banken (title:bank* OR ="Ny") -gebyr oslo NEAR/1 gebyr *').explain(seen)
    assert clauses == (
        ClauseOutcome("banken", holds=True, spans=(("text", 0, 6),)),
        ClauseOutcome("title:bank*", holds=True, spans=(("title", 0, 4),)),
        ClauseOutcome('="Ny"', holds=False, spans=()),
        ClauseOutcome("gebyr", holds=True, spans=(("text", 21, 26),)),
        ClauseOutcome("oslo", holds=True, spans=(("text", 9, 13),)),
        ClauseOutcome("gebyr", holds=True, spans=(("text", 21, 26),)),
        ClauseOutcome("oslo NEAR/1 gebyr", holds=True, spans=(("text", 9, 13), ("text", 21, 26))),
        ClauseOutcome("*", holds=True, spans=()),
    )


@pytest.mark.parametrize(
    ("expression", "text", "words"),
    [
        ("dnb", "hos D\u00adN\u00adB og dnbs", ["D\u00adN\u00adB", "dnbs"]),
        ("c++", "Lær C++!", ["C++"]),
        (".net", "ASP.NET nå", [".NET"]),
        ("at&t", "x AT&amp;T x", ["AT&amp;T"]),
        ("blåbær", "x bla\u030abær", ["bla\u030abær"]),
        ("*bank*", "x storbanken x", ["storbanken"]),
        ('"ny bank"', "en ny,  bank!", ["ny,  bank"]),
        ("#dnb", "se #DNB-appen", ["#DNB"]),
        ("🔥", "x🔥x🔥", ["🔥", "🔥"]),
        ("🔥", "🔥🔥 x", ["🔥", "🔥"]),
        ("=AT&T", "at&t AT&T", ["AT&T"]),
        ("c++", "c++ (c++) c+", ["c++", "c++"]),
        ("author:li", "", []),
        ("a NEAR/0 b", "a b x a x b", ["a", "b"]),
        ("site:vg.no", "vg.no", []),
    ],
)
def test_spans_refer_to_the_original_text(expression: str, text: str, words: list[str]):
    """Spans count in the original text, with signs and entities."""
    clause = compile_expression(expression).explain(view(text))[-1]
    assert [text[start:end] for _, start, end in clause.spans] == words


@pytest.mark.parametrize(
    ("expression", "text", "failing"),
    [
        ("a b", "a b", None),
        ("a b c", "a c", ClauseOutcome("b", holds=False)),
        ("a (b OR c) d", "a d", ClauseOutcome("b OR c", holds=False)),
        ("a -b", "a b", ClauseOutcome("-b", holds=False, spans=(("text", 2, 3),))),
        ("a NOT (b OR c)", "a c", ClauseOutcome("NOT (b OR c)", holds=False, spans=(("text", 2, 3),))),
        ("a NEAR/1 b", "a x x b", ClauseOutcome("a NEAR/1 b", holds=False)),
        ("a title:(b c)", "a", ClauseOutcome("title:b", holds=False)),
    ],
)
def test_the_failing_clause(expression: str, text: str, failing: ClauseOutcome | None):
    """The failing clause is reported as written."""
    assert compile_expression(expression).failing(view(text)) == failing


def test_all_words_are_listed():
    """Words under NOT, NEAR and fields are listed too, so that no search term is hidden."""
    expression = '(A OR "B c") -Kari NEAR/1 nord* author:"Ola N." url:Per-P site:x.no *lin AT&T 🔥'
    assert compile_expression(expression).words() == {
        "a", "b c", "kari", "nord*", "ola n", "per-p", "*lin", "at t", "🔥",
    }  # fmt: skip
