"""Whether what a publisher wrote can hold a mention, before an entry is made of it.

One look at the markup of all new entries of a document stands for their evaluation. It looks for the longest word of
each name and channel wherever readable text can have it, and errs on one side: what it cannot follow counts as found.
The markup is bytes, which Python lowers, replaces and scans several times as fast as text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import ahocorasick_rs

from brandwatch.config.query import TermKind
from brandwatch.text.html import HIDDEN
from brandwatch.text.lookalikes import LOOKALIKES, latin_words
from brandwatch.text.normalise import fold
from brandwatch.text.sanitise import clean
from brandwatch.urls import host, readable_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.config.query import OwnedChannels
    from brandwatch.matching.names import Alias


MIN_WORD_LETTERS = 3
"""A shorter word stands in nearly every document."""

# Behind a word: a comment, an element whose text is hidden, a value in quotes with a bracket.
_UNCLEAR = rb"""(?:[^<>]*><)*(?:!|(?:%s)(?![\w:-])|[^<>"']*+(?:(?:"[^"<>]*+"|'[^'<>]*+')[^<>"']*+)*+["'][^<>]*+[<>])"""
# One that is decoded would end a value in quotes, and none stands in a word that is looked for.
_QUOTES = frozenset("\"'")
_CDATA_SIGN = b"<!["
# A soft hyphen at the end of a line goes with the white space behind it.
_HYPHEN_AT_END = re.compile(rb"\xc2\xad[\s<&\xc2\xe1-\xe3]")
_REFERENCE = re.compile(rb"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
_ASCII = bytes(range(0x80))
# No text has a deletion, and no link a tab or a line end within.
_REMOVED = b"\t\r\n\x7f"
_LINE_ENDS = "\x85\u2028\u2029"
# A letter, a digit, or a sign of a handle: `-`, `.`, `_`.
_ENCODED_ASCII = re.compile(rb"%(?:25)*+(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF])")
_ENCODED_LETTERS = re.compile(rb"(?:%(?:25)*+[89a-fA-F][0-9a-fA-F])++")
_PERCENT = re.compile(rb"%(?:25)*+")
# `http` in Base64, and Proofpoint.
_CODED_LINKS = (b"aHR0c", b"urldefense")


class MarkupPrefilter:
    """The words of names and owned channels of many queries, looked for in the markup of entries."""

    def __init__(self, aliases: Iterable[Alias], channels: Iterable[OwnedChannels]) -> None:
        names = {_longest_word(_own_part(alias)) for alias in aliases}
        self._channels = {_longest_word(fold(name).folded) for owned in channels for name in _channel_names(owned)}
        words = names | self._channels
        # Most `<` end no word: the search skips from one to the next, and looks back from there.
        word = rb"0-9A-Za-z\x80-\xff" + b"".join(re.escape(sign).encode() for sign in sorted(_signs(words)))
        behind = rb"<(?<=[%s]<)" % word
        self._tags_in_word = re.compile(rb"%s[^<>]*+>(?:<[^<>]*+>)*+(?=[%s])" % (behind, word))
        self._unclear = re.compile(behind + _UNCLEAR % "|".join(sorted(HIDDEN)).encode(), re.IGNORECASE)
        self._automaton = None
        if words and min(map(len, words)) >= MIN_WORD_LETTERS and _QUOTES.isdisjoint("".join(words)):
            self._automaton = ahocorasick_rs.BytesAhoCorasick([word.encode() for word in words])
        self._letters = frozenset("".join(words))
        # What their letters are composed of, beside letters of theirs.
        self._parts = frozenset(unicodedata.normalize("NFD", "".join(words))) - self._letters

    def may_match(self, texts: Iterable[str]) -> bool:
        """Whether entries with these *texts*, as their publisher wrote them, can be mentions."""
        if self._automaton is None:
            return True
        try:
            markup = "\n".join(texts).encode()
        except UnicodeEncodeError:  # a lone surrogate
            return True
        markup = _decode(markup) if b"&" in markup else markup
        if not markup.isascii():
            characters = frozenset(markup.translate(None, _ASCII).decode())
            if not self._parts.isdisjoint(characters) or ("\xad" in characters and _HYPHEN_AT_END.search(markup)):
                return True
            markup = self._fold(markup, characters)
        if self._has_word(markup) or (self._channels and self._may_hide_link(markup)):
            return True
        if _CDATA_SIGN in markup or self._unclear.search(markup):
            return True
        joined = self._tags_in_word.sub(b"", markup)
        return joined != markup and self._has_word(joined)

    def _has_word(self, markup: bytes) -> bool:
        automaton = self._automaton
        return bool(automaton and automaton.find_matches_as_indexes(markup.translate(None, _REMOVED).lower()))

    def _fold(self, markup: bytes, characters: frozenset[str]) -> bytes:
        """Replace the characters that fold to letters of the words, and drop those that are invisible."""
        for character in characters:
            folded = _fold_character(character)
            if folded != character and (not folded or not self._letters.isdisjoint(folded)):
                markup = markup.replace(character.encode(), folded.encode())
        if characters.isdisjoint(LOOKALIKES):
            return markup
        # Without tags more words may mix scripts than with them.
        written = self._tags_in_word.sub(b"", markup).decode()
        return markup + b"\n" + latin_words(written).encode()

    def _may_hide_link(self, markup: bytes) -> bool:
        """Whether the host or the path of a link may be written in other letters than those of a channel."""
        if any(sign in markup for sign in _CODED_LINKS):
            return True
        if b"%" not in markup:
            return False
        if _ENCODED_ASCII.search(markup):
            return True
        encoded = set(_ENCODED_LETTERS.findall(markup))
        is_ascii = all(map(str.isascii, self._channels))
        return any(map(_may_fold_to_ascii, encoded)) if is_ascii else bool(encoded)


def _own_part(alias: Alias) -> str:
    """Return the spelling of a term without the domain that it shares with others."""
    if alias.term.kind is TermKind.DOMAIN:
        return alias.text.rpartition(".")[0] or alias.text
    return alias.text.partition("@")[0] or alias.text if alias.term.kind is TermKind.ACCOUNT else alias.text


def _longest_word(text: str) -> str:
    """Return the longest word, with its signs where it is a short one (`a.c.m.e.`, `at&t`)."""
    spaced = "".join(character if character.isalnum() else " " for character in text)
    word = max(spaced.split(), key=len, default="")
    return word if len(word) >= MIN_WORD_LETTERS else max(text.split(), key=len, default="").strip("\"'")


def _signs(words: Iterable[str]) -> frozenset[str]:
    return frozenset(character for character in "".join(words) if not character.isalnum() and character.isascii())


def _channel_names(owned: OwnedChannels) -> Iterator[str]:
    """Yield the names in links and authors by which an owned channel is known."""
    for domain in owned.domains:
        yield host(domain).rpartition(".")[0]
        yield readable_host(host(domain)).rpartition(".")[0]
    for account in owned.accounts:
        yield account.handle.partition("@")[0].rpartition("/")[2]
        yield account.handle.rpartition("/")[2].partition("@")[0]


def _decode(markup: bytes) -> bytes:
    """Decode references; add what those become that were escaped once more, which folding decodes."""
    decoded = _decode_once(markup)
    again = _decode_once(decoded) if b"&" in decoded else decoded
    return decoded if again == decoded else decoded + b"\n" + again


def _decode_once(markup: bytes) -> bytes:
    """Decode the references to letters, to markup, and to what is invisible; all others only end a word."""
    has_ampersand = False
    for reference in set(_REFERENCE.findall(markup)):
        meaning = _meaning(reference)
        if meaning is None:
            continue
        if not reference.endswith(b";"):  # it may be the beginning of another one
            return _REFERENCE.sub(lambda match: _unescape(match[0]).encode("utf-8", "surrogateescape"), markup)
        if meaning == "&":
            has_ampersand = True
            markup = markup.replace(reference, b"&amp;")
        else:
            markup = markup.replace(reference, meaning.encode("utf-8", "surrogateescape"))
    return markup.replace(b"&amp;", b"&") if has_ampersand else markup


def _unescape(reference: bytes) -> str:
    return html.unescape(reference.decode("utf-8", "surrogateescape"))


@lru_cache(maxsize=4096)
def _meaning(reference: bytes) -> str | None:
    meaning = _unescape(reference)
    if meaning == reference.decode("utf-8", "surrogateescape") or meaning in _QUOTES:
        return None
    is_relevant = any(map(_may_be_in_word, meaning))
    return meaning if is_relevant or not meaning else None


def _may_be_in_word(character: str) -> bool:
    """Whether a character, or what it folds to, may be a part of a word or vanish in one; quotes end each word."""
    folded = _fold_character(character)
    is_part = any(sign.isalnum() or (sign.isascii() and not sign.isspace()) for sign in folded)
    return (
        character.isascii()
        or not folded
        or (is_part and folded not in _QUOTES)
        or bool(unicodedata.combining(character))
    )


@lru_cache(maxsize=4096)
def _may_fold_to_ascii(encoded: bytes) -> bool:
    """Whether percent-encoded letters may be read as ASCII (`%F0%9D%92%B6` as a), or not at all (`%C2%AD`)."""
    letters = bytes.fromhex(_PERCENT.sub(b"", encoded).decode()).decode("utf-8", "replace")
    return any(not folded or any(map(str.isascii, folded)) for folded in map(_fold_character, letters))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """Fold one character as in a text for matching; an invisible one to nothing."""
    return "" if character in _LINE_ENDS else fold(clean(character)).folded
