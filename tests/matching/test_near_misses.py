from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Term, TermKind
from brandwatch.matching.near_misses import nearest_miss
from brandwatch.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.config.query import Query

    Build = Callable[..., Query]

ADD = "; add this spelling to `names`"
BEGINNING = "the name is only the beginning of another word; `closed_compounds: on` would let such words count"


@pytest.mark.parametrize(
    ("name", "text", "difference"),
    [
        ("Fjordkraft", "Fjordkraft", ""),
        ("Fjordkraft", "Regn på fjellet", ""),
        ("Acme Vind", "Acme-Vind", ""),
        ("Fjordkraft", "Fjord-kraft", f"“Fjord-kraft” for Fjordkraft: only hyphens, spaces and signs differ{ADD}"),
        ("Fjordkraft", "en fjord kraft", f"“fjord kraft” for Fjordkraft: only hyphens, spaces and signs differ{ADD}"),
        ("Blåbær", "Blabaer", f"“Blabaer” for Blåbær: only accents and Nordic letters differ (a for å, o for ø){ADD}"),
        ("Acme", "Acmé", f"“Acmé” for Acme: only accents and Nordic letters differ (a for å, o for ø){ADD}"),
        ("Fjordkraft", "Fjordkraftverket", f"“Fjordkraftverket” for Fjordkraft: {BEGINNING}"),
        ("Acme", "Pacmeø", "“Pacmeø” for Acme: the name is only a part of another word"),
        ("Acm", "Pacmeø", ""),
        ("Acm", "Acmix", f"“Acmix” for Acm: {BEGINNING}"),
        ("Ac", "Acmix", ""),
        ("Fjordkraft", "Fjordkarft", f"“Fjordkarft” for Fjordkraft: it is spelled otherwise{ADD} if it is meant"),
        ("Fjordkraft", "Fjardkroft", f"“Fjardkroft” for Fjordkraft: it is spelled otherwise{ADD} if it is meant"),
        ("Fjordkraf", "Fjardkrof", ""),
    ],
)  # fmt: skip
def test_the_nearest_miss_names_the_difference(acme: Build, name: str, text: str, difference: str):
    """What counts, and what is not alike, is no near miss."""
    assert nearest_miss(acme(name), Entry(text=text)) == difference


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("Acmeaksjen og Acmé", "Acmé"),
        ("Acmé og Acmeaksjen", "Acmé"),
        ("Pacme og Acmeaksjen", "Acmeaksjen"),
        ("Ac-me og Acmé", "Ac-me"),
        ("Acne og Pacme", "Pacme"),
        ("Acmé og Acmè", "Acmé"),
    ],
)
def test_the_miss_that_is_nearest_is_told(acme: Build, text: str, nearest: str):
    """Signs come before letters, these before longer words, and another spelling last; of equal ones the first."""
    assert nearest_miss(acme(), Entry(text=text)).startswith(f"“{nearest}” for Acme: ")


def test_a_miss_may_be_in_any_field_and_of_any_name(acme: Build):
    """In the title as in the text, of a product as of a name; far down a text it is not searched for."""
    query = acme(products=(Term(text="Blåbærpay", kind=TermKind.PRODUCT),))
    assert nearest_miss(query, Entry(title="Blåbærpai")).startswith("“Blåbærpai” for Blåbærpay: it is spelled")
    far = " ".join(["ord"] * 1_999)
    assert nearest_miss(query, Entry(text=f"{far} Acmé"))
    assert not nearest_miss(query, Entry(text=f"ord {far} Acmé"))


def test_compounds_that_may_count_need_no_hint(acme: Build):
    """A name that is switched to `closed_compounds` has only the fact, not what to switch on."""
    term = Term(text="Acme", closed_compounds=True)
    assert "closed_compounds" in nearest_miss(acme(), Entry(text="Acmeqqx"))
    assert "closed_compounds" not in nearest_miss(acme(term), Entry(text="Acmeqqx"))
