from __future__ import annotations

import pytest
from tests.query_language.conftest import error_of

from brandwatch.query_language import compile_expression


@pytest.mark.parametrize(
    ("expression", "position", "message", "hint"),
    [
        ("", 0, "empty", "a word to look for"),
        ("  \n ", 0, "empty", ""),
        ("dnb and x", 4, "write AND in capitals", '"and"'),
        ("dnb Or x", 4, "write OR in capitals", '"Or"'),
        ("not x", 0, "write NOT in capitals", '"not"'),
        ("a near b", 2, "write NEAR in capitals", ""),
        ("a onear/3 b", 2, "write ONEAR in capitals", ""),
        ("title:and", 6, "write AND in capitals", ""),
        ("tag:(a or b)", 7, "write OR in capitals", ""),
        ("(a OR b", 0, "this ( is never closed", ""),
        ("x (a (b)", 2, "this ( is never closed", ""),
        ("a (", 2, "this ( is never closed", ""),
        ("a) b", 1, "this ) was never opened", ""),
        (")", 0, ") cannot stand here", ""),
        ("()", 0, "nothing in these ( )", ""),
        ("a OR ( )", 5, "nothing in these ( )", ""),
        ("AND", 0, "AND has nothing before it", ""),
        ("OR a", 0, "OR has nothing before it", ""),
        ("a OR", 2, "OR has nothing after it", ""),
        ("(a AND) b", 3, "AND has nothing after it", ""),
        ("a AND AND b", 6, "AND has nothing before it", ""),
        ("a OR AND b", 5, "AND has nothing before it", ""),
        ("NOT", 0, "NOT has nothing after it", ""),
        ("a NEAR", 2, "NEAR has nothing after it", ""),
        ("NEAR/3 a", 0, "NEAR/3 has nothing before it", "write a NEAR/3 b"),
        ("a NEAR NOT b", 7, "NOT cannot stand here", "write a NOT (a NEAR b)"),
        ("a NOT NEAR/5 b", 6, "NEAR/5 has nothing before it", "write a NOT (a NEAR/5 b)"),
        (" NEAR ".join(["a"] * 10), 58, "deeper than 8", "AND"),
        ("a NEAR (" * 9 + "a NEAR b" + ")" * 9, 10, "deeper than 8", "AND"),
        ("a NEAR/201 b", 2, "at most 200", "NEAR/200, or AND"),
        ("a NEAR/99999999999999999999 b", 2, "at most 200", "AND"),
        ("a NEAR/x b", 2, "needs a number", "NEAR/5"),
        ("a ONEAR/ b", 2, "needs a number", "ONEAR/5"),
        ("a NEAR/-1 b", 2, "needs a number", ""),
        ("(a b) NEAR c", 1, "NEAR takes words and phrases", '("a b" OR c)'),
        ("a NEAR (b OR (c d))", 14, "NEAR takes words and phrases", ""),
        ("a NEAR *", 7, "NEAR takes words and phrases", ""),
        ("a NEAR site:x.no", 12, "NEAR takes words and phrases", ""),
        ("title:a NEAR text:b", 8, "different fields", ""),
        ("author:a NEAR b", 9, "different fields", "title:(a NEAR b)"),
        ("x tittel:y", 2, "unknown field tittel:", "did you mean title:?"),
        ("LO:s", 0, "unknown field LO:", "in quotes"),
        ("http://x.no", 0, "unknown field http:", "in quotes"),
        ("title:", 0, "title: has nothing to look for", ""),
        ("a AND site:", 6, "site: has nothing to look for", ""),
        ("title: AND b", 0, "title: has nothing to look for", ""),
        ("tag:AND", 0, "tag: has nothing to look for", ""),
        ("title:()", 6, "nothing in these ( )", ""),
        ('tag:""', 4, "tag: has nothing to look for", ""),
        ("title:-x", 6, "an exclusion stands before title:", "-title:word"),
        ("title:(a text:b)", 9, "title: has said where to look", ""),
        ("a : b", 2, ": belongs right after", ""),
        ('""', 0, "this phrase is empty", ""),
        ('a "  "', 2, "this phrase is empty", ""),
        ('a "b c', 2, "this quote is never closed", 'put " after'),
        ("a “b c", 2, "this quote is never closed", ""),
        ("d*", 0, "at least 3 letters before *", ""),
        ("x do*", 2, "at least 3 letters before *", ""),
        ("*d", 0, "at least 2 letters after *", ""),
        ("*do*", 0, "at least 3 letters before *", ""),
        ("**", 0, "no letter or digit", ""),
        ("bo*dy", 0, "beginning or the end", "OR"),
        ("bo?dy", 2, "? is no wildcard", ""),
        ('"bo?dy a"', 3, "? is no wildcard", "OR"),
        ('"new ban*"', 0, "* is no wildcard in quotes", "write new ONEAR/0 ban*"),
        ('"ban* * acme bank*"', 0, "* is no wildcard in quotes", "write ban* ONEAR/1 acme ONEAR/0 bank*"),
        ('"*bank"', 0, "* is no wildcard in quotes", "write *bank without the quotes"),
        ('"b* acme"', 0, "* is no wildcard in quotes", "join the forms with OR"),
        ('"a b"*', 5, "a phrase has no open end", ""),
        ("a^3", 1, "weights", ""),
        ('"a b"^2', 5, "weights", ""),
        ("(a b)^2", 5, "weights", ""),
        ('"a b"~3', 5, "~ is not part", "NEAR/3"),
        ("word~", 4, "~ is not part", "NEAR/3"),
        ("[a TO b]", 0, "ranges", ""),
        ("title:{a TO b}", 6, "ranges", ""),
        ("lang:[a TO b]", 5, "ranges", ""),
        (">5", 0, "comparisons", ""),
        ("title:>=a", 6, "comparisons", ""),
        ("!x", 0, "! is no operator", "NOT"),
        ("a && b", 2, "&& is no operator", "AND"),
        ("a || b", 2, "| is no operator", "OR"),
        ("a , b", 2, ", is no operator", "OR"),
        ("a - b", 2, "no letter or digit to look for in -", ""),
        ("a + b", 2, "no letter or digit to look for in +", ""),
        ("==a", 0, "= stands right before", ""),
        ("=(a b)", 0, "= stands right before", "=Word"),
        ("=/a/", 0, "= stands right before", ""),
        ("=-a", 0, "= stands right before", ""),
        ("NOT dnb", 0, "only exclusions", "*"),
        ("-x", 0, "only exclusions", ""),
        ("NOT a AND NOT b", 0, "only exclusions", ""),
        ("a OR -b", 5, "only exclusions", ""),
        ("NOT (a -b)", 0, "only exclusions", ""),
        ("NOT a (b OR NOT c OR d)", 0, "only exclusions", ""),
        ("voice:offical", 6, 'unknown voice "offical"', "did you mean voice:official?"),
        ("subject:xyz", 8, 'unknown subject "xyz"', "brand, official, staff, owned"),
        ("lang:qq", 5, 'unknown lang "qq"', "two letters"),
        ("lang:nob", 5, 'unknown lang "nob"', "did you mean lang:nb?"),
        ("site:vg.no/sport", 5, "site: takes a host", "url:"),
        ("site:*.vg.no", 5, "* has no meaning in site:", "site:vg.no"),
        ("tag:ban*", 4, "* has no meaning in tag:", "OR"),
        ("/a", 0, "this / is never closed", "quotes"),
        ("a /r/norge", 2, "this / is never closed", ""),
        (" ".join(["word"] * 20_001), 100_000, "at most 100,000 characters", ""),
        ("(" * 101 + "a" + ")" * 101, 100, "deeper than 100", ""),
        ("(" * 5000, 100, "deeper than 100", ""),
        ("NOT " * 101 + "a", 400, "deeper than 100", ""),
        ("-" * 5000 + "a", 100, "deeper than 100", ""),
        ('"' + "a " * 51 + '"', 0, "at most 50 words", "AND"),
    ],
)
def test_errors_have_position_and_hint(expression: str, position: int, message: str, hint: str):
    """Every error has a message, a position, and a hint where one is possible."""
    error = error_of(expression)
    assert (error.position, error.text) == (position, expression)
    assert message in error.message
    assert hint in error.hint


def test_operators_in_quotes_are_words():
    """A quoted operator is a word, in any case."""
    assert compile_expression('"and" OR "NOT" OR "near/3"').words() == {"and", "not", "near 3"}


@pytest.mark.parametrize(
    ("expression", "picture"),
    [
        ("dnb and x", "dnb and x\n    ^"),
        ("dnb\nOR and", "OR and\n   ^"),
        ("a\tand b", "a and b\n  ^"),
        ("亀亀 and b", "亀亀 and b\n     ^"),
        ("", "\n^"),
        ("a \x1b and", "a   and\n    ^"),
    ],
)
def test_the_caret_marks_the_position(expression: str, picture: str):
    """The line is shown with a caret below the position, whatever it contains."""
    assert error_of(expression).render() == picture


@pytest.mark.parametrize("before", [0, 10, 200, 2000])
@pytest.mark.parametrize("after", [0, 10, 200, 2000])
def test_a_long_expression_is_cut_around_the_position(before: int, after: int):
    """The caret is below the position in a line that fits, for any length."""
    line, caret = error_of("x " * before + "and" + " y" * after).render().split("\n")
    assert len(line) <= 80
    assert line[len(caret) - 1 :].startswith("and")


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 100 + "acme" + ")" * 100, "acme " + "-" * 100 + "bolt", " NEAR ".join("abcdefghi"), "word " * 20_000,
        "acme NEAR/200 bolt", "acme NEAR/0 bolt", "NOT a AND b", "a OR b -c", "* -c", "site:vg.no", "lang:NB", "tag:*",
    ],
)  # fmt: skip
def test_the_longest_and_the_deepest_expression(expression: str):
    """Each bound is let through, and so is an exclusion beside what is looked for."""
    assert compile_expression(expression).text == expression


def test_one_more_near_is_too_deep():
    """Nine of them are refused, where the ninth stands."""
    error = error_of(" NEAR ".join("abcdefghij"))
    assert "deeper than 8 levels" in error.message
