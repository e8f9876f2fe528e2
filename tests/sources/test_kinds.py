from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.sources.conftest import as_json, expected_of

from brandwatch.errors import ParseError
from brandwatch.feeds import parse_document
from brandwatch.matching.voices import SOCIAL_SOURCE_KINDS
from brandwatch.models import Document
from brandwatch.sources.mapping import COUNTS
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import read_answer

if TYPE_CHECKING:
    from brandwatch.models import Feed

HERE = Path(__file__).parent
TYPES = {".json": "application/json", ".xml": "application/xml", ".html": "text/html", ".txt": "text/plain"}
CASES = [
    (folder.name, answer)
    for folder in sorted(HERE.iterdir())
    if (folder / "expected.json").is_file()
    for answer in json.loads((folder / "expected.json").read_text(encoding="utf-8"))
]


def as_data(value: Any) -> Any:
    """An entry, or a part of one, without empty and unknown fields."""
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        pairs = ((field.name, as_data(getattr(value, field.name))) for field in fields(value))
        named = {name: said for name, said in pairs if said not in ("", None, [], {})}
        if named.get("parts"):
            named["parts"] = [[part.field, value.text[part.start : part.end]] for part in value.parts]
        return named
    return list(value) if isinstance(value, tuple) else value


def parse_answer(kind: str, answer: str, values: dict[str, str]) -> Feed:
    """Parse an answer of a kind from its file."""
    path = HERE / kind / answer
    document = Document(
        url="https://asked.example/", status=200, body=path.read_bytes(), content_type=TYPES[path.suffix]
    )
    return read_answer(Registry().kind(kind), document, values, parse_document)


def answer_as_expected(kind: str, answer: str, values: dict[str, str]) -> dict[str, Any]:
    """The parsed answer in the form of expected.json."""
    try:
        feed = parse_answer(kind, answer, values)
    except ParseError as error:
        return {"class": error.fetch_class, "message": error.message}
    entries = [as_data(entry) for entry in feed.entries]
    facts = {"entries": entries, "problem": feed.problem, "remark": feed.remark, "mark": feed.cursor}
    return {name: value for name, value in facts.items() if value or name == "entries"}


@pytest.mark.parametrize(("kind", "answer"), CASES)
def test_an_answer_of_the_real_shape_is_read(kind: str, answer: str):
    """Every entry has its times and counts; a failure has its class and message."""
    expected = expected_of(kind)[answer]
    values = expected.pop("values", {})
    assert answer_as_expected(kind, answer, values) == expected


@pytest.mark.parametrize("kind", Registry().kinds)
def test_every_kind_has_its_declared_responses(kind: str):
    """Each kind has answers with entries; the responses under `knows` are in them, or refreshed later."""
    expected = expected_of(kind)
    if not expected:
        answers = sorted(path.name for path in (HERE / kind).iterdir() if path.name.startswith("answer."))
        right = as_json({answer: answer_as_expected(kind, answer, {}) for answer in answers})
        pytest.fail(f"tests/sources/{kind}/expected.json is empty. Write this, if it is right:\n{right}")
    entries = [entry for case in expected.values() for entry in case.get("entries", ())]
    declared = Registry().kind(kind)
    known = set(declared.knows)
    held = {name for entry in entries for name in entry.get("response", {})}
    reread = set(COUNTS) & set(declared.refresh_map.fields) if declared.refresh else set()
    assert entries
    assert held <= known <= held | reread


def test_the_matcher_knows_the_social_kinds():
    """`where: social` covers every kind of the group `social`."""
    registry = Registry()
    kinds = [registry.kind(name) for name in registry.kinds]
    assert {kind.name for kind in kinds if kind.group in {"social", "forum"}} == SOCIAL_SOURCE_KINDS
