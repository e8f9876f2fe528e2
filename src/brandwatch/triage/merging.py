"""Three ways become one: how a mention stood when the table was written, what the table says, and how it stands now."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from brandwatch.models import Change
from brandwatch.triage.edits import Fault, refuse
from brandwatch.triage.sheet import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brandwatch.models import Standing
    from brandwatch.triage.edits import Edit


class Prefer(StrEnum):
    """Which side wins where both were edited."""

    NEITHER = "neither"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What was edited here and there: *ours* is in the database, *theirs* in the file, at a line and a column."""

    mention: int
    line: int
    column: int
    what: str
    ours: str
    theirs: str


@dataclass(slots=True, kw_only=True)
class Merged:
    """What is to be changed, by the ids of mentions, what is in conflict, and the mentions that are *gone*."""

    changes: dict[int, Change] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def merge(edits: Iterable[Edit], standings: Mapping[int, Standing], *, key: bytes, name: str, prefer: Prefer) -> Merged:
    """Return what becomes of edits; raise UsageError for a mention that there never was, or another one's base.

    Only what was edited in the file is changed. What was edited in the database too is a conflict, unless it says the
    same; tags are added and taken away one by one, so they never are.
    """
    merged, faults = Merged(), list[Fault]()
    for edit in edits:
        now = standings.get(edit.id)
        if now is None and edit.base is None:
            faults.append(Fault(edit.line, edit.columns["id"], f"there is no mention {edit.id}"))
        elif now is None:
            merged.gone.append(edit.id)
        elif edit.base and not edit.base.is_of(key, edit.id, now.found):
            message = (
                f"this was not written of mention {edit.id}: were rows sorted without it, or is it another database?"
            )
            faults.append(Fault(edit.line, edit.columns["base"], message))
        else:
            _merge(merged, edit, now, prefer)
    refuse(faults, name)
    return merged


def _merge(merged: Merged, edit: Edit, now: Standing, prefer: Prefer) -> None:
    """Add what becomes of one mention."""
    added, taken = _tags(edit, now)
    clashing = {what: pair for what, pair in _both(edit, now).items() if pair[0] != pair[1]}
    if prefer is Prefer.NEITHER:
        merged.conflicts += [
            Conflict(mention=edit.id, line=edit.line, column=edit.columns[what], what=what, ours=ours, theirs=theirs)
            for what, (ours, theirs) in clashing.items()
        ]
    dropped = set() if prefer is Prefer.THEIRS else clashing.keys()
    change = Change(
        status=None if "status" in dropped or edit.status == now.status else edit.status,
        tags=() if "tags" in dropped else tuple(sorted(added - now.tags)),
        untags=() if "tags" in dropped else tuple(sorted(taken & now.tags)),
        note=None if "note" in dropped or edit.note == now.note else edit.note,
    )
    if change != Change():
        merged.changes[edit.id] = change


def _both(edit: Edit, now: Standing) -> dict[str, tuple[str, str]]:
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


def _tags(edit: Edit, now: Standing) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tags that were added and taken away in the file; without a base, what makes ours theirs."""
    if edit.tags is None:
        return frozenset(), frozenset()
    before = frozenset(edit.base.tags) if edit.base else now.tags
    return edit.tags - before, before - edit.tags
