"""What commands refuse to count or rank of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Selection


_RANKS = ("response", "rising", "heat")
_HINT = "`brandwatch report` lists its mentions; docs/privacy.md says why"


def selects_staff(selection: Selection) -> bool:
    """Say whether a selection takes what is by or about staff, and nothing else."""
    from brandwatch.models import Subject, Voice

    return set(selection.voices) == {Voice.STAFF} or set(selection.subjects) == {Subject.STAFF}


def refuse_staff_counts(selection: Selection, what: str) -> None:
    """Raise UsageError where *what* would be told of staff alone."""
    if selects_staff(selection):
        raise UsageError(f"there is no {what} of staff alone", _HINT)


def story_order(selection: Selection) -> str:
    """Return how stories are sorted where nobody says: the hottest first, but of what staff alone says the newest."""
    return "published" if _is_said_by_staff(selection) else "heat"


def refuse_ranking(selection: Selection, sort: str) -> None:
    """Raise UsageError where what staff says would be sorted by how it is answered."""
    if sort in _RANKS and _is_said_by_staff(selection):
        raise UsageError(f"what staff says is not sorted by {sort} alone", "sort it by published, or with other voices")


def refuse_single_staff(selection: Selection) -> None:
    """Raise UsageError where staff alone is to be counted by words or by source: it might be one of them."""
    from brandwatch.storage.selections import is_identifying

    if is_identifying(selection):
        refuse_staff_counts(selection, "count by words or by source")


def suppression_remark(selection: Selection, *, hides: bool = False) -> Iterator[str]:
    """Yield what counts of a selection leave out of staff; *hides* says that some were too few to be told."""
    from brandwatch.privacy.disclosure_control import MIN_CELL_SIZE
    from brandwatch.storage.selections import is_identifying

    if is_identifying(selection):
        yield "staff is left out: it is not counted by words or by source"
    if hides:
        yield f"<{MIN_CELL_SIZE}: what is by or about fewer of the staff is not counted"


def _is_said_by_staff(selection: Selection) -> bool:
    """Say whether a selection takes what staff says, and nothing else."""
    from brandwatch.models import Voice

    return set(selection.voices) == {Voice.STAFF}
