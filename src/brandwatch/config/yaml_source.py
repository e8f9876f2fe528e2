"""YAML files of users: every scalar is text, and every value has its position.

PyYAML's events carry positions; its constructors do not, and YAML 1.1 reads `no` as false and `12:30` as 750.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import yaml

from brandwatch.config.diagnostics import Diagnostic, Position, Severity, diagnostic_at
from brandwatch.text import sanitise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


KeyPath = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

MAX_FILE_BYTES = 2**20
MAX_DEPTH = 20
_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
# In a list or behind a blank of a text in one: `[#acme]`, `[Acme #1 Norge]`.
_COMMENT_IN_LIST = re.compile(r"[\[,{]\s*#|\[[^\[\]#\"']*\s#")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Mark(Protocol):
    """A mark of either parser, libyaml's or the one in Python; both count from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


class YamlError(Exception):
    """The text is not YAML, or not the subset of it that we read."""

    def __init__(self, position: Position, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.message = message
        self.hint = hint


@dataclass(slots=True)
class YamlTree:
    """The content of a file: *data* of texts, lists and mappings.

    *values* and *keys* are positions by path; *duplicates* are repeated keys with the position of the repetition.
    """

    data: Any = None
    values: dict[KeyPath, Position] = field(default_factory=dict)
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    duplicates: list[tuple[KeyPath, Position]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A file that was read: its text and its content, each value with its position."""

    path: str
    text: str
    tree: YamlTree

    def error(self, path: KeyPath, message: str, hint: str = "", *, hides_line: bool = False) -> Diagnostic:
        """Build an error at the value of *path*, or at the nearest value around it that exists.

        *hides_line* leaves the excerpt out, which may hold a secret.
        """
        return self._at_value(path, message, hint, Severity.ERROR, hides_line=hides_line)

    def error_within(self, path: KeyPath, before: str, message: str, hint: str = "") -> Diagnostic:
        """Build an error inside the text at *path*, after its part *before*."""
        position = _position_after(self.text, self.tree.values.get(path, Position(1, 1)), before)
        return diagnostic_at(self.path, self.text, position, message, hint)

    def warning(self, path: KeyPath, message: str, hint: str = "", *, hides_line: bool = False) -> Diagnostic:
        """Build a warning, with the arguments of `error`."""
        return self._at_value(path, message, hint, Severity.WARNING, hides_line=hides_line)

    def error_at_key(self, path: KeyPath, message: str, hint: str = "") -> Diagnostic:
        """Build an error at the last key of *path*, which must exist."""
        return diagnostic_at(self.path, self.text, self.tree.keys[path], message, hint)

    def _at_value(self, path: KeyPath, message: str, hint: str, severity: Severity, *, hides_line: bool) -> Diagnostic:
        while path and path not in self.tree.values:
            path = path[:-1]
        position = self.tree.values.get(path, Position(1, 1))
        text = "" if hides_line else self.text
        return diagnostic_at(self.path, text, position, message, hint, severity)


def _position_after(text: str, start: Position, before: str) -> Position:
    """Return the position of what follows *before* in a scalar that begins at *start*; *start* where they differ."""
    lines = text.split("\n")
    at = sum(len(line) + 1 for line in lines[: start.line - 1]) + start.column - 1
    if text[at : at + 1] in {"|", ">"}:
        at = text.find("\n", at)
    elif text[at : at + 1] in {"'", '"'}:
        at += 1
    # Blanks and line ends are folded in a scalar; its other characters are those of the file, but for escapes.
    for character in "".join(before.split()):
        at = _skip_blanks(text, at)
        at += text[at : at + 1] != character
        if at < 0 or text[at : at + 1] != character:
            return start
        at += 1
    at = _skip_blanks(text, at)
    return Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def read_file(path: Path) -> tuple[Located, list[Diagnostic]]:
    """Read a file; an unreadable one gives an empty tree and an error, never an exception."""
    text = ""
    try:
        # The name of a query or a kind is that of its file: it is stored, and shown everywhere.
        if not sanitise.is_shown_as_is(path.stem):
            hint = "rename the file: in UTF-8, without control characters"
            raise YamlError(Position(1, 1), "the name of this file cannot be a name here", hint)  # noqa: TRY301
        # To open a pipe would wait for its other end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise YamlError(Position(1, 1), "this is not a file")  # noqa: TRY301 (one way for all errors)
        text = decode_yaml(path.read_bytes())
        return Located(path=str(path), text=text, tree=parse_yaml(text)), []
    except YamlError as error:
        diagnostic = diagnostic_at(str(path), text, error.position, error.message, error.hint)
    except OSError as error:
        diagnostic = diagnostic_at(str(path), "", Position(1, 1), f"cannot be read: {error.strerror}")
    return Located(path=str(path), text=text, tree=YamlTree()), [diagnostic]


def decode_yaml(body: bytes) -> str:
    """Decode a file; raise YamlError if it is larger than 1 MiB, or not UTF-8."""
    if len(body) > MAX_FILE_BYTES:
        raise YamlError(Position(1, 1), f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8", "replace")
        position = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise YamlError(position, "this is not UTF-8", "save the file with the encoding UTF-8") from None


def parse_yaml(text: str) -> YamlTree:
    """Parse a document; raise YamlError at the first place that is not valid."""
    for number, line in enumerate(text.split("\n"), 1):
        # The parser's own message about a tab does not mention tabs.
        if "\t" in line[: len(line) - len(line.lstrip(" \t"))] and line.strip():
            position = Position(number, line.index("\t") + 1)
            raise YamlError(position, "a tab instead of spaces", "replace the tab by two spaces")
    tree = YamlTree()
    try:
        events = yaml.parse(text, Loader=_LOADER)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if tree.data is not None:
                    _refuse(event, "a second document", "a file has one document: remove `---`")
                tree.data = _value(events, next(events), (), tree)
    except yaml.MarkedYAMLError as error:
        raise _explain_syntax_error(error, text) from None
    except yaml.YAMLError as error:
        at = getattr(error, "position", 0) or 0
        position = Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        raise YamlError(position, "a character that YAML does not allow", "delete it") from None
    return tree


def _value(events: Iterator[yaml.Event], event: yaml.Event, path: KeyPath, tree: YamlTree) -> Any:  # noqa: ANN401 (YAML)
    """Read the value that begins with *event*, and record its position."""
    if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        _refuse(event, "`*` at the start of a text makes it a reference", "put the text in quotes")
    if event.anchor:
        _refuse(event, "`&` at the start of a text makes it an anchor", "put the text in quotes")
    if event.tag is not None and event.tag != "!":
        _refuse(event, "`!` at the start of a text makes it a tag", "put the text in quotes")
    if len(path) > MAX_DEPTH:
        _refuse(event, _TOO_DEEP)
    tree.values[path] = _position(event.start_mark)
    if isinstance(event, yaml.SequenceStartEvent):
        values: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            values.append(_value(events, event, (*path, len(values)), tree))
        return values
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, path, tree)
    return event.value if isinstance(event, yaml.ScalarEvent) else None


def _mapping(events: Iterator[yaml.Event], path: KeyPath, tree: YamlTree) -> dict[str, Any]:
    values: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            _refuse(event, "a key must be text", "put the key in quotes")
        key = (*path, event.value)
        if event.value in values:
            # The first value of a repeated key stays; the other one is read to be skipped.
            tree.duplicates.append((key, _position(event.start_mark)))
            _value(events, next(events), (*key, "duplicate"), YamlTree())
        else:
            tree.keys[key] = _position(event.start_mark)
            values[event.value] = _value(events, next(events), key, tree)
    return values


def _position(mark: _Mark | None) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


def _refuse(event: yaml.Event, message: str, hint: str = "") -> NoReturn:
    raise YamlError(_position(event.start_mark), message, hint)


def _explain_syntax_error(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    """Translate the parser's message for a reader who does not know YAML's grammar."""
    position = _position(error.problem_mark or error.context_mark)
    problem = error.problem or "this is not YAML"
    lines = text.split("\n")
    for number, line in enumerate(lines[: position.line], 1):
        if comment := _COMMENT_IN_LIST.search(line):
            hint = "put a text that holds it in quotes"
            return YamlError(Position(number, comment.end()), "`#` begins a comment", hint)
    if "maximum nesting depth" in problem:  # libyaml's own limit, which it may reach before we see its events
        return YamlError(position, _TOO_DEEP)
    line = lines[position.line - 1] if position.line <= len(lines) else ""
    sign = line[position.column - 1 : position.column]
    if "cannot start any token" in problem and sign:
        return YamlError(position, f"a text cannot begin with `{sign}`", "put the text in quotes")
    if "mapping values are not allowed" in problem:
        return YamlError(position, "`: ` inside a text", "put the text in quotes")
    if error.context_mark:
        problem += f" ({error.context} that begins at line {error.context_mark.line + 1})"
    return YamlError(position, problem, "check indentation, quotes and brackets")
