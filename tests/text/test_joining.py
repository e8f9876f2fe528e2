from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry
from brandwatch.text import joining
from brandwatch.text.joining import is_contained

BODY = "Fjordkraft Åsgård øker prisen.\nDet er «dyrt» – og kundene flykter til Blåbærland."


def join_texts(texts: list[str], title: str = "") -> str:
    """The text of main texts."""
    return joining.join_texts([("text", text) for text in texts], title).text


def labelled(*texts: tuple[str, str], title: str = "") -> list[tuple[str, str]]:
    """The texts that are left of labelled ones, with their fields."""
    text, parts, _ = joining.join_texts(texts, title)
    return [(part.field, text[part.start : part.end]) for part in Entry(text=text, parts=parts).texts]


@pytest.mark.parametrize(
    "lead",
    [
        "Fjordkraft Åsgård øker prisen.",
        "Fjordkraft Åsgård øker prisen. Det er «dyrt»",
        "Fjordkraft Åsgård øker prisen. Det er […]",
        "Fjordkraft Åsgård øker prisen. Det e…",
        "Fjordkraft Åsgård øker prisen. Det er (...)",
        "Fjordkraft Åsgård øker prisen … Les mer →",
        "Fjordkraft Åsgård øker prisen. Det e… [+5490 chars]",
        "«Fjordkraft Åsgård»",
        "Det  er\n«dyrt» - og kundene",
        "kundene",
        "…",
    ],
)
def test_a_lead_repeated_in_the_body_is_dropped(lead: str):
    """The lead is dropped even if cut off, wrapped otherwise, or with other quotation marks or hyphens."""
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
    """A lead with other words, half a word, other capitals or signs of a name is kept."""
    assert not is_contained(lead, BODY)
    assert join_texts([lead, BODY]) == f"{lead}\n{BODY}"


def test_a_name_after_a_longer_word_counts():
    """A name is found even if it first occurs inside another word."""
    assert join_texts(["Blåbær", "Blåbærland og Blåbær"]) == "Blåbærland og Blåbær"


def test_quotation_marks_and_soft_hyphens_make_no_difference():
    """Programs differ in ’ and ', and in soft hyphens."""
    assert join_texts(["Acme's Blå\xadbær", "Her er Acme’s Blåbær."]) == "Her er Acme’s Blåbær."


def test_a_text_that_repeats_the_title_is_dropped():
    """It is dropped if there is another text, and kept if it is the only one."""
    assert join_texts(["Acme vokser", "Mer om saken"], "Acme vokser") == "Mer om saken"
    assert join_texts(["Acme vokser"], "Acme vokser") == "Acme vokser"
    assert join_texts(["Acme vokser", "Acme"], "Acme vokser") == "Acme vokser"
    assert join_texts(["Acme vokser i nord", "Mer"], "Acme vokser") == "Acme vokser i nord\nMer"


def test_empty_texts_join_to_nothing():
    """Empty texts add no lines."""
    assert (join_texts([]), join_texts([""]), join_texts(["", "a", ""])) == ("", "", "a")


def test_very_many_texts_are_kept():
    """Only the longest are compared, which bounds the cost of hostile entries; none is dropped."""
    texts = [f"tekst {number}" for number in range(30_000)]
    assert join_texts(texts).split("\n") == texts


@given(st.lists(st.text(alphabet="Aaå .-’'…\n", max_size=12), max_size=5))
def test_no_word_is_lost(texts: list[str]):
    """Every word of the input is in the result, except the last one of a truncated text."""
    kept = join_texts(texts).replace("’", "'").replace("\n", " ")
    for text in texts:
        if "…" not in text:
            assert all(word.strip("'-.") in kept for word in text.replace("’", "'").split())


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        ([("lead", "Acme"), ("text", "Blåbær")], [("lead", "Acme"), ("text", "Blåbær")]),
        ([("text", "Acme"), ("text", "Blåbær")], [("text", "Acme"), ("text", "Blåbær")]),
        (
            [("lead", "Acme"), ("lead", "Blåbær"), ("alt", "Fjord")],
            [("lead", "Acme"), ("text", "Blåbær"), ("alt", "Fjord")],
        ),
        ([("lead", "Acme"), ("text", "Acme")], [("text", "Acme")]),
        ([("lead", "Acme vokser"), ("text", "Acme"), ("lead", "Mer")], [("text", "Acme vokser"), ("lead", "Mer")]),
        ([("text", "Acme"), ("media", "Acme vokser")], [("text", "Acme vokser")]),
        ([("media", "Acme"), ("alt", "Fjord")], [("media", "Acme"), ("alt", "Fjord")]),
        ([("poll", "Acme")], [("poll", "Acme")]),
        ([("lead", "Acme")], [("text", "Acme")]),
        ([("alt", "Acme"), ("text", "Her er Acme."), ("alt", "Fjord")], [("text", "Her er Acme."), ("alt", "Fjord")]),
        ([], [("text", "")]),
    ],
)
def test_each_text_keeps_its_field(texts: list[tuple[str, str]], joined: list[tuple[str, str]]):
    """A lead is one beside a main text; of several leads without one, the longest is the main text."""
    assert labelled(*texts) == joined


def test_texts_of_pictures_are_not_the_longest():
    """The longest text identifies entries that were stored without the texts of their pictures."""
    texts = [("text", "Acme"), ("lead", "Blåbær"), ("alt", "Et bilde av en fjord")]
    assert joining.join_texts(texts).longest == "Blåbær"
    assert joining.join_texts(texts[:1]).longest == ""


@pytest.mark.parametrize(
    ("picture", "is_kept"),
    [
        ("Åsgård øker", False),
        ("fra nord", False),
        ("Blåbær", True),
        ("Acme ved fjorden", True),
    ],
)
def test_a_picture_with_words_of_the_body_or_the_title_adds_no_text(picture: str, is_kept: bool):
    """Words that stand in either to the letter are no text of their own; a piece of a word is another word."""
    texts = labelled(("lead", BODY), ("alt", picture), title="Nytt fra nord")
    assert texts == [("text", BODY), *([("alt", picture)] if is_kept else [])]


@given(st.lists(st.tuples(st.sampled_from(["lead", "text", "media", "alt"]), st.text("Aåb ", max_size=8)), max_size=6))
def test_parts_cover_the_text(texts: list[tuple[str, str]]):
    """The texts of an entry, joined by newlines, are its text."""
    text, parts, _ = joining.join_texts(texts)
    ranges = Entry(text=text, parts=parts).texts
    assert "\n".join(text[part.start : part.end] for part in ranges) == text


@pytest.mark.parametrize(
    ("text", "other", "is_in"),
    [
        ("Acme", "Acme vokser", True),
        ("vokser", "Acme vokser", True),
        ("Acme", "Acmes hus", False),
        ("cme", "Acme", False),
        ("Acm…", "Acme vokser", True),
        ("cm…", "Acme vokser", False),
        ("Acme Acme", "Acme", False),
        ("b", "ab " * 8 + "b", False),
        ("b", "ab " * 7 + "b", True),
        ("", "Acme", True),
        ("Acme" + " " * 50, "Acme", False),
        ("Acme" + " " * 48, "Acme", True),
    ],
)
def test_where_a_text_counts_as_contained(text: str, other: str, *, is_in: bool):
    """Whole words, of a cut text the last one in part, at one of the first eight places."""
    assert is_contained(text, other) is is_in


def test_of_very_many_texts_the_longest_are_compared():
    """A text is dropped if one of the twenty longest contains it, and it is one of these."""
    longer = [f"{number:02} og mer" for number in range(19)]
    assert join_texts(["05", *longer]).split("\n") == longer
    longer = [f"{number:02} og mer" for number in range(20)]
    assert join_texts(["05", *longer]).split("\n") == ["05", *longer]


def test_a_stored_passage_has_marks_where_its_text_goes_on():
    """They are taken off at either end, once, and no other dots are."""
    assert joining.without_passage_marks("… Acme vokser …") == "Acme vokser"
    assert joining.without_passage_marks("Acme … vokser") == "Acme … vokser"
    assert joining.without_passage_marks("…Acme…") == "…Acme…"


@pytest.mark.parametrize(
    ("pictures", "title", "texts"),
    [
        (["Acme"], "", ["Her er Acme, og det er en lang tekst om Blåbær Gården i nord."]),
        (["Acme", "Fjord"], "", ["Her er Acme, og det er en lang tekst om Blåbær Gården i nord.", "Fjord"]),
        (["Acme", "Fjord"], "Fjord", ["Her er Acme, og det er en lang tekst om Blåbær Gården i nord."]),
        (["Acme…"], "", ["Her er Acme, og det er en lang tekst om Blåbær Gården i nord."]),
        (["Bl…"], "", ["Her er Acme, og det er en lang tekst om Blåbær Gården i nord."]),
    ],
)
def test_pictures_of_known_words_add_nothing(pictures: list[str], title: str, texts: list[str]):
    """Those whose words stand in the text or the title; the others have a line of their own."""
    written = [("text", texts[0]), *(("alt", picture) for picture in pictures)]
    assert joining.join_texts(written, title).text.split("\n") == texts
