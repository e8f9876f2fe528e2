from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.joining import is_contained, join_texts

BODY = "Fjordkraft Åsgård øker prisen.\nDet er «dyrt» – og kundene flykter til Blåbærland."


@pytest.mark.parametrize(
    "lead",
    [
        "Fjordkraft Åsgård øker prisen.",
        "Fjordkraft Åsgård øker prisen. Det er «dyrt»",
        "Fjordkraft Åsgård øker prisen. Det er […]",
        "Fjordkraft Åsgård øker prisen. Det e…",
        "Fjordkraft Åsgård øker prisen. Det er (...)",
        "Fjordkraft Åsgård øker prisen … Les mer →",
        "«Fjordkraft Åsgård»",
        "Det  er\n«dyrt» - og kundene",
        "kundene",
        "…",
    ],
)
def test_a_lead_that_the_body_repeats_is_left_out(lead: str):
    """Cut off, on other lines, with other quotation marks or hyphens: what is said twice is kept once."""
    assert is_contained(lead, BODY)
    assert join_texts([lead, BODY]) == join_texts([BODY, lead]) == BODY


@pytest.mark.parametrize(
    "lead",
    [
        "Blåbær øker prisen.",
        "Blåbær",
        "fjordkraft Åsgård",
        "@Fjordkraft",
        "Fjordkraft!",
        "land",
        "Åsgård øker prisen. Det er billig […]",
    ],
)
def test_a_lead_with_other_words_stays_above_the_body(lead: str):
    """Other words, half a word, other capitals, signs that belong to a name: nothing that could be found is lost."""
    assert not is_contained(lead, BODY)
    assert join_texts([lead, BODY]) == f"{lead}\n{BODY}"


def test_words_are_found_behind_longer_ones():
    """A name that first stands inside another word is there all the same."""
    assert join_texts(["Blåbær", "Blåbærland og Blåbær"]) == "Blåbærland og Blåbær"


def test_quotation_marks_and_soft_hyphens_make_no_difference():
    """One program writes ’ where another one writes '."""
    assert join_texts(["Acme's Blå\xadbær", "Her er Acme’s Blåbær."]) == "Her er Acme’s Blåbær."


def test_a_text_that_repeats_the_title_is_no_other():
    """It is left out where there is another text, and stays where it is the only one."""
    assert join_texts(["Acme vokser", "Mer om saken"], "Acme vokser") == "Mer om saken"
    assert join_texts(["Acme vokser"], "Acme vokser") == "Acme vokser"
    assert join_texts(["Acme vokser", "Acme"], "Acme vokser") == "Acme vokser"
    assert join_texts(["Acme vokser i nord", "Mer"], "Acme vokser") == "Acme vokser i nord\nMer"


def test_nothing_is_nothing():
    """Empty texts leave no lines."""
    assert (join_texts([]), join_texts([""]), join_texts(["", "a", ""])) == ("", "", "a")


def test_very_many_texts_all_stay():
    """Only the longest are compared, so that hostile entries cost no more than others; none is lost."""
    texts = [f"tekst {number}" for number in range(30_000)]
    assert join_texts(texts).split("\n") == texts


@given(st.lists(st.text(alphabet="Aaå .-’'…\n", max_size=12), max_size=5))
def test_every_word_is_still_there(texts: list[str]):
    """Whatever is left out, its words are in what is kept, but for the last of a text that is cut off."""
    kept = join_texts(texts).replace("’", "'").replace("\n", " ")
    for text in texts:
        if "…" not in text:
            assert all(word.strip("'-.") in kept for word in text.replace("’", "'").split())
