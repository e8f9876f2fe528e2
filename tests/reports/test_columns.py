from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.reports.samples import LAYOUT, MENTION, NOON, written

from brandwatch.reports.columns import MENTIONS, RANKED_MENTIONS, CellKind, Column, Listing, stories_listing
from brandwatch.reports.layout import coverage_line
from brandwatch.reports.triage_sheet import sheet_listing

if TYPE_CHECKING:
    from brandwatch.models import Mention

LISTINGS = (MENTIONS, RANKED_MENTIONS, stories_listing(NOON), sheet_listing(b"key"))


@pytest.mark.parametrize("listing", LISTINGS)
def test_column_names_are_unique(listing: Listing[object]):
    """No two columns of one format share a name."""
    for columns in (listing.columns, listing.fields, listing.table, listing.markdown):
        names = Counter(column.name for column in columns)
        assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("form", ["csv", "tsv", "xlsx"])
def test_a_column_is_one_object(form: str):
    """A new column in the list appears in every format, name and value."""
    added: Column[Mention] = Column("length", lambda mention: 1_000_000 + len(mention.entry.title), CellKind.NUMBER)
    text = written(form, MENTION, listing=replace(MENTIONS, columns=(*MENTIONS.columns, added)))
    assert "length" in text
    assert str(1_000_000 + len(MENTION.entry.title)) in text


def test_a_long_list_of_failures_is_shortened():
    """Up to ten failing sources are listed; of more, ten and the number of the others."""
    failures = tuple((f"https://{letter}.example/", "dns") for letter in "abcdefghijkl")
    assert "https://j.example/ (dns) and 2 more" in coverage_line(replace(LAYOUT.coverage, failures=failures))
    assert "more" not in coverage_line(replace(LAYOUT.coverage, failures=failures[:10]))


def test_the_coverage_shows_hosts_as_people_write_them():
    """A host with Nordic letters is shown with them, and any other as it is."""
    failures = (("https://xn--blbr-roah.example/rss", "dns"), ("https://a.example/rss", "tls"))
    line = coverage_line(replace(LAYOUT.coverage, failures=failures))
    assert "https://blåbær.example/rss (dns), https://a.example/rss (tls)" in line
