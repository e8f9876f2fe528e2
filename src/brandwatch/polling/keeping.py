"""What of a matched entry is kept: its author as far as its queries say, and the passage that shows why it matters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Byline, Part
from brandwatch.text.bylines import accounts
from brandwatch.text.snippets import snippet

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from brandwatch.models import Entry, Evidence, Judgement, Keeping
    from brandwatch.text.snippets import Snippet

_ELSEWHERE = "in what is not kept of it"
_OPENNESS = tuple(Byline)


class Kept(NamedTuple):
    """An entry as it is kept, with judgements whose spans point into that; *whole* is all of it, if that is more."""

    entry: Entry
    judgements: dict[str, Judgement]
    whole: Entry | None


def kept(entry: Entry, judgements: Mapping[str, Judgement], keeping: Collection[Keeping]) -> Kept:
    """Return what is kept of an entry; of several queries the one that keeps most decides."""
    pieces = [piece for judgement in judgements.values() for piece in judgement.evidence]
    author = _author(entry, pieces, max((one.author for one in keeping), key=_OPENNESS.index))
    part = snippet(entry.text, _spans(pieces), max(one.snippet for one in keeping))
    short = replace(entry, text=part.text, author=author)
    if short == entry:
        return Kept(entry, dict(judgements), None)
    moved = {name: _moved(judgement, short, part) for name, judgement in judgements.items()}
    return Kept(short, moved, entry)


def _author(entry: Entry, pieces: Collection[Evidence], byline: Byline) -> str:
    """Return what is kept of the author: accounts, and the byline that is evidence, of a registered representative."""
    match byline:
        case Byline.FULL:
            return entry.author
        case Byline.HANDLE:
            is_evidence = any(piece.field == "author" for piece in pieces)
            return entry.author if is_evidence else accounts(entry.author, entry.url)
        case Byline.NONE:
            return ""


def _spans(pieces: Collection[Evidence]) -> list[tuple[int, int]]:
    """Return where evidence stands in the text, that of the brand first."""
    in_text = sorted(
        (piece for piece in pieces if piece.field == "text"),
        key=lambda piece: (piece.part is not Part.ANCHOR, piece.start),
    )
    return [(piece.start, piece.end) for piece in in_text]


def _moved(judgement: Judgement, short: Entry, part: Snippet) -> Judgement:
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
