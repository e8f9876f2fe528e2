"""Diagnostics of a file: what is wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from pydantic import BaseModel

from brandwatch.config.secrets import redact_text
from brandwatch.text.sanitise import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails


_SHOWN = 100


class Severity(StrEnum):
    """Whether a file with the fault can be used."""

    ERROR = "error"
    WARNING = "warning"


class Position(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing that is wrong in the file *path*; *excerpt* is the line it is on, empty where there is none to show."""

    path: str
    place: Position
    message: str
    hint: str = ""
    excerpt: str = ""
    severity: Severity = Severity.ERROR


def render(fault: Diagnostic) -> str:
    """Return the fault as lines for a person: `file:line:column`, the line with a caret below it, the hint."""
    line, column = fault.place
    lines = [f"{fault.path}:{line}:{column}: {fault.severity}: {one_line(fault.message)}"]
    if fault.excerpt.strip():
        first = max(0, column - 1 - _SHOWN // 2)
        before = clean(fault.excerpt[first : column - 1])
        lines += [f"  {redact_text(clean(fault.excerpt[first : first + _SHOWN]))}", f"  {' ' * len(before)}^"]
    if fault.hint:
        lines.append(f"  hint: {one_line(fault.hint)}")
    return "\n".join(lines)


_KINDS: dict[type, str] = {str: "text", list: "a list", dict: "keys and values"}


def explain_validation_error(error: ErrorDetails, form: type[BaseModel]) -> tuple[str, str]:
    """Return message and hint for one error of validation of *form*."""
    key, found = error["loc"][-1] if error["loc"] else "", _KINDS.get(type(error["input"]), "nothing")
    kind = error["type"]
    if kind == "extra_forbidden":
        return explain_unknown_key(str(key), known_keys(form, error["loc"][:-1]))
    said = {
        "missing": (f"the key `{key}` is missing", f"add a line `{key}: …`"),
        "string_type": (f"expected text, found {found}", ""),
        "tuple_type": (f"expected a list, found {found}", "put the values in [ ], or each on a line after `- `"),
        "model_type": (f"expected keys and values, found {found}", ""),
        "dict_type": (f"expected keys and values, found {found}", ""),
        "int_parsing": (f"“{error['input']}” is not a whole number", ""),
        "float_parsing": (f"“{error['input']}” is not a number", ""),
        "too_short": (f"`{key}` is empty", ""),
        "string_too_short": (f"`{key}` is empty" if isinstance(key, str) else "empty", ""),
    }
    if kind in {"literal_error", "enum", "is_instance_of"}:
        return f"“{error['input']}” is not one of {_choices(error, form)}", ""
    if kind == "bool_type":
        return f"“{error['input']}” is not one of on or off", ""
    if kind == "too_long":
        return f"`{key}` holds more than {error.get('ctx', {}).get('max_length')}", ""
    return said.get(kind, (error["msg"].removeprefix("Value error, "), ""))


def known_keys(form: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand at *path* in a file of *form*."""
    return [field.alias or name for name, field in _form_at(form, path).model_fields.items()]


def explain_unknown_key(key: str, known: list[str]) -> tuple[str, str]:
    """Return what to say of a key that does not exist here."""
    close = get_close_matches(key, known, n=1, cutoff=0.5)
    return f"unknown key `{key}`", f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"


def _form_at(form: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the innermost form on the way along *path*; keys of plain mappings and places in lists lead on."""
    for step in path:
        if isinstance(step, str) and step in form.model_fields:
            form = next(_parts(form.model_fields[step].annotation, BaseModel), form)
    return form


def _parts(annotation: Any, base: type) -> Iterator[Any]:  # noqa: ANN401 (whatever a type can be)
    """Yield the classes below *base* that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, base):
        yield annotation
    for part in get_args(annotation):
        yield from _parts(part, base)


def _choices(error: ErrorDetails, form: type[BaseModel]) -> str:
    """Return the values that may stand here."""
    context: dict[str, Any] = error.get("ctx", {})
    if expected := context.get("expected"):
        return str(expected).replace("'", "")
    values = [str(value) for value in _enum(error, form)]
    return f"{', '.join(values[:-1])} or {values[-1]}"


def _enum(error: ErrorDetails, form: type[BaseModel]) -> type[Enum]:
    """Return the enumeration that a key of a form takes its values from."""
    *path, key = (step for step in error["loc"] if isinstance(step, str))
    found: type[Enum] = next(_parts(_form_at(form, tuple(path)).model_fields[key].annotation, Enum))
    return found


class SourceProblem(NamedTuple):
    """What is wrong with a configured source: at which of its keys (empty for the whole), and what to do."""

    key: str
    message: str
    hint: str = ""
    is_error: bool = True
