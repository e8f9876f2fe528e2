from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import NOW

from brandwatch.config.kind import EntryMap, RowJoin
from brandwatch.errors import ParseError
from brandwatch.feeds import parse_document
from brandwatch.models import Document
from brandwatch.sources.expand import example_values
from brandwatch.sources.expressions import fill_template, template_pieces
from brandwatch.sources.mapping import EntryMapper, answer_rows, parse_count
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import read_answer

REGISTRY = Registry()
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
names = st.sampled_from(
    "hits posts data items results articles id url title text post author record uri objectID counts comment name "
    "created_at_i published snippet children feed entry error query search user account content".split()
)
answers = st.recursive(
    scalars, lambda part: st.lists(part, max_size=4) | st.dictionaries(names, part, max_size=5), max_leaves=25
)


@given(answers, st.sampled_from([name for name in REGISTRY.kinds if REGISTRY.kind(name).engine == "json"]))
def test_any_json_is_read_or_refused(answer: Any, name: str):
    """Any JSON gives entries with sane fields, or an error with a class."""
    kind = REGISTRY.kind(name)
    document = Document(url="https://asked.example/", status=200, body=json.dumps(answer).encode())
    with suppress(ParseError):
        feed = read_answer(kind, document, example_values(kind), parse_document)
        for entry in feed.entries:
            assert entry.guid or entry.url
            assert entry.url.startswith(("http://", "https://", ""))
            assert all(link.startswith(("http://", "https://")) for link in entry.links)


@given(st.binary(max_size=60), st.sampled_from(REGISTRY.kinds))
def test_any_bytes_are_read_or_refused(body: bytes, name: str):
    """Random bytes are an error with a class."""
    kind = REGISTRY.kind(name)
    with suppress(ParseError):
        read_answer(
            kind, Document(url="https://asked.example/", status=200, body=body), example_values(kind), parse_document
        )


@pytest.mark.parametrize(
    ("value", "counted"),
    [(0, 0), ("7", 7), (7.0, 7), ("8.0", 8), (-3, -3), ([], 0), ([1, 2], 2), (None, None), ("", None), ("many", None),
     (True, None), (False, None), ({}, None), (10**20, None), ("1e3", None), (" 12 ", 12)],
)  # fmt: skip
def test_unknown_is_not_zero(value: Any, counted: int | None):
    """A count is a number, a number as text, or the length of a list; anything else is unknown."""
    assert parse_count(value) == counted


def test_rows_of_another_list_are_joined():
    """Each row is joined with its partner in another list; a row without a partner is kept."""
    rules = EntryMap(items="posts", join={"topic": RowJoin(source="topics", key="id", on="topic_id")})
    data = {
        "posts": [{"topic_id": 5}, {"topic_id": "5"}, {"topic_id": 6}, 7],
        "topics": [{"id": 5, "title": "Å"}, None],
    }
    joined = answer_rows(rules, data)
    assert joined is not None
    assert [row["topic"] for row in joined] == [{"id": 5, "title": "Å"}, {"id": 5, "title": "Å"}, None, None]


def test_a_template_without_one_of_its_values_is_empty():
    """An incomplete URL is no URL."""
    values = {"site": "https://f.example", "id": "7"}
    assert fill_template("{site}/t/{id}", values) == "https://f.example/t/7"
    assert fill_template("{site}/t/{slug}", values) == ""
    assert [piece.name for piece in template_pieces("${KEY}/{a || b|last|host}")] == ["", "a || b"]


def test_links_lead_to_the_web_and_texts_are_clean():
    """No script, credentials or control characters come from an answer; a path is relative to its site."""
    rules = EntryMap(
        fields={"id": "id", "url": "url", "title": "title", "text": "text", "links": "links"},
        markup=("text",),
    )
    mapper = EntryMapper(rules=rules, values={}, publisher="F", base="https://f.example/api", now=NOW)
    row = {
        "id": "7",
        "url": "/t/7",
        "title": "Blå\u202ebær\x1b[31m",
        "text": "<p>Se <a href='javascript:alert(1)'>her</a> <a href='https://å.example/1'>og der</a></p>",
        "links": ["https://user:pw@a.example/", "ftp://b.example/", 7, None],
    }
    entry = mapper.entry(row)
    assert entry is not None
    assert (entry.url, entry.title, entry.text) == ("https://f.example/t/7", "Blåbær[31m", "Se her og der")
    assert [link for link in entry.links if "@" in link or not link.startswith("https://")] == []
    assert mapper.entry({"id": "8", "url": "no-address"}) is None
