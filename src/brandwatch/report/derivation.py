"""A judgement in words: why an entry is a mention, or why it is none, as the matcher itself derived it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.models import Part, Subject, Voice
from brandwatch.report.json import evidence_as_data
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Entry, Evidence, Judgement

_AROUND = 60
_NAMES = {
    Part.ANCHOR: "brand",
    Part.CONTEXT: "context",
    Part.PERSON: "person",
    Part.ROLE: "role",
    Part.VOICE: "voice",
}


def lines(entry: Entry, judgement: Judgement) -> Iterator[str]:
    """Yield the derivation line by line."""
    yield _verdict(judgement)
    for piece in judgement.evidence:
        yield f"  {_NAMES[piece.part]:<8} {_what(piece)}"
        if excerpt := _excerpt(entry, piece):
            yield f"           {excerpt}"
    if judgement.evidence:
        yield f"  {'voice':<8} {judgement.voice}{_remark(judgement.voice is Voice.PUBLIC)}"
        yield f"  {'subject':<8} {judgement.subject}{_remark(judgement.subject is Subject.BRAND)}"
    yield f"  {'language':<8} {judgement.language or 'unknown'}"
    if judgement.checks:
        yield "tried:"
    for check in judgement.checks:
        yield f"  {'passed' if check.holds else 'failed'}   {one_line(check.clause)}: {one_line(check.note)}"


def as_data(judgement: Judgement) -> dict[str, Any]:
    """Return the derivation as JSON has it."""
    return {
        "mention": bool(judgement.evidence),
        "suppressed": judgement.suppressed,
        "voice": judgement.voice,
        "subject": judgement.subject,
        "language": judgement.language,
        "evidence": [evidence_as_data(piece) for piece in judgement.evidence],
        "checks": [
            {"clause": check.clause, "holds": check.holds, "note": one_line(check.note)} for check in judgement.checks
        ],
    }


def _verdict(judgement: Judgement) -> str:
    """Return the judgement in one line."""
    if not judgement.evidence:
        return "no mention"
    return f"a mention, hidden by {one_line(judgement.suppressed)}" if judgement.suppressed else "a mention"


def _what(piece: Evidence) -> str:
    """Return what was found, where, by which rule."""
    place = piece.field
    if piece.field in {"title", "text"}:
        place = f"in the {piece.field}" + (f" at {piece.start}–{piece.end}" if piece.start < piece.end else "")
    note = f"; {one_line(piece.note)}" if piece.note else ""
    return f"“{one_line(piece.term)}” {place}, by the rule {piece.rule}{note}"


def _excerpt(entry: Entry, piece: Evidence) -> str:
    """Return the words around a piece of evidence, the piece itself in guillemets."""
    if piece.field == "links" or piece.start == piece.end:
        return ""
    value = str(getattr(entry, piece.field))
    before, after = value[: piece.start][-_AROUND:], value[piece.end :][:_AROUND]
    cut_before = "…" if piece.start > _AROUND else ""
    cut_after = "…" if len(value) - piece.end > _AROUND else ""
    return one_line(f"{cut_before}{before}«{value[piece.start : piece.end]}»{after}{cut_after}")


def _remark(is_default: bool) -> str:  # noqa: FBT001 (a remark or none)
    """Say where a voice or a subject is only what is taken when nothing shows another."""
    return " (nothing in the entry shows another)" if is_default else ""
