"""YAML files that people write: every scalar is text, and every value knows its position."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from brandwatch.config.diagnostics import Diagnostic, Position, Severity, explain_validation_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    Words = tuple[str, str]


KeyPath = tuple[str | int, ...]
"""The keys and positions that lead to a value."""

MAX_BYTES = 2**20
MAX_DEPTH = 20
_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
_COMMENT_IN_LIST = re.compile(r"[\[,{]\s*#")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class YamlError(Exception):
    """The text cannot be read as YAML of our kind."""

    def __init__(self, place: Position, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.hint = hint


@dataclass(slots=True)
class YamlTree:
    """What a file says: *data* of text, lists and mappings.

    *values* and *keys* hold their places by their path, *twice* the keys that were said before.
    """

    data: Any = None
    values: dict[KeyPath, Position] = field(default_factory=dict)
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    twice: list[KeyPath] = field(default_factory=list)


def decode_yaml(body: bytes) -> str:
    """Return the text of a file; raise ReadingError where it is too large, or not UTF-8."""
    if len(body) > MAX_BYTES:
        raise YamlError(Position(1, 1), f"the file is larger than {MAX_BYTES // 2**20} MiB")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8", "replace")
        place = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise YamlError(place, "this is not UTF-8", "save the file with the encoding UTF-8") from None
    return text


def parse_yaml(text: str) -> YamlTree:
    """Return what *text* says; raise ReadingError at the first thing that cannot be read."""
    _refuse_tabs(text)
    tree = YamlTree()
    try:
        events = yaml.parse(text, Loader=_LOADER)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if tree.data is not None:
                    _refuse(event, "a second document", "a file holds one; take `---` out")
                tree.data = _value(events, next(events), (), tree)
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text) from None
    except yaml.YAMLError as error:
        at = getattr(error, "position", 0) or 0
        place = Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        raise YamlError(place, "a character that YAML does not allow", "delete it") from None
    return tree


def _refuse_tabs(text: str) -> None:
    """Refuse a tab that indents; the parser's own words for it are a riddle."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line[: len(line) - len(line.lstrip(" \t"))] and line.strip():
            place = Position(number, line.index("\t") + 1)
            raise YamlError(place, "a tab, where YAML wants spaces", "replace the tab by two spaces")


def _value(events: Iterator[yaml.Event], event: yaml.Event, path: KeyPath, tree: YamlTree) -> Any:  # noqa: ANN401 (YAML)
    """Return the value that begins with *event*, and note its place."""
    if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        _refuse(event, "`*` at the start of a text makes it a reference", "put the text in quotes")
    if event.anchor:
        _refuse(event, "`&` at the start of a text makes it an anchor", "put the text in quotes")
    if event.tag is not None and event.tag != "!":
        _refuse(event, "`!` at the start of a text makes it a tag", "put the text in quotes")
    if len(path) > MAX_DEPTH:
        _refuse(event, _TOO_DEEP)
    tree.values[path] = _place(event)
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(events, path, tree)
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, path, tree)
    return event.value if isinstance(event, yaml.ScalarEvent) else None


def _list(events: Iterator[yaml.Event], path: KeyPath, tree: YamlTree) -> list[Any]:
    """Return a list."""
    values: list[Any] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        values.append(_value(events, event, (*path, len(values)), tree))
    return values


def _mapping(events: Iterator[yaml.Event], path: KeyPath, tree: YamlTree) -> dict[str, Any]:
    """Return a mapping; a key said twice is noted, and its first value stays."""
    values: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            _refuse(event, "a key must be text", "put the key in quotes")
        key = (*path, event.value)
        if event.value in values:
            tree.keys[(*key, "twice")] = _place(event)
            tree.twice.append(key)
            _value(events, next(events), (*key, "twice"), YamlTree())
            continue
        tree.keys[key] = _place(event)
        values[event.value] = _value(events, next(events), key, tree)
    return values


def _place(event: yaml.Event) -> Position:
    """Return where an event begins."""
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


def _refuse(event: yaml.Event, message: str, hint: str = "") -> NoReturn:
    """Refuse what stands at *event*."""
    raise YamlError(_place(event), message, hint)


def _explained(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    """Return the parser's complaint in words for somebody who does not know YAML's grammar."""
    mark = error.problem_mark or error.context_mark
    place = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
    problem = error.problem or "this is not YAML"
    lines = text.split("\n")
    at = lines[place.line - 1][place.column - 1 : place.column] if place.line <= len(lines) else ""
    for number, line in enumerate(lines[: place.line], 1):
        if comment := _COMMENT_IN_LIST.search(line):
            return YamlError(
                Position(number, comment.end()), "`#` begins a comment", "put a text that holds it in quotes"
            )
    if "maximum nesting depth" in problem:  # libyaml's own limit, which it may reach before we see its events
        return YamlError(place, _TOO_DEEP)
    if "cannot start any token" in problem and at:
        return YamlError(place, f"a text cannot begin with `{at}`", "put the text in quotes")
    if "mapping values are not allowed" in problem:
        return YamlError(place, "`: ` inside a text", "put the text in quotes")
    if error.context_mark:
        problem += f" ({error.context} that begins at line {error.context_mark.line + 1})"
    return YamlError(place, problem, "see how the lines are indented, quoted and closed")


_DURATION = re.compile(r"(\d{1,4})\s*(s|m|min|h|d)")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PERIOD = re.compile(r"(\d{1,4})\s*([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class StrictModel(BaseModel):
    """A mapping of known keys and no others; what is in a file is text, lists and mappings."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def parse_duration(text: str) -> timedelta:
    """Read `8s`, `15m`, `2h` or `1d`; nothing else is longer than no time."""
    match = _DURATION.fullmatch(text.strip().lower())
    return int(match[1]) * _UNITS[match[2]] if match else timedelta()


def parse_period(text: str) -> timedelta:
    """Read `90d`, `6w`, `18m` (months of 30 days) or `2y`; nothing else is longer than no time."""
    match = _PERIOD.fullmatch(text.strip().lower())
    return timedelta(days=int(match[1]) * _DAYS[match[2]]) if match else timedelta()


def _as_switch(value: object) -> object:
    """Read a switch; YAML's own idea of `yes` and `off` is not asked."""
    return {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}.get(str(value), value)


def _as_date(value: object) -> object:
    """Read a date as ISO 8601 has it."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a date is written 2026-05-01") from None


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Switch = Annotated[bool, BeforeValidator(_as_switch, json_schema_input_type=Literal["on", "off"])]
Day = Annotated[date, BeforeValidator(_as_date, json_schema_input_type=str)]

_TWICE = "keep one of them"
_FormT = TypeVar("_FormT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A file, read: its text and what it says, each value with its place."""

    path: str
    text: str
    tree: YamlTree

    def fault(
        self,
        path: tuple[str | int, ...],
        message: str,
        hint: str = "",
        *,
        is_error: bool = True,
        hides: bool = False,
    ) -> Diagnostic:
        """Return a fault at the value that *path* leads to, or at the nearest thing around it that is there.

        *hides* leaves out the line that it is on, which may hold a secret.
        """
        while path and path not in self.tree.values:
            path = path[:-1]
        place = self.tree.values.get(path, Position(1, 1))
        severity = Severity.ERROR if is_error else Severity.WARNING
        fault = diagnostic_at(self.path, self.text, place, message, hint, severity)
        return replace(fault, excerpt="") if hides else fault

    def fault_at_key(self, path: tuple[str | int, ...], message: str, hint: str = "") -> Diagnostic:
        """Return a fault where the last key of *path* stands."""
        return diagnostic_at(self.path, self.text, self.tree.keys[path], message, hint)


def read_file(path: Path) -> tuple[Located, list[Diagnostic]]:
    """Read a file; whatever keeps it from being read is a fault, never an exception."""
    text = ""
    try:
        # Somebody who opens a pipe waits for the other end of it.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise YamlError(Position(1, 1), "this is not a file")  # noqa: TRY301 (one way for all faults)
        text = decode_yaml(path.read_bytes())
        return Located(path=str(path), text=text, tree=parse_yaml(text)), []
    except YamlError as error:
        fault = diagnostic_at(str(path), text, error.place, error.message, error.hint)
    except OSError as error:
        fault = diagnostic_at(str(path), "", Position(1, 1), f"cannot be read: {error.strerror}")
    return Located(path=str(path), text=text, tree=YamlTree()), [fault]


def validate(
    file: Located,
    form: type[_FormT],
    hint: str,
    special: Callable[[ErrorDetails], Words | None] = lambda _: None,
) -> tuple[_FormT | None, list[Diagnostic]]:
    """Return what a file says as *form* has it, `None` if it cannot be, and all that is wrong with it.

    *hint* is what to do about a file that says nothing; *special* has words of its own for some errors.
    """
    faults = [
        diagnostic_at(
            file.path, file.text, file.tree.keys[(*key, "twice")], f"the key `{key[-1]}` is said twice", _TWICE
        )
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
    file: Located, error: ValidationError, form: type[BaseModel], special: Callable[[ErrorDetails], Words | None]
) -> Iterator[Diagnostic]:
    """Yield a fault for each error of validation; an unknown key is shown where the key stands."""
    for detail in error.errors(include_url=False):
        message, hint = special(detail) or explain_validation_error(detail, form)
        path = detail["loc"]
        if detail["type"] == "too_short" and detail["input"]:
            continue  # pydantic counts only the valid ones, and each of the others has its own complaint
        if detail["type"] == "extra_forbidden" and path in file.tree.keys:
            yield file.fault_at_key(path, message, hint)
        else:
            yield file.fault(path, message, hint)


def diagnostic_at(
    path: str, text: str, place: Position, message: str, hint: str = "", severity: Severity = Severity.ERROR
) -> Diagnostic:
    """Return a fault with the line it is on."""
    lines = text.split("\n")
    excerpt = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return Diagnostic(path=path, place=place, message=message, hint=hint, excerpt=excerpt, severity=severity)
