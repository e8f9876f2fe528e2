"""What comes back from an analyst: the rows of a table become edits, or faults with line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import UsageError
from brandwatch.models import Status
from brandwatch.text.remarks import normal_note, normal_tag, split_tags
from brandwatch.text.safe import cell, one_line
from brandwatch.triage.sheet import BETWEEN, EDITED, Base, base

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.parse.sheets import Line

_SHOWN = 20


class Fault(NamedTuple):
    """What is wrong in a file, and where; line and column begin with 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a row of a file says of a mention; `None` for what it does not say, or left as it was at the *base*.

    *columns* says where each thing stands. Without a base nobody knows what was edited.
    """

    id: int
    line: int
    columns: Mapping[str, int]
    base: Base | None
    status: Status | None = None
    tags: frozenset[str] | None = None
    note: str | None = None


def read(lines: Iterable[Line], name: str) -> tuple[Edit, ...]:
    """Return what the rows of a file of a *name* say; raise UsageError with every fault in it, up to twenty."""
    rows = iter(lines)
    columns = _columns(next(rows, None), name)
    faults: list[Fault] = []
    edits: dict[int, Edit] = {}
    for line in rows:
        edit = _edit(line, columns, faults)
        if edit and edit.id in edits:
            faults.append(Fault(line.number, columns["id"], f"mention {edit.id} is in line {edits[edit.id].line} too"))
        elif edit:
            edits[edit.id] = edit
    refuse(faults, name)
    return tuple(edits.values())


def refuse(faults: Iterable[Fault], name: str) -> None:
    """Raise UsageError with the faults, if there are any."""
    told = [f"{name}:{fault.line}:{fault.column}: {fault.message}" for fault in faults]
    if len(told) > _SHOWN:
        told[_SHOWN:] = [f"and {len(told) - _SHOWN} more"]
    if told:
        raise UsageError("\n".join([f"{name} cannot be imported; nothing was changed", *told]))


def _columns(header: Line | None, name: str) -> dict[str, int]:
    """Return the numbers of the columns by their names."""
    names = [one_line(written).lower() for written in header.cells] if header else []
    columns = {title: number for number, title in reversed(list(enumerate(names, 1)))}
    if "id" not in columns or not columns.keys() & set(EDITED):
        hint = "`brandwatch export --triage` writes such a table"
        raise UsageError(f"{name}:1:1: there is no column id, or none of {', '.join(EDITED)}", hint)
    return columns


def _edit(line: Line, columns: Mapping[str, int], faults: list[Fault]) -> Edit | None:
    """Return what a row says, `None` where that cannot be told; what is wrong is added to the faults."""
    cells = {name: _cell(line, number) for name, number in columns.items()}
    number = cells["id"].removesuffix(".0")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(2**62))):
        faults.append(Fault(line.number, columns["id"], f"“{one_line(cells['id'])}” is not the number of a mention"))
        return None
    before = base(cells.get("base", ""))
    if before is None and cells.get("base"):
        faults.append(
            Fault(line.number, columns["base"], "this is not what was written here; leave this column as it is")
        )
    found = len(faults)
    faults += _faults(line, columns, cells, before)
    if len(faults) > found:
        return None
    said = {name: cells[name] for name in EDITED if name in cells and not _is_untouched(cells[name], name, before)}
    return Edit(
        id=int(number),
        line=line.number,
        columns=columns,
        base=before,
        status=Status(said["status"].lower()) if "status" in said else None,
        tags=frozenset(map(normal_tag, split_tags(said["tags"]))) if "tags" in said else None,
        note=_note(said["note"]) if "note" in said else None,
    )


def _cell(line: Line, number: int) -> str:
    """Return a cell of a row; spreadsheets leave out the last ones that are empty."""
    return line.cells[number - 1].strip() if number <= len(line.cells) else ""


def _faults(line: Line, columns: Mapping[str, int], cells: Mapping[str, str], before: Base | None) -> Iterator[Fault]:
    """Yield what is wrong with the cells that were edited."""
    status, tags = cells.get("status"), cells.get("tags")
    if status is not None and status.lower() not in set(Status):
        message = f"there is no status “{one_line(status)}”; use {', '.join(Status)}"
        yield Fault(line.number, columns["status"], message)
    if tags is not None and not _is_untouched(tags, "tags", before):
        for tag in split_tags(tags):
            if not normal_tag(tag):
                yield Fault(line.number, columns["tags"], f"“{one_line(tag)}” cannot be a tag")


def _is_untouched(written: str, name: str, before: Base | None) -> bool:
    """Say whether a cell is as it was written, also by way of a spreadsheet that knows only the letters of Windows."""
    if before is None:
        return False
    was = {"status": before.status, "tags": BETWEEN.join(before.tags), "note": before.note}[name]
    one = one_line(written)
    return any(one == form or one == _in_windows(form) for form in (was, cell(was)))


def _in_windows(text: str) -> str:
    """Return a text as it comes back from the code page of Western Windows."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _note(written: str) -> str:
    """Return a note without the apostrophe that kept a spreadsheet from running it."""
    bare = written.removeprefix("'")
    return normal_note(bare if bare != written and cell(bare) == written else written)
