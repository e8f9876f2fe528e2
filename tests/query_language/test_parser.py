from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.models import Entry
from brandwatch.query_language import EntryView, compile_expression
from brandwatch.query_language.leaves import Near
from brandwatch.query_language.nodes import And, Not, Or

if TYPE_CHECKING:
    from brandwatch.query_language.nodes import Node


def shape(node: Node) -> str:
    """A tree as text, with brackets around every operator."""
    if isinstance(node, Near):
        left, right = (" | ".join(phrase.text for phrase in side) for side in (node.left, node.right))
        return f"[{left} {'o' * node.ordered}{node.distance} {right}]"
    if isinstance(node, Not):
        return f"!{shape(node.part)}"
    if isinstance(node, And | Or):
        return f"({(' & ' if isinstance(node, And) else ' | ').join(map(shape, node.parts))})"
    return node.text


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        ("one", "one"),
        ("((one))", "one"),
        ("+one", "one"),
        ("one two", "(one & two)"),
        ("one\n\tAND two", "(one & two)"),
        ("one AND two three", "(one & two & three)"),
        ("one two OR three four", "((one & two) | (three & four))"),
        ("one OR two AND three", "(one | (two & three))"),
        ("(one OR two) three", "((one | two) & three)"),
        ("one NOT two", "(one & !two)"),
        ("one AND NOT two OR three", "((one & !two) | three)"),
        ("NOT one two", "(!one & two)"),
        ("-one two", "(!one & two)"),
        ("–one two", "(!one & two)"),
        ("one -(two OR three)", "(one & !(two | three))"),
        ("NOT NOT one", "!!one"),
        ("+(one two) +three", "((one & two) & three)"),
        ("one NEAR two", "[one 10 two]"),
        ("one ONEAR/3 two", "[one o3 two]"),
        ("one NEAR/0 two three", "([one 0 two] & three)"),
        ("three NOT one NEAR/4 two", "(three & ![one 4 two])"),
        ("one OR two NEAR/4 three", "(one | [two 4 three])"),
        ("(one OR (two OR three*)) NEAR/4 =Four", "[one | two | three* 4 =Four]"),
        ("title:one two", "(title:one & two)"),
        ("title: one", "title:one"),
        ("TITLE:one", "title:one"),
        ('title:(one OR "b c")', '(title:one | title:"b c")'),
        ("title:(one NEAR/2 two)", "[title:one 2 title:two]"),
        ("title:(+one -two)", "(title:one & !title:two)"),
        ("title:=One", "title:=One"),
        ('=One ="Two Three"', '(=One & ="Two Three")'),
        ("url:https://a.no/x?y=1 one", "(url:https://a.no/x?y=1 & one)"),
        ("url:(/one/ OR /two/)", "(url:/one/ | url:/two/)"),
        ("one.two", "one.two"),
        ("one -two-three", "(one & !two-three)"),
    ],
)
def test_precedence(expression: str, tree: str):
    """Groups come before NEAR, NEAR before NOT, NOT before AND, and AND, explicit or not, before OR."""
    assert shape(compile_expression(expression).tree) == tree


@pytest.mark.parametrize("expression", ["NOT one", "-one", "NOT one AND NOT two", "one OR -two"])
def test_exclusions_alone_are_optional(expression: str):
    """An expression of exclusions alone is permitted on request."""
    assert compile_expression(expression, allow_only_exclusions=True).matches(EntryView.of(Entry(text="three")))


@pytest.mark.parametrize("expression", ["* -one", "NOT NOT one", "one -two", "NOT (NOT one OR two)", "lang:no"])
def test_expressions_with_a_positive_part(expression: str):
    """The positive part may be everything, a value, or an excluded exclusion."""
    assert compile_expression(expression).text == expression


def test_nesting_to_the_limit():
    """A hundred levels can be compiled, evaluated and explained."""
    deep = compile_expression("(a OR b AND " * 99 + "(c)" + ")" * 99)
    view = EntryView.of(Entry(text="b c"))
    assert deep.matches(view)
    assert len(deep.explain(view)) == 199
    assert deep.failing(EntryView.of(Entry(text="c")))
    assert deep.words() == {"a", "b", "c"}
    assert deep.prefilter()


def test_thousands_of_words():
    """An expression with thousands of words compiles."""
    assert compile_expression("a " * 5000).matches(EntryView.of(Entry(text="a " * 5000)))
