"""How some services write the target into a redirect link."""

from __future__ import annotations

import re
from binascii import a2b_base64
from itertools import islice
from urllib.parse import quote, unquote_to_bytes

# Proofpoint writes a star for one character, and two for a run of as many as the letter behind them says.
_STARS = re.compile(r"\*(?:\*([A-Za-z0-9_-]))?")
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SHORTEST_RUN = 2
_ASCII = "".join(map(chr, range(33, 127)))


def decoded(text: str, coding: str) -> str:
    """Return the link that *text* stands for; raise ValueError where it cannot be read."""
    match coding:
        case "base64":
            return _base64(text)
        case "disqus":
            return _disqus(text)
        case "proofpoint2":
            return unquoted(text.replace("-", "%").replace("_", "/"))
        case "proofpoint3":
            return _proofpoint3(text)
        case _:
            return text


def unquoted(text: str) -> str:
    """Return a link without its percent-encoding, but for what could not be written then."""
    return written(unquote_to_bytes(text))


def written(link: bytes) -> str:
    """Return a link that came as bytes; what is no ASCII stays encoded, whatever it is encoded in."""
    return quote(link, safe=_ASCII)


def _base64(text: str) -> str:
    """Return what Bing writes as `a1` and Base64."""
    return written(_bytes(text[2:]))


def _disqus(text: str) -> str:
    """Return a link without the hash that Disqus puts behind it."""
    link, _, digest = text.rpartition(":")
    return text if "/" in digest else link


def _proofpoint3(text: str) -> str:
    """Return a link whose unusual characters are starred out and stand behind it in Base64."""
    link, _, behind = text.partition("__;")
    characters = iter(_bytes(behind.partition("!")[0]).decode())
    return _STARS.sub(lambda star: "".join(islice(characters, _length(star[1]))), link)


def _length(letter: str | None) -> int:
    """Return how many characters a star stands for."""
    return _RUNS.index(letter) + _SHORTEST_RUN if letter else 1


def _bytes(text: str) -> bytes:
    """Return what Base64 stands for, in its alphabet for links and without its padding (RFC 4648 §5)."""
    return a2b_base64(f"{text.replace('-', '+').replace('_', '/')}===")
