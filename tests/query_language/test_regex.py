from __future__ import annotations

import sys

import pytest

from brandwatch.models import Entry
from brandwatch.query_language import EntryView, ExpressionError, compile_expression


@pytest.fixture
def engine():
    """The optional regex engine; the test is skipped without it."""
    pytest.importorskip("re2", reason="patterns need the optional package google-re2")


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        (r"/kr\.? ?\d+/", "koster KR. 500", True),
        (r"/kr\.? ?\d+/", "koster 500 kr", False),
        (r"/a\/b/", "a/b", True),
        ("/(one|two) thing/ OR x", "two thing", True),
        ("title:/thing/", "thing", False),
        ("NOT /thing/", "thing", False),
        ("/bla\u030a/", "Blå", False),
        ("/blå/", "bla\u030a", True),
    ],
)
@pytest.mark.usefixtures("engine")
def test_a_pattern_matches(expression: str, text: str, expected: bool):
    """A pattern between slashes is searched in title and text, in any case."""
    assert (
        compile_expression(expression, allow_only_exclusions=True).matches(EntryView.of(Entry(text=text))) is expected
    )


@pytest.mark.usefixtures("engine")
def test_spans_of_a_pattern():
    """Spans count in the original text."""
    text = "n\u00adå 10 og 20"
    (clause,) = compile_expression(r"/\d+|nå|q*/").explain(EntryView.of(Entry(text=text)))
    assert [text[start:end] for _, start, end in clause.spans] == ["n\u00adå", "10", "20"]


@pytest.mark.usefixtures("engine")
def test_no_pattern_is_slow():
    """Patterns with catastrophic backtracking elsewhere finish; odd characters do not stop them."""
    view = EntryView.of(Entry(text="a" * 50_000 + "\ud800"))
    assert not compile_expression("/(a+)+b/").matches(view)
    assert compile_expression("/a(.*b)?/").explain(view)[0].holds


@pytest.mark.parametrize(("expression", "message"), [("x /(/", r"cannot be read: missing \)"), ("x //", "empty")])
@pytest.mark.usefixtures("engine")
def test_an_invalid_pattern(expression: str, message: str, capfd: pytest.CaptureFixture[str]):
    """The engine's message is shown at the pattern, and only there: the engine itself writes no log."""
    with pytest.raises(ExpressionError, match=message) as caught:
        compile_expression(expression)
    assert caught.value.position == 2
    assert capfd.readouterr() == ("", "")


def test_without_the_engine(monkeypatch: pytest.MonkeyPatch):
    """Without the optional package the error has the extra to install."""
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(ExpressionError) as caught:
        compile_expression("bank /a+/")
    assert caught.value.position == 5
    assert "brand-mention-monitor[regex]" in caught.value.hint
