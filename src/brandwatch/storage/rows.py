"""Rows to values and back: column names on one side, fields on the other."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from brandwatch import models

ENTRY_COLUMNS = ("guid", "url", "title", "text", "author", "publisher", "language", "comment_feed", "thread")
CONTENT_COLUMNS = ("title_text", "title_date", "text_date")
RESPONSE_COLUMNS = ("comments", "replies", "likes", "shares", "views")
PEOPLE = """(
    SELECT json_group_array(json_array(number, name, field, start, stop, rule, part, note)) FROM person_hit
    WHERE person_hit.mention = mention.id
) AS people"""
"""The column with the people of a mention, for `mention` and `evidence`."""
_FIELDS_OF_SOURCE = [
    field.name for field in fields(models.SourceState) if field.name not in {"fetch_class", "mentions", "history"}
]
_FIELDS_OF_HISTORY = [field.name for field in fields(models.SourceHistory)]
_LISTS_OF_HISTORY = ("intervals", "sizes")
_TIMES_OF_HISTORY = [name for name in _FIELDS_OF_HISTORY if name.endswith(("_date", "_since"))]
# The columns whose names are older than the names of their fields.
_COLUMNS_OF_SOURCE = {"seen": "window", "cursor": "mark", "gone_count": "gones", "failure_share": "trouble"}
_TIMES_OF_SOURCE = (
    "first_poll",
    "last_poll",
    "last_success",
    "next_due",
    "newest",
    "last_new",
    "last_full",
    "last_gap",
    "usual_until",
)
_ALL_TIMES_OF_SOURCE = (*_TIMES_OF_SOURCE, *_TIMES_OF_HISTORY)
_SOURCE_COLUMNS = [_COLUMNS_OF_SOURCE.get(name, name) for name in _FIELDS_OF_SOURCE]
# One call for all fields: a poll reads and writes every source.
_source_values, _history_values = attrgetter(*_FIELDS_OF_SOURCE), attrgetter(*_FIELDS_OF_HISTORY)
_stored_source, _stored_history = itemgetter(*_SOURCE_COLUMNS), itemgetter(*_FIELDS_OF_HISTORY)
_FETCH_CLASSES = {str(fetch_class): fetch_class for fetch_class in models.FetchClass}
# For every row of a report: a look-up takes a tenth of the time of a call of the enumeration.
_VOICES = {str(voice): voice for voice in models.Voice}
_SUBJECTS = {str(subject): subject for subject in models.Subject}
_FOUND_BY = {str(matched): matched for matched in models.FoundBy}
_STATUSES = {str(status): status for status in models.Status}
_PARTS = {str(part): part for part in models.EvidenceKind}


def seconds(when: datetime | None) -> int | None:
    """Return a moment as it is stored: seconds since 1970."""
    return None if when is None else int(when.timestamp())


def optional_moment(stored: int | None) -> datetime | None:
    """Return a stored moment that may be unknown."""
    return None if stored is None else moment(stored)


def moment(stored: int) -> datetime:
    """Return a stored moment."""
    return datetime.fromtimestamp(stored, UTC)


@lru_cache(maxsize=64)
def insertion(table: str, columns: tuple[str, ...], verb: str = "INSERT") -> str:
    """Return the INSERT of a row; the values are parameters by the names of their columns."""
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"


def source_row(state: models.SourceState) -> dict[str, Any]:
    """Return the columns of a source."""
    history = state.history
    row: dict[str, Any] = dict(zip(_SOURCE_COLUMNS, _source_values(state), strict=True))
    row |= zip(_FIELDS_OF_HISTORY, _history_values(history), strict=True)
    for name in _ALL_TIMES_OF_SOURCE:
        when = row[name]
        if when is not None:
            row[name] = int(when.timestamp())
    for name in _LISTS_OF_HISTORY:
        row[name] = " ".join(map(str, row[name]))
    row["class"] = state.fetch_class
    return row


def source_state(row: Mapping[str, Any]) -> models.SourceState:
    """Return the source in a row with the number of its mentions."""
    facts = dict(row)
    for name in _ALL_TIMES_OF_SOURCE:
        stored = facts[name]
        if stored is not None:
            facts[name] = datetime.fromtimestamp(stored, UTC)
    for name in _LISTS_OF_HISTORY:
        facts[name] = tuple(map(int, facts[name].split()))
    history = models.SourceHistory(**dict(zip(_FIELDS_OF_HISTORY, _stored_history(facts), strict=True)))
    return models.SourceState(
        **dict(zip(_FIELDS_OF_SOURCE, _stored_source(facts), strict=True)),
        fetch_class=_FETCH_CLASSES[facts["class"]] if facts["class"] else None,
        mentions=facts["mentions"],
        history=history,
    )


def entry_row(entry: models.Entry) -> dict[str, Any]:
    """Return the columns of an entry that come from its publisher."""
    # What reads rows does without it: 8 ms to import.
    from brandwatch.text.normalise import is_odd  # noqa: PLC0415

    texts = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
    return texts | {
        "published": seconds(entry.published),
        "updated": seconds(entry.updated),
        "links": "\n".join(entry.links),
        "parts": "\n".join(f"{part.field} {part.start} {part.end}" for part in entry.parts),
        "odd": int(is_odd(f"{entry.title}\n{entry.text}")),
    }


def record_row(find: models.EntryRecord) -> dict[str, Any]:
    """Return the columns of an entry that was found, with those of what is left out."""
    whole = find.whole or find.entry
    return entry_row(find.entry) | {
        "whole": len(whole.text) if whole.text != find.entry.text else 0,
        "unnamed": int(whole.author != find.entry.author),
        **{column: content or None for column, content in zip(CONTENT_COLUMNS, find.content, strict=True)},
    }


def entry(row: Mapping[str, Any]) -> models.Entry:
    """Return the entry in a row that may hold its latest response too."""
    return models.Entry(
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        text=row["text"],
        parts=text_parts(row["parts"]) if row["parts"] else (),
        author=row["author"],
        publisher=row["publisher"],
        language=row["language"],
        comment_feed=row["comment_feed"],
        thread=row["thread"],
        published=optional_moment(row["published"]),
        updated=optional_moment(row["updated"]),
        links=tuple(row["links"].split("\n")) if row["links"] else (),
        response=response(row),
    )


def text_parts(stored: str) -> tuple[models.TextPart, ...]:
    """Return the parts of a text in a column that holds one a line: field, start, end."""
    fields_and_places = (line.split(" ") for line in stored.split("\n"))
    return tuple(models.TextPart(field, int(start), int(end)) for field, start, end in fields_and_places)


def response(row: Mapping[str, Any]) -> models.Response:
    """Return the counts in a row, unknown where it holds none."""
    return models.Response(
        comments=row.get("comments"),
        replies=row.get("replies"),
        likes=row.get("likes"),
        shares=row.get("shares"),
        views=row.get("views"),
    )


def stored_entry(row: Mapping[str, Any]) -> models.StoredEntry:
    """Return the entry in a row, with its number and its keys."""
    return models.StoredEntry(
        id=row["id"],
        link=row["link"],
        entry=entry(row),
        is_cut=bool(row["whole"] or row["unnamed"]),
        content=tuple(filter(None, (row.get(column) for column in CONTENT_COLUMNS))),
        seen=optional_moment(row.get("seen")),
    )


def mention(row: Mapping[str, Any], of: models.Entry | None = None) -> models.Mention:
    """Return the mention in a row joined with its entry; *of* is the entry if it has been read already."""
    return models.Mention(
        id=row["mention_id"],
        query=row["query"],
        entry=of or entry(row),
        evidence=evidence(row["evidence"], row["people"]),
        found=moment(row["mention_found"]),
        source=row["source_url"] or "",
        kind=row["source_kind"] or "",
        voice=_VOICES[row["voice"]],
        subject=_SUBJECTS[row["subject"]],
        suppressed=row["suppressed"],
        found_by=_FOUND_BY[row["matched"]],
        clauses=clause_results(row["checks"]),
        status=_STATUSES[row["status"]],
        backlog=bool(row["backlog"]),
        query_version=row["query_version"],
        response_at=optional_moment(row["response_at"]),
        story=row["story"],
        story_reason=row["joined"],
        tags=tags(row["tags"]),
        note=row["note"],
        whole_chars=row["whole"],
        is_expiring=row["expiring"] is not None,
        entry_id=row["id"],
    )


def tags(stored: str | None) -> tuple[str, ...]:
    """Return the tags in a column that holds one a line, sorted."""
    return tuple(sorted(stored.split("\n"))) if stored else ()


def result_row(result: models.MatchResult) -> dict[str, Any]:
    """Return the columns of a mention that come from its result; lists are JSON.

    Evidence is [term, field, start, end, rule, kind, note], a clause [clause, holds, note]. People have rows of their
    own instead.
    """
    evidence_rows = [
        [piece.term, piece.field, piece.start, piece.end, piece.rule, piece.kind, piece.note]
        for piece in result.evidence
        if not names_person(piece, result.voice)
    ]
    return {
        "evidence": _json(evidence_rows),
        "checks": _json([[clause.clause, clause.holds, clause.note] for clause in result.clauses]),
        "voice": result.voice,
        "subject": result.subject,
        "suppressed": result.suppressed,
        "matched": result.found_by,
    }


def mention_row(
    entry: int, query: str, result: models.MatchResult, version: str, found: int, *, is_backlog: bool
) -> dict[str, Any]:
    """Return the columns of a new mention."""
    return result_row(result) | {
        "query_version": version,
        "entry": entry,
        "query": query,
        "status": models.Status.NEW,
        "backlog": int(is_backlog),
        "found": found,
    }


def people_rows(mention: int, result: models.MatchResult) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return the rows of the anchors and of the people in a mention, none without a person."""
    numbered = list(enumerate(result.evidence))
    people = [(number, piece) for number, piece in numbered if names_person(piece, result.voice)]
    if not people:
        return [], []
    anchors = [(number, piece) for number, piece in numbered if piece.kind is models.EvidenceKind.ANCHOR]
    return (
        [(mention, number, piece.term, piece.field, piece.start, piece.end, piece.rule) for number, piece in anchors],
        [
            (
                *(mention, number, _nearest_anchor(piece, anchors)),
                *(piece.term, piece.field, piece.start, piece.end, piece.rule, piece.kind, piece.note),
            )
            for number, piece in people
        ],
    )


def _nearest_anchor(person: models.Evidence, anchors: Sequence[tuple[int, models.Evidence]]) -> int | None:
    """Return the number of the anchor nearest to a person, in the same field if there is one there."""
    if not anchors:
        return None
    return min(anchors, key=lambda anchor: (anchor[1].field != person.field, abs(anchor[1].start - person.start)))[0]


def names_person(piece: models.Evidence, voice: models.Voice) -> bool:
    """Whether a piece of evidence holds the name of a person, who is named or speaks."""
    return piece.kind is models.EvidenceKind.PERSON or (
        piece.kind is models.EvidenceKind.VOICE and voice is models.Voice.OFFICIAL
    )


# The first versions stored these words. Unless both are the same note, a poll audits a change that did not happen.
_EARLIER_NOT_STORED = "in what is not kept of it"


@lru_cache(maxsize=1024)
def evidence(stored: str, people: str = "[]") -> tuple[models.Evidence, ...]:
    """Return stored evidence with the people at their places; the first version stored no kind and no note."""
    pieces: list[list[Any]] = json.loads(stored)
    for number, *person in sorted(json.loads(people)) if people != "[]" else ():
        pieces.insert(number, person)
    return tuple(
        models.Evidence(
            term=term,
            field=field,
            start=start,
            end=end,
            rule=rule,
            kind=_PARTS[rest[0]] if rest else models.EvidenceKind.ANCHOR,
            note=_present_note(rest[1]) if rest else "",
        )
        for term, field, start, end, rule, *rest in pieces
    )


def _present_note(note: str) -> str:
    if _EARLIER_NOT_STORED not in note:
        return note
    from brandwatch.privacy.minimise import NOT_STORED  # noqa: PLC0415 (10 ms, for notes of the first versions)

    return note.replace(_EARLIER_NOT_STORED, NOT_STORED)


@lru_cache(maxsize=1024)
def clause_results(stored: str) -> tuple[models.ClauseResult, ...]:
    """Return stored clauses; most mentions of one query have the same."""
    return tuple(
        models.ClauseResult(clause=clause, holds=holds, note=note) for clause, holds, note in json.loads(stored)
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
