from __future__ import annotations

import json
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import SubjectRequest
from brandwatch.privacy.squeezed_text import decode_escapes, squeeze
from brandwatch.privacy.subject_prefilter import SubjectPrefilter
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.urls import ascii_host


def prefilter(name: str) -> SubjectPrefilter:
    """The prefilter of a request for a name."""
    made = SubjectFinder(SubjectRequest(names=(name,))).prefilter
    assert made
    return made


WORD = st.text("abcdijknrsåæøöéñçßÅØ1яλ", min_size=2, max_size=8)
WRITTEN = st.sampled_from([
    str.upper,
    str.lower,
    quote,
    lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    lambda text: json.dumps(text)[1:-1],
    lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    lambda text: text.replace("å", "&aring;").replace("ø", "&oslash;"),
    lambda text: unicodedata.normalize("NFD", text),
    "\u00ad".join,
    lambda text: "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text),
    lambda text: f"https://{ascii_host(f'{text}.example')}/",
    "«{}»s".format,
])  # fmt: skip
SIGNS = st.text(" -_.,/’“\u00ad\u00a0\u200b&;%\\n\u0301½™", max_size=3)


@given(st.lists(WORD, min_size=1, max_size=3), st.data())
def test_whatever_a_search_finds_passes(words, data):
    """Any spelling, code and sign around: a text in which a name, an account or words are found is never refused."""
    text = data.draw(st.text(max_size=20))
    for word in words:
        text += data.draw(WRITTEN)(word) + data.draw(SIGNS)
    text += data.draw(st.text(max_size=20))
    name = " ".join(words)
    for request in (SubjectRequest(names=(name,)), SubjectRequest(authors=(name,))):
        finder = SubjectFinder(request)
        if finder.holds("author", text):
            assert finder.prefilter
            assert finder.prefilter.may_hold(text.encode("utf-8", "replace"))
            assert finder.prefilter.may_hold_decoded(decode_escapes(text))
            assert finder.may_hold(text)


def test_every_character_passes_as_it_is_spelt():
    """Each character of the scripts that have capitals, alone and decomposed, in texts and in links."""
    for character in map(chr, (*range(0x3000), *range(0xFF00, 0xFFF0), *range(0x1D400, 0x1D800))):
        for is_link in (False, True):
            if letters := squeeze(character, is_link=is_link).letters:
                prefilter = SubjectPrefilter([f"k{letters}k"])
                assert prefilter.may_hold(f"k{character}k".encode()), character
                assert prefilter.may_hold(f"k{unicodedata.normalize('NFD', character)}k".encode()), character


@pytest.mark.parametrize(
    "text",
    [
        "Kari Normann snakker om 100 % og «blåbær» – “ja”, 🫐 & sånt",
        "https://avis.example/kari?a=1&b=2",
        "Кари Нурманн",
        "",
    ],
)
def test_a_text_without_the_name_is_refused(text: str):
    """A similar name, Nordic letters, signs beyond ASCII, and links do not make a text pass."""
    assert not prefilter("Kari Nordmann").may_hold(text.encode())
    assert prefilter("Kari Nordmann").may_hold(f"{text} kåri-nordmånn".encode())


def test_codes_pass():
    """What is not written letter by letter is to be decoded first; a plain text is not."""
    for text in ("%6Dann", r"nord\nmann", r"\u006dann", "&#109;ann", "mañana", "ｍann"):
        assert prefilter("Kari Nordmann").may_hold(text.encode())
    assert not prefilter("Kari Nordmann").may_hold(rb"100 % \o/ R&D")


def test_a_name_of_vowels_or_other_letters_passes_everything():
    """Nothing of it can be compared."""
    assert prefilter("Åøe").may_hold(b"x")
    assert prefilter("Яков").may_hold(b"x")


def test_rows_are_tested_each_by_itself():
    """One row with a code among them decides nothing about the others; without one the consonants decide."""
    rows = [b"Ola", b"sier Kari Nordmann", b"%6Dann", "mañana".encode(), b"Kari Normann"]
    assert list(prefilter("Kari Nordmann").test_each(rows)) == [False, True, True, True, False]
    assert list(prefilter("Kari Nordmann").test_each(rows[:2])) == [False, True]
    assert list(prefilter("Kari Nordmann").test_each(rows[::3])) == [False, True]


def test_a_request_without_names_passes_no_text():
    """There is nothing to find, whatever else a text has."""
    assert not SubjectPrefilter([]).may_hold("Kari Nordmann på Ås".encode())
    assert not SubjectPrefilter([]).may_hold_decoded("Kari Nordmann på Ås")
