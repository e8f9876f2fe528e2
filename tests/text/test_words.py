from __future__ import annotations

import pytest

from brandwatch.text.words import LANGUAGES, is_ordinary


@pytest.mark.parametrize("name", ["Vind", "if", "KLAR", "Sats", "posten", "Meny", "apple"])
def test_everyday_words_are_ordinary(name: str):
    """Words that companies are named after are known as words."""
    assert is_ordinary(name, ())


@pytest.mark.parametrize("name", ["Fjordbanken", "Ledgerly", "Vind Forsikring", ""])
def test_names_are_not(name: str):
    """A made-up name, or a name of which one word is no everyday word, is not ordinary."""
    assert not is_ordinary(name, ("nb", "en"))


def test_only_the_languages_asked_for_count():
    """`klar` is a word of Norwegian and not of English."""
    assert is_ordinary("klar", ("nb",))
    assert not is_ordinary("klar", ("en",))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_words(language: str):
    """No language of the query form goes without a list."""
    assert is_ordinary(
        {"fi": "talo"}.get(language, "storm" if language != "de" else "sturm"), (language,)
    ) or is_ordinary("hund" if language == "de" else "land", (language,))
