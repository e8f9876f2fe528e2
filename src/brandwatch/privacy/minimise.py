"""Data minimisation: store the author as far as a query allows, and the passage around the evidence."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from brandwatch.models import MAIN_TEXT, AuthorPolicy, Entry, Evidence, EvidenceKind, MatchResult, Retention, TextPart
from brandwatch.text import authors, joining

Span = tuple[int, int]


# The cut moves to a blank at most this far: longer runs of letters are cut like any text.
_MAX_WORD_CHARS = 40
# A third of the remaining room goes before the evidence: the text after it says more.
_ROOM_PARTS = 3
NOT_STORED = "outside the stored passage"
"""The note of evidence that the stored entry does not hold."""


class MinimisedEntry(NamedTuple):
    """An entry as it is stored, with results that point into it; *whole* is the full entry if it differs."""

    entry: Entry
    results: dict[str, MatchResult]
    whole: Entry | None


class Snippet(NamedTuple):
    """Characters [*start*, *end*) of a text, after *lead* characters of an ellipsis."""

    text: str
    start: int = 0
    end: int = 0
    lead: int = 0

    def span(self, start: int, end: int) -> Span:
        """Return the place of [*start*, *end*) of the full text in the snippet, (0, 0) if part of it is missing."""
        if not self.start <= start <= end <= self.end:
            return 0, 0
        return start - self.start + self.lead, end - self.start + self.lead


def minimise_entry(entry: Entry, results: Mapping[str, MatchResult], policies: Collection[Retention]) -> MinimisedEntry:
    """Reduce an entry by the most permissive policy of the queries that matched it: it is stored once for all."""
    evidence = [piece for result in results.values() for piece in result.evidence]
    author = _stored_author(entry, evidence, max((policy.author for policy in policies), key=list(AuthorPolicy).index))
    in_text = sorted(
        (piece for piece in evidence if piece.attribute == MAIN_TEXT),
        # The brand's names come first: the passage must show why the entry is a mention.
        key=lambda piece: (piece.kind is not EvidenceKind.ANCHOR, piece.start),
    )
    spans = [(piece.start, piece.end) for piece in in_text]
    snippet = cut_snippet(entry.text, spans, max(policy.snippet for policy in policies))
    short = replace(entry, text=snippet.text, parts=_stored_parts(entry, snippet), author=author)
    if short == entry:
        return MinimisedEntry(entry, dict(results), None)
    moved = {
        query: replace(result, evidence=tuple(_move(piece, entry, short, snippet) for piece in result.evidence))
        for query, result in results.items()
    }
    return MinimisedEntry(short, moved, entry)


def _stored_author(entry: Entry, evidence: Collection[Evidence], policy: AuthorPolicy) -> str:
    match policy:
        case AuthorPolicy.NONE:
            return ""
        case AuthorPolicy.FULL:
            return entry.author
        case AuthorPolicy.HANDLE:
            # The byline of a registered representative is the evidence of an official voice.
            shown = [entry.author[piece.start : piece.end] for piece in evidence if piece.field == "author"]
            return authors.join_authors(shown) or accounts_in_byline(entry.author, entry.url)


def _stored_parts(entry: Entry, snippet: Snippet) -> tuple[TextPart, ...]:
    """Return the parts of a text in its snippet; the ellipses at its ends belong to the first and the last."""
    if snippet.text == entry.text:
        return entry.parts
    moved = []
    for part in entry.parts:
        start, end = max(part.start, snippet.start), min(part.end, snippet.end)
        if start < end:
            first = 0 if start == snippet.start else start - snippet.start + snippet.lead
            last = len(snippet.text) if end == snippet.end else end - snippet.start + snippet.lead
            moved.append(TextPart(part.field, first, last))
    return tuple(moved)


def _move(piece: Evidence, entry: Entry, short: Entry, snippet: Snippet) -> Evidence:
    """Point a piece of evidence into the stored entry, or at nothing, with a note."""
    if piece.attribute == MAIN_TEXT:
        start, end = snippet.span(piece.start, piece.end)
    elif piece.field == "author" and short.author != entry.author:
        name = entry.author[piece.start : piece.end]
        start = max(0, short.author.find(name))
        end = start + len(name) if name in short.author else start
    else:
        return piece
    if start < end:
        return replace(piece, start=start, end=end)
    return replace(piece, start=start, end=end, note=f"{piece.note}; {NOT_STORED}" if piece.note else NOT_STORED)


def cut_snippet(text: str, spans: Sequence[Span], max_chars: int) -> Snippet:
    """Cut a text to *max_chars*, between words, around the first of *spans* that fits and as many others as fit.

    Without a span the snippet is the beginning.
    """
    if len(text) <= max_chars:
        return Snippet(text, end=len(text))
    room = max_chars - 2 * len(joining.PASSAGE_MARK)
    if room <= 0:
        return Snippet("")
    core = _core(spans, room)
    start = max(0, core[0] - (room - _length(core)) // _ROOM_PARTS)
    end = min(len(text), start + room)
    start, end = _trim_to_words(text, (end - room, end), core)
    before = joining.PASSAGE_MARK if start else ""
    after = joining.PASSAGE_MARK[::-1] if end < len(text) else ""
    return Snippet(f"{before}{text[start:end]}{after}", start, end, len(before))


def _core(spans: Sequence[Span], room: int) -> Span:
    """Find the first span that fits, widened to the nearest others while it fits."""
    fitting = [span for span in spans if 0 < _length(span) <= room]
    if not fitting:
        return 0, 0
    core = fitting[0]
    for other in sorted(fitting, key=lambda span: _length(_union(fitting[0], span))):
        wide = _union(core, other)
        if _length(wide) <= room:
            core = wide
    return core


def _union(one: Span, other: Span) -> Span:
    """Return the shortest span that contains both."""
    return min(one[0], other[0]), max(one[1], other[1])


def _length(span: Span) -> int:
    return span[1] - span[0]


def _trim_to_words(text: str, passage: Span, core: Span) -> Span:
    """Trim a passage to begin and end between words; it still contains the *core*."""
    start, end = passage
    if start and not text[start - 1].isspace():
        limit = min(core[0], start + _MAX_WORD_CHARS)
        start = next((at + 1 for at in range(start, limit) if text[at].isspace()), start)
    if end < len(text) and not text[end].isspace():
        limit = max(core[1], end - _MAX_WORD_CHARS)
        end = next((at for at in range(limit, end)[::-1] if text[at].isspace()), end)
    before = text[start : core[0]]
    start += len(before) - len(before.lstrip())
    after = text[core[1] : end]
    end -= len(after) - len(after.rstrip())
    return start, end


_ACCOUNT = re.compile(r"(?<![\w@./])(?:@[\w.-]*\w(?:@[\w-]+(?:\.[\w-]+)+)?|/?u/[\w-]+)(?![\w@])")
_MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def accounts_in_byline(byline: str, url: str) -> str:
    """Extract the accounts from a byline, without names of people: two words, or names in a list, are a name.

    A mail address is an account only if *url*, the link of the entry, is a page of that account.
    """
    if " " in byline and (accounts := _ACCOUNT.findall(byline)):
        return ", ".join(dict.fromkeys(accounts))
    parts = [part.strip() for part in byline.split(",")]
    return ", ".join(part for part in parts if part and _is_account(part, url, is_alone=len(parts) == 1))


def _is_account(part: str, url: str, *, is_alone: bool) -> bool:
    if " " in part or "://" in part:
        return not any(map(str.isalpha, part))
    if _MAIL_ADDRESS.fullmatch(part):
        return authors.is_account_address(part, url)
    # “Nordmann, Kari” is one person.
    return is_alone or not (part[0].isupper() and part.isalpha())
