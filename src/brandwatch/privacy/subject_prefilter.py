"""A prefilter for subject searches: bytes that it refuses hold no name; those that it passes are to be searched.

It compares the consonants and digits of ASCII. All else is left out, in names as in texts: vowels, since å may be
written aa, and é is e; signs; bytes beyond ASCII. So it works on the UTF-8 of many rows at once, in 1 ns a byte; to
spell a text takes 25 ns a character. It passes what is not that simple: codes such as `%6D`, and other letters that are
spelt with consonants, such as ñ and ß.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from brandwatch.privacy.squeezed_text import squeeze

_CONSONANTS_AND_DIGITS = b"bcdfghijklmnpqrstvwxyzBCDFGHIJKLMNPQRSTVWXYZ0123456789"
_LEFT_OUT = bytes(code for code in range(256) if code not in _CONSONANTS_AND_DIGITS)
_SMALL_LETTERS = bytes(range(256)).lower()
_ASCII = bytes(range(128))
# What `squeezed_text.decode_escapes` decodes, but for the slash of JSON.
_ESCAPES = (
    (b"%", re.compile(rb"%[0-9a-fA-F]{2}")),
    (b"\\", re.compile(rb"\\(?:u[0-9a-fA-F]{4}|[nrt])")),
    (b"&", re.compile(rb"&(?:#[0-9xX]|[a-zA-Z][a-zA-Z0-9]{1,31};)")),
)


class _SimpleCharacters(dict[str, bool]):
    """Whether a character beyond ASCII is spelt without consonants and digits; filled on first use."""

    def __missing__(self, character: str) -> bool:
        """Spell a character as in texts; in links its spelling differs in vowels only."""
        self[character] = not consonants(squeeze(character).letters)
        return self[character]


_SIMPLE = _SimpleCharacters()


def consonants(text: str) -> bytes:
    """Return the small consonants and the digits of ASCII in a text."""
    return text.encode("ascii", "ignore").translate(_SMALL_LETTERS, _LEFT_OUT)


class SubjectPrefilter:
    """The test of bytes and texts for some names, in squeezed letters; without a name it refuses everything."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(sorted(set(map(consonants, names)), key=len))

    def may_hold(self, data: bytes) -> bool:
        """Whether a text in UTF-8, or many, may hold a name."""
        return self._has_name(data.translate(_SMALL_LETTERS, _LEFT_OUT)) or _has_escape(data) or not _is_simple(data)

    def test_each(self, rows: Sequence[bytes]) -> Iterator[bool]:
        """Test texts, of which one or more passed together: most by their consonants alone."""
        together = b"\n".join(rows)
        if _has_escape(together) or not _is_simple(together):
            return map(self.may_hold, rows)
        return (self._has_name(row.translate(_SMALL_LETTERS, _LEFT_OUT)) for row in rows)

    def may_hold_decoded(self, text: str) -> bool:
        """Whether a text without escapes may hold a name."""
        if self._has_name(consonants(text)):
            return True
        return not (text.isascii() or all(_SIMPLE[character] for character in set(text) if not character.isascii()))

    def _has_name(self, letters: bytes) -> bool:
        return any(name in letters for name in self._names)


def _has_escape(data: bytes) -> bool:
    return any(sign in data and pattern.search(data) for sign, pattern in _ESCAPES)


def _is_simple(data: bytes) -> bool:
    """Whether all characters beyond ASCII are spelt without consonants; invalid bytes are signs."""
    others = data.translate(None, _ASCII)
    return all(_SIMPLE[character] for character in set(others.decode("utf-8", "replace")))
