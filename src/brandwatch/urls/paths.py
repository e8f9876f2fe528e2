"""Paths in one spelling."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

SAFE = "/:@!$&'()*+,;=-._~"
"""What stands in a path as it is (RFC 3986 §3.3), an encoded slash apart."""

_PLAIN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=._~-]*")
_SLASH = re.compile(r"%2[fF]")
_INDEX = re.compile(r"(?:index|default)\.(?:s?html?|xhtml|php\d?|aspx?|jsp|cfm)", re.IGNORECASE)
_AMP = ".amp"
_PAGES = (".html", ".htm")
# How ASP.NET and servlets know a visitor who takes no cookies.
_SESSION = re.compile(r"\((?:[A-Za-z]\([0-9A-Za-z]{24}\))+\)")
_SERVLET_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)


def encoded(path: str) -> str:
    """Return a path in one percent-encoding; an encoded slash is no slash, and bytes that are no text stay."""
    if _PLAIN.fullmatch(path):
        return path
    return "%2F".join(quote(unquote_to_bytes(piece), safe=SAFE) for piece in _SLASH.split(path))


def tidy(path: str) -> str:
    """Return a path without dots, sessions, AMP and index endings, doubled and last slashes."""
    pieces: list[str] = []
    for piece in _SERVLET_SESSION.sub("", path).split("/")[1:]:
        if piece == "..":
            del pieces[-1:]
        elif piece != "." and not _SESSION.fullmatch(piece):
            pieces.append(piece)
    pieces = list(filter(None, pieces))
    while pieces and (last := _last(pieces[-1])) != pieces[-1]:
        pieces[-1:] = [last] if last.strip(".") and not _SESSION.fullmatch(last) else []
    return "".join(f"/{piece}" for piece in pieces)


def _last(piece: str) -> str:
    """Return the last piece of a path as the page itself has it, which may be not at all."""
    if "." not in piece:
        return "" if piece.lower() == _AMP[1:] else piece
    if _INDEX.fullmatch(piece):
        return ""
    ending = next((page for page in _PAGES if piece.lower().endswith(page)), "")
    end = len(piece) - len(ending)
    while piece[max(end - len(_AMP), 0) : end].lower() == _AMP:
        end -= len(_AMP)
    return piece[:end] + piece[len(piece) - len(ending) :]
