from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandwatch.models import Entry, Selection
from brandwatch.query_language import EntryView, ExpressionError, Phrase, Sign, compile_expression
from brandwatch.storage import open_store, selections
from brandwatch.storage.recording import record_source
from brandwatch.storage.search import search_condition
from brandwatch.storage.selections import count_mentions, select_mentions
from brandwatch.text.normalise import is_odd
from brandwatch.text.sanitise import clean, clean_title

if TYPE_CHECKING:
    from collections.abc import Callable

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
        ("“Dag Otto”", {"Dag-Otto taler"}),
        ("otto*", {"Dag-Otto taler"}),
        ("*tto", {"Dag-Otto taler"}),
        ("*tto dag", {"Dag-Otto taler"}),
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


TYPOGRAPHY = {
    "O’Brien bygger": ("O'Brien", "o’brien", "Oʼbrien", "O＇Brien"),
    "7\u20115 Eleven-kaffe": ("7-5", "7–5", "eleven‑kaffe", "Eleven"),
    "sam\u00advirke i nord": ("samvirke", "SAMVIRKE", "sam\u00advirke"),
    "Ａｃｍｅ øker": ("acme", "Ａｃｍｅ", "ØKER"),
    "cafe\u0301 Åsgård": ("café", "cafe\u0301", "a\u030asga\u030ard"),
    "Fjordkrafts AT&amp;T": ("fjordkraft", "at&t"),
    "Blåbær\u00a0Gården AS": ('"blåbær gården"', "«Blåbær Gården»"),
    "ﬁsk & chips": ("fisk", "ﬁsk"),
}
"""A title, and searches that find it alone."""


def test_a_search_knows_the_typography_of_an_expression(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Apostrophes, hyphens, soft hyphens, compositions and widths do not count, in the text or as typed."""
    record_source(store, visit(*(find(title, link=f"https://a.example/{n}") for n, title in enumerate(TYPOGRAPHY))))
    for title, searches in TYPOGRAPHY.items():
        for search in searches:
            found = [mention.entry.title for mention in select_mentions(store, Selection(search=search))]
            assert found == [title], search
    for search in ("OBrien", "75", "kaffe-eleven", "cafe"):
        assert count_mentions(store, Selection(search=search)) == 0, search


PIECES = st.sampled_from(
    "Acme acmes ÅS a\u030as Ａｃｍｅ sam\u00advirke samvirke O’Brien O'Brien 7\u201111 7-11 C++ AT&T AT&amp;T acme.no "
    "#HeiaAcme @acme_no ß STRASSE Straße İs ﬁsk Ωmega Σας 亀 😀 «hei» “så” x\u200by ½ 100 % _ e\u0301 \u0301 ⅷ ٣ - ’ "
    "Джо \uf8ffAcme".split()
)
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=6).map(" ".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT, min_size=1, max_size=8), words=st.lists(st.one_of(PIECES, TEXT), min_size=1, max_size=6))
def test_a_search_finds_what_an_expression_finds(
    texts: list[str],
    words: list[str],
    find: Callable[..., EntryRecord],
    visit: Callable[..., SourceRecord],
):
    """For any stored text and any word the index finds what the expression `word` or `"a phrase"` finds."""
    with TemporaryDirectory() as folder, open_store(Path(folder) / "brandwatch.db") as store:
        entries = [Entry(title=clean_title(text), text=clean(text[::-1])) for text in texts]
        found = [
            find(entry.title, text=entry.text, link=f"https://a.example/{number}")
            for number, entry in enumerate(entries)
        ]
        record_source(store, visit(*found))
        for word in words:
            for search in (word, f'"{word}"'):
                try:
                    expression = compile_expression(search, allow_only_exclusions=True)
                except ExpressionError:
                    continue
                if not isinstance(expression.tree, Phrase | Sign):
                    continue
                expected = {number for number, entry in enumerate(entries) if expression.matches(EntryView.of(entry))}
                mentions = select_mentions(store, Selection(search=search))
                numbers = {int(mention.entry.url.rpartition("/")[2]) for mention in mentions}
                assert numbers >= expected, search
                # In an odd text the index finds the halves of a word with a soft hyphen too.
                assert all(is_odd(f"{entries[number].title}\n{entries[number].text}") for number in numbers - expected)
