from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brandwatch.models import AllOf, AnyOf, Entry, Prefilter, RequiredSite, RequiredWords
from brandwatch.query_language import EntryView, Expression, ExpressionError, compile_expression
from brandwatch.text.normalise import fold

VOCABULARY = [
    "dnb",
    "dnbs",
    "DNB's",
    "bank",
    "banken",
    "storbank",
    "Start",
    "start",
    "c++",
    "c",
    "o'reilly",
    "if",
    "亀",
]
TEXTS = st.lists(st.sampled_from([*VOCABULARY, "x", ",", "-", "at&t", "at t"]), max_size=8).map(" ".join)
LEAVES = st.sampled_from(
    """
    dnb; bank*; *bank; *ban*; =Start; c++; at&t; if; 亀; "dnb bank"; "bank ban*"; o'reilly; *; title:bank;
    text:(dnb bank); ="Start bank"; lang:no; author:bank; c++-dnb; *o-dnb; dnb NEAR/2 bank;
    ("c bank" OR *ank) ONEAR/1 if; title:(dnb NEAR start)
    """.replace("\n", "").split(";")
)


def _join(parts: list[str], operator: str) -> str:
    return "(" + f" {operator} ".join(parts) + ")"


EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(_join, st.lists(inner, min_size=1, max_size=3), st.sampled_from(["AND", "OR", ""]))
        | inner.map("NOT ({})".format)
    ),
    max_leaves=6,
)
PIECES = " AND | OR | NOT | NEAR/| ONEAR |title:|site:|lang:|tag:|and|a|bank|🔥".split("|")
ANYTHING = st.text(max_size=60) | st.lists(
    st.sampled_from([*"()\"*-+=/~^:;[]{}<>!?&|'“»\\ \u00ad", *PIECES]), max_size=25
).map("".join)


def compiled_or_error(expression: str) -> Expression | ExpressionError:
    """Return the compiled expression, or the error that it gives."""
    try:
        return compile_expression(expression, allow_only_exclusions=True)
    except ExpressionError as error:
        return error


def is_met(need: Prefilter, texts: list[list[str]]) -> bool:
    """Say whether one of the texts, as words, holds what is needed."""
    if isinstance(need, RequiredWords):
        return any(_stands(need, text[at:]) for text in texts for at in range(len(text)))
    assert not isinstance(need, RequiredSite)
    parts = [is_met(part, texts) for part in need.parts]
    return all(parts) if isinstance(need, AllOf) else any(parts)


def _stands(need: RequiredWords, words: list[str]) -> bool:
    *whole, last = need.words
    if len(words) <= len(whole) or words[: len(whole)] != whole:
        return False
    return words[len(whole)].startswith(last) if need.is_prefix else words[len(whole)] == last


@given(EXPRESSIONS, TEXTS, TEXTS)
def test_what_holds_has_what_is_needed(expression: str, title: str, text: str):
    """The needs of an expression let through every entry of which it is true."""
    compiled = compile_expression(expression, allow_only_exclusions=True)
    need = compiled.prefilter()
    if need is not None and compiled.matches(EntryView.of(Entry(title=title, text=text))):
        assert is_met(need, [fold(title).spaced.split(), fold(text).spaced.split()])


@given(EXPRESSIONS, TEXTS, TEXTS)
def test_one_truth_in_all_answers(expression: str, title: str, text: str):
    """What fails, what is excluded and what is explained agree with what holds."""
    view = EntryView.of(Entry(title=title, text=text))
    compiled = compile_expression(expression, allow_only_exclusions=True)
    holds = compiled.matches(view)
    assert (compiled.failing(view) is None) is holds
    assert compile_expression(f"NOT ({expression})", allow_only_exclusions=True).matches(view) is not holds
    for clause in compiled.explain(view):
        assert compile_expression(clause.text, allow_only_exclusions=True).matches(view) is clause.holds
        assert clause.holds or not clause.spans


@given(ANYTHING, ANYTHING)
@example("(" * 5000, "")
@example("*🔥*", "🔥")
@example("\ud800", "\ud800")
@example("&amp;", "&")
@example('"&quot;"', '"')
@example("title:=\u00ad", "")
@example("site://[x", "")
def test_nothing_else_is_ever_raised(expression: str, text: str):
    """Any text compiles or gives an error with a message and a place in it, and what compiles can be asked anything."""
    compiled = compiled_or_error(expression)
    if isinstance(compiled, ExpressionError):
        assert compiled.message
        assert 0 <= compiled.position <= len(expression)
        assert compiled.render().endswith("^")
        return
    view = EntryView.of(Entry(title=text, text=expression, author=text, url=text, language=text), tags=(text,))
    for clause in compiled.explain(view):
        for field, start, end in clause.spans:
            assert 0 <= start <= end <= len(expression if field == "text" else text)
    assert compiled.matches(view) is (compiled.failing(view) is None)
    assert compiled.prefilter() is None or isinstance(compiled.prefilter(), RequiredWords | AllOf | AnyOf)


@pytest.mark.parametrize(
    ("expression", "need"),
    [
        ("dnb", AnyOf((RequiredWords(("dnb",)), RequiredWords(("dnbs",))))),
        ("if", RequiredWords(("if",))),
        ('"ny bank*"', RequiredWords(("ny", "bank"))),
        ("*bank", None),
        ("🔥", None),
        ("if at", AllOf((RequiredWords(("if",)), RequiredWords(("at",))))),
        ("if -at", RequiredWords(("if",))),
        ("if OR at", AnyOf((RequiredWords(("if",)), RequiredWords(("at",))))),
        ("if OR lang:no", None),
        ("if lang:no", RequiredWords(("if",))),
        (
            "c++ NEAR (if OR at)",
            AllOf((RequiredWords(("c",)), AnyOf((RequiredWords(("if",)), RequiredWords(("at",)))))),
        ),
        ("*ank NEAR if", RequiredWords(("if",))),
        ("author:if", None),
        ("*", None),
    ],
)
def test_what_is_needed(expression: str, need: Prefilter | None):
    """Words that an index can look up are needed, and nothing else."""
    assert compile_expression(expression).prefilter() == need
