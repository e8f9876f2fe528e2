"""The triage sheet: the table an analyst edits, and the edits read back from it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import UsageError
from brandwatch.models import Mention, Status, TriageChange
from brandwatch.reports import columns
from brandwatch.reports.columns import LIST_SEPARATOR, Column, Listing
from brandwatch.text.sanitise import normalise_note, normalise_tag, one_line, split_tags, spreadsheet_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from brandwatch.models import TriageState
    from brandwatch.reports.spreadsheets import SheetLine


EDITABLE_COLUMNS = ("status", "tags", "note")
"""The columns that are read again; the others only tell what is decided about."""

_MARK = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBase:
    """How a mention stood when the table was written; *mark* shows that it was written by us, of this mention."""

    status: str
    tags: tuple[str, ...]
    note: str
    mark: str

    def is_of(self, key: bytes, mention: int, found: datetime) -> bool:
        """Say whether it was written of a mention: ids come again, and rows are sorted without some columns."""
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
            Column("base", lambda mention: _written(mention, key), is_hidden=True),
        ),
    )


def parse_base(written: str) -> SheetBase | None:
    """Return what a cell of the column `base` holds, `None` where that is nothing of ours."""
    try:
        status, tags, note, mark = json.loads(written)
        return SheetBase(status=Status(status), tags=tuple(map(str, tags)), note=str(note), mark=str(mark))
    except (TypeError, ValueError):
        return None


def _written(mention: Mention, key: bytes) -> str:
    """Return how a mention stands as a cell: JSON in ASCII, which no code page of a spreadsheet changes."""
    stands = (mention.status, mention.tags, mention.note)
    return json.dumps([*stands, _mark(key, mention.id, mention.found, stands)], separators=(",", ":"))


def _mark(key: bytes, mention: int, found: datetime, stands: Iterable[object]) -> str:
    """Return what only somebody with this database can have written of this mention."""
    said = json.dumps([mention, int(found.timestamp()), *stands]).encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:_MARK]


_SHOWN = 20


class SheetFault(NamedTuple):
    """What is wrong in a file, and where; line and column begin with 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetEdit:
    """What a row of a file says of a mention; `None` for what it does not say, or left as it was at the *base*.

    *columns* says where each thing stands. Without a base nobody knows what was edited.
    """

    id: int
    line: int
    columns: Mapping[str, int]
    base: SheetBase | None
    status: Status | None = None
    tags: frozenset[str] | None = None
    note: str | None = None


def read_edits(lines: Iterable[SheetLine], name: str) -> tuple[SheetEdit, ...]:
    """Return what the rows of a file of a *name* say; raise UsageError with every fault in it, up to twenty."""
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
    told = [f"{name}:{fault.line}:{fault.column}: {fault.message}" for fault in faults]
    if len(told) > _SHOWN:
        told[_SHOWN:] = [f"and {len(told) - _SHOWN} more"]
    if told:
        raise UsageError("\n".join([f"{name} cannot be imported; nothing was changed", *told]))


def _columns(header: SheetLine | None, name: str) -> dict[str, int]:
    """Return the numbers of the columns by their names."""
    names = [one_line(written).lower() for written in header.cells] if header else []
    columns = {title: number for number, title in reversed(list(enumerate(names, 1)))}
    if "id" not in columns or not columns.keys() & set(EDITABLE_COLUMNS):
        hint = "`brandwatch export --triage` writes such a table"
        raise UsageError(f"{name}:1:1: there is no column id, or none of {', '.join(EDITABLE_COLUMNS)}", hint)
    return columns


def _edit(line: SheetLine, columns: Mapping[str, int], faults: list[SheetFault]) -> SheetEdit | None:
    """Return what a row says, `None` where that cannot be told; what is wrong is added to the faults."""
    cells = {name: _cell(line, number) for name, number in columns.items()}
    number = cells["id"].removesuffix(".0")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(2**62))):
        faults.append(
            SheetFault(line.number, columns["id"], f"“{one_line(cells['id'])}” is not the number of a mention")
        )
        return None
    before = parse_base(cells.get("base", ""))
    if before is None and cells.get("base"):
        faults.append(
            SheetFault(line.number, columns["base"], "this is not what was written here; leave this column as it is")
        )
    found = len(faults)
    faults += _faults(line, columns, cells, before)
    if len(faults) > found:
        return None
    said = {
        name: cells[name] for name in EDITABLE_COLUMNS if name in cells and not _is_untouched(cells[name], name, before)
    }
    return SheetEdit(
        id=int(number),
        line=line.number,
        columns=columns,
        base=before,
        status=Status(said["status"].lower()) if "status" in said else None,
        tags=frozenset(map(normalise_tag, split_tags(said["tags"]))) if "tags" in said else None,
        note=_note(said["note"]) if "note" in said else None,
    )


def _cell(line: SheetLine, number: int) -> str:
    """Return a cell of a row; spreadsheets leave out the last ones that are empty."""
    return line.cells[number - 1].strip() if number <= len(line.cells) else ""


def _faults(
    line: SheetLine, columns: Mapping[str, int], cells: Mapping[str, str], before: SheetBase | None
) -> Iterator[SheetFault]:
    """Yield what is wrong with the cells that were edited."""
    status, tags = cells.get("status"), cells.get("tags")
    if status is not None and status.lower() not in set(Status):
        message = f"there is no status “{one_line(status)}”; use {', '.join(Status)}"
        yield SheetFault(line.number, columns["status"], message)
    if tags is not None and not _is_untouched(tags, "tags", before):
        for tag in split_tags(tags):
            if not normalise_tag(tag):
                yield SheetFault(line.number, columns["tags"], f"“{one_line(tag)}” cannot be a tag")


def _is_untouched(written: str, name: str, before: SheetBase | None) -> bool:
    """Say whether a cell is as it was written, also by way of a spreadsheet that knows only the letters of Windows."""
    if before is None:
        return False
    was = {"status": before.status, "tags": LIST_SEPARATOR.join(before.tags), "note": before.note}[name]
    one = one_line(written)
    return any(one == form or one == _in_windows(form) for form in (was, spreadsheet_cell(was)))


def _in_windows(text: str) -> str:
    """Return a text as it comes back from the code page of Western Windows."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _note(written: str) -> str:
    """Return a note without the apostrophe that kept a spreadsheet from running it."""
    bare = written.removeprefix("'")
    return normalise_note(bare if bare != written and spreadsheet_cell(bare) == written else written)


class MergePreference(StrEnum):
    """Which side wins where both were edited."""

    NEITHER = "neither"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeConflict:
    """What was edited here and there: *ours* is in the database, *theirs* in the file, at a line and a column."""

    mention: int
    line: int
    column: int
    what: str
    ours: str
    theirs: str


@dataclass(slots=True, kw_only=True)
class MergeResult:
    """What is to be changed, by the ids of mentions, what is in conflict, and the mentions that are *gone*."""

    changes: dict[int, TriageChange] = field(default_factory=dict)
    conflicts: list[MergeConflict] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def merge_edits(
    edits: Iterable[SheetEdit], standings: Mapping[int, TriageState], *, key: bytes, name: str, prefer: MergePreference
) -> MergeResult:
    """Return what becomes of edits; raise UsageError for a mention that there never was, or another one's base.

    Only what was edited in the file is changed. What was edited in the database too is a conflict, unless it says the
    same; tags are added and taken away one by one, so they never are.
    """
    merged, faults = MergeResult(), list[SheetFault]()
    for edit in edits:
        now = standings.get(edit.id)
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
    """Add what becomes of one mention."""
    added, taken = _tags(edit, now)
    clashing = {what: pair for what, pair in _both(edit, now).items() if pair[0] != pair[1]}
    if prefer is MergePreference.NEITHER:
        merged.conflicts += [
            MergeConflict(
                mention=edit.id, line=edit.line, column=edit.columns[what], what=what, ours=ours, theirs=theirs
            )
            for what, (ours, theirs) in clashing.items()
        ]
    dropped = set() if prefer is MergePreference.THEIRS else clashing.keys()
    change = TriageChange(
        status=None if "status" in dropped or edit.status == now.status else edit.status,
        tags=() if "tags" in dropped else tuple(sorted(added - now.tags)),
        untags=() if "tags" in dropped else tuple(sorted(taken & now.tags)),
        note=None if "note" in dropped or edit.note == now.note else edit.note,
    )
    if change != TriageChange():
        merged.changes[edit.id] = change


def _both(edit: SheetEdit, now: TriageState) -> dict[str, tuple[str, str]]:
    """Return what was edited in the file and may have been in the database: as it is here, and there."""
    pairs: dict[str, tuple[str, str]] = {}
    base = edit.base
    if edit.status is not None and (base is None or now.status != base.status):
        pairs["status"] = (now.status, edit.status)
    if edit.note is not None and (base is None or now.note != base.note):
        pairs["note"] = (now.note, edit.note)
    if edit.tags is not None and base is None:
        pairs["tags"] = (LIST_SEPARATOR.join(sorted(now.tags)), LIST_SEPARATOR.join(sorted(edit.tags)))
    return pairs


def _tags(edit: SheetEdit, now: TriageState) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tags that were added and taken away in the file; without a base, what makes ours theirs."""
    if edit.tags is None:
        return frozenset(), frozenset()
    before = frozenset(edit.base.tags) if edit.base else now.tags
    return edit.tags - before, before - edit.tags
