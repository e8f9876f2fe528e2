from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.models import Selection
from brandwatch.storage import open_store, selections
from brandwatch.storage.recording import record_source
from brandwatch.storage.search import search_condition
from brandwatch.storage.selections import count_mentions, select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

TITLES = (
    "C++ hos Acme",
    "C hos Acme",
    "AT&T kjøper",
    "AT og T",
    "Dag-Otto taler",
    "100 % norsk",
    "Åsgård a AND b",
    'sa "hei"',
)


@pytest.fixture
def filled(store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]) -> Store:
    """A database of titles that are hard to search for."""
    record_source(store, visit(*(find(title, link=f"https://a.example/{n}") for n, title in enumerate(TITLES))))
    return store


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("c++", {"C++ hos Acme"}),
        ("C", {"C++ hos Acme", "C hos Acme"}),
        ("at&t", {"AT&T kjøper"}),
        ("Dag-Otto", {"Dag-Otto taler"}),
        ("otto dag", {"Dag-Otto taler"}),
        ('"otto dag"', set()),
        ("%", {"100 % norsk"}),
        ("_", set()),
        ('"', {'sa "hei"'}),
        ("a AND", {"Åsgård a AND b"}),
        ("ÅSGÅRD", {"Åsgård a AND b"}),
        ("asgard", set()),
        ("nor*", {"100 % norsk"}),
        ("nor", set()),
        ("*", set()),
        ("acme hos", {"C++ hos Acme", "C hos Acme"}),
        ("NEAR(", set()),
        ("title:acme", set()),
        ("", set(TITLES)),
        ("  ", set(TITLES)),
    ],
)
def test_typed_searches(filled: Store, search: str, found: set[str]):
    """Words, phrases, prefixes and symbols match as intended; an empty search is an error."""
    assert {mention.entry.title for mention in select_mentions(filled, Selection(search=search))} == found


@pytest.mark.parametrize("search", ["acme", "hos acme", "C++", "C++ acme", "at&t", "finnes ikke"])
def test_frequent_words_use_the_other_plan(filled: Store, search: str, monkeypatch: pytest.MonkeyPatch):
    """Both plans give the newest first and lose none; symbols are searched as before."""
    selection = Selection(search=search, limit=2)
    few = [mention.id for mention in select_mentions(filled, selection)]
    monkeypatch.setattr(selections, "_MANY_ENTRIES", 1)
    assert [mention.id for mention in select_mentions(filled, selection)] == few
    assert [mention.id for mention in select_mentions(filled, replace(selection, limit=0, first_page_only=True))][
        :2
    ] == few


def test_a_slow_count_is_abandoned(filled: Store, monkeypatch: pytest.MonkeyPatch):
    """A slow count gives no number, and the next count works."""
    with monkeypatch.context() as patch:
        patch.setattr(selections, "_MAX_COUNTING_STEPS", 20)
        assert count_mentions(filled, Selection()) is None
    assert count_mentions(filled, Selection()) == len(TITLES)


@settings(max_examples=80)
@given(st.text(max_size=20))
def test_no_search_fails(search: str):
    """Any text is a valid search."""
    clause, parameters = search_condition(search)
    assert clause.count("?") == len(parameters)


def test_index_operators_are_text(tmp_path: Path):
    """Operators of the index language are treated as text."""
    with open_store(tmp_path / "brandwatch.db") as store:
        for search in (
            "AND",
            "NOT x",
            '""',
            '"a',
            "a NEAR b",
            "(",
            "^a",
            "a:b",
            "{a}",
            "-x",
            "\x00",
            "'",
            "a*b*",
            "*a",
        ):
            assert count_mentions(store, Selection(search=search)) == 0, search
