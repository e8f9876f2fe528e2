"""JSON and JSON Lines: for programs; times are ISO 8601 in UTC."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.privacy.disclosure_control import listed_author
from brandwatch.reports.columns import matched_terms, response_counts
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from brandwatch.models import Coverage, Evidence, Mention
    from brandwatch.reports.layout import Layout


JSON_VERSION = 1


def write_json(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write one object: `version`, `generated`, `mentions`, `coverage`; the mentions are written as they come."""
    write_object("mentions", map(mention_as_data, mentions), stream, layout)


def write_jsonl(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:  # noqa: ARG001 (as every form)
    """Write one object a line for each mention."""
    write_object_lines(map(mention_as_data, mentions), stream)


def write_object(name: str, items: Iterable[dict[str, Any]], stream: TextIO, layout: Layout) -> None:
    """Write any items under a name, as they come, with the coverage behind them."""
    stream.write(f'{{"version": {JSON_VERSION}, "generated": {_dumps(utc(layout.generated))}, "{name}": [')
    stream.writelines((",\n" if number else "\n") + _dumps(item) for number, item in enumerate(items))
    stream.write(f'\n], "coverage": {_dumps(_coverage(layout.coverage))}}}\n')


def write_object_lines(items: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """Write any items, each on a line of its own."""
    stream.writelines(_dumps(item) + "\n" for item in items)


def mention_as_data(mention: Mention) -> dict[str, Any]:
    """Return a mention as JSON has it; what is not known is null or empty, spans count characters of their field."""
    entry = mention.entry
    return {
        "id": mention.id,
        "query": mention.query,
        "published": utc(entry.published),
        "updated": utc(entry.updated),
        "found": utc(mention.found),
        "title": clean(entry.title),
        "url": entry.url,
        "publisher": clean(entry.publisher),
        "source": mention.source,
        "thread": entry.thread,
        "author": clean(listed_author(mention)),
        "language": entry.language,
        "status": mention.status,
        "backlog": mention.backlog,
        "voice": mention.voice,
        "subject": mention.subject,
        "suppressed": mention.suppressed,
        "matched": mention.found_by,
        "terms": matched_terms(mention),
        "text": clean(entry.text),
        "evidence": [evidence_as_data(piece) for piece in mention.evidence],
        "response": response_counts(entry.response),
        "response_at": utc(mention.response_at),
        "story": mention.story,
        "joined": mention.story_reason,
        "tags": list(mention.tags),
        "note": clean(mention.note),
    }


def evidence_as_data(piece: Evidence) -> dict[str, Any]:
    """Return a piece of evidence as JSON has it."""
    return {
        "part": piece.kind,
        "term": piece.term,
        "field": piece.field,
        "start": piece.start,
        "end": piece.end,
        "rule": piece.rule,
        "note": piece.note,
    }


def utc(when: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC."""
    return when.isoformat().replace("+00:00", "Z") if when else None


def _coverage(coverage: Coverage) -> dict[str, Any]:
    """Return the coverage as JSON has it."""
    return {
        "expected": coverage.expected,
        "seen": coverage.seen,
        "failures": [{"source": source, "class": fetch_class} for source, fetch_class in coverage.failures],
        "conversations": {
            "followed": coverage.threads,
            "failures": [{"source": source, "class": fetch_class} for source, fetch_class in coverage.failing_threads],
        },
        "gaps": [
            {"source": gap.source, "since": utc(gap.start), "until": utc(gap.end), "reason": gap.reason}
            for gap in coverage.gaps
        ],
        "first_polls": {source: utc(when) for source, when in coverage.first_polls},
    }


def _dumps(value: object) -> str:
    """Return JSON on one line, letters as letters."""
    return json.dumps(value, ensure_ascii=False)
