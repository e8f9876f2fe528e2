"""The triage sheet: the table that an analyst edits, its edits, and their three-way merge with the database."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import UsageError
from brandwatch.models import Mention, Status, TriageChange, TriageState
from brandwatch.reports import columns
from brandwatch.reports.columns import LIST_SEPARATOR, Column, Listing
from brandwatch.text.sanitise import normalise_note, normalise_tag, one_line, plain_cell, split_tags, spreadsheet_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from brandwatch.reports.spreadsheets import SheetLine


EDITABLE_COLUMNS = ("status", "tags", "note")
"""The columns that are read back; the others identify the mention."""

# None of them is syntax of the JSON that a base is.
_FORMULA_SIGN = re.compile(r"[=+\-@|]")
_MARK_CHARS = 12
_MAX_FAULTS = 20
_MAX_ID_DIGITS = len(str(2**62))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBase:
    """The state of a mention when the sheet was written; *mark* proves that we wrote it, for this mention."""

    status: str
    tags: tuple[str, ...]
    note: str
    mark: str

    def is_of(self, key: bytes, mention: int, found: datetime) -> bool:
        """Whether it was written for a mention: ids recur, and a sheet may be sorted without this column."""
        mark = _mark(key, mention, found, (self.status, self.tags, self.note))
        return hmac.compare_digest(mark.encode(), self.mark.encode())


def sheet_listing(key: bytes) -> Listing[Mention]:
    """Return the mentions as a triage sheet lists them; *key* is the secret of the database."""
    return Listing(
        name="mentions",
        columns=(
            columns.ID,
            columns.PUBLISHED,
            columns.QUERY,
            columns.VOICE,
            columns.PUBLISHER,
            columns.TITLE,
            columns.URL,
            columns.STORY,
            replace(columns.STATUS, choices=tuple(Status)),
            columns.TAGS,
            columns.NOTE,
            Column("base", lambda mention: _base_cell(mention, key), is_hidden=True),
        ),
    )


def parse_base(written: str) -> SheetBase | None:
    """Parse a cell of the column `base`; `None` if it is not one of ours."""
    try:
        status, tags, note, mark = json.loads(written)
        return SheetBase(status=Status(status), tags=tuple(map(str, tags)), note=str(note), mark=str(mark))
    except (TypeError, ValueError):
        return None


def _base_cell(mention: Mention, key: bytes) -> str:
    """Return the state of a mention as a cell: JSON in ASCII, which no code page of a spreadsheet changes.

    The signs of formulas are escaped, so that the cell needs no apostrophe.
    """
    state = (mention.status, mention.tags, mention.note)
    written = json.dumps([*state, _mark(key, mention.id, mention.found, state)], separators=(",", ":"))
    return _FORMULA_SIGN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", written)


def _mark(key: bytes, mention: int, found: datetime, state: Iterable[object]) -> str:
    """Return the signature of a state, which only somebody with this database can make."""
    signed = json.dumps([mention, int(found.timestamp()), *state]).encode()
    return hmac.new(key, signed, hashlib.sha256).hexdigest()[:_MARK_CHARS]


class SheetFault(NamedTuple):
    """A fault in a file; line and column are counted from 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetEdit:
    """The edits of a row; `None` for a value that is absent, or unchanged since the *base*.

    *columns* are the numbers of the columns by name. Without a base it is unknown which values were edited.
    """

    id: int
    line: int
    columns: Mapping[str, int]
    base: SheetBase | None
    status: Status | None = None
    tags: frozenset[str] | None = None
    note: str | None = None


def read_edits(lines: Iterable[SheetLine], name: str) -> tuple[SheetEdit, ...]:
    """Return the edits of a file called *name*; raise UsageError with its faults, up to `_MAX_FAULTS`."""
    rows = iter(lines)
    columns = _columns(next(rows, None), name)
    faults: list[SheetFault] = []
    edits: dict[int, SheetEdit] = {}
    for line in rows:
        edit = _edit(line, columns, faults)
        if edit and edit.id in edits:
            faults.append(
                SheetFault(line.number, columns["id"], f"mention {edit.id} is in line {edits[edit.id].line} too")
            )
        elif edit:
            edits[edit.id] = edit
    raise_for_faults(faults, name)
    return tuple(edits.values())


def raise_for_faults(faults: Iterable[SheetFault], name: str) -> None:
    """Raise UsageError with the faults, if there are any."""
    messages = [f"{name}:{fault.line}:{fault.column}: {fault.message}" for fault in faults]
    if len(messages) > _MAX_FAULTS:
        messages[_MAX_FAULTS:] = [f"and {len(messages) - _MAX_FAULTS} more"]
    if messages:
        raise UsageError("\n".join([f"{name} cannot be imported; nothing was changed", *messages]))


def _columns(header: SheetLine | None, name: str) -> dict[str, int]:
    """Return the numbers of the columns by their names."""
    names = [one_line(written).lower() for written in header.cells] if header else []
    columns = {title: number for number, title in reversed(list(enumerate(names, 1)))}
    if "id" not in columns or not columns.keys() & set(EDITABLE_COLUMNS):
        hint = "`brandwatch export --triage` writes such a table"
        raise UsageError(f"{name}:1:1: there is no column id, or none of {', '.join(EDITABLE_COLUMNS)}", hint)
    return columns


def _edit(line: SheetLine, columns: Mapping[str, int], faults: list[SheetFault]) -> SheetEdit | None:
    """Return the edit of a row, `None` if it has faults; these are added to *faults*."""
    cells = {name: _cell(line, number) for name, number in columns.items()}
    number = cells["id"].removesuffix(".0")
    if not (number.isascii() and number.isdigit() and len(number) <= _MAX_ID_DIGITS):
        faults.append(
            SheetFault(line.number, columns["id"], f"“{one_line(cells['id'])}” is not the number of a mention")
        )
        return None
    before = parse_base(cells.get("base", ""))
    if before is None and cells.get("base"):
        faults.append(SheetFault(line.number, columns["base"], "the value was edited; leave this column unchanged"))
    earlier = len(faults)
    faults += _faults(line, columns, cells, before)
    if len(faults) > earlier:
        return None
    edited = {
        name: cells[name] for name in EDITABLE_COLUMNS if name in cells and not _is_untouched(cells[name], name, before)
    }
    return SheetEdit(
        id=int(number),
        line=line.number,
        columns=columns,
        base=before,
        status=Status(edited["status"].lower()) if "status" in edited else None,
        tags=frozenset(map(normalise_tag, split_tags(edited["tags"]))) if "tags" in edited else None,
        note=_note(edited["note"]) if "note" in edited else None,
    )


def _cell(line: SheetLine, number: int) -> str:
    """Return a cell of a row; spreadsheets leave out the last ones if they are empty."""
    return line.cells[number - 1].strip() if number <= len(line.cells) else ""


def _faults(
    line: SheetLine, columns: Mapping[str, int], cells: Mapping[str, str], before: SheetBase | None
) -> Iterator[SheetFault]:
    """Yield the faults of the edited cells."""
    status, tags = cells.get("status"), cells.get("tags")
    if status is not None and status.lower() not in set(Status):
        message = f"unknown status “{one_line(status)}”; use {', '.join(Status)}"
        yield SheetFault(line.number, columns["status"], message)
    if tags is not None and not _is_untouched(tags, "tags", before):
        for tag in split_tags(tags):
            if not normalise_tag(tag):
                yield SheetFault(line.number, columns["tags"], f"“{one_line(tag)}” cannot be a tag")


def _is_untouched(written: str, name: str, before: SheetBase | None) -> bool:
    """Whether a cell is as we wrote it, perhaps by way of a spreadsheet that knows only Windows-1252."""
    if before is None:
        return False
    was = {"status": before.status, "tags": LIST_SEPARATOR.join(before.tags), "note": before.note}[name]
    line = one_line(written)
    forms = (was, spreadsheet_cell(was), spreadsheet_cell(was, ";,"))
    return line in forms or line in {form.encode("cp1252", "replace").decode("cp1252") for form in forms}


def _note(written: str) -> str:
    """Return a note without the apostrophes that kept a spreadsheet from evaluating it."""
    return normalise_note(plain_cell(written))


class MergePreference(StrEnum):
    """Which side wins where both were edited."""

    NEITHER = "neither"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeConflict:
    """A value that was edited on both sides: *ours* in the database, *theirs* at a line and a column of the file."""

    mention: int
    line: int
    column: int
    what: str
    ours: str
    theirs: str


@dataclass(slots=True, kw_only=True)
class MergeResult:
    """The changes by the ids of mentions, the conflicts, and the mentions that are *gone*."""

    changes: dict[int, TriageChange] = field(default_factory=dict)
    conflicts: list[MergeConflict] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def merge_edits(
    edits: Iterable[SheetEdit], states: Mapping[int, TriageState], *, key: bytes, name: str, prefer: MergePreference
) -> MergeResult:
    """Merge edits into the current *states*; raise UsageError for an unknown mention, or the base of another one.

    Only an edited value is changed. One that was edited in the database too is a conflict, unless both are equal; tags
    are added and removed one by one, so they conflict only without a base.
    """
    merged, faults = MergeResult(), list[SheetFault]()
    for edit in edits:
        now = states.get(edit.id)
        if now is None and edit.base is None:
            faults.append(SheetFault(edit.line, edit.columns["id"], f"there is no mention {edit.id}"))
        elif now is None:
            merged.gone.append(edit.id)
        elif edit.base and not edit.base.is_of(key, edit.id, now.found):
            message = (
                f"this was not written of mention {edit.id}: were rows sorted without it, or is it another database?"
            )
            faults.append(SheetFault(edit.line, edit.columns["base"], message))
        else:
            _merge(merged, edit, now, prefer)
    raise_for_faults(faults, name)
    return merged


def _merge(merged: MergeResult, edit: SheetEdit, now: TriageState, prefer: MergePreference) -> None:
    added, removed = _edited_tags(edit, now)
    conflicting = {what: pair for what, pair in _edited_on_both_sides(edit, now).items() if pair[0] != pair[1]}
    if prefer is MergePreference.NEITHER:
        merged.conflicts += [
            MergeConflict(
                mention=edit.id, line=edit.line, column=edit.columns[what], what=what, ours=ours, theirs=theirs
            )
            for what, (ours, theirs) in conflicting.items()
        ]
    dropped = set() if prefer is MergePreference.THEIRS else conflicting.keys()
    change = TriageChange(
        status=None if "status" in dropped or edit.status == now.status else edit.status,
        tags=() if "tags" in dropped else tuple(sorted(added - now.tags)),
        untags=() if "tags" in dropped else tuple(sorted(removed & now.tags)),
        note=None if "note" in dropped or edit.note == now.note else edit.note,
    )
    if change != TriageChange():
        merged.changes[edit.id] = change


def _edited_on_both_sides(edit: SheetEdit, now: TriageState) -> dict[str, tuple[str, str]]:
    """Return the values that were edited in the file, and perhaps in the database: ours and theirs, by column."""
    pairs: dict[str, tuple[str, str]] = {}
    base = edit.base
    if edit.status is not None and (base is None or now.status != base.status):
        pairs["status"] = (now.status, edit.status)
    if edit.note is not None and (base is None or now.note != base.note):
        pairs["note"] = (now.note, edit.note)
    if edit.tags is not None and base is None:
        pairs["tags"] = (LIST_SEPARATOR.join(sorted(now.tags)), LIST_SEPARATOR.join(sorted(edit.tags)))
    return pairs


def _edited_tags(edit: SheetEdit, now: TriageState) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tags that were added and removed in the file; without a base, the difference to ours."""
    if edit.tags is None:
        return frozenset(), frozenset()
    before = frozenset(edit.base.tags) if edit.base else now.tags
    return edit.tags - before, before - edit.tags
