from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brandwatch.models import AllOf, AnyOf, Entry, Prefilter, RequiredSite, RequiredWords, Subject, Voice
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
    dnb; bank*; *bank; *ban*; =Start; c++; at&t; if; 亀; "dnb bank"; "bank bank"; o'reilly; (*); title:bank;
    text:(dnb bank); ="Start bank"; lang:no; author:bank; c++-dnb; *o-dnb; dnb NEAR/2 bank;
    ("c bank" OR *ank) ONEAR/1 if; title:(dnb NEAR start); dnb NEAR/2 bank NEAR/1 if; start ONEAR/2 (dnb NEAR *ank)
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
    """The compiled expression, or its error."""
    try:
        return compile_expression(expression, allow_only_exclusions=True)
    except ExpressionError as error:
        return error


def passes(prefilter: Prefilter, texts: list[list[str]]) -> bool:
    """Whether one of the texts, as words, passes a prefilter."""
    if isinstance(prefilter, RequiredWords):
        return any(_stands(prefilter, text[at:]) for text in texts for at in range(len(text)))
    assert not isinstance(prefilter, RequiredSite)
    parts = [passes(part, texts) for part in prefilter.parts]
    return all(parts) if isinstance(prefilter, AllOf) else any(parts)


def _stands(prefilter: RequiredWords, words: list[str]) -> bool:
    *whole, last = prefilter.words
    if len(words) <= len(whole) or words[: len(whole)] != whole:
        return False
    return words[len(whole)].startswith(last) if prefilter.is_prefix else words[len(whole)] == last


@given(EXPRESSIONS, TEXTS, TEXTS)
def test_the_prefilter_passes_every_match(expression: str, title: str, text: str):
    """The prefilter of an expression passes every entry that matches."""
    compiled = compile_expression(expression, allow_only_exclusions=True)
    prefilter = compiled.prefilter()
    if prefilter is not None and compiled.matches(EntryView.of(Entry(title=title, text=text))):
        assert passes(prefilter, [fold(title).spaced.split(), fold(text).spaced.split()])


@given(EXPRESSIONS, TEXTS, TEXTS)
def test_results_are_consistent(expression: str, title: str, text: str):
    """Failing clause, exclusions and explanation agree with the result."""
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
def test_any_text_compiles_or_gives_an_error(expression: str, text: str):
    """An error has a message and a position inside; a compiled expression can be evaluated."""
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
    ("expression", "prefilter"),
    [
        ("dnb", AnyOf((RequiredWords(("dnb",)), RequiredWords(("dnbs",))))),
        ("if", RequiredWords(("if",))),
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
def test_the_prefilter_of_an_expression(expression: str, prefilter: Prefilter | None):
    """Only words that an index can find are required."""
    assert compile_expression(expression).prefilter() == prefilter


@pytest.mark.parametrize(
    ("expression", "voices"),
    [
        ("voice:staff", {"staff"}),
        ("Voice:STAFF svindel", {"staff"}),
        ("voice:(staff OR public) voice:staff", {"staff"}),
        ("voice:staff voice:public", set()),
        ("voice:staff OR voice:public", {"staff", "public"}),
        ("voice:staff OR svindel", None),
        ("svindel -voice:staff", None),
        ("svindel NOT (NOT voice:staff)", None),
        ("voice:* svindel", None),
        ("subject:staff", None),
        ("svindel", None),
    ],
)
def test_the_voices_that_an_expression_requires(expression: str, voices: set[str] | None):
    """Only a voice that every matching mention has is required; an exclusion requires none."""
    assert compile_expression(expression).required_values("voice") == voices


VOICES = st.sampled_from(["voice:staff", "voice:public", "-voice:official", "voice:*", "svindel", "subject:staff"])
BY_VOICE = st.recursive(VOICES, lambda parts: st.builds("({} {} {})".format, parts, st.sampled_from(["", "OR"]), parts))


@given(BY_VOICE, st.sampled_from(Voice), st.sampled_from(Subject), st.sampled_from(["Svindel", "Blåbær"]))
def test_every_match_has_a_required_voice(expression: str, voice: Voice, subject: Subject, title: str):
    """A mention that matches has one of the voices, and one of the subjects, that the expression requires."""
    compiled = compile_expression(expression, allow_only_exclusions=True)
    if compiled.matches(EntryView.of(Entry(title=title), voice=voice, subject=subject)):
        for value, field in ((voice, "voice"), (subject, "subject")):
            required = compiled.required_values(field)
            assert required is None or value in required
