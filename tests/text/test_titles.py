from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.titles import MAX_BEGINNING_CHARS, shown_title

LONG = "Fjordkraft Åsgård øker prisen på strøm til alle kunder i nord, sier Kari Eksempel til avisen."


@pytest.mark.parametrize(
    ("title", "text", "shown"),
    [
        ("Acme vokser", LONG, "Acme vokser"),
        ("Acme\nvokser ", "", "Acme vokser"),
        ("", "Blåbær i nord", "Blåbær i nord"),
        ("", "Om Acme\nBlåbær i nord", "Om Acme Blåbær i nord"),
        ("", LONG, "Fjordkraft Åsgård øker prisen på strøm til alle kunder i nord, sier Kari…"),
        ("", "å" * 200, "å" * 80 + "…"),
        ("", "", "(no title)"),
        ("", "\n", "(no title)"),
    ],
)
def test_an_entry_without_a_title_shows_the_beginning_of_its_text(title: str, text: str, shown: str):
    """The text is on one line and is cut between words; an entry without both has no title."""
    assert shown_title(title, text) == shown


@given(st.text("Aå \n-", max_size=200))
def test_a_beginning_is_short(text: str):
    """It never has more than 80 characters and the mark of the cut."""
    assert 0 < len(shown_title("", text)) <= MAX_BEGINNING_CHARS + 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("å" * 80, "å" * 80),
        ("å" * 81, f"{'å' * 80}…"),
        (f"{'å' * 80} b", f"{'å' * 80}…"),
        (f"{'å' * 40} {'b' * 60}", f"{'å' * 40}…"),
        (f"{'å' * 39} {'b' * 60}", f"{'å' * 39} {'b' * 40}…"),
    ],
)
def test_where_a_beginning_ends(text: str, shown: str):
    """Eighty characters are shown whole; a longer text ends at its last blank, unless that leaves less than forty."""
    assert shown_title("", text) == shown
