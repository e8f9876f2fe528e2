"""Read YAML as its author meant it: every scalar is text, every value knows its place, every trick is refused.

YAML 1.1 reads `no` as false, `1881` as a number, `12:30` as 750, and lets the last of two equal keys win without a
word. Here the events of the parser become plain text, lists and mappings; nothing is resolved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from brandwatch.marked.faults import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]
"""The keys and positions that lead to a value."""

MOST_BYTES = 2**20
DEEPEST = 20
_TOO_DEEP = f"nested more than {DEEPEST} deep"
_COMMENT_IN_LIST = re.compile(r"[\[,{]\s*#")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class ReadingError(Exception):
    """The text cannot be read as YAML of our kind."""

    def __init__(self, place: Place, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.hint = hint


@dataclass(slots=True)
class Tree:
    """What a file says: *data* of text, lists and mappings.

    *values* and *keys* hold their places by their path, *twice* the keys that were said before.
    """

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    twice: list[Path] = field(default_factory=list)


def decoded(body: bytes) -> str:
    """Return the text of a file; raise ReadingError where it is too large, or not UTF-8."""
    if len(body) > MOST_BYTES:
        raise ReadingError(Place(1, 1), f"the file is larger than {MOST_BYTES // 2**20} MiB")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8", "replace")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise ReadingError(place, "this is not UTF-8", "save the file with the encoding UTF-8") from None
    return text


def read(text: str) -> Tree:
    """Return what *text* says; raise ReadingError at the first thing that cannot be read."""
    _refuse_tabs(text)
    tree = Tree()
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
        place = Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        raise ReadingError(place, "a character that YAML does not allow", "delete it") from None
    return tree


def _refuse_tabs(text: str) -> None:
    """Refuse a tab that indents; the parser's own words for it are a riddle."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line[: len(line) - len(line.lstrip(" \t"))] and line.strip():
            place = Place(number, line.index("\t") + 1)
            raise ReadingError(place, "a tab, where YAML wants spaces", "replace the tab by two spaces")


def _value(events: Iterator[yaml.Event], event: yaml.Event, path: Path, tree: Tree) -> Any:  # noqa: ANN401 (YAML)
    """Return the value that begins with *event*, and note its place."""
    if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        _refuse(event, "`*` at the start of a text makes it a reference", "put the text in quotes")
    if event.anchor:
        _refuse(event, "`&` at the start of a text makes it an anchor", "put the text in quotes")
    if event.tag is not None and event.tag != "!":
        _refuse(event, "`!` at the start of a text makes it a tag", "put the text in quotes")
    if len(path) > DEEPEST:
        _refuse(event, _TOO_DEEP)
    tree.values[path] = _place(event)
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(events, path, tree)
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, path, tree)
    return event.value if isinstance(event, yaml.ScalarEvent) else None


def _list(events: Iterator[yaml.Event], path: Path, tree: Tree) -> list[Any]:
    """Return a list."""
    values: list[Any] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        values.append(_value(events, event, (*path, len(values)), tree))
    return values


def _mapping(events: Iterator[yaml.Event], path: Path, tree: Tree) -> dict[str, Any]:
    """Return a mapping; a key said twice is noted, and its first value stays."""
    values: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            _refuse(event, "a key must be text", "put the key in quotes")
        key = (*path, event.value)
        if event.value in values:
            tree.keys[(*key, "twice")] = _place(event)
            tree.twice.append(key)
            _value(events, next(events), (*key, "twice"), Tree())
            continue
        tree.keys[key] = _place(event)
        values[event.value] = _value(events, next(events), key, tree)
    return values


def _place(event: yaml.Event) -> Place:
    """Return where an event begins."""
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _refuse(event: yaml.Event, message: str, hint: str = "") -> NoReturn:
    """Refuse what stands at *event*."""
    raise ReadingError(_place(event), message, hint)


def _explained(error: yaml.MarkedYAMLError, text: str) -> ReadingError:
    """Return the parser's complaint in words for somebody who does not know YAML's grammar."""
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    problem = error.problem or "this is not YAML"
    lines = text.split("\n")
    at = lines[place.line - 1][place.column - 1 : place.column] if place.line <= len(lines) else ""
    for number, line in enumerate(lines[: place.line], 1):
        if comment := _COMMENT_IN_LIST.search(line):
            return ReadingError(
                Place(number, comment.end()), "`#` begins a comment", "put a text that holds it in quotes"
            )
    if "maximum nesting depth" in problem:  # libyaml's own limit, which it may reach before we see its events
        return ReadingError(place, _TOO_DEEP)
    if "cannot start any token" in problem and at:
        return ReadingError(place, f"a text cannot begin with `{at}`", "put the text in quotes")
    if "mapping values are not allowed" in problem:
        return ReadingError(place, "`: ` inside a text", "put the text in quotes")
    if error.context_mark:
        problem += f" ({error.context} that begins at line {error.context_mark.line + 1})"
    return ReadingError(place, problem, "see how the lines are indented, quoted and closed")
