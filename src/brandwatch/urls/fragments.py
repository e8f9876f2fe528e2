"""The part of a page that a link names, which the canonical key leaves out."""

from __future__ import annotations

import re
from urllib.parse import unquote

from brandwatch.urls.canonical import canonical, without_tracking
from brandwatch.urls.links import host
from brandwatch.urls.redirects import unwrap

# A text directive (WICG, Text Fragments): what follows tells the browser which words to show.
_DIRECTIVE = ":~:"
_PLACES = frozenset("comments comment respond reply replies disqus_thread top main content footer new _=_".split())
# AddThis, ShareThis, Tynt (two), IDG, CBS, and the place in a WordPress entry where its teaser ends.
_ADDED = (".", "sthash.", "axzz", "ixzz", "tk.", "ftag=", "more-")
_NUMBERED = re.compile(r"[^=]*\d[^=]*")


def are_two_parts(one: str, other: str) -> bool:
    """Whether two links to one page name different parts of it.

    A fragment beside none names a part only by a number: `#topp` is the same page, `#change-2` is a comment on it.
    """
    first, second = part(one), part(other)
    return first != second and (bool(first and second) or bool(_NUMBERED.fullmatch(first or second)))


def part(url: str) -> str:
    """Return the fragment that the key of a link leaves out.

    Empty if it only leads to a place that every page has, or tells how readers came.
    """
    link = unwrap(url)
    page, _, fragment = link.partition("#")
    if not fragment or canonical(link) != canonical(page):
        return ""
    fragment = unquote(fragment.partition(_DIRECTIVE)[0])
    if fragment.lower() in _PLACES or fragment.lower().startswith(_ADDED):
        return ""
    pairs = [(name, value) for name, _, value in (piece.partition("=") for piece in fragment.split("&"))]
    return "&".join(f"{name}={value}" if value else name for name, value in without_tracking(host(page), pairs))
