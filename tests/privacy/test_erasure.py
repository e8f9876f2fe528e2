"""The rows that a subject request deletes, the values that it blanks, and the terms that it would suppress."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Account, Competitor, OwnedChannels, Query, Term
from brandwatch.models import Source
from brandwatch.privacy.erasure import HeldRow, blank_value, erasure_scope, suppressed_terms
from brandwatch.privacy.subject_search import SubjectFinder, subject_request

if TYPE_CHECKING:
    from collections.abc import Iterable


def held(table: str, *columns: str) -> HeldRow:
    """A row with hits in some columns."""
    row = {"id": 3, "entry": 4, "mention": 5}
    return HeldRow(table, {"id": 3}, columns, row)


def scope(*rows: HeldRow) -> tuple[Iterable[int], ...]:
    """The entries, mentions and sources to delete."""
    return tuple(map(set, erasure_scope(rows)))


def test_an_entry_with_a_hit_is_deleted():
    """A hit in its text or in the evidence of its mention deletes it; one in the note or a failed clause does not."""
    assert scope(held("entry", "title")) == ({3}, set(), set())
    assert scope(held("mention", "evidence")) == ({4}, set(), set())
    assert scope(held("mention", "note", "evidence")) == ({4}, set(), set())
    assert scope(held("mention", "note"), held("mention", "checks", "note")) == (set(), set(), set())


@pytest.mark.parametrize("table", ["anchor", "person_hit"])
def test_a_mention_with_a_hit_in_its_evidence_is_deleted(table: str):
    """Without its evidence a mention could not say why it is one; a hit in a tag only blanks the tag."""
    assert scope(held(table, "term")) == (set(), {5}, set())
    assert scope(held("tag", "tag")) == (set(), set(), set())


def test_a_source_with_a_hit_in_its_url_is_deleted():
    """Its title and its last error are only blanked."""
    assert scope(held("source", "title", "url")) == (set(), set(), {3})
    assert scope(held("source", "title", "error")) == (set(), set(), set())


@pytest.mark.parametrize(
    ("value", "blank"),
    [
        ("Ring Kåre Øygard", ""),
        ('["Kåre Øygard", 1]', "[]"),
        ('{"by": "Kåre Øygard"}', "{}"),
        ('"Kåre Øygard"', ""),
        ("4711", ""),
        ("Kåre Øygard".encode(), b""),
        (b'["K\xc3\xa5re"]', b""),
    ],
)
def test_a_blank_value_keeps_its_form(value: str | bytes, blank: str | bytes):
    """A list and an object in JSON become empty ones; text and bytes become nothing."""
    assert blank_value(value) == blank


QUERY = Query(
    name="acme",
    brand="Acme Kraft",
    names=(Term(text="Acme Strøm"),),
    products=(Term(text="Acme Båtlader"),),
    competitors=(Competitor("Blåbær Gården AS", (Term(text="Blåbærgården"),)),),
    owned=OwnedChannels(
        domains=("acme-hjem.example",), hashtags=("AcmeLader",), accounts=(Account("x", "acme_svarer"),)
    ),
    sources=(Source(url="https://avis.example/nyheter/acme-i-fjor"),),
)


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("acme kraft", ["Acme Kraft"]),
        ("acme strøm", ["Acme Strøm"]),
        ("acme båtlader", ["Acme Båtlader"]),
        ("blåbærgården", ["Blåbærgården"]),
        ("acme hjem", ["acme-hjem.example"]),
        ("acmelader", ["AcmeLader"]),
        ("acme svarer", ["acme_svarer"]),
        ("acme i fjor", ["https://avis.example/nyheter/acme-i-fjor"]),
        ("kåre øygard", []),
    ],
)
def test_the_terms_that_an_erasure_would_suppress(name: str, terms: list[str]):
    """Every term, channel and source of a query is compared with the request; another name suppresses none."""
    finder = SubjectFinder(subject_request(names=[name]))
    assert list(suppressed_terms([QUERY], finder)) == [f"“{term}” of the query acme" for term in terms]
