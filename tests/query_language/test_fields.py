from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.models import Entry
from brandwatch.query_language import EntryView, compile_expression

if TYPE_CHECKING:
    from brandwatch.query_language.nodes import EntryFacts

ENTRY = Entry(
    title="Ny bank", text="Kunden flytter", author="Kari Nordmann-Li", url="https://www.Nyheter.VG.no/a/Sport?x=1&y=2"
)
FACTS: EntryFacts = {
    "lang": "nb-NO",
    "source": "https://feeds.vg.no/Alle",
    "kind": "feed",
    "voice": "official",
    "subject": "brand",
    "tags": ("Krise", "q3"),
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("title:bank", True),
        ("title:kunden", False),
        ("text:kunden", True),
        ("text:bank", False),
        ("title:(ny kunden)", False),
        ("title:*", True),
        ("author:kari", True),
        ('author:"kari nordmann"', True),
        ("author:(kari OR ola)", True),
        ("author:nord*", True),
        ("author:(kari NEAR li)", True),
        ("author:ola", False),
        ("kari", False),
        ("site:vg.no", True),
        ("site:nyheter.vg.no", True),
        ("site:www.vg.no", True),
        ("site:https://vg.no/", True),
        ("site:.no", True),
        ("site:VG.NO", True),
        ("site:g.no", False),
        ("site:sport.nyheter.vg.no", False),
        ("site:(nrk.no OR vg.no)", True),
        ("url:/sport", True),
        ("url:x=1&y=2", True),
        ('url:"/a/sport"', True),
        ("url:/nyheter/", False),
        ("source:feeds.vg", True),
        ("source:nrk", False),
        ("lang:nb", True),
        ("lang:no", True),
        ("lang:nn", False),
        ("lang:(en OR nb)", True),
        ("kind:Feed", True),
        ("kind:hackernews", False),
        ("voice:official", True),
        ("voice:STAFF", False),
        ("subject:brand", True),
        ("subject:owned", False),
        ("tag:krise", True),
        ("tag:Q3", True),
        ('tag:"q3"', True),
        ("tag:kri", False),
        ("tag:*", True),
        ("bank -site:vg.no", False),
        ("bank -tag:(a OR b)", True),
    ],
)
def test_field_conditions(expression: str, expected: bool):
    """A text field searches its words, a value field compares."""
    assert compile_expression(expression).matches(EntryView.of(ENTRY, **FACTS)) is expected


@pytest.mark.parametrize("field", ["title", "text", "author", "site", "url", "lang", "source", "kind", "voice", "tag"])
def test_a_star_matches_any_value(field: str):
    """`field:*` is true if the entry has a value."""
    assert compile_expression(f"{field}:*").matches(EntryView.of(ENTRY, **FACTS))
    assert not compile_expression(f"{field}:*").matches(EntryView.of(Entry()))


@pytest.mark.parametrize(("declared", "expected"), [("no", True), ("nn", True), ("nb_NO", True), ("da", False)])
def test_lang_no_covers_both_written_languages(declared: str, expected: bool):
    """`lang:no` covers bokmål, nynorsk and undetermined Norwegian; detection outranks the declaration."""
    assert compile_expression("lang:no").matches(EntryView.of(Entry(language=declared))) is expected
    assert compile_expression("lang:sv").matches(EntryView.of(Entry(language=declared), lang="sv"))


def test_a_host_in_both_spellings():
    """A host with æøå equals its IDNA form."""
    view = EntryView.of(Entry(url="https://xn--blbr-roah.no/x"))
    assert compile_expression("site:blåbær.no").matches(view)


@pytest.mark.parametrize(
    "expression",
    [
        "site:blåbær.example",
        "site:BLÅBÆR.example.",
        "site:xn--blbr-roah.example",
        "site:bl%C3%A5b%C3%A6r.example",
        "site:(acme.example OR blåbær.example)",
        "url:blåbær.example/bær",
        "url:xn--blbr-roah",
        "url:b%C3%A6r",
        "source:feeds.blåbær",
        "source:BLÅBÆR",
    ],
)
@pytest.mark.parametrize("host", ["blåbær.example", "www.xn--blbr-roah.example", "BL%C3%85B%C3%86R.example"])
def test_a_host_is_one_in_every_spelling(expression: str, host: str):
    """IDNA, capitals, percent signs and a final dot make no other host; another name is another host."""
    facts: EntryFacts = {"source": "https://feeds.xn--blbr-roah.example/alle"}
    compiled = compile_expression(expression)
    assert compiled.matches(EntryView.of(Entry(url=f"https://{host}/bær/1"), **facts))
    assert not compiled.matches(EntryView.of(Entry(url="https://blabar.example/b/1"), source="https://blabar.example/"))
