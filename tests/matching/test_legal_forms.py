from __future__ import annotations

import pytest

from brandwatch.matching.legal_forms import compatriots, needs_legal_form, split_legal_form


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Fjordkraft Åsgård AS", ("Fjordkraft Åsgård", "", " AS")),
        ("Fjordkraft Åsgård as", ("Fjordkraft Åsgård", "", " as")),
        ("Acme, Inc.", ("Acme", "", ", Inc.")),
        ("AB Acme", ("Acme", "AB ", "")),
        ("ab Acme", ("Acme", "ab ", "")),
        ("Acme", ("Acme", "", "")),
        ("AS", ("AS", "", "")),
        ("Acme GmbH & Co. KG", ("Acme", "", " GmbH & Co. KG")),
        ("Acme ASA AS", ("Acme ASA", "", " AS")),
        ("Acmeas", ("Acmeas", "", "")),
        ("AB", ("AB", "", "")),
        ("Acme SA", ("Acme", "", " SA")),
        ("Acme sa", ("Acme sa", "", "")),
    ],
)
def test_a_name_is_split_from_its_legal_form(name: str, parts: tuple[str, str, str]):
    """One form behind it, the longest, or before it; what has no name left is a name as a whole."""
    assert split_legal_form(name) == parts
    bare, before, behind = parts
    assert f"{before}{bare}{behind}" == name


@pytest.mark.parametrize(
    ("name", "needs_form"),
    [
        ("Olsen", True),
        ("Kari Åsen Olsen", True),
        ("Kari Anne Åsen Olsen", False),
        ("Olsens", False),
        ("Kari olsen", False),
        ("Kari 2 Olsen", False),
        ("Åsgård", False),
    ],
)
def test_the_name_of_a_person_needs_the_legal_form(name: str, *, needs_form: bool):
    """Up to three words with capitals, the last one a surname of thousands; another name is one by itself."""
    assert needs_legal_form(name) is needs_form


def test_the_forms_of_a_country_go_together():
    """In any capitals; a form that no country has, has none beside it."""
    assert {"AS", "ASA"} <= set(compatriots("as"))
    assert "GmbH" not in set(compatriots("ASA"))
    assert list(compatriots("Acme")) == []
