"""A brand, the kinds, a fixed clock, and the test files of each kind, with messages for missing ones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from brandwatch.config.query import OfficialRole, OwnedChannels, Person, Query, Term, TermKind
from brandwatch.sources.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.kind import Kind

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
HERE = Path(__file__).parent


def expected_of(kind: str) -> dict[str, Any]:
    """The expected entries of a kind's answers, by file; fail with a message if there are none."""
    path = HERE / kind / "expected.json"
    if not path.is_file():
        pytest.fail(
            f"tests/sources/{kind}/expected.json is missing: `make new-source NAME={kind}` writes the files of a new "
            "kind. It holds an object with a key for each answer beside it; write {} and run the test again"
        )
    expected: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return expected


def addresses_of(kind: str, right: object) -> dict[str, Any]:
    """The values and URLs of a kind in addresses.json; fail with the *right* content if there are none."""
    addresses: dict[str, Any] = json.loads((HERE / "addresses.json").read_text(encoding="utf-8"))
    if kind not in addresses:
        pytest.fail(
            f"tests/sources/addresses.json does not have `{kind}`. It holds `values` (the parameters, as in a query "
            "file), `sources` (the URLs that identify the sources) and `first` (the first request, with its `headers` "
            f"if it has any). Add this, if it is right:\n{as_json({kind: right})}"
        )
    entry: dict[str, Any] = addresses[kind]
    return entry


def as_json(value: object) -> str:
    """Data as JSON in the style of the test files."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@pytest.fixture
def registry() -> Registry:
    """The built-in kinds."""
    return Registry()


@pytest.fixture
def brand() -> Query:
    """A brand with names, product, domain, hashtags, and a spokesperson whose name must not be sent."""
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
    """A kind of the user's own, whose answers have the URL of their next page."""
    (tmp_path / "fjordforum.yaml").write_text(OWN, encoding="utf-8")
    return Registry(tmp_path).kind("fjordforum")
