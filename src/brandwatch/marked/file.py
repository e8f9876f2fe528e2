"""A file in YAML: read whatever it says, hold it against its form, and collect all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from brandwatch.marked.complaints import complaint
from brandwatch.marked.faults import Fault, Place, Severity
from brandwatch.marked.reading import ReadingError, Tree, decoded, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    Words = tuple[str, str]

_TWICE = "keep one of them"
_FormT = TypeVar("_FormT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A file, read: its text and what it says, each value with its place."""

    path: str
    text: str
    tree: Tree

    def fault(
        self,
        path: tuple[str | int, ...],
        message: str,
        hint: str = "",
        *,
        is_error: bool = True,
        hides: bool = False,
    ) -> Fault:
        """Return a fault at the value that *path* leads to, or at the nearest thing around it that is there.

        *hides* leaves out the line that it is on, which may hold a secret.
        """
        while path and path not in self.tree.values:
            path = path[:-1]
        place = self.tree.values.get(path, Place(1, 1))
        severity = Severity.ERROR if is_error else Severity.WARNING
        fault = fault_at(self.path, self.text, place, message, hint, severity)
        return replace(fault, excerpt="") if hides else fault

    def fault_at_key(self, path: tuple[str | int, ...], message: str, hint: str = "") -> Fault:
        """Return a fault where the last key of *path* stands."""
        return fault_at(self.path, self.text, self.tree.keys[path], message, hint)


def read_file(path: Path) -> tuple[Marked, list[Fault]]:
    """Read a file; whatever keeps it from being read is a fault, never an exception."""
    text = ""
    try:
        # Somebody who opens a pipe waits for the other end of it.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ReadingError(Place(1, 1), "this is not a file")  # noqa: TRY301 (one way for all faults)
        text = decoded(path.read_bytes())
        return Marked(path=str(path), text=text, tree=read(text)), []
    except ReadingError as error:
        fault = fault_at(str(path), text, error.place, error.message, error.hint)
    except OSError as error:
        fault = fault_at(str(path), "", Place(1, 1), f"cannot be read: {error.strerror}")
    return Marked(path=str(path), text=text, tree=Tree()), [fault]


def validated(
    file: Marked,
    form: type[_FormT],
    hint: str,
    special: Callable[[ErrorDetails], Words | None] = lambda _: None,
) -> tuple[_FormT | None, list[Fault]]:
    """Return what a file says as *form* has it, `None` if it cannot be, and all that is wrong with it.

    *hint* is what to do about a file that says nothing; *special* has words of its own for some errors.
    """
    faults = [
        fault_at(file.path, file.text, file.tree.keys[(*key, "twice")], f"the key `{key[-1]}` is said twice", _TWICE)
        for key in file.tree.twice
    ]
    if not isinstance(file.tree.data, dict):
        what = "the file is empty" if not file.tree.data else "the file does not hold keys and values"
        return None, [*faults, file.fault((), what, hint)]
    try:
        return form.model_validate(file.tree.data), faults
    except ValidationError as error:
        return None, [*faults, *_complaints(file, error, form, special)]


def _complaints(
    file: Marked, error: ValidationError, form: type[BaseModel], special: Callable[[ErrorDetails], Words | None]
) -> Iterator[Fault]:
    """Yield a fault for each error of validation; an unknown key is shown where the key stands."""
    for detail in error.errors(include_url=False):
        message, hint = special(detail) or complaint(detail, form)
        path = detail["loc"]
        if detail["type"] == "too_short" and detail["input"]:
            continue  # pydantic counts only the valid ones, and each of the others has its own complaint
        if detail["type"] == "extra_forbidden" and path in file.tree.keys:
            yield file.fault_at_key(path, message, hint)
        else:
            yield file.fault(path, message, hint)


def fault_at(
    path: str, text: str, place: Place, message: str, hint: str = "", severity: Severity = Severity.ERROR
) -> Fault:
    """Return a fault with the line it is on."""
    lines = text.split("\n")
    excerpt = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return Fault(path=path, place=place, message=message, hint=hint, excerpt=excerpt, severity=severity)
