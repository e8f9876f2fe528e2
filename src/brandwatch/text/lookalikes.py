# ruff: noqa: RUF001, RUF002 (letters that look alike)
"""Letters of other scripts that look like Latin ones: Аcme with a Cyrillic А reads like Acme, and is another word.

The table holds the Cyrillic and Greek letters with the shape of one Latin letter in common fonts (Unicode Technical
Standard 39, confusables of class MA).
"""

from __future__ import annotations

import re

LOOKALIKES = {
    **dict(zip("АВЕЅІЈКМНОРСТУХԀԚԜ", "ABESIJKMHOPCTYXDQW", strict=True)),
    **dict(zip("аеѕіјорсухһԁԛԝӏ", "aesijopcyxhdqwl", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    **dict(zip("οανιυρϲϳ", "oaviupcj", strict=True)),
}
_CLASS = "".join(LOOKALIKES)
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_ANY = re.compile(f"[{_CLASS}]")
# A word of two scripts. Words of one script are what they are.
_MIXED = re.compile(f"(?<=[{_LATIN}])[{_CLASS}]|[{_CLASS}](?=[{_LATIN}])")
# As fast as it can be in a text of the other script: a tenth of the pattern above.
_MIXED_PAIR = re.compile(f"[{_LATIN}](?:(?<=[{_CLASS}].)|(?=[{_CLASS}]))")
_WORD_END = re.compile(r"[^\W\d_]*")
_WORD_START = re.compile(r"[^\W\d_]*$")
_MAX_WORD_CHARS = 60
_TABLE = str.maketrans(LOOKALIKES)


def latin_words(text: str) -> str:
    """Return a text of the same length with Latin letters for their look-alikes, in words that mix scripts."""
    if not (_ANY.search(text) and _MIXED_PAIR.search(text)):
        return text
    pieces, end = [], 0
    for mixed in _MIXED.finditer(text):
        if mixed.start() < end:
            continue
        before = _WORD_START.search(text, max(end, mixed.start() - _MAX_WORD_CHARS), mixed.start())
        after = _WORD_END.match(text, mixed.end())
        first = before.start() if before else mixed.start()
        pieces.append(text[end:first])
        end = after.end() if after else mixed.end()
        pieces.append(text[first:end].translate(_TABLE))
    return "".join((*pieces, text[end:]))


def lookalikes(word: str) -> str:
    """Return the letters of *word* that look like Latin ones and are not, if it mixes scripts or has no others."""
    if word.isascii() or not _ANY.search(word):
        return ""
    found = "".join(letter for letter in word if letter in LOOKALIKES)
    letters = "".join(filter(str.isalpha, word))
    return found if found and (found == letters or latin_words(word) != word) else ""
