from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from brandwatch.config.configured_source import ConfiguredSource
from brandwatch.config.kind import FailureRule, Kind
from brandwatch.config.query import Account, OwnedChannels, Person, Query, Term, TermKind
from brandwatch.errors import FetchClass
from brandwatch.pipeline.loading import load_query_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("brand: A\nnames: [A]\nname: x\n", "3:1: unknown key `name`"),
        ("brand: A\nnames: [A]\nversion: x\n", "3:1: unknown key `version`"),
        ("brand: A\nnames: [A]\nconfigured: []\n", "3:1: unknown key `configured`"),
        ("brand: A\nnames: [{name: A, kind: product}]\n", "2:19: unknown key `kind`"),
        ("brand: A\nnames: [{name: A, text: B}]\n", "2:19: unknown key `text`"),
        ("brand: A\nnames: [A]\nsources: [{url: https://a.example, values: x}]\n", "3:36: unknown key `values`"),
    ],
)
def test_a_file_cannot_set_internal_fields(tmp_path: Path, text: str, place: str):
    """An internal field, or the field name behind an alias, is an unknown key, and no hint suggests it."""
    path = tmp_path / "acme.yaml"
    path.write_text(text)
    (fault,) = load_query_file(path).faults
    assert f"{fault.position.line}:{fault.position.column}: {fault.message}" == place
    assert "\0" not in fault.hint
    assert not {"configured", "version", "text"} & set(fault.hint.replace(",", "").split())


def test_the_program_sets_its_fields_by_name():
    """Code builds the same models by field names, with values that are already built."""
    term = Term(text="Acme", kind=TermKind.COMPETITOR)
    owned = OwnedChannels(accounts=(Account(platform="x", handle="acme"),))
    query = Query(name="acme", brand="Acme", names=(term,), owned=owned, languages=("nb",))
    assert (query.name, query.names[0].kind, query.owned.accounts[0].handle) == ("acme", "competitor", "acme")
    assert ConfiguredSource(kind="reddit", values={"subreddit": ("norge",)}).values == {"subreddit": ("norge",)}


def test_short_forms_are_expanded(tmp_path: Path):
    """Handles by platform become accounts, competitors' names become terms, `no` both written languages."""
    path = tmp_path / "acme.yaml"
    path.write_text(
        'brand: A\nnames: [A]\nproducts: [B]\nlanguages: ["no", en]\n'
        'owned: {accounts: {X: "@acme"}}\nvalues: {green: [klima]}\ncompetitors: {Rival: [Rv]}\n'
        "exclude: {words: [A b], phrases: [A c]}\n"
    )
    query = load_query_file(path).query
    assert query is not None
    assert query.owned.accounts == (Account(platform="x", handle="acme"),)
    assert query.competitors[0].terms == (Term(text="Rv", kind=TermKind.COMPETITOR),)
    assert (query.names[0].kind, query.products[0].kind) == (TermKind.NAME, TermKind.PRODUCT)
    assert (query.values[0].words, query.exclude.words) == (("klima",), ("A b", "A c"))
    assert query.languages == ("nb", "nn", "en")


def test_models_are_frozen_and_typed():
    """No field can be set later, and invalid values raise in code too."""
    query = Query(name="acme", brand="Acme", names=(Term(text="Acme"),))
    with pytest.raises(ValidationError, match="frozen"):
        query.brand = "Other"
    with pytest.raises(ValidationError, match="a first and a last name"):
        Person(name="Kari", role="board", registered=date(2026, 1, 1))  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="one of `path`"):
        FailureRule(fetch_class=FetchClass.BLOCKED, words="x")
    assert FailureRule(fetch_class=FetchClass.BLOCKED, words="x", text="y").fetch_class is FetchClass.BLOCKED


def test_validators_are_built_lazily():
    """Importing the query loader builds no validator of a kind, so a poll of feeds builds none."""
    code = (
        "import brandwatch.pipeline.loading\nfrom brandwatch.config.kind import Kind\nprint(Kind.__pydantic_complete__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "False\n"
    assert Kind.model_rebuild(force=True)
    assert Kind.__pydantic_complete__
