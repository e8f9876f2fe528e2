"""The letters of ASCII in bytes: a text without those of a name does not hold it, whatever its other characters are.

Deleting all other bytes takes 1 ns a byte, for one text or for many together. It decides where each character beyond
ASCII stays one in the spelling that is compared.
"""

from collections.abc import Callable

_SMALL_LETTERS = bytes(range(256)).lower()
_ASCII = bytes(range(128))


class _CharacterTests(dict[str, bool]):
    """Whether each character passes a test; filled on first use."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        self._test = test

    def __missing__(self, character: str) -> bool:
        """Test a character."""
        self[character] = self._test(character)
        return self[character]


class AsciiLetters:
    """The *letters* of ASCII that are compared, in small ones.

    *is_foreign* says of a character beyond ASCII whether its spelling never has one of them.
    """

    def __init__(self, letters: bytes, is_foreign: Callable[[str], bool]) -> None:
        compared = letters.lower() + letters.upper()
        self._left_out = bytes(code for code in range(256) if code not in compared)
        self._is_foreign = _CharacterTests(is_foreign)

    def of(self, data: bytes) -> bytes:
        """Return the compared letters of a text in UTF-8."""
        return data.translate(_SMALL_LETTERS, self._left_out)

    def are_all(self, data: bytes) -> bool:
        """Whether the spelling of a text has no other compared letters than `of` returns; invalid bytes are signs."""
        others, is_foreign = data.translate(None, _ASCII), self._is_foreign
        return not others or all(is_foreign[character] for character in set(others.decode("utf-8", "replace")))
