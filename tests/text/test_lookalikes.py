from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.lookalikes import LOOKALIKES, latin_words, lookalikes
from brandwatch.text.normalise import fold, is_odd


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Аcme gir bort penger", "Acme gir bort penger"),
        ("Acmе og Αcme og Åcmе", "Acme og Acme og Åcme"),
        ("Москва og Acme", "Москва og Acme"),
        ("АСМЕ", "АСМЕ"),
        ("α-Acme", "α-Acme"),
        ("Blåbær", "Blåbær"),
        ("πAcme", "πAcme"),
    ],
)
def test_words_of_two_scripts(text: str, latin: str):
    """A look-alike in a word with Latin letters becomes Latin; words of one script stay."""
    assert latin_words(text) == latin
    assert fold(text).plain == latin
    assert is_odd(text) is (text != latin)


@pytest.mark.parametrize(
    ("word", "letters"), [("Аcmе", "Ае"), ("АСЕ", "АСЕ"), ("Acme", ""), ("Москва", ""), ("α2", "α")]
)
def test_the_lookalikes_of_a_word(word: str, letters: str):
    """They count in a word of two scripts, and in one of nothing else."""
    assert lookalikes(word) == letters


@given(st.text(st.sampled_from([*LOOKALIKES, *"Åcme æøß -1", "Ж", "ω"]), max_size=80))
def test_the_length_stays(text: str):
    """The text keeps its length, and has no more look-alikes beside Latin letters of short words."""
    latin = latin_words(text)
    assert len(latin) == len(text)
    assert latin_words(latin) == latin or len(text) > 60
