"""Validation of files against pydantic models: scalars in the notation of files, and errors in plain words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import starmap
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import CoreSchema, core_schema

from brandwatch.config.diagnostics import Diagnostic, diagnostic_at, explain_unknown_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import GetCoreSchemaHandler
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from brandwatch.config.yaml_source import KeyPath, Located


_DURATION = re.compile(r"(\d{1,4})\s*(s|m|min|h|d)")
_DURATION_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PERIOD = re.compile(r"(\d{1,4})\s*([dwmy])")
_PERIOD_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_SWITCHES = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


class StrictModel(BaseModel):
    """A frozen mapping of known keys and no others; the values in a file are texts, lists and mappings.

    A file gives the aliases of fields, the program their names.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_alias=False,
        validate_by_name=True,
        # A validator costs most of a model's import, and a poll of feeds needs none of those for kinds.
        defer_build=True,
    )
    # Keys of a file that a coming version gives a meaning to.
    FUTURE_KEYS: ClassVar[frozenset[str]] = frozenset()


ModelT = TypeVar("ModelT", bound=StrictModel)


def parse_duration(text: str) -> timedelta:
    """Read `8s`, `15m`, `2h` or `1d`; zero for any other text."""
    match = _DURATION.fullmatch(text.strip().lower())
    return int(match[1]) * _DURATION_UNITS[match[2]] if match else timedelta()


def parse_period(text: str) -> timedelta:
    """Read `90d`, `6w`, `18m` (months of 30 days) or `2y`; zero for any other text."""
    match = _PERIOD.fullmatch(text.strip().lower())
    return timedelta(days=int(match[1]) * _PERIOD_DAYS[match[2]]) if match else timedelta()


def _as_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("invalid date: write 2026-05-01") from None


def one_as_list(value: object) -> object:
    """Accept one text for a list of it."""
    return (value,) if isinstance(value, str) else value


def member_of(choices: type[Enum]) -> BeforeValidator:
    """Read a member of an enumeration by its value."""
    members = {member.value: member for member in choices}
    return BeforeValidator(lambda value: members.get(value, value) if isinstance(value, str) else value)


def duration_between(
    shortest: timedelta, longest: timedelta, message: str, parse: Callable[[str], timedelta] = parse_duration
) -> BeforeValidator:
    """Read a duration; *message* is the error for other texts, and beyond the limits."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        duration = parse(value)
        if not shortest <= duration <= longest:
            raise ValueError(message)
        return duration

    return BeforeValidator(read, json_schema_input_type=str)


# YAML has no NUL, so a file cannot give a value to a field with this alias.
_UNWRITABLE = "\0"
_AnyT = TypeVar("_AnyT")
NotInFile = Annotated[_AnyT, SkipJsonSchema(), Field(alias=_UNWRITABLE, exclude=True)]
"""A field that the program fills in, and that is no key of a file."""


@dataclass(frozen=True, slots=True)
class WrittenAs:
    """The *form* that a value has in a file, and the functions that *build* the value from it and *write* it again.

    Errors and the JSON Schema are those of the form; a value that is built already is accepted.
    """

    form: Any
    build: Callable[[Any], object]
    write: Callable[[Any], object]

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Give pydantic the validation of the value."""
        built = get_origin(source) or source

        def write_built(value: object) -> object:
            return self.write(value) if isinstance(value, built) else value

        # Not a wrap validator: before pydantic 2.14 it forgets that a file gives the aliases of fields.
        written = core_schema.no_info_before_validator_function(write_built, handler.generate_schema(self.form))
        return core_schema.no_info_after_validator_function(
            self.build, written, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )


def mapping_of(form: Any, item: Callable[[Any, Any], object]) -> WrittenAs:  # noqa: ANN401 (any type expression)
    """Write pairs as a mapping; *item* builds each from its key and value."""
    return WrittenAs(form, lambda mapping: tuple(starmap(item, mapping.items())), dict)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Switch = Annotated[
    bool, BeforeValidator(lambda value: _SWITCHES.get(str(value), value), json_schema_input_type=Literal["on", "off"])
]
Day = Annotated[date, BeforeValidator(_as_date, json_schema_input_type=str)]


class Explainer(Protocol):
    """Messages of its own for some validation errors."""

    def explain(self, path: KeyPath, kind: str, message: str) -> tuple[str, str] | None:
        """Return message and hint, `None` for the usual ones.

        *kind* is pydantic's name of the error, *message* the usual one.
        """


def validate(
    file: Located, model: type[ModelT], hint: str, explainer: Explainer | None = None, context: object = None
) -> tuple[ModelT | None, list[Diagnostic]]:
    """Validate the content of a file; the model is `None` if there are errors in its form.

    *hint* is the advice for a file without content, *context* the context of the model's own validators.
    """
    diagnostics = [
        diagnostic_at(file.path, file.text, position, f"the key `{key[-1]}` is repeated", "keep one of them")
        for key, position in file.tree.duplicates
    ]
    if not isinstance(file.tree.data, dict):
        message = "the file has no keys" if file.tree.data else "the file is empty"
        return None, [*diagnostics, file.error((), message, hint)]
    try:
        return model.model_validate(file.tree.data, context=context, by_alias=True, by_name=False), diagnostics
    except ValidationError as error:
        return None, [*diagnostics, *_diagnostics(file, error, model, explainer)]


def _diagnostics(
    file: Located, error: ValidationError, model: type[StrictModel], explainer: Explainer | None
) -> Iterator[Diagnostic]:
    for detail in error.errors(include_url=False):
        path = detail["loc"]
        if detail["type"] == "too_short" and detail["input"]:
            continue  # pydantic counts only the valid values, and each of the others has its own diagnostic
        message, hint = explain_validation_error(detail, model)
        if explainer and (explained := explainer.explain(path, detail["type"], message)):
            message, hint = explained
        if detail["type"] == "extra_forbidden" and path in file.tree.keys:
            yield file.error_at_key(path, message, hint)
        else:
            yield file.error(path, message, hint)


_TYPE_NAMES: dict[type, str] = {str: "text", list: "a list", dict: "keys and values"}


def explain_validation_error(error: ErrorDetails, model: type[StrictModel]) -> tuple[str, str]:
    """Return message and hint for one validation error of *model*."""
    key, value, kind = error["loc"][-1] if error["loc"] else "", error["input"], error["type"]
    given = _TYPE_NAMES.get(type(value), "nothing")
    if kind == "extra_forbidden" and len(error["loc"]) == 1 and key in model.FUTURE_KEYS:
        return f"the key `{key}` is not yet supported by this version", "remove it for now"
    if kind == "extra_forbidden":
        return explain_unknown_key(str(key), known_keys(model, error["loc"][:-1]))
    if kind in {"literal_error", "enum", "is_instance_of"}:
        return f"“{value}” is not one of {_choices(error, model)}", ""
    if kind == "too_long":
        return f"`{key}` has more than {error.get('ctx', {}).get('max_length')} values", ""
    return {
        "missing": (f"the key `{key}` is missing", f"add a line `{key}: …`"),
        "string_type": (f"expected text, found {given}", ""),
        "tuple_type": (f"expected a list, found {given}", "put the values in [ ], or each on a line after `- `"),
        "model_type": (f"expected keys and values, found {given}", ""),
        "dict_type": (f"expected keys and values, found {given}", ""),
        "int_parsing": (f"“{value}” is not a whole number", ""),
        "float_parsing": (f"“{value}” is not a number", ""),
        "bool_type": (f"“{value}” is not one of on or off", ""),
        "too_short": (f"`{key}` is empty", ""),
        "string_too_short": (f"`{key}` is empty" if isinstance(key, str) else "empty", ""),
    }.get(kind, (error["msg"].removeprefix("Value error, "), ""))


def known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """List the keys that may occur at *path* in a file of *model*."""
    return [key for key in _fields_by_key(_model_at(model, path)) if key != _UNWRITABLE]


def _fields_by_key(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel]:
    """Return the innermost model along *path*; keys of plain mappings and list positions are skipped."""
    for key in path:
        by_key = _fields_by_key(model)
        if isinstance(key, str) and key in by_key:
            field = by_key[key]
            forms = (item.form for item in field.metadata if isinstance(item, WrittenAs))
            model = next(_classes_in(next(forms, field.annotation), BaseModel), model)
    return model


def _classes_in(annotation: Any, base: type) -> Iterator[Any]:  # noqa: ANN401 (any type expression)
    """Yield the subclasses of *base* in a type expression."""
    if isinstance(annotation, type) and issubclass(annotation, base):
        yield annotation
    for part in get_args(annotation):
        yield from _classes_in(part, base)


def _choices(error: ErrorDetails, model: type[BaseModel]) -> str:
    """List the values that are valid at the place of an error."""
    context: dict[str, Any] = error.get("ctx", {})
    if expected := context.get("expected"):
        return str(expected).replace("'", "")
    *path, key = (step for step in error["loc"] if isinstance(step, str))
    field = _fields_by_key(_model_at(model, tuple(path)))[key]
    values = [str(value.value) for value in next(_classes_in(field.annotation, Enum))]
    return f"{', '.join(values[:-1])} or {values[-1]}"


def build_json_schema(model: type[BaseModel], title: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Build the JSON Schema (2020-12) of a file of *model*, with *names* for the models in it."""
    # Before pydantic 2.14 a default cannot be written before the serializer of its model is built.
    for field in model.model_fields.values():
        if isinstance(field.default, BaseModel):
            type(field.default).model_rebuild()
    schema = model.model_json_schema(by_alias=True)
    definitions = {
        names.get(name, name): definition | {"title": names.get(name, name)}
        for name, definition in schema["$defs"].items()
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    text = json.dumps(head | schema | {"title": title, "$defs": dict(sorted(definitions.items()))})
    for name, written in names.items():
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{written}"')
    renamed: dict[str, Any] = json.loads(text)
    return renamed
