"""Explanations in words: why an entry is a mention or not, what was decided of it, and the heat of a story."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any

from brandwatch.models import EvidenceKind, Subject, TriageAction, TriageOrigin, Voice
from brandwatch.reports.columns import evidence_as_data
from brandwatch.reports.json import utc
from brandwatch.stories import PUBLISHER_WEIGHT, RESPONSE_WEIGHTS
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from brandwatch.models import Entry, Evidence, MatchResult, TriageDecision
    from brandwatch.stories import Heat


_AROUND = 60
_DERIVATION_NAMES = {
    EvidenceKind.ANCHOR: "brand",
    EvidenceKind.CONTEXT: "context",
    EvidenceKind.PERSON: "person",
    EvidenceKind.ROLE: "role",
    EvidenceKind.VOICE: "voice",
}


def result_lines(entry: Entry, judgement: MatchResult) -> Iterator[str]:
    """Yield the derivation line by line."""
    yield _verdict(judgement)
    for piece in judgement.evidence:
        yield f"  {_DERIVATION_NAMES[piece.kind]:<8} {_derivation_what(piece)}"
        if excerpt := _excerpt(entry, piece):
            yield f"           {excerpt}"
    if judgement.evidence:
        yield f"  {'voice':<8} {judgement.voice}{_remark(judgement.voice is Voice.PUBLIC)}"
        yield f"  {'subject':<8} {judgement.subject}{_remark(judgement.subject is Subject.BRAND)}"
    yield f"  {'language':<8} {judgement.language or 'unknown'}"
    if judgement.clauses:
        yield "tried:"
    for check in judgement.clauses:
        yield f"  {'passed' if check.holds else 'failed'}   {one_line(check.clause)}: {one_line(check.note)}"


def result_as_data(judgement: MatchResult) -> dict[str, Any]:
    """Return the derivation as JSON has it."""
    return {
        "mention": bool(judgement.evidence),
        "suppressed": judgement.suppressed,
        "voice": judgement.voice,
        "subject": judgement.subject,
        "language": judgement.language,
        "evidence": [evidence_as_data(piece) for piece in judgement.evidence],
        "checks": [
            {"clause": check.clause, "holds": check.holds, "note": one_line(check.note)} for check in judgement.clauses
        ],
    }


def _verdict(judgement: MatchResult) -> str:
    """Return the judgement in one line."""
    if not judgement.evidence:
        return "no mention"
    return f"a mention, hidden by {one_line(judgement.suppressed)}" if judgement.suppressed else "a mention"


def _derivation_what(piece: Evidence) -> str:
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


_VIAS = {
    TriageOrigin.TRIAGE: "at the keyboard",
    TriageOrigin.OPTION: "by an option",
    TriageOrigin.IMPORT: "from a file",
}


def decision_lines(decisions: Iterable[TriageDecision]) -> Iterator[str]:
    """Yield a line for each decision, in local time."""
    for one in decisions:
        how = f"undone {_VIAS[one.origin]}" if one.is_undo else _VIAS[one.origin]
        yield f"{one.at.astimezone():%Y-%m-%d %H:%M}  {_decisions_what(one)}, {how}"


def decisions_as_data(decisions: Iterable[TriageDecision]) -> list[dict[str, Any]]:
    """Return the decisions as JSON has them."""
    return [
        {
            "at": utc(one.at),
            "verb": one.action,
            "value": one.value,
            "was": one.previous,
            "via": one.origin,
            "undo": one.is_undo,
        }
        for one in decisions
    ]


def _decisions_what(decision: TriageDecision) -> str:
    """Return what was decided."""
    value, was = one_line(decision.value), one_line(decision.previous)
    match decision.action:
        case TriageAction.STATUS:
            return f"status {was} → {value}"
        case TriageAction.TAG:
            return f"tag {value} given"
        case TriageAction.UNTAG:
            return f"tag {value} taken away"
        case TriageAction.NOTE:
            return f"note “{value}”" if value else "note taken away"


_DAY = 86_400
_HEAT_NAMES = {"likes": ("like",), "comments": ("comment",), "replies": ("reply", "replies"), "shares": ("share",)}
_PLACES = {1: "named in a title", 0: "named in a text", -2: "named in links only"}


def heat_lines(heat: Heat, now: datetime) -> Iterator[str]:
    """Yield how hot it is now, and a line for each thing that makes it so; they add up to it."""
    items = heat_as_data(heat, now)
    weighed = [
        _weighed(count, *_HEAT_NAMES[name], weight=RESPONSE_WEIGHTS[name]) for name, count in heat.counts.items()
    ]
    if heat.others:
        weighed.append(_weighed(heat.others, "other publisher", weight=PUBLISHER_WEIGHT))
    yield f"{items['heat']:.1f}"
    yield f"{items['response']:+5.1f}  response: {' + '.join(weighed) or 'none that is known'}; one for each doubling"
    yield f"{items['place']:+5.1f}  the brand is {_PLACES[heat.place]}"
    yield f"{items['age']:+5.1f}  age: one for each day"


def heat_as_data(heat: Heat, now: datetime) -> dict[str, Any]:
    """Return the items as JSON has them: each as what it adds, and the counts behind the first."""
    parts = {"response": log2(1 + heat.response), "place": heat.place, "age": (heat.begin - now.timestamp()) / _DAY}
    rounded = {name: round(value, 2) for name, value in parts.items()}
    counts = heat.counts | {"other_publishers": heat.others}
    return {"heat": round(sum(parts.values()), 2), **rounded, "counts": counts}


def _weighed(count: int, *names: str, weight: int) -> str:
    """Return a count with what each of it weighs, where that is more than one."""
    return f"{plural(count, *names)} x {weight}" if weight > 1 else plural(count, *names)
