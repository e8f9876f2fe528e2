"""Hosts: one spelling for the network, in ASCII (UTS 46), and one for people."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote

MAX_HOST_CHARS = 253  # RFC 1035 §2.3.4
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")
_PUNYCODE = "xn--"
_PUNYCODE_LABEL = re.compile(r"xn--[a-z0-9-]+")
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))  # UTS 46 §4: full stops of East Asian keyboards
_SCRIPT = re.compile(r"[ -]")  # LATIN SMALL LETTER A, KATAKANA-HIRAGANA PROLONGED SOUND MARK
_FIRST_PICTURE = "\u2600"
_CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL", "LATIN"})
# Cyrillic and Greek letters that look like Latin ones (Chromium, "IDN in Google Chrome": whole-script confusables).
_LATIN_LOOKALIKES = frozenset("асԁеһіјӏорԛѕԝхуъьҽпгѵѡαικνορτυωεγηχ")


def ascii_host(name: str) -> str:
    """Return a host as the network spells it: IDNA, decoded, in small letters, without a final dot.

    A name outside IDNA is percent-encoded.
    """
    if name.isascii() and "%" not in name:
        return name.lower().rstrip(".")
    return _encode(name)


@lru_cache(maxsize=1024)
def _encode(name: str) -> str:
    name = unquote(name).translate(_DOTS).rstrip(".")
    # An IPv6 address may have a zone after a percent sign.
    if ":" in name and name.isascii():
        return name.lower()
    try:
        spelled = ".".join(map(_ascii_label, name.split("."))) if len(name) <= MAX_HOST_CHARS else ""
    except UnicodeError:
        spelled = ""
    return spelled or quote(name.lower(), safe="", errors="replace")


def _ascii_label(label: str) -> str:
    """Return a label as UTS 46 maps it; raise UnicodeError for one that has no name in the network."""
    if label.isascii():
        return _check_label(label.lower())
    import idna  # noqa: PLC0415 (8 ms, which nearly every command does without)

    # Not `idna.encode`: IDNA 2008 has no pictures, which some registries sell, nor the `_` of some customers' hosts.
    mapped = idna.uts46_remap(label, std3_rules=False, transitional=False)
    if not mapped.isascii():
        mapped = f"{_PUNYCODE}{mapped.encode('punycode').decode('ascii')}"
    return _check_label(mapped)


def _check_label(label: str) -> str:
    # What is decoded or mapped must not become another part of the link.
    if not _LABEL.fullmatch(label):
        raise UnicodeError("no label of a host")
    return label


@lru_cache(maxsize=1024)
def readable_host(name: str) -> str:
    """Return a host as people write it: `blåbær.example` for `xn--blbr-roah.example`.

    A label that mixes scripts, or imitates Latin letters, stays as the network spells it: it may pretend to be another.
    """
    host = ascii_host(name)
    if _PUNYCODE not in host:
        return host
    return ".".join(_readable_label(label) if label.startswith(_PUNYCODE) else label for label in host.split("."))


def _readable_label(label: str) -> str:
    written = _decode_label(label)
    return written if written and _is_trustworthy(written) else label


def _decode_label(label: str) -> str:
    """Decode a label in punycode; empty if it is not the one spelling of a name."""
    try:
        written = label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
        return written if _ascii_label(written) == label else ""
    except UnicodeError:
        return ""


def decode_hosts(text: str) -> str:
    """Decode the labels in punycode in a text: for comparison only, since what is shown may pretend to be another."""
    return _PUNYCODE_LABEL.sub(lambda label: _decode_label(label[0]) or label[0], text)


def _is_trustworthy(written: str) -> bool:
    """Whether a label has the letters of one script, which do not pretend to be of another."""
    if not all(map(_is_readable, written)):
        return False
    scripts = {_SCRIPT.split(unicodedata.name(letter, ""), maxsplit=1)[0] for letter in written if letter.isalpha()}
    if scripts <= _CJK:
        return True
    return len(scripts) == 1 and not _LATIN_LOOKALIKES.issuperset(letter for letter in written if letter.isalpha())


def _is_readable(character: str) -> bool:
    # Other signs look like those that separate the parts of a link.
    is_picture = unicodedata.category(character) == "So" and character >= _FIRST_PICTURE
    return character == "-" or character.isalnum() or unicodedata.category(character)[0] == "M" or is_picture
