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
    """A database with titles that are hard to search for."""
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
def test_what_people_type(filled: Store, search: str, found: set[str]):
    """Words, phrases, beginnings and signs are found as they are meant; nothing typed is an error."""
    assert {mention.entry.title for mention in select_mentions(filled, Selection(search=search))} == found


@pytest.mark.parametrize("search", ["acme", "hos acme", "C++", "C++ acme", "at&t", "finnes ikke"])
def test_frequent_words_are_found_the_other_way(filled: Store, search: str, monkeypatch: pytest.MonkeyPatch):
    """However the index is asked, the newest come first and none is lost; hard signs are looked for as before."""
    selection = Selection(search=search, limit=2)
    few = [mention.id for mention in select_mentions(filled, selection)]
    monkeypatch.setattr(selections, "_MANY_ENTRIES", 1)
    assert [mention.id for mention in select_mentions(filled, selection)] == few
    assert [mention.id for mention in select_mentions(filled, replace(selection, limit=0, first_page_only=True))][
        :2
    ] == few


def test_counting_on_is_given_up(filled: Store, monkeypatch: pytest.MonkeyPatch):
    """Where it would take long nobody is told a number, and the next count is as good as ever."""
    with monkeypatch.context() as patch:
        patch.setattr(selections, "_MAX_COUNTING_STEPS", 20)
        assert count_mentions(filled, Selection()) is None
    assert count_mentions(filled, Selection()) == len(TITLES)


@settings(max_examples=80)
@given(st.text(max_size=20))
def test_no_search_fails(search: str):
    """Any text is a search."""
    clause, parameters = search_condition(search)
    assert clause.count("?") == len(parameters)


def test_no_search_fails_in_the_database(tmp_path: Path):
    """What looks like the query language of the index is text to it."""
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
