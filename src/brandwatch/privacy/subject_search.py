"""Find a person, an account or a page in texts and files, in every spelling.

Texts are compared by their letters and digits alone, in one spelling: small, without accents, codes and signs; å as aa,
æ as ae, ø as oe. Links lose the signs of letters, so that there å may also be a, and ø may be o. The bytes of a file
are decoded, then searched as texts are: the search that proves an erasure is the one that found the rows.
"""

import html
import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from mmap import mmap
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from brandwatch.errors import UsageError
from brandwatch.models import SubjectRequest
from brandwatch.text.normalise import fold
from brandwatch.urls import canonical, decode_hosts, host, is_front_page, readable_host

MIN_NAME_LETTERS = 3
"""The minimum length of a search term: shorter ones are in every text."""
MIN_DISTINCTIVE_LETTERS = 8
"""Shorter names count only at the beginning of a word: “super Åsgard” contains `Per Ås`."""

# The escapes of links, JSON and pages; of JSON the line ends too, which exports have.
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrt/])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


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


def decode_escapes(text: str) -> str:
    """Decode the escapes of JSON, links and pages, and compose the characters (NFC)."""
    if "\\" in text:
        text = _JSON_ESCAPE.sub(_unescape_json, text)
    if "%" in text:
        text = _PERCENT.sub(lambda code: unquote(code[0]), text)
    if "&" in text:
        text = _ENTITY.sub(lambda code: html.unescape(code[0]), text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _unescape_json(code: re.Match[str]) -> str:
    if code[1]:
        return chr(int(code[1], 16))
    return "/" if code[0] == r"\/" else " "


# The sign for micro folds to a Greek letter, which Windows-1252 lacks.
_WINDOWS_1252 = bytes(range(256)).decode("cp1252", "ignore").replace("µ", "")
_OTHER_CHARACTERS = re.compile(f"[^{re.escape(_WINDOWS_1252)}]+")
_SMALL_BYTES = "".join(
    character.lower() if character.isalnum() else " " for character in bytes(range(256)).decode("cp1252", "replace")
).encode("cp1252")


class SpellingTable(dict[int, str]):
    """The spelling of each character in comparisons: a space for a sign, nothing for an accent; filled on first use."""

    def __init__(self, nordic_letters: dict[str, str]) -> None:
        self._spellings = {"æ": "ae", "ä": "ae", "ß": "ss"} | nordic_letters

    # Folding every letter costs 0.4 ms, which a poll without erasures need not spend.
    @cached_property
    def _forms_of_bytes(self) -> dict[bytes, bytes]:
        letters = [letter for letter in _WINDOWS_1252 if letter.isalnum() and letter == letter.lower()]
        forms = {letter: self[ord(letter)] for letter in letters}
        return {letter.encode("cp1252"): form.encode("cp1252") for letter, form in forms.items() if form != letter}

    def __missing__(self, code: int) -> str:
        """Compute the spelling of a character."""
        plain = "" if unicodedata.combining(chr(code)) else fold(chr(code)).folded.lower()
        # Signs such as ™ are no letters, but NFKD would make letters of them.
        letters = (unicodedata.normalize("NFKD", letter) for letter in self._spell(plain) if letter.isalnum())
        form = "".join(filter(str.isalnum, self._spell("".join(letters))))
        self[code] = form or (" " if plain else "")
        return self[code]

    def _spell(self, text: str) -> str:
        for letter, spelling in self._spellings.items():
            text = text.replace(letter, spelling)
        return text

    def to_words(self, text: str) -> str:
        """Replace every sign of a text by a space, and every letter by its spelling."""
        decoded = decode_escapes(text)
        if not decoded.isascii():
            decoded = _OTHER_CHARACTERS.sub(lambda run: run[0].translate(self), decoded)
        try:
            raw = decoded.encode("cp1252")
        except UnicodeEncodeError:
            return decoded.translate(self)
        # Replacing bytes takes 25 ns a character, translating characters 70; most texts are Windows-1252.
        raw = raw.translate(_SMALL_BYTES, b"\xad")
        if raw.isascii():
            return raw.decode("ascii")
        for letter, form in self._forms_of_bytes.items():
            raw = raw.replace(letter, form)
        return raw.decode("cp1252")


_SPELT = SpellingTable({"å": "aa", "ø": "oe", "ö": "oe", "ü": "ue"})
# In a link a letter may lack its sign; elsewhere that makes another name.
_BARE = SpellingTable({"å": "a", "ø": "o", "ö": "o", "ü": "u"})


class SqueezedText:
    """The letters and digits of a text, joined."""

    def __init__(self, spaced: str) -> None:
        self._spaced = spaced
        self.letters = spaced.replace(" ", "")

    @cached_property
    def word_starts(self) -> tuple[int, ...]:
        """The offsets in `letters` at which words begin."""
        words = self._spaced.split()
        return (0, *accumulate(map(len, words[:-1]))) if words else ()

    def windows(self, length: int) -> Iterator[str]:
        """Yield every run of letters of this length that can be a name."""
        last = len(self.letters) - length
        for start in range(last + 1) if length >= MIN_DISTINCTIVE_LETTERS else self.word_starts:
            if start <= last:
                yield self.letters[start : start + length]

    def count(self, name: str) -> int:
        """Count the places of a squeezed name; an ending may follow it."""
        if len(name) >= MIN_DISTINCTIVE_LETTERS or name not in self.letters:
            return self.letters.count(name)
        return sum(self.letters.startswith(name, start) for start in self.word_starts)

    def holds(self, name: str) -> bool:
        """Whether the text contains a squeezed name."""
        return self.count(name) > 0


def squeeze(text: str, *, is_link: bool = False) -> SqueezedText:
    """Join the letters and digits of a text or of a link."""
    return SqueezedText((_BARE if is_link else _SPELT).to_words(text))


def squeezed_readings(text: str) -> Iterator[tuple[bool, SqueezedText]]:
    """Yield a text in the spelling of texts, and each link in it in the spelling of links (`is_link`)."""
    yield False, squeeze(text)
    if "/" in text:
        yield from ((True, squeeze(link, is_link=True)) for link in text.split() if "/" in link)


class NamePattern(NamedTuple):
    """The letters of a name in the spelling of texts or of links."""

    letters: str
    is_link: bool = False


_HANDLE = re.compile(r"@?([\w.-]+)@([\w-]+(?:\.[\w-]+)+)")


def name_patterns(name: str) -> tuple[NamePattern, ...]:
    """Build the patterns of a name, for `@kari@tut.example` those of its page, `tut.example/@kari`, too."""
    handle = _HANDLE.fullmatch(name.strip())
    names = (name, f"{handle[2]} {handle[1]}") if handle else (name,)
    patterns = [
        NamePattern(squeeze(spelling, is_link=is_link).letters, is_link)
        for is_link in (False, True)
        for spelling in names
    ]
    return tuple(dict.fromkeys(pattern for pattern in patterns if pattern.letters))


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
    """A search in the columns of rows."""

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

    def holds(self, column: str, value: object) -> bool:
        """Whether the value of a column has a hit; a number has none."""
        text = as_text(value)
        if column == "author" and text and squeeze(text).letters in self.authors:
            return True
        return bool(text) and self.count(text) > 0

    def may_hold(self, *values: object) -> bool:
        """Whether a row may have a hit; to search its values as one text is quicker."""
        text = "\n".join(filter(None, map(as_text, values)))
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
