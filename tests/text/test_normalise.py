from __future__ import annotations

import html
import re
import sys
import unicodedata
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.lookalikes import latin_words
from brandwatch.text.normalise import (
    APOSTROPHES,
    HYPHENS,
    QUOTES,
    SUPERSCRIPTS,
    comparable_words,
    fold,
    is_odd,
    spelling,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
SOFT_LINE_END = re.compile(r"\u00ad\s+(?=\w)")
SIGNS = {**dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(HYPHENS, "-"), **dict.fromkeys(QUOTES, '"')}
PLAIN_SIGNS = str.maketrans(SIGNS | dict.fromkeys(SUPERSCRIPTS, "^"))


class Plain(NamedTuple):
    """A text folded character by character, with the offset of each position and of the end."""

    folded: str
    plain: str
    spaced: str
    offsets: list[int]


def reference_fold(text: str) -> Plain:
    """A slow reference outside Windows-1252: one entity, or one character with its marks, at a time."""
    out: list[str] = []
    offsets: list[int] = []
    start = 0
    while start < len(text):
        if line_end := SOFT_LINE_END.match(text, start):
            start = line_end.end()
            continue
        entity = ENTITY.match(text, start)
        end = entity.end() if entity else start + 1
        while not entity and end < len(text) and unicodedata.combining(text[end]):
            end += 1
        form = reference_form(html.unescape(text[start:end]) if entity else text[start:end])
        out.append(form)
        offsets += range(start, end) if len(form) == end - start else [start] * len(form)
        start = end
    plain = latin_words("".join(out))
    folded = "".join(low if len(low := character.lower()) == 1 else character for character in plain)
    spaced = "".join(character if character.isalnum() else " " for character in folded)
    return Plain(folded, plain, spaced, [*offsets, len(text)])


def reference_form(piece: str) -> str:
    """The reference for one piece."""
    piece = INVISIBLE.sub("", piece).translate(PLAIN_SIGNS)
    if piece and unicodedata.category(piece[0]) != "So":
        piece = unicodedata.normalize("NFKC", piece)
    return "".join(" " if character.isspace() else SIGNS.get(character, character) for character in piece)


def assert_equals_reference(text: str) -> None:
    """Compare a text outside Windows-1252 and each of its spans with the reference."""
    found, wanted = fold(text), reference_fold(text)
    assert (found.folded, found.plain, found.spaced) == (wanted.folded, wanted.plain, wanted.spaced), ascii(text)
    offsets = [found.span(position, position)[0] for position in range(len(found.folded) + 1)]
    assert offsets == wanted.offsets, ascii(text)


def is_unusual(character: str) -> bool:
    """Whether a character may fold to anything but itself, or combine."""
    return (
        unicodedata.category(character)[0] in "MCZ"
        or bool(INVISIBLE.match(character))
        or character in SIGNS
        or not unicodedata.is_normalized("NFKC", character)
        or len(character.lower()) > 1
    )


UNUSUAL = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) not in {"Cn", "Co", "Cs"} and is_unusual(character)
]
ENTITIES = [
    "&aring;",
    "&amp;",
    "&#x301;",
    "&#173;",
    "&shy;",
    "&NotEqualTilde;",
    "&ThickSpace;",
    "&fjlig;",
    "&nope;",
    "&#",
]


@given(
    st.lists(
        st.sampled_from(UNUSUAL)
        | st.sampled_from(ENTITIES)
        | st.characters()
        | st.sampled_from("aZåΣİ'\u0301\u0327&; "),
        max_size=16,
    )
)
def test_folding_equals_the_reference(pieces: list[str]):
    """Any script, marks and entities in any order: folding equals the slow reference."""
    assert_equals_reference("".join(pieces) + "я")


def test_every_unusual_character_folds_as_it_does_alone():
    """Each of 7,000 special characters: in a word, before and after marks, after an entity."""
    for first in range(0, len(UNUSUAL), 50):
        few = UNUSUAL[first : first + 50]
        for around in ("я{}я", "я{}\u0323", "\u0301{}", "&amp;{}", "\u00ad{}", "™{}", " {} "):
            assert_equals_reference("".join(map(around.format, few)) + "я")
    assert len(UNUSUAL) > 7_000


def test_very_many_marks_take_linear_time():
    """100,000 marks on one letter fold as eight do; sorting them first avoids quadratic time."""
    assert fold("a" + "\u0301\u0327" * 4).folded == "á" + "\u0327" * 4 + "\u0301" * 3
    assert fold("a" + "\u0301\u0327" * 50_000).folded == "á" + "\u0327" * 50_000 + "\u0301" * 49_999


@given(texts, st.data())
def test_a_span_maps_to_the_original(text: str, data: st.DataObject):
    """Every span of the folded text maps to a span of the displayed text."""
    folded = fold(text)
    if not folded.folded:
        return
    start = data.draw(st.integers(0, len(folded.folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded.folded)))
    first, last = folded.span(start, end)
    assert 0 <= first <= last <= len(text)


@given(texts)
def test_the_three_forms_are_equally_long(text: str):
    """Folded, plain and spaced forms share their positions."""
    folded = fold(text)
    assert len(folded.folded) == len(folded.plain) == len(folded.spaced)


def test_encodings_of_one_text_fold_alike():
    """Decomposed letters, typographic apostrophes, soft hyphens and double escapes fold to the same text."""
    for written in ("A\u030asga\u030ard", "Åsgård", "Ås\u00adgård", "&Aring;sg&aring;rd", "ÅSGÅRD"):
        assert fold(written).folded == "åsgård", written
    assert fold("Acme’s").folded == "acme's"
    # The accent is an apostrophe beside any other character.
    assert [fold(f"Acme´s{other}").folded for other in ("", " 東", " ﬁ")] == ["acme's", "acme's 東", "acme's fi"]


@pytest.mark.parametrize("letter", "ªµº¼½¾")
def test_a_letter_folds_alike_in_every_encoding_of_its_text(letter: str):
    """A text with an emoji holds the same words as one without; the twins are letters that NFKC keeps."""
    assert fold(f"{letter}Torrent").folded == fold(f"{letter}Torrent 😀").folded.removesuffix(" 😀")
    assert fold(f"{letter}Torrent’s").folded == fold(f"{letter}Torrent's").folded
    assert fold("ÆØß’s").folded == fold("ÆØß's").folded == "æøß's"


def test_a_span_covers_a_whole_entity():
    """The span of a name includes the whole entity."""
    text = "hos Bl&aring;b&aelig;r i dag"
    folded = fold(text)
    at = folded.folded.index("blåbær")
    start, end = folded.span(at, at + 6)
    assert text[start:end] == "Bl&aring;b&aelig;r"


def test_a_soft_end_of_line_and_tags_escaped_twice_join_a_word():
    """A soft hyphen at the end of a line, and an inline tag that a feed escaped twice, leave the word whole."""
    for text in ("Blå\u00ad\nbær", "Blå\u00ad bær", "Bl<b>åbær</b>", 'Bl<span class="å">åb</span>ær'):
        assert fold(text).folded == "blåbær", text
        assert fold(text).span(0, 6) == (0, len(text)), text
    assert fold("Blå\u00ad").folded == "blå"
    assert fold("a < b </x> blå").folded == "a < b </x> blå"


def test_names_and_words_in_one_spelling():
    """A name keeps its capitals, words do not; signs and blanks between words do not count."""
    assert spelling(" Fjordkraft\xa0 A\u030asga\u030ard’s ") == "Fjordkraft Åsgård's"
    assert comparable_words(" «Fjordkraft» –\nA\u030asga\u030ard’s_2 ") == "fjordkraft åsgård s 2"


@pytest.mark.parametrize(
    ("text", "is_hidden"),
    [
        ("Fjordkraft Åsgård, 2026!", False),
        ("#heia @acme", False),
        ("#HeiaAcme", True),
        ("@AcmeÅsgård", True),
        ("#acme_åsgård", True),
        ("#acme2", True),
        ("HeiaAcme", False),
        ("Ac\u00adme", True),
        ("Ac&aring;me", True),
        ("Ａｃｍｅ", True),
        ("Acme \ue000", True),
        ("Acme \U000e0fff", True),
        ("Acme é東", False),
        ("Acme\u0080", False),
    ],
)
def test_words_that_an_index_does_not_find(text: str, *, is_hidden: bool):
    """Seams of hashtags, invisible and private characters, entities and other forms hide a word."""
    assert is_odd(text) is is_hidden
