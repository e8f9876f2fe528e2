"""Explanations in words: the evidence of a mention, its decisions, its response over time, the heat of its story."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any

from brandwatch.models import EvidenceKind, Subject, TriageAction, TriageOrigin, Voice
from brandwatch.reports.columns import COUNTS, evidence_as_data, response_counts
from brandwatch.reports.json import utc
from brandwatch.stories.heat import PUBLISHER_WEIGHT, RESPONSE_WEIGHTS, Heat
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line
from brandwatch.urls import readable_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from brandwatch.models import Entry, Evidence, MatchResult, ResponseSnapshot, TriageDecision


_EXCERPT_CHARS = 60
_EVIDENCE_NAMES = {
    EvidenceKind.ANCHOR: "brand",
    EvidenceKind.CONTEXT: "context",
    EvidenceKind.PERSON: "person",
    EvidenceKind.ROLE: "role",
    EvidenceKind.VOICE: "voice",
}


def result_lines(entry: Entry, result: MatchResult) -> Iterator[str]:
    """Yield the result of a match line by line: verdict, evidence, properties, clauses."""
    if not result.evidence:
        yield "no mention"
    else:
        yield f"a mention, hidden: {one_line(result.suppressed)}" if result.suppressed else "a mention"
    for piece in result.evidence:
        yield f"  {_EVIDENCE_NAMES[piece.kind]:<8} {_evidence_text(piece)}"
        if excerpt := _excerpt(entry, piece):
            yield f"           {excerpt}"
    if result.evidence:
        yield f"  {'voice':<8} {result.voice}{_remark(result.voice is Voice.PUBLIC)}"
        yield f"  {'subject':<8} {result.subject}{_remark(result.subject is Subject.BRAND)}"
    yield f"  {'language':<8} {result.language or 'unknown'}"
    if result.clauses:
        yield "tried:"
    for clause in result.clauses:
        yield f"  {'passed' if clause.holds else 'failed'}   {one_line(clause.clause)}: {one_line(clause.note)}"


def result_as_data(result: MatchResult) -> dict[str, Any]:
    """Return the result of a match for JSON."""
    return {
        "mention": bool(result.evidence),
        "suppressed": result.suppressed,
        "voice": result.voice,
        "subject": result.subject,
        "language": result.language,
        "evidence": [evidence_as_data(piece) for piece in result.evidence],
        "checks": [
            {"clause": clause.clause, "holds": clause.holds, "note": one_line(clause.note)} for clause in result.clauses
        ],
    }


def _evidence_text(piece: Evidence) -> str:
    """Return the term, the place and the rule of a piece of evidence."""
    place = piece.field
    if piece.attribute in {"title", "text"}:
        place = f"in the {piece.place}" + (f" at {piece.start}–{piece.end}" if piece.start < piece.end else "")
    note = f"; {one_line(piece.note)}" if piece.note else ""
    return f"“{one_line(piece.term)}” {place}, by the rule {piece.rule}{note}"


def _excerpt(entry: Entry, piece: Evidence) -> str:
    """Return a piece of evidence in guillemets, with the words around it."""
    if piece.field == "links" or piece.start == piece.end:
        return ""
    value = str(getattr(entry, piece.attribute))
    if piece.field == "url":
        return f"«{one_line(readable_link(value[piece.start : piece.end]))}»"
    before, after = value[: piece.start][-_EXCERPT_CHARS:], value[piece.end :][:_EXCERPT_CHARS]
    cut_before = "…" if piece.start > _EXCERPT_CHARS else ""
    cut_after = "…" if len(value) - piece.end > _EXCERPT_CHARS else ""
    return one_line(f"{cut_before}{before}«{value[piece.start : piece.end]}»{after}{cut_after}")


def _remark(is_default: bool) -> str:  # noqa: FBT001 (a remark or none)
    """Return a remark on a voice or a subject that is only the default."""
    return " (nothing in the entry shows another)" if is_default else ""


_ORIGINS = {
    TriageOrigin.TRIAGE: "at the keyboard",
    TriageOrigin.OPTION: "by an option",
    TriageOrigin.IMPORT: "from a file",
}


def decision_lines(decisions: Iterable[TriageDecision]) -> Iterator[str]:
    """Yield a line for each decision, in local time."""
    for decision in decisions:
        origin = _ORIGINS[decision.origin]
        how = f"undone {origin}" if decision.is_undo else origin
        yield f"{decision.at.astimezone():%Y-%m-%d %H:%M}  {_decision_text(decision)}, {how}"


def decisions_as_data(decisions: Iterable[TriageDecision]) -> list[dict[str, Any]]:
    """Return the decisions for JSON."""
    return [
        {
            "at": utc(decision.at),
            "verb": decision.action,
            "value": decision.value,
            "was": decision.previous,
            "via": decision.origin,
            "undo": decision.is_undo,
        }
        for decision in decisions
    ]


def _decision_text(decision: TriageDecision) -> str:
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


_DAY_SECONDS = 86_400
_HEAT_NAMES = {"likes": ("like",), "comments": ("comment",), "replies": ("reply", "replies"), "shares": ("share",)}
_PLACES = {1: "named in a title", 0: "named in a text", -2: "named in links only"}


def heat_lines(heat: Heat, now: datetime) -> Iterator[str]:
    """Yield the heat at *now*, and a line for each part of the sum."""
    parts = heat_as_data(heat, now)
    weighed = [
        _weighted_count(count, *_HEAT_NAMES[name], weight=RESPONSE_WEIGHTS[name]) for name, count in heat.counts.items()
    ]
    if heat.others:
        weighed.append(_weighted_count(heat.others, "other publisher", weight=PUBLISHER_WEIGHT))
    yield f"{parts['heat']:.1f}"
    yield f"{parts['response']:+5.1f}  response: {' + '.join(weighed) or 'none that is known'}; one for each doubling"
    yield f"{parts['place']:+5.1f}  the brand is {_PLACES[heat.place]}"
    yield f"{parts['age']:+5.1f}  age: one for each day"


def heat_as_data(heat: Heat, now: datetime) -> dict[str, Any]:
    """Return the heat and its parts for JSON, with the counts behind the response."""
    parts = {
        "response": log2(1 + heat.response),
        "place": heat.place,
        "age": (heat.begin - now.timestamp()) / _DAY_SECONDS,
    }
    rounded = {name: round(value, 2) for name, value in parts.items()}
    counts = heat.counts | {"other_publishers": heat.others}
    return {"heat": round(sum(parts.values()), 2), **rounded, "counts": counts}


def _weighted_count(count: int, *names: str, weight: int) -> str:
    """Return a count with its weight, unless that is one."""
    return f"{plural(count, *names)} x {weight}" if weight > 1 else plural(count, *names)


_UNKNOWN_COUNT = "–"

_SPARKS = "▁▂▃▄▅▆▇█"
_MAX_SPARKS = 24
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def reading_lines(snapshots: Sequence[ResponseSnapshot]) -> Iterator[str]:
    """Yield a line for each count that was ever known: its course, its first and last value, the time between."""
    table = {name: [getattr(snapshot.response, name) for snapshot in _sample(snapshots)] for name in COUNTS}
    known = {name: values for name, values in table.items() if any(value is not None for value in values)}
    duration = _duration_text(snapshots[-1].at - snapshots[0].at) if len(snapshots) > 1 else ""
    for name, values in known.items():
        first, last = (_UNKNOWN_COUNT if value is None else str(value) for value in (values[0], values[-1]))
        yield f"{name:<8}  {sparkline(values)}  " + (f"{first} → {last}, {duration}" if duration else last)
    if unknown := [name for name in COUNTS if name not in known]:
        yield f"{', '.join(unknown)}  {_UNKNOWN_COUNT}"


def sparkline(values: Sequence[int | None]) -> str:
    """Return a bar for each value, scaled between the lowest and the highest; a dash is unknown."""
    known = [value for value in values if value is not None]
    lowest, highest = min(known, default=0), max(known, default=0)
    steps = (len(_SPARKS) - 1) / ((highest - lowest) or 1)
    return "".join(_UNKNOWN_COUNT if value is None else _SPARKS[round((value - lowest) * steps)] for value in values)


def readings_as_data(snapshots: Sequence[ResponseSnapshot]) -> list[dict[str, Any]]:
    """Return the readings for JSON, oldest first."""
    return [{"at": utc(snapshot.at)} | response_counts(snapshot.response) for snapshot in snapshots]


def _sample(snapshots: Sequence[ResponseSnapshot]) -> list[ResponseSnapshot]:
    """Return at most `_MAX_SPARKS` readings, at moments of equal distance."""
    if len(snapshots) <= _MAX_SPARKS:
        return list(snapshots)
    first, length = snapshots[0].at, snapshots[-1].at - snapshots[0].at
    moments = [first + length * step / (_MAX_SPARKS - 1) for step in range(_MAX_SPARKS)]
    return [next(snapshot for snapshot in reversed(snapshots) if snapshot.at <= moment) for moment in moments]


def _duration_text(length: timedelta) -> str:
    """Return a duration in the largest unit of which it has two."""
    seconds = int(length.total_seconds())
    unit, name = next(((unit, name) for unit, name in _UNITS if seconds >= 2 * unit), _UNITS[-1])
    return f"{round(seconds / unit)} {name}"
