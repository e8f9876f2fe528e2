"""Authors as feeds write them: the names of people without their mail addresses."""

from __future__ import annotations

import re
from functools import lru_cache

from brandwatch.text.html import unescape
from brandwatch.text.sanitise import one_line

# A handle such as `@kari@forum.example` is no mail address. Any top-level domain counts, also none and one with æøå,
# and `kari(at)avis.example`.
_ADDRESS = (
    r"(?:mailto:\s*)?(?<![\w@.+/-])[\w.!#$%&'*+/=?^`{|}~-]+@(?:(?:[\w-]+\.)*[\w-]+|\[[0-9a-fA-F.:]+\])"
    r"(?:\?\w+=[^\s>)\]]*)?"
    r"|(?<![\w.])[\w.+-]+\s?[(\[{]\s?(?:at|a|@)\s?[)\]}]\s?[\w-]+(?:\.[\w-]+)+"
)
_ADDRESS_AND_NAME = re.compile(rf"<?(?:{_ADDRESS})>?\s*\(((?:[^()]|\([^()]*\))*)\)", re.IGNORECASE)
_BRACKETED = re.compile(rf"[(<\[]\s*(?:{_ADDRESS}|mailto:|https?://[^\s>)\]]+)?\s*[)>\]]|<[^<>]*>", re.IGNORECASE)
_ANY_ADDRESS = re.compile(_ADDRESS, re.IGNORECASE)
_ACCOUNT_ADDRESS = re.compile(r"([\w.+-]+)@[\w-]+(?:\.[\w-]+)+")
_NAMELESS = re.compile(r"[\W_]*(?:mailto:?)?[\W_]*", re.IGNORECASE)
_SIGNS = re.compile(r"[@<()\[{]|mailto", re.IGNORECASE)
_EDGES = " \t\"'“”„«»,;:|<>-–—/"
_MAX_CHARS = 500
# “Kari Eksempel og Ola Nordmann” are two people; “Nordmann, Kari” is one.
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+(?:og|och|and|und|ja|&)\s+", re.IGNORECASE)


def clean_author(written: str, url: str = "") -> str:
    """Return the names in a text of authors on one line, without mail addresses and the brackets around them.

    Without a name it is empty: a mail address names nobody. The address of an account that *url*, the link of
    the entry, belongs to is its name, and stays.
    """
    if is_account_address(written, url):
        return written
    return _names(written[: 2 * _MAX_CHARS])


@lru_cache(maxsize=1024)
def _names(written: str) -> str:
    # The same few people write most entries of a feed.
    author = one_line(unescape(written))[:_MAX_CHARS]
    if _SIGNS.search(author):
        author = _ADDRESS_AND_NAME.sub(r"\1", author)
        author = _ANY_ADDRESS.sub(" ", _BRACKETED.sub(" ", author))
        author = _collapse(author)
    return "" if _NAMELESS.fullmatch(author) else author


def join_authors(names: list[str]) -> str:
    """Join the names of several authors, each once."""
    if len(names) == 1:
        return names[0]
    by_spelling: dict[str, str] = {}
    for name in filter(None, names):
        by_spelling.setdefault(name.casefold(), name)
    return ", ".join(by_spelling.values())


def split_author(author: str) -> list[tuple[int, int]]:
    """Return the start and end of each name in a text of several authors."""
    ends = [match.span() for match in _BETWEEN.finditer(author)]
    starts = [0, *(end for _, end in ends)]
    return list(zip(starts, [*(start for start, _ in ends), len(author)], strict=True))


def is_account_address(address: str, url: str) -> bool:
    """Whether `kari@forum.example` names the account that *url* is a page of, and no mailbox."""
    match = _ACCOUNT_ADDRESS.fullmatch(address) if "@" in address else None
    return match is not None and any(f"{folder}{match[1]}".casefold() in url.casefold() for folder in ("/@", "/users/"))


def _collapse(author: str) -> str:
    """Close the gaps that addresses left."""
    author = re.sub(r"\s+(?=[,;])|[,;]\s*(?=[,;])", "", " ".join(author.split())).strip(_EDGES)
    is_wrapped = author.startswith("(") and author.endswith(")") and author.count("(") == 1
    return author[1:-1] if is_wrapped else author
