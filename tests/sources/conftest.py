"""What the tests of the room of sources need: a brand, its kinds, and moments that stand still."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

from brandwatch.config.query import OfficialRole, OwnedChannels, Person, Query, Term, TermKind
from brandwatch.sources.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brandwatch.config.kind import Kind

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


@pytest.fixture
def registry() -> Registry:
    """The kinds that come with the program."""
    return Registry()


@pytest.fixture
def brand() -> Query:
    """A brand with names, a product, a domain, hashtags, and a spokesperson whose name must never leave the machine."""
    return Query(
        name="fjordkraft",
        brand="Fjordkraft Åsgård AS",
        names=(Term(text="Fjordkraft Åsgård"), Term(text="FÅ")),
        products=(Term(text="Åsgårdstrøm", kind=TermKind.PRODUCT),),
        owned=OwnedChannels(domains=("fjordkraft.example",), hashtags=("fjordkraft",)),
        people=(Person(name="Kari Eksempel", role=OfficialRole.SPOKESPERSON, registered=date(2026, 2, 1)),),
    )


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """It is noon on 6 May 2026."""
    with time_machine.travel(NOW, tick=False):
        yield


OWN = """\
title: Fjordforum
about: A kind of the user's own.
group: forum
engine: json
mode: stream
verified: 2026-05-01
request: {url: https://f.example/api}
paging: {link: next, most: 3}
map: {items: items, fields: {url: url, title: title}}
"""


@pytest.fixture
def own_kind(tmp_path: Path) -> Kind:
    """A kind of the user's own, whose answers name their next page."""
    (tmp_path / "fjordforum.yaml").write_text(OWN, encoding="utf-8")
    return Registry(tmp_path).kind("fjordforum")
