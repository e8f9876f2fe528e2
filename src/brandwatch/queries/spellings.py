"""How single values of a query file are read: what stands for what, and what is refused, with what to write instead."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from brandwatch import secrets, urls
from brandwatch.marked.forms import duration, period

_KIND = re.compile(r"[a-z][a-z0-9_-]*")
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=30)
_SHORTEST_KEPT, _LONGEST_KEPT = timedelta(days=1), timedelta(days=3650)


def has_letter(text: str) -> str:
    """Refuse a name that no text can hold as a word."""
    if not any(map(str.isalnum, text)):
        raise ValueError("a name needs at least one letter or digit")
    return text


def as_web_link(text: str) -> str:
    """Refuse what is not an address that can be asked, and secrets in it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("not a web address") from None
    link = urls.web_link(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not link:
        raise ValueError("not a web address: it begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a web address must not hold a user name or password: this file is no place for secrets")
    if name := secrets.written_out(text):
        raise ValueError(f"`{name}` looks like a secret: write {name}=${{NAME}}, and set NAME in the environment")
    return text if secrets.names(text) else link


def as_interval(text: str) -> timedelta:
    """Read `15m`, `2h` or `1d`."""
    interval = duration(text)
    if not _SHORTEST <= interval <= _LONGEST:
        raise ValueError("an interval is written 15m, 2h or 1d, and lies between 5m and 30d")
    return interval


def as_period(value: object) -> object:
    """Read `90d`, `6w`, `18m` or `2y`."""
    if not isinstance(value, str):
        return value
    kept = period(value)
    if not _SHORTEST_KEPT <= kept <= _LONGEST_KEPT:
        raise ValueError("how long to keep is written 90d, 6w, 18m (months) or 2y, and lies between 1d and 10y")
    return kept


def as_size(value: object) -> object:
    """Read a number of characters; what is in a file is text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def is_full_name(text: str) -> str:
    """Refuse a name that many people have."""
    if len(text.split()) < 2:  # noqa: PLR2004 (a first name and a last name)
        raise ValueError("a person is written with first and last name")
    return text


def as_domain(text: str) -> str:
    """Return the host of a domain or a web address."""
    host = urls.host(text)
    if "." not in host or " " in text:
        raise ValueError("not a domain: write acme.example")
    return host


def named(value: object) -> object:
    """Let a plain text stand for a name."""
    return {"name": value} if isinstance(value, str) else value


def addressed(value: object) -> object:
    """Let an address stand for a feed, and a word for a kind of source."""
    if not isinstance(value, str):
        return value
    return {"kind": value} if _KIND.fullmatch(value) else {"url": value}


def listed(value: object) -> object:
    """Let one text stand for a list of it."""
    return (value,) if isinstance(value, str) else value


def worded(value: object) -> object:
    """Let a plain list stand for excluded words."""
    return {"words": value} if isinstance(value, list) else value
