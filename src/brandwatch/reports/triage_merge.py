"""Three-way merge of a triage sheet: the state when it was written, its edits, and the state now."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from brandwatch.models import TriageChange
from brandwatch.reports.triage_sheet import BETWEEN, SheetFault, raise_for_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brandwatch.models import TriageState
    from brandwatch.reports.triage_sheet import SheetEdit


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
        pairs["tags"] = (BETWEEN.join(sorted(now.tags)), BETWEEN.join(sorted(edit.tags)))
    return pairs


def _tags(edit: SheetEdit, now: TriageState) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tags that were added and taken away in the file; without a base, what makes ours theirs."""
    if edit.tags is None:
        return frozenset(), frozenset()
    before = frozenset(edit.base.tags) if edit.base else now.tags
    return edit.tags - before, before - edit.tags
