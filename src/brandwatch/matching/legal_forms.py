"""Legal forms in the names of companies; the table is `legal_forms.toml`."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


MAX_PERSON_WORDS = 3


class LegalFormTable(NamedTuple):
    """The legal forms by country, and all of them, the longest first.

    *last_words* are the last words of all, *leading* the forms that may begin a name, both in lower case.
    """

    by_country: tuple[tuple[str, ...], ...]
    longest_first: tuple[str, ...]
    last_words: frozenset[str]
    leading: frozenset[str]
    with_capitals: frozenset[str]
    patronymics: tuple[str, ...]


@lru_cache(maxsize=1024)
def split_legal_form(name: str) -> tuple[str, str, str]:
    """Split a name into the bare name, and the legal forms before and behind it with the blanks between."""
    table = _table()
    first, _, rest = name.partition(" ")
    before = f"{first} " if rest and first.lower() in table.leading else ""
    bare = name.removeprefix(before)
    is_possible = bare.rpartition(" ")[2].lower() in table.last_words
    for form in table.longest_first if is_possible else ():
        end = f" {form}"
        if bare.endswith(end) or (form not in table.with_capitals and bare.lower().endswith(end.lower())):
            bare = bare[: -len(end)].rstrip(" ,")
            break
    has_name = any(map(str.isalnum, bare))
    return (bare, before, name[len(before) + len(bare) :]) if has_name else (name, "", "")


def compatriots(form: str) -> Iterator[str]:
    """Yield the legal forms of the countries that have *form*."""
    for listed in _table().by_country:
        if form.lower() in map(str.lower, listed):
            yield from listed


def needs_legal_form(name: str) -> bool:
    """Whether only the legal form makes a company of a name: it is a surname of many, or a person with that surname."""
    words = name.split()
    is_personal = len(words) <= MAX_PERSON_WORDS and all(word.isalpha() and word[0].isupper() for word in words)
    return is_personal and name.lower().endswith(_table().patronymics)


@cache
def _table() -> LegalFormTable:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    rules = {key: text.split() for key, text in data["rules"].items()}
    by_country = [tuple(form.replace("_", " ") for form in text.split()) for text in data["countries"].values()]
    forms = {form for listed in by_country for form in listed}
    return LegalFormTable(
        by_country=tuple(by_country),
        longest_first=tuple(sorted(forms, key=len, reverse=True)),
        last_words=frozenset(form.rpartition(" ")[2].lower() for form in forms),
        leading=frozenset(map(str.lower, rules["leading"])),
        with_capitals=frozenset(rules["with_capitals"]),
        patronymics=tuple(rules["patronymics"]),
    )
