"""The letters of ASCII in bytes, as a first look at whether a text may hold a name."""

from __future__ import annotations

import pytest

from brandwatch.text.ascii_letters import AsciiLetters

LETTERS = AsciiLetters(b"acme", lambda character: character in "åæø東")


@pytest.mark.parametrize(
    ("text", "letters"), [("ACME og Blåbær", b"acme"), ("e c\nM-A", b"ecma"), ("åæø 12", b""), ("", b"")]
)
def test_the_compared_letters_of_a_text(text: str, letters: bytes):
    """In small letters and in their order; all other bytes are left out."""
    assert LETTERS.of(text.encode()) == letters
    assert LETTERS.of(text.upper().encode()) == letters


@pytest.mark.parametrize(
    ("data", "are_all"),
    [
        (b"", True),
        (b"Acme", True),
        ("Blåbær på åsen".encode(), True),
        ("東 Acme".encode(), True),
        ("Ａcme".encode(), False),
        ("åＡ".encode(), False),
        ("Ａå".encode(), False),
        (b"Acme \xff", False),
    ],
)
def test_characters_beyond_ascii_may_be_spelled_with_them(data: bytes, *, are_all: bool):
    """Every one of them must be foreign; one that is not may hide a letter."""
    assert LETTERS.are_all(data) is are_all
    assert LETTERS.are_all(data + data) is are_all
