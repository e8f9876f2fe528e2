from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Competitor, Term, TermKind
from brandwatch.matching.spelling_report import name_spellings

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.config.query import Query

    Build = Callable[..., Query]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("Acme.no", {"Acme": "may be a word"}),
        ("Acme.vind", {"Acmevind": "may be another name"}),
        ("Acme++", {"Acme": "may be another product"}),
        ("Blåbær", {"Blabaer": "å is not a, and ø is not o"}),
        ("Acme", {}),
        ("A.no", {}),
    ],
)
def test_likely_spellings_that_do_not_count_have_a_reason(acme: Build, name: str, missing: dict[str, str]):
    """A part left out may make another word; a name without any such part has none."""
    found = {text: reason for each in name_spellings(acme(name)) for text, reason in each.missing}
    assert found == missing


def test_a_spelling_that_another_name_of_the_query_has_is_not_missing(acme: Build):
    """Only what the query does not find is told; a competitor is found as somebody else."""
    assert [each.missing for each in name_spellings(acme("Acme.no", "Acme"))] == []
    rival = acme(
        "Acme.no", competitors=(Competitor(name="Acme", terms=(Term(text="Acme", kind=TermKind.COMPETITOR),)),)
    )
    assert [each.missing for each in name_spellings(rival)] == [(("Acme", "may be a word"),)]


def test_other_spellings_that_count_are_listed(acme: Build):
    """Without its own spelling, for names and products alike."""
    query = acme("Fjordkraft Åsgård AS", products=(Term(text="Blåbær-pay", kind=TermKind.PRODUCT),))
    also = {each.term.text: {spelling.text for spelling in each.also} for each in name_spellings(query)}
    assert "Fjordkraft Åsgård" in also["Fjordkraft Åsgård AS"]
    assert "Fjordkraft Åsgård AS" not in also["Fjordkraft Åsgård AS"]
    assert "Blåbær-pay" in also
