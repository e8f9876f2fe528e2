"""Search the bytes of a file for a subject request: the proof that an erasure left nothing.

The bytes are decoded and searched as the texts of rows are. They are read as UTF-8, where a byte that is no UTF-8
counts as Windows-1252, and as UTF-16 where the file begins with a byte order mark or holds Latin letters in UTF-16.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from brandwatch.privacy.subject_search import SubjectFinder


WINDOW_BYTES = 1 << 20
OVERLAP_BYTES = 1 << 13
"""How far windows overlap: longer than a name with its codes or a link."""

_LATIN_UTF16 = re.compile(rb"(?:[\x20-\xff]\0){4}")
_NOT_UTF8 = re.compile("[\udc80-\udcff]+")


def count_places(data: bytes | mmap, finder: SubjectFinder) -> int:
    """Return at how many places the bytes of a file hold what is searched for."""
    has_mark = data[:2] in {BOM_UTF16_LE, BOM_UTF16_BE}
    places = 0
    for start in range(0, len(data), WINDOW_BYTES):
        end = start + WINDOW_BYTES
        places += _count(data[start : end + OVERLAP_BYTES], finder, is_utf16=has_mark)
        if end < len(data):
            # The next window counts what lies in the overlap as a whole.
            places -= _count(data[end : end + OVERLAP_BYTES], finder, is_utf16=has_mark)
    return places


def _count(data: bytes, finder: SubjectFinder, *, is_utf16: bool) -> int:
    return max(finder.count(text, is_raw=True) for text in _readings(data, is_utf16=is_utf16))


def _readings(data: bytes, *, is_utf16: bool) -> Iterator[str]:
    """Yield the bytes as text in each encoding that they may be in."""
    is_utf16 = is_utf16 or _LATIN_UTF16.search(data) is not None
    # A zero between the letters of UTF-16 would make each letter a word.
    text = (data.replace(b"\0", b"") if is_utf16 else data).decode("utf-8", "surrogateescape")
    yield _NOT_UTF8.sub(_as_windows_1252, text)
    if is_utf16:
        for start in (0, 1):
            for encoding in ("utf-16-le", "utf-16-be"):
                yield data[start:].decode(encoding, "replace")


def _as_windows_1252(run: re.Match[str]) -> str:
    return run[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")
