from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import OfficialRole, Person
from brandwatch.config.query_files import lint
from brandwatch.pipeline.loading import load_query_file

if TYPE_CHECKING:
    from pathlib import Path


def warnings_of(folder: Path, text: str) -> list[str]:
    """The warnings about a file as `line:column: message`, without those about its sources."""
    path = folder / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    file = load_query_file(path)
    assert file.query is not None, file.faults
    found = list(lint(file))
    assert all(warning.hint for warning in found)
    return [f"{warning.position.line}:{warning.position.column}: {warning.message}" for warning in found]


@pytest.mark.parametrize(
    ("names", "place", "words"),
    [
        ("[“Blåbær Nord”]", "2:9", "“Blåbær Nord”"),
        ("\n  - „Blåbær Nord“", "3:5", "„Blåbær Nord“"),
        ("['«Blåbær Nord»']", "2:9", "«Blåbær Nord»"),
        ("[‘Blåbær Nord’]", "2:9", "‘Blåbær Nord’"),
        ("[{name: ”Blåbær Nord”}]", "2:16", "”Blåbær Nord”"),
        ("[“Fjordkraft, Åsgård”]", "2:9", "“Fjordkraft"),
        ("[“Fjordkraft, Åsgård”]", "2:22", "Åsgård”"),
    ],
)
def test_typographic_quotation_marks_around_a_value(tmp_path: Path, names: str, place: str, words: str):
    """They are pasted from a word processor, and YAML takes them for a part of the text."""
    message = f"{place}: the typographic quotation marks are part of this text: {words}"
    assert message in warnings_of(tmp_path, f"brand: Blåbær\nnames: {names}\n")


@pytest.mark.parametrize(
    "names", ['["Blåbær Nord"]', "['Blåbær Nord']", "[Leker “Å” Oss]", "[Leker “Å”]", "[“Å” Leker]", "[Blåbær’s Gård]"]
)
def test_quotation_marks_of_a_name_or_of_yaml(tmp_path: Path, names: str):
    """Straight ones, and a pair inside a name, are what they look like."""
    assert warnings_of(tmp_path, f"brand: Blåbær\nnames: {names}\n") == []


def test_quotation_marks_in_other_values(tmp_path: Path):
    """Any text of a file may be pasted: the brand, a theme, an excluded phrase."""
    text = (
        "brand: “Blåbær”\nnames: [Blåbær Nord]\nvalues:\n  Strøm: [“pris”]\n"
        "exclude: [”Blåbær Nord skole”]\nexamples: {match: [“Blåbær Nord”]}\n"
    )
    assert [warning.split(": ")[0] for warning in warnings_of(tmp_path, text)] == ["1:8", "4:11", "5:11"]


@pytest.mark.parametrize(
    ("line", "cut"),
    [("- Fjordkraft #1 Norge", "#1"), ("- Fjordkraft  #åsgård", "#åsgård"), ("- {name: Fjordkraft #2\n    }", "#2")],
)
def test_a_name_that_ends_at_a_number_sign(tmp_path: Path, line: str, cut: str):
    """A blank and `#` begin a comment: the rest of the name is not read."""
    (warning,) = warnings_of(tmp_path, f"brand: Blåbær\nnames:\n  {line}\n")
    assert f"YAML takes “{cut}” for a comment, so that only “Fjordkraft” is read" in warning


@pytest.mark.parametrize("line", ["- Fjordkraft # navnet", "- 'Fjordkraft #1'", "- Fjordkraft#1", "- Fjordkraft  ## å"])
def test_a_comment_or_a_quoted_sign(tmp_path: Path, line: str):
    """A comment with a blank behind its sign is meant, and quotes keep the sign."""
    found = warnings_of(tmp_path, f"brand: Blåbær\nnames:\n  {line}\n")
    assert found == [] or "##" in line


def test_a_number_sign_in_a_list_is_explained(tmp_path: Path):
    """In a list the comment swallows the bracket, and the error is at the sign."""
    path = tmp_path / "acme.yaml"
    path.write_text("brand: B\nnames: [Fjordkraft #1 Norge, Å]\n", encoding="utf-8")
    (fault,) = load_query_file(path).faults
    assert (fault.position, fault.message) == ((2, 20), "`#` begins a comment")


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("Аcme Øst", "“Аcme” holds А (CYRILLIC CAPITAL LETTER A), which only looks like Latin"),
        ("Øst Αcme", "“Αcme” holds Α (GREEK CAPITAL LETTER ALPHA), which only looks like Latin"),
        ("ВАНС", "“ВАНС” holds В (CYRILLIC CAPITAL LETTER VE), which only looks like Latin"),
    ],
)
def test_letters_of_another_script(tmp_path: Path, name: str, warning: str):
    """A name with a letter that only looks Latin is written so by nobody else."""
    assert warnings_of(tmp_path, f"brand: Blåbær\nnames: [{name}]\n") == [f"2:9: {warning}"]


@pytest.mark.parametrize("name", ["Acme Øst", "Водка Åsgård", "Ωmega Åsgård", "Århus-Δ"])
def test_words_of_another_script(tmp_path: Path, name: str):
    """A whole word of another script, and a letter without a Latin twin, are what they look like."""
    assert warnings_of(tmp_path, f"brand: Blåbær\nnames: [{name}]\n") == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1881", "“1881” is a year"), ("3", "“3” is a number"), ("110000", "“110000” is a number"),
        ("0999", "a number"),
        ("1000", "is a year"), ("999", "is a number"), ("2100", "is a year"), ("2101", "is a number"),
        ("01881", "is a number"),
    ],
)  # fmt: skip
def test_numbers_as_names(tmp_path: Path, name: str, words: str):
    """A number, a year above all, needs context."""
    (warning,) = warnings_of(tmp_path, f"brand: Blåbær\nnames: ['{name}']\n")
    assert words in warning
    assert warnings_of(tmp_path, f"brand: Blåbær\nnames: [{{name: '{name}', case: exact}}]\n") == []
    assert warnings_of(tmp_path, f"brand: Blåbær\nnames: [{{name: '{name}', any_of_context: [telefon*]}}]\n") == []
    assert warnings_of(tmp_path, f"brand: Blåbær\nnames: [Blåbær {name}]\n") == []


def test_a_language_without_endings(tmp_path: Path):
    """Finnish is a language of the query, and its endings of names are not known."""
    (warning,) = warnings_of(tmp_path, "brand: Blåbær\nnames: [Fjordkraft]\nlanguages: [nb, fi]\n")
    assert warning == "3:17: the endings of names are not known for Finnish: only the name as written is found"
    assert warnings_of(tmp_path, "brand: Blåbær\nnames: [Fjordkraft]\nlanguages: [no, sv, da, en, de]\n") == []


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("'Blåbær*'", "a star is no wildcard in a name"),
        ("Blåbær OR Fjordkraft", "operators are words in a name"),
        ("Blåbær Nord; Fjordkraft", "this sign is a part of the name"),
        ("'Blåbær Nord,'", "this sign is a part of the name"),
        ("https://blåbær.example", "a link is no name"),
        ("BlÃ¥bÃ¦r Nord", "a letter was damaged by a wrong encoding"),
        ("Blåbær &amp; Nord", "an entity is no letter in a name"),
    ],
)
def test_a_name_with_syntax(tmp_path: Path, name: str, warning: str):
    """Wildcards, operators, links and entities in a name are found only where a text has them too."""
    (found,) = warnings_of(tmp_path, f"brand: Blåbær\nnames:\n  - {name}\n")
    assert found.startswith(f"3:5: {warning}: ")


@pytest.mark.parametrize("name", ["Blåbær & Nord", "Åsgård, Inc.", "M*A*S*H Åsgård", "BLÅBÆR OR NORD"])
def test_signs_of_a_name(tmp_path: Path, name: str):
    """An ampersand, a comma inside and capitals throughout are usual in names."""
    assert warnings_of(tmp_path, f"brand: Blåbær\nnames:\n  - {name}\n") == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("Xq", "“Xq” has only 2 letters, and"), ("Q", "“Q” has only 1 letter, and"), ("{name: Xq, case: exact}", "")],
)
def test_a_name_of_few_letters(tmp_path: Path, name: str, words: str):
    """Others use it too, unless its capitals are required."""
    found = [warning for warning in warnings_of(tmp_path, f"brand: B\nnames: [{name}]\n") if "has only" in warning]
    assert [words in warning for warning in found] == ([True] if words else [])


def test_an_excluded_phrase_without_a_name(tmp_path: Path):
    """One of the names is enough, at the beginning of a word."""
    text = "brand: B\nnames: [Blåbær Nord, Fjordkraft]\nexclude: {}\n"
    for phrase, is_useless in (
        ("Fjordkraft skole", False),
        ("Fjordkraftskole", False),
        ("Storfjordkraft", True),
        ("en skole", True),
    ):
        found = warnings_of(tmp_path, text.replace("{}", f"[{phrase}]"))
        assert any("holds none of the names" in warning for warning in found) is is_useless, phrase


@pytest.mark.parametrize(
    ("review_by", "is_overdue"), [(None, False), (date(2026, 5, 4), True), (date(2026, 5, 5), False)]
)
def test_a_person_is_reviewed_by_a_day(review_by: date | None, *, is_overdue: bool):
    """From that day on the name counts no more."""
    person = Person(
        name="Kari Blåbærsen", role=OfficialRole.SPOKESPERSON, registered=date(2026, 1, 1), review_by=review_by
    )
    assert person.is_review_overdue(date(2026, 5, 4)) is is_overdue
