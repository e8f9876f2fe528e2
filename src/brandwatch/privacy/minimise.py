"""Data minimisation: the author as far as the query allows, and the passage that shows why an entry matters."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import AuthorPolicy, EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from brandwatch.models import Entry, Evidence, MatchResult, Retention

    Span = tuple[int, int]


_ELSEWHERE = "in what is not kept of it"
_OPENNESS = tuple(AuthorPolicy)


class MinimisedEntry(NamedTuple):
    """An entry as it is kept, with judgements whose spans point into that; *whole* is all of it, if that is more."""

    entry: Entry
    judgements: dict[str, MatchResult]
    whole: Entry | None


def minimise_entry(
    entry: Entry, judgements: Mapping[str, MatchResult], keeping: Collection[Retention]
) -> MinimisedEntry:
    """Return what is kept of an entry; of several queries the one that keeps most decides."""
    pieces = [piece for judgement in judgements.values() for piece in judgement.evidence]
    author = _author(entry, pieces, max((one.author for one in keeping), key=_OPENNESS.index))
    part = cut_snippet(entry.text, _spans(pieces), max(one.snippet for one in keeping))
    short = replace(entry, text=part.text, author=author)
    if short == entry:
        return MinimisedEntry(entry, dict(judgements), None)
    moved = {name: _moved(judgement, short, part) for name, judgement in judgements.items()}
    return MinimisedEntry(short, moved, entry)


def _author(entry: Entry, pieces: Collection[Evidence], byline: AuthorPolicy) -> str:
    """Return what is kept of the author: accounts, and the byline that is evidence, of a registered representative."""
    match byline:
        case AuthorPolicy.FULL:
            return entry.author
        case AuthorPolicy.HANDLE:
            is_evidence = any(piece.field == "author" for piece in pieces)
            return entry.author if is_evidence else accounts_in_byline(entry.author, entry.url)
        case AuthorPolicy.NONE:
            return ""


def _spans(pieces: Collection[Evidence]) -> list[tuple[int, int]]:
    """Return where evidence stands in the text, that of the brand first."""
    in_text = sorted(
        (piece for piece in pieces if piece.field == "text"),
        key=lambda piece: (piece.kind is not EvidenceKind.ANCHOR, piece.start),
    )
    return [(piece.start, piece.end) for piece in in_text]


def _moved(judgement: MatchResult, short: Entry, part: Snippet) -> MatchResult:
    """Return a judgement whose evidence points into what is kept."""
    return replace(judgement, evidence=tuple(_piece(piece, short, part) for piece in judgement.evidence))


def _piece(piece: Evidence, short: Entry, part: Snippet) -> Evidence:
    """Return a piece of evidence that points into what is kept, or nowhere, saying so."""
    if piece.field == "text":
        start, end = part.span(piece.start, piece.end)
    elif piece.field == "author" and not short.author:
        start, end = 0, 0
    else:
        return piece
    note = piece.note if end > start else "; ".join(filter(None, (piece.note, _ELSEWHERE)))
    return replace(piece, start=start, end=end, note=note)


_MORE = "… "
# So far a cut moves to stand between words.
_LONGEST_WORD = 40
_SHARE_BEFORE = 3


class Snippet(NamedTuple):
    """A part of a text: the characters [*start*, *end*) of it, behind *lead* others that say that it was cut."""

    text: str
    start: int
    end: int
    lead: int = 0

    def span(self, start: int, end: int) -> Span:
        """Return where [*start*, *end*) of the whole text stands in this part; where it does not, nothing: (0, 0)."""
        if not self.start <= start <= end <= self.end:
            return 0, 0
        return start - self.start + self.lead, end - self.start + self.lead


def cut_snippet(text: str, spans: Sequence[Span], size: int) -> Snippet:
    """Return at most *size* characters of a text, with as many of the *spans* as fit, the first of them before others.

    Where there is no span it is the beginning.
    """
    if len(text) <= size:
        return Snippet(text, 0, len(text))
    room = size - 2 * len(_MORE)
    if room <= 0:
        return Snippet("", 0, 0)
    core = _core(spans, room)
    start, end = _between_words(text, _around(core, len(text), room), core)
    lead = _MORE if start else ""
    return Snippet(f"{lead}{text[start:end]}{_MORE[::-1] if end < len(text) else ''}", start, end, len(lead))


def _core(spans: Sequence[Span], room: int) -> Span:
    """Return the stretch that holds the first span that fits, and of the others those that fit with it."""
    fitting = [(start, end) for start, end in spans if start < end <= start + room]
    if not fitting:
        return 0, 0
    start, end = fitting[0]
    for other in sorted(fitting, key=lambda span: abs(span[0] - fitting[0][0])):
        wider = min(start, other[0]), max(end, other[1])
        start, end = wider if wider[1] - wider[0] <= room else (start, end)
    return start, end


def _around(core: Span, length: int, room: int) -> Span:
    """Return a stretch of the whole room around another: what follows says more than what goes before."""
    start = max(0, core[0] - (room - (core[1] - core[0])) // _SHARE_BEFORE)
    end = min(length, start + room)
    return max(0, end - room), end


def _between_words(text: str, stretch: Span, core: Span) -> Span:
    """Return a stretch that cuts no word, unless it is longer than any; it holds *core* still."""
    start, end = stretch
    if 0 < start < core[0] and not text[start - 1].isspace():
        start = next((at + 1 for at in range(start, min(core[0], start + _LONGEST_WORD)) if text[at].isspace()), start)
    if core[1] < end < len(text) and not text[end].isspace():
        end = next((at for at in range(end - 1, max(core[1], end - _LONGEST_WORD), -1) if text[at].isspace()), end)
    while start < min(core[0] or end, end) and text[start].isspace():
        start += 1
    while end > max(start, core[1]) and text[end - 1].isspace():
        end -= 1
    return start, end


_ACCOUNT = re.compile(r"(?<![\w@./])(?:@[\w.-]*\w(?:@[\w-]+(?:\.[\w-]+)+)?|/?u/[\w-]+)(?![\w@])")
_ADDRESS = re.compile(r"([\w.+-]+)@[\w-]+(?:\.[\w-]+)+")


def accounts_in_byline(author: str, url: str) -> str:
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
