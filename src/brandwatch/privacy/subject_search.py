"""Find a person, an account or a page in texts and files, in every spelling.

Texts are compared by their letters and digits alone (`squeezed_text`). The bytes of a file are decoded, then searched
as texts are: the search that proves an erasure is the one that found the rows.
"""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from mmap import mmap
from typing import Protocol
from urllib.parse import unquote, urlsplit

from brandwatch.errors import UsageError
from brandwatch.models import SubjectRequest
from brandwatch.privacy.squeezed_text import (
    MIN_DISTINCTIVE_LETTERS,
    decode_escapes,
    name_patterns,
    squeeze,
    squeezed_readings,
)
from brandwatch.privacy.subject_prefilter import SubjectPrefilter
from brandwatch.urls import canonical, decode_hosts, host, is_front_page, readable_host

MIN_NAME_LETTERS = 3
"""The minimum length of a search term: shorter ones are in every text."""


def subject_request(
    names: Sequence[str] = (), authors: Sequence[str] = (), urls: Sequence[str] = (), texts: Sequence[str] = ()
) -> SubjectRequest:
    """Build a request; raise UsageError if it is empty, or has a name that is too short or a link to no page."""
    if not (names or authors or urls or texts):
        raise UsageError("nothing was named", "use --name, --author, --url or --text")
    for name in (*names, *authors, *texts):
        if len(squeeze(name).letters) < MIN_NAME_LETTERS:
            raise UsageError(f"“{name}” is too short to distinguish from other words", "write the whole name")
    for url in urls:
        page = canonical(url)
        if not page or is_front_page(page):
            raise UsageError(f"{url} is no page", "name the page; `exclude: {sites: […]}` in a query hides a site")
    return SubjectRequest(names=tuple(names), authors=tuple(authors), urls=tuple(urls), texts=tuple(texts))


_LINK = re.compile(r"https?:[^\s\"'<>\\]+", re.IGNORECASE)
_PUNCTUATION_AFTER_LINK = ".,;:!?)]}…»”’"


def linked_pages(text: str) -> Iterator[str]:
    """Yield the canonical links in a text."""
    yield from (canonical(link.rstrip(_PUNCTUATION_AFTER_LINK)) for link in _LINK.findall(text))


def _page_pattern(link: str, before: str) -> re.Pattern[str]:
    """Return the pattern of a link in a decoded text, with any scheme or none; a longer link is another page."""
    parts = urlsplit(link if "//" in link else f"//{link}")
    name, port = host(link), f":{parts.port}" if parts.port else ""
    # A text has the host as people write it, a link as the network does.
    hosts = "|".join(map(re.escape, sorted({name, readable_host(name), decode_hosts(name)})))
    query = f"?{parts.query}" if parts.query else ""
    page = decode_escapes(unquote(f"{port}{parts.path}{query}")).rstrip("/")
    digits = r"(?!\d)" if page[-1:].isdigit() else ""
    return re.compile(rf"{before}(?:{hosts}){re.escape(page)}{digits}(?!/?[-/_%&=.?]\w)", re.IGNORECASE)


class RowFinder(Protocol):
    """A search in the columns of rows; *prefilter*, if there is one, refuses rows in their raw bytes."""

    @property
    def prefilter(self) -> SubjectPrefilter | None:
        """The prefilter of the search."""
        ...

    def holds(self, column: str, value: object) -> bool:
        """Whether the value of a column has a hit."""
        ...

    def may_hold(self, *values: object) -> bool:
        """Whether a row may have a hit: the cheaper test, before `holds`."""
        ...


class SubjectFinder:
    """A subject request, prepared for the search in many texts."""

    def __init__(self, request: SubjectRequest) -> None:
        patterns = [pattern for name in (*request.names, *request.texts) for pattern in name_patterns(name)]
        # A short account, `@kari`, is a first name everywhere else.
        patterns += [
            pattern
            for author in request.authors
            for pattern in name_patterns(author)
            if len(pattern.letters) >= MIN_DISTINCTIVE_LETTERS
        ]
        self.patterns = tuple(patterns)
        self.authors = frozenset(squeeze(author).letters for author in request.authors)
        self.pages = frozenset(map(canonical, request.urls)) - {""}
        self._page_patterns = [_page_pattern(url, r"(?<![\w.-])(?:www\.)?") for url in request.urls]
        # In the bytes of a database other words may touch a link.
        self._raw_page_patterns = [_page_pattern(url, "") for url in request.urls]

    @cached_property
    def prefilter(self) -> SubjectPrefilter | None:
        """The prefilter for names and authors, `None` for pages: a link may lead to one in other words."""
        names = (*(pattern.letters for pattern in self.patterns), *self.authors)
        return None if self.pages else SubjectPrefilter(names)

    def holds(self, column: str, value: object) -> bool:
        """Whether the value of a column has a hit; a number has none."""
        text = as_text(value)
        if self.prefilter and not self.prefilter.may_hold_decoded(decode_escapes(text)):
            return False
        if column == "author" and text and squeeze(text).letters in self.authors:
            return True
        return bool(text) and self.count(text) > 0

    def may_hold(self, *values: object) -> bool:
        """Whether a row may have a hit; to search its values as one text is quicker."""
        text = "\n".join(filter(None, map(as_text, values)))
        if self.prefilter and not self.prefilter.may_hold_decoded(decode_escapes(text)):
            return False
        if self.authors and any(map(squeeze(text).holds, self.authors)):
            return True
        return self.holds("", text)

    def count(self, text: str, *, is_raw: bool = False) -> int:
        """Count the hits in a text, or in the *raw* bytes of a file as text."""
        places = Counter[bool]()
        for is_link, squeezed in squeezed_readings(text) if self.patterns else ():
            places[is_link] += sum(
                squeezed.count(pattern.letters) for pattern in self.patterns if pattern.is_link is is_link
            )
        # Most names are spelt alike as words and in a link, so that the sum would count a link twice.
        names = max(places.values(), default=0)
        if not self.pages:
            return names
        decoded = decode_escapes(text)
        patterns = self._raw_page_patterns if is_raw else self._page_patterns
        spelt = sum(len(pattern.findall(decoded)) for pattern in patterns)
        # A link with an escape is one before or after it is decoded; any other is one both times.
        linked = max(sum(page in self.pages for page in linked_pages(each)) for each in (text, decoded))
        return names + (spelt or linked)


def as_text(value: object) -> str:
    """Return the text in a column, empty for a number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


WINDOW_BYTES = 1 << 20
OVERLAP_BYTES = 1 << 13
"""The overlap of windows: longer than a name with its escapes, or a link."""

_LATIN_UTF16 = re.compile(rb"(?:[\x20-\xff]\0){4}")
_NOT_UTF8 = re.compile("[\udc80-\udcff]+")


def count_places(data: bytes | mmap, finder: SubjectFinder) -> int:
    """Count the places in the bytes of a file, decoded and searched as the texts of rows are.

    They are read as UTF-8, in which an invalid byte is Windows-1252, and as UTF-16 after a byte order mark or if they
    hold Latin letters in UTF-16.
    """
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
    """Yield the bytes as text in each encoding that is possible."""
    is_utf16 = is_utf16 or _LATIN_UTF16.search(data) is not None
    # A zero between the letters of UTF-16 would make each letter a word.
    text = (data.replace(b"\0", b"") if is_utf16 else data).decode("utf-8", "surrogateescape")
    yield _NOT_UTF8.sub(lambda run: run[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace"), text)
    if is_utf16:
        for start in (0, 1):
            for encoding in ("utf-16-le", "utf-16-be"):
                yield data[start:].decode(encoding, "replace")
