"""Redirect links undone without asking anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from brandwatch.urls import address
from brandwatch.urls.codings import decoded, unquoted, written
from brandwatch.urls.hosts import by_host, places
from brandwatch.urls.links import web_link
from brandwatch.urls.wrappers import WRAPPERS, Wrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.urls.address import Address

HOPS = 3
"""How many redirect links may lie in one another; a longer chain is left as it is."""

_WRAPPERS = by_host(WRAPPERS)
_HOST = re.compile(r"https?://[^/?#]*")
_WRITTEN_OUT = re.compile(r"https?:/", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/+", re.IGNORECASE)


def unwrap(url: str) -> str:
    """Return the link that the redirect link *url* leads to, or *url* itself where it is none.

    What is undone must lead to an http(s) link without a user name or password.
    """
    if not _may_wrap(url):
        return url
    link = url
    for _ in range(HOPS):
        target = _target(link)
        if not target:
            return link
        link = target
    return url if _target(link) else link


def _may_wrap(url: str) -> bool:
    """Say whether it is worth a closer look; for nearly every link it is not, which must cost nothing."""
    return (
        url.find("http", 8) > 0
        or "/amp/" in url
        or "ampproject.org/" in url
        or "bing-amp.com/" in url
        or "aHR0c" in url  # `http` in Base64
    )


def _target(url: str) -> str:
    """Return where a redirect link leads, nothing for any other."""
    link = web_link(url) if _may_wrap(url) else ""
    parts = address.read(link)
    if parts is None:
        return ""
    for wrapper in (wrapper for place in places(parts.host) for wrapper in _WRAPPERS.get(place, ())):
        for text in _parameters(wrapper, parts) if wrapper.names else _rest(wrapper, link):
            if target := _safe(text, wrapper.coding):
                return target
    return ""


def _parameters(wrapper: Wrapper, parts: Address) -> Iterator[str]:
    """Yield what may be the target among the parameters; it inherits the fragment as in a browser."""
    if not re.fullmatch(wrapper.pattern, parts.path):
        return
    values = dict(reversed(parts.query))
    for name in wrapper.names.split():
        value = written(values.get(name, "").strip().encode("latin-1"))
        yield f"{value}#{parts.fragment}" if parts.fragment and "#" not in value else value


def _rest(wrapper: Wrapper, link: str) -> Iterator[str]:
    """Yield what may be the target among all that follows the host; it may be encoded, but need not."""
    rest = _HOST.sub("", link, count=1)
    found = re.fullmatch(wrapper.pattern, rest if rest.startswith("/") else f"/{rest}")
    if found:
        yield _written_out(f"{wrapper.scheme}{found[1]}")


def _written_out(text: str) -> str:
    """Return a link that may be encoded as one that is not."""
    return text if _WRITTEN_OUT.match(text) else unquoted(text)


def _safe(text: str, coding: str) -> str:
    """Return the target that *text* stands for, nothing where it is none that one may be sent to."""
    try:
        target = _SCHEME.sub(r"\1://", decoded(text, coding), count=1)
        names_user = "@" in urlsplit(target).netloc
    except ValueError:
        return ""
    return "" if names_user else web_link(target)
