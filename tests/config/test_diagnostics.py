"""What an error looks like, and the nearest name to one that does not exist."""

from __future__ import annotations

import pytest

from brandwatch.config.diagnostics import (
    Diagnostic,
    Position,
    Severity,
    diagnostic_at,
    explain_unknown_key,
    explain_unknown_name,
    render,
)

TEXT = "første\nandre\ntredje"


@pytest.mark.parametrize(("line", "excerpt"), [(0, ""), (1, "første"), (2, "andre"), (3, "tredje"), (4, ""), (-1, "")])
def test_the_excerpt_is_the_line_of_the_position(line: int, excerpt: str):
    """Lines count from 1; beyond the text there is none."""
    found = diagnostic_at("a.yaml", TEXT, Position(line, 1), "feil")
    assert (found.excerpt, found.is_error) == (excerpt, True)
    assert diagnostic_at("a.yaml", TEXT, Position(1, 1), "obs", severity=Severity.WARNING).is_error is False


@pytest.mark.parametrize("column", [1, 3, 49, 50, 51, 52, 53, 120, 200])
@pytest.mark.parametrize("sign", ["å", "\x1b"])
def test_the_caret_is_below_the_position(column: int, sign: str):
    """A long line is cut around it, and signs that are not printed take no place."""
    line = "".join(sign if number % 10 == 0 else "x" for number in range(1, column)) + "Y" + "z" * 200
    lines = render(Diagnostic(path="a.yaml", position=Position(7, column), message="feil", excerpt=line)).split("\n")
    assert lines[0] == f"a.yaml:7:{column}: error: feil"
    assert lines[1][lines[2].index("^")] == "Y"
    assert len(lines[1]) <= 102
    if sign.isprintable():
        assert lines[2].index("^") == 2 + min(column - 1, 50)


def test_without_an_excerpt_or_a_hint_there_are_fewer_lines():
    """A blank line is none."""
    made = {
        (excerpt, hint): render(
            Diagnostic(path="a.yaml", position=Position(1, 1), message="feil", excerpt=excerpt, hint=hint)
        )
        for excerpt in ("", "  ", "brand: A")
        for hint in ("", "skriv")
    }
    assert made["", ""] == made["  ", ""] == "a.yaml:1:1: error: feil"
    assert made["", "skriv"] == "a.yaml:1:1: error: feil\n  hint: skriv"
    assert made["brand: A", "skriv"] == "a.yaml:1:1: error: feil\n  brand: A\n  ^\n  hint: skriv"


NAMES = [f"navn{number}" for number in range(25)]


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("fjordbaken", ["fjordbanken"], "did you mean “fjordbanken”?"),
        ("FJORDBANKEN", ["Fjordbanken", "åsgård"], "did you mean “Fjordbanken”? (one of Fjordbanken, åsgård)"),
        ("relevnt", ["relevant", *"bcdefghi"], "did you mean “relevant”? (one of relevant, b, c, d, e, f, g, h, i)"),
        ("relevnt", ["relevant", *"bcdefghij"], "did you mean “relevant”?"),
        ("xyz", ["b", "a"], "use one of b, a"),
        ("xyz", NAMES[:20], f"use one of {', '.join(NAMES[:20])}"),
        ("xyz", NAMES, f"use one of {', '.join(NAMES[:20])} and 5 more"),
        ("xyz", [], "there are none yet"),
    ],
)
def test_the_hint_for_an_unknown_name(name: str, known: list[str], hint: str):
    """The nearest in any case, with the others if they are few; else the first of them."""
    assert explain_unknown_name(name, known) == hint


def test_the_hint_for_an_unknown_key():
    """The nearest, or all of them."""
    assert explain_unknown_key("nmaes", ["brand", "names"]) == ("unknown key `nmaes`", "did you mean `names`?")
    assert explain_unknown_key("xyz", ["brand", "names"]) == ("unknown key `xyz`", "known keys: brand, names")
