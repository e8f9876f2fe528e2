"""Repair of response heads: h11 refuses a response for one bad header line, which browsers and curl pass over."""

from __future__ import annotations

import ast
import re

from brandwatch.text.sanitise import one_line

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/(\d(?:\.\d)?)[ \t]+(\d{3})(?!\d)[ \t]*([^\x00\r]*)\r?", re.IGNORECASE)
# RFC 9110 §5.6.2: the characters of a token. Blanks before the colon are removed (RFC 9112 §5.1).
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:([^\x00\x0b\x0c\r]*)\r?")
_FOLDED = (b" ", b"\t")

_QUOTED_BYTES = re.compile(r"bytearray\((b'.*'|b\".*\")\)")
_MAX_SHOWN_CHARS = 80
_LAST_WORD = re.compile(r"[^\s/?&=;]*\Z")


def repair_head(received: bytes) -> bytes:
    """Remove the bad lines of a response head from the received bytes; the body after it is not changed.

    A line is bad without a name before a colon, as the message of a PHP plug-in is, or with a NUL or a form feed.
    """
    received = received.lstrip(b"\r\n")
    end = _END_OF_HEAD.search(received)
    if end is None:
        return received
    status, *lines = received[: end.start()].split(b"\n")
    parts = _STATUS_LINE.fullmatch(status)
    if parts is None:
        return received
    version = parts[1] if b"." in parts[1] else b"1.1"
    return b"\r\n".join(
        [b"HTTP/%s %s %s" % (version, parts[2], parts[3]), *_sound_lines(lines), b"", received[end.end() :]]
    )


def _sound_lines(lines: list[bytes]) -> list[bytes]:
    """Return the header lines that have a name; the continuation of a bad line is bad too."""
    sound, is_sound = [], False
    for line in lines:
        if line.startswith(_FOLDED):
            if is_sound and b"\0" not in line:
                sound.append(line.rstrip())
            continue
        parts = _HEADER_LINE.fullmatch(line)
        is_sound = parts is not None
        if parts:
            sound.append(b"%s: %s" % (parts[1], parts[2].strip()))
    return sound


def describe_protocol_error(message: str) -> str:
    """Return the words of an error of h11, with the bytes that it quotes as text."""
    return one_line(_QUOTED_BYTES.sub(lambda quoted: f"“{_as_text(quoted[1])}”", message))


def _as_text(literal: str) -> str:
    return shorten(one_line(ast.literal_eval(literal).decode("utf-8", "replace")))


def shorten(text: str) -> str:
    """Cut a text for a message, without the word that would be cut: half a secret is not recognised as one."""
    if len(text) <= _MAX_SHOWN_CHARS:
        return text
    return f"{_LAST_WORD.sub('', text[:_MAX_SHOWN_CHARS])}…"
