"""What of a byline is an account, and what is somebody's name."""

from __future__ import annotations

import re

_ACCOUNT = re.compile(r"(?<![\w@./])(?:@[\w.-]*\w(?:@[\w-]+(?:\.[\w-]+)+)?|/?u/[\w-]+)(?![\w@])")
_ADDRESS = re.compile(r"([\w.+-]+)@[\w-]+(?:\.[\w-]+)+")


def accounts(author: str, url: str) -> str:
    """Return the accounts in a byline, without the names of people: two words, or names in a list, are a name.

    A mail address is none; it is an account where *url*, the link of the entry, is one of its pages.
    """
    parts = [part.strip() for part in author.split(",")]
    if " " in author and (found := _ACCOUNT.findall(author)):
        return ", ".join(dict.fromkeys(found))
    return ", ".join(part for part in parts if part and _is_account(part, url, is_alone=len(parts) == 1))


def _is_account(part: str, url: str, *, is_alone: bool) -> bool:
    """Say whether a part of a byline is an account."""
    if " " in part or "://" in part:
        # A name has letters.
        return not any(map(str.isalpha, part))
    if address := _ADDRESS.fullmatch(part):
        return any(f"{place}{address[1]}".casefold() in url.casefold() for place in ("/@", "/users/"))
    # “Nordmann, Kari” is one person.
    return is_alone or not (part[0].isupper() and part.isalpha())
