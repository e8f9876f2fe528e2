"""Warnings about texts of a query file that look right and are found nowhere, or too often."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from brandwatch.config.query import LetterCase
from brandwatch.text import languages
from brandwatch.text.lookalikes import lookalikes
from brandwatch.text.normalise import QUOTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query import Query
    from brandwatch.config.yaml_source import KeyPath, Located


# A year of a company's history, as in `I 1881 ble kirken bygd`.
FIRST_YEAR, LAST_YEAR = 1000, 2100

_KEYS = ("brand", "names", "products", "owned", "people", "values", "competitors", "exclude")
_OPENING = f"{QUOTES}‘‚‹›"  # noqa: RUF001 (the signs themselves)
_CLOSING = f"{_OPENING}’"
# A comment has a blank behind its `#` by custom, a number or a hashtag has none.
_CUT = re.compile(r"[ \t]+(#[^\s#]\S*)")
# Signs that texts do not have in a name, with what was probably meant.
_MISTAKES = (
    (
        re.compile(r"^\*|\*$"),
        "a star is no wildcard in a name",
        "list the forms; endings and compounds are found anyway",
    ),
    (
        re.compile(r"\s(?:AND|OR|NOT)\s(?=.*[a-zæøåäö])"),
        "operators are words in a name",
        "list the names, or use `match`",
    ),
    (re.compile(r";|,$"), "this sign is a part of the name", "write each name on a line of its own"),
    (re.compile(r"://"), "a link is no name", "`owned: {domains: […]}` finds links to a site"),
    (
        re.compile(r"\ufffd|Ã[\x80-\xbf]"),
        "a letter was damaged by a wrong encoding",
        "save the file as UTF-8, and type the name again",
    ),
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,5});")


def name_warnings(file: Located, query: Query) -> Iterator[Diagnostic]:
    """Yield a warning for each text that is probably not what was meant."""
    for key in _KEYS:
        for path, text in _texts(file.tree.data.get(key), (key,)):
            yield from _check_quotes(file, path, text)
            yield from _check_comment(file, path, text)
            yield from _check_letters(file, path, text)
    for key, terms in (("names", query.names), ("products", query.products)):
        for number, term in enumerate(terms):
            yield from _check_signs(file, (key, number), term.text)
            if term.case is LetterCase.SMART and not term.any_of_context:
                yield from _check_number(file, (key, number), term.text)
    yield from _check_languages(file, query)


def _texts(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:  # noqa: ANN401 (YAML)
    """Yield every text below a key, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, number))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))


def _check_quotes(file: Located, path: KeyPath, text: str) -> Iterator[Diagnostic]:
    """Warn of typographic quotation marks around a text, or on one side of what a comma has cut."""
    text = text.strip()
    inner = text.strip(_CLOSING)
    if not inner or not (text[0] in _OPENING or text[-1] in QUOTES):
        return
    # `Leker “Å” Oss` has a pair inside; `“Å” Oss` one that begins the name.
    if text[0] in _OPENING and text[-1] not in _CLOSING and any(sign in QUOTES for sign in inner):
        return
    if text[-1] in QUOTES and text[0] not in _OPENING and any(sign in QUOTES for sign in inner):
        return
    message = f"the typographic quotation marks are part of this text: {text}"
    yield file.warning(path, message, f"YAML reads only straight ones as quotation marks: write '{inner}'")


def _check_comment(file: Located, path: KeyPath, text: str) -> Iterator[Diagnostic]:
    """Warn of a text that ends where YAML saw a comment, though it looks like a part of the text."""
    if path not in file.tree.values:
        return
    line, column = file.tree.values[path]
    written = file.text.split("\n")[line - 1][column - 1 :]
    if written.startswith(text) and (cut := _CUT.match(written, len(text))):
        message = f"YAML takes “{cut[1]}” for a comment, so that only “{text}” is read"
        yield file.warning(path, message, "put the whole text in quotes, or a blank behind the # of a comment")


def _check_letters(file: Located, path: KeyPath, text: str) -> Iterator[Diagnostic]:
    """Warn of letters that look like Latin ones: nobody else writes the name so."""
    for word in text.split():
        if letters := lookalikes(word):
            message = f"“{word}” holds {letters[0]} ({unicodedata.name(letters[0])}), which only looks like Latin"
            yield file.warning(path, message, "type the word again on your own keyboard")


def _check_signs(file: Located, path: KeyPath, text: str) -> Iterator[Diagnostic]:
    """Warn of a name with syntax: it is found only where a text has the same signs."""
    if _ENTITY.search(text):
        yield file.warning(path, f"an entity is no letter in a name: {text}", f"write '{html.unescape(text)}'")
        return
    for pattern, message, hint in _MISTAKES:
        if pattern.search(text):
            yield file.warning(path, f"{message}: {text}", hint)
            return


def _check_number(file: Located, path: KeyPath, text: str) -> Iterator[Diagnostic]:
    """Warn of a number as a name, four digits above all."""
    if not text.isdecimal():
        return
    kind = "a year" if FIRST_YEAR <= int(text) <= LAST_YEAR and len(text) == len(str(FIRST_YEAR)) else "a number"
    places = "at the beginning of a sentence, in compounds and behind words such as “hos”"
    message = f"“{text}” is {kind} more often than a name: it counts only {places}"
    yield file.warning(path, message, "`any_of_context` says which words make it the name, anywhere in a text")


def _check_languages(file: Located, query: Query) -> Iterator[Diagnostic]:
    """Warn of a language whose endings of names are not known."""
    for code in query.languages:
        forms = languages.language(code).names
        if not (forms.genitives or forms.cases):
            written = file.tree.data.get("languages", [])
            path = ("languages", written.index(code)) if code in written else ("languages",)
            name = languages.language(code).name
            message = f"the endings of names are not known for {name}: only the name as written is found"
            yield file.warning(path, message, "add the forms that texts have to `names`, such as the genitive")
