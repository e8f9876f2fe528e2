"""The signs, quotes and calls of other tools in the words of an expression, each with the form that works here."""

from __future__ import annotations

import re
from typing import NamedTuple

from brandwatch.query_language import foreign


class ForeignSign(NamedTuple):
    """A sign of other tools in a word: where it stands, what is wrong, and the form that works."""

    position: int
    message: str
    hint: str


_BETWEEN = "write OR between the words, or put them in quotes"
_RANGE = ("ranges are not part of the language", "put signs in quotes to look for them")
_GROUP = ("a group has round brackets", "write (a OR b); put signs in quotes to look for them")
_COMPARISON = ("comparisons are not part of the language", "put signs in quotes to look for them")
_FUZZY = ("~ is not part of the language", "a NEAR/3 b finds words that are near each other; join spellings with OR")

_SIGNS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), message, hint)
    for pattern, message, hint in (
        (r"\|", "| is no operator", foreign.OR),
        (r"&&", "&& is no operator", foreign.AND),
        (r"∧", "∧ is no operator", foreign.AND),
        ("\u2228", "\u2228 is no operator", foreign.OR),
        (r"¬", "¬ is no operator", foreign.NOT),
        (r"^[!]", "! is no operator", "write NOT, or - right before the word"),
        (r"^:", ": belongs right after the name of a field", "write title:word without a space before the colon"),
        (r"[<>]", *_COMPARISON),
        (r"\\", "\\ has no meaning here", "quotes and signs need no \\ before them"),
        (r"~", *_FUZZY),
        (r"\^", "weights are not part of the language", "every word counts the same"),
        (r"^[\[\]]|\[", *_GROUP),
        (r"^[{}]|\{", "{ } is not part of the language", "write =Word to require these capitals"),
        # A decimal comma is part of a number; a semicolon may end an entity.
        (r"^,|,$|(?<=\D),|,(?=\D)", ", is no operator", _BETWEEN),
        (r"(?<!&)\b;|^;", "; is no operator", _BETWEEN),
        ("[\uff08\uff09\uff3b\uff3d\uff5b\uff5d\uff02\uff5c]", "full-width signs are text", 'write ( ), " or OR'),
        (r"(?<=[^\W\d_]{2})\+(?=[^\W\d_]{2})", "+ is no operator inside a word", "write AND, or put it in quotes"),
        (r"(?<=[^\W\d_]{3})/(?=[^\W\d_]{3})", "/ is no operator", "write OR, or put it in quotes"),
        (r"\?", "? is no wildcard", "use * at the end of a word, or join the forms with OR; or put it in quotes"),
        (
            r"(?<=[^\W\d_])[$#%](?=[^\W\d_]|$)|^%",
            "$, # and % are no wildcards",
            "use * at the end, or put it in quotes",
        ),
    )
)
_ENTITY = re.compile(r"&#?\w+;")
_TRUNCATED = re.compile(r"[^\W\d_]+!+")
_RANGE_OPERATOR = re.compile(r"[\[{][^\]}]*\bTO\b")
_BRACES = re.compile(r"\{([^{}\"“”«»]{1,100})\}")
_SHARP = re.compile(r"[A-Za-z]#$")  # C#, F#


def foreign_sign(text: str, word: str, start: int) -> ForeignSign | None:
    """Find the first sign of another tool in a *word* of *text* that begins at *start*; `None` if all may be meant."""
    if _RANGE_OPERATOR.match(text, start):
        return ForeignSign(start, *_RANGE)
    if braces := _BRACES.match(text, start):
        hint = f'write ="{braces[1]}"' if " " in braces[1] else f"write ={braces[1]}"
        return ForeignSign(start, "{ } is not part of the language", f"{hint} to require these capitals")
    name, equals, value = word.partition("=")
    if equals and (field := foreign.field_of(name.lower())):
        return ForeignSign(start + len(name), "a field ends with a colon", f"write {field}:{value or 'word'}")
    plain = _ENTITY.sub(lambda entity: "x" * len(entity[0]), word)
    found = [
        ForeignSign(start + match.start(), message, hint)
        for pattern, message, hint in _SIGNS
        if (match := pattern.search(plain)) and not (match[0] == "#" and _SHARP.fullmatch(plain))
    ]
    # `bank!` is every ending elsewhere; a name may have the sign: Kahoot!
    if plain.islower() and _TRUNCATED.fullmatch(plain):
        hint = f'write {plain.rstrip("!")}*, or put it in quotes: "{plain}"'
        found.append(ForeignSign(start + len(plain) - 1, "! is no wildcard", hint))
    return min(found, default=None)


# A phrase in single quotes: they open before a word and close after a later one. Low and angular ones do nothing else.
_APOSTROPHES = "'\u2018\u2019`\u00b4"
# A limit: each of many apostrophes would be compared with all that follows.
_SINGLE_QUOTED = re.compile(
    rf"(?:[{_APOSTROPHES}]{{1,2}}(?P<high>\w[^{_APOSTROPHES}()\"“”„‟«»]{{0,200}}(?<=[\w.!?]))[{_APOSTROPHES}]+"
    r"|[\u201a\u2039\u203a](?P<low>[^\u201a\u2018\u2019\u2039\u203a()]{0,200})[\u2018\u2019\u2039\u203a])(?!\w)"
)


def single_quoted_phrase(text: str, start: int) -> str:
    """Return the phrase in single quotes that begins at *start*, empty for none: elsewhere they hold words together."""
    match = _SINGLE_QUOTED.match(text, start)
    if match is None:
        return ""
    return match["low"] or (match["high"] if " " in match["high"] else "")


_OPEN_WORD = re.compile(r"\w{3,}\*|\*\w{2,}|[^\s*]+")


def open_phrase_hint(phrase: str) -> str:
    """Return the form for a phrase with stars: `"a b* * c"` is `a ONEAR/0 b* ONEAR/1 c`."""
    words = phrase.split()
    parts = [word for word in words if word.strip("*")]
    if not parts or not all(map(_OPEN_WORD.fullmatch, parts)):
        return "join the forms with OR, or leave the * out: signs between words do not count"
    if len(parts) == 1:
        return f"write {parts[0]} without the quotes"
    form, between = parts[0], 0
    for word in words[words.index(parts[0]) + 1 :]:
        if word.strip("*"):
            form, between = f"{form} ONEAR/{between} {word}", 0
        else:
            between += 1
    return f"write {form}"


_CALLS = {
    **dict.fromkeys("case cs caps allcaps exact raw capitals nocaps".split(), "write =Gap to require these capitals"),
    **dict.fromkeys("all and".split(), "write (a AND b)"),
    **dict.fromkeys("any or".split(), "write (a OR b)"),
    **dict.fromkeys("none not".split(), "write NOT (a OR b)"),
    **dict.fromkeys("plural singular atleast count".split(), "write the word alone"),
}


_LONE_SIGNS = {
    "&": 'write AND, or put the whole name in quotes: "H & M"',
    "+": "write AND",
    "-": "write NOT, or - right before the word",
    "=": "write title:word, or =Word to require its capitals",
    ",": _BETWEEN,
}


def lone_sign_hint(sign: str) -> str:
    """Return the form for a sign that stands alone."""
    return _LONE_SIGNS.get(sign, "leave it out")


def call_hint(name: str) -> str:
    """Return the form for `name(…)`."""
    name = name.lower()
    if field := foreign.field_of(name):
        return f"write {field}:(…)"
    return _CALLS.get(name, "write a space before (, and an operator if one is meant")
