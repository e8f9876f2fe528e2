"""Frozen dataclasses as JSON and back: both ways are built from the annotations, so that the class is the description.

Of a field only what differs from its default is written. Reading is strict: a value of another type, a field that the
class does not have or a lone surrogate raises CodecError.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

    Convert = Callable[[Any], Any]

# SQLite holds no larger number.
_MAX_NUMBER = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_MICROSECOND = timedelta(microseconds=1)


class CodecError(ValueError):
    """Data that is not a value of its class."""


class Codec(NamedTuple):
    """The conversion of one type: *encode* makes data for `json.dumps`, *decode* checks data of `json.loads`."""

    encode: Convert
    decode: Convert


@cache
def codec(kind: Any) -> Codec:  # noqa: ANN401 (a class, or a type such as `str | None`)
    """Return the codec of a type; raise TypeError for one that has none."""
    origin = get_origin(kind)
    if origin is UnionType:
        return _optional(codec(next(each for each in get_args(kind) if each is not NoneType)))
    if origin in {tuple, frozenset}:
        return _collection(origin, codec(get_args(kind)[0]))
    if kind in _SCALARS:
        return _SCALARS[kind]
    if is_dataclass(kind):
        return _record(kind)
    if issubclass(kind, StrEnum):
        return Codec(str, lambda data: _construct(kind, _text(data)))
    if issubclass(kind, tuple):
        return _row(kind)
    raise TypeError(f"{kind} has no codec")


def _optional(inner: Codec) -> Codec:
    encode, decode = inner
    return Codec(
        lambda value: None if value is None else encode(value), lambda data: None if data is None else decode(data)
    )


def _collection(kind: type, inner: Codec) -> Codec:
    encode, decode = inner

    def read(data: object) -> object:
        if type(data) is not list:
            raise CodecError(f"no list: {type(data).__name__}")
        return kind(map(decode, data))

    # A set has no order of its own, and the same feed should have the same bytes.
    order: Convert = sorted if kind is frozenset else iter
    return Codec(lambda value: list(map(encode, order(value))), read)


def _row(kind: type) -> Codec:
    """Return the codec of a NamedTuple: a list of its fields in their order."""
    codecs = [codec(each) for each in get_type_hints(kind).values()]

    def read(data: object) -> object:
        if type(data) is not list or len(data) != len(codecs):
            raise CodecError(f"no {kind.__name__}")
        return kind(*(each.decode(value) for each, value in zip(codecs, data, strict=True)))

    return Codec(lambda value: [each.encode(part) for each, part in zip(codecs, value, strict=True)], read)


def _record(kind: Any) -> Codec:  # noqa: ANN401 (a dataclass)
    """Return the codec of a dataclass: an object of the fields that differ from their default."""
    hints = get_type_hints(kind)
    named = [(field.name, _default(field), codec(hints[field.name])) for field in fields(kind)]
    codecs = {name: each.decode for name, _, each in named}

    def write(value: object) -> dict[str, Any]:
        parts = ((name, default, each.encode, getattr(value, name)) for name, default, each in named)
        return {name: encode(part) for name, default, encode, part in parts if part != default}

    def read(data: object) -> object:
        if type(data) is not dict:
            raise CodecError(f"no {kind.__name__}")
        if unknown := data.keys() - codecs.keys():
            raise CodecError(f"{kind.__name__} has no {min(unknown)}")
        return _construct(kind, **{name: codecs[name](part) for name, part in data.items()})

    return Codec(write, read)


def _default(field: Field[Any]) -> object:
    """Return the default of a field; a field without one is always written."""
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _construct(kind: Any, *arguments: object, **named: object) -> Any:  # noqa: ANN401 (whatever the class makes)
    try:
        return kind(*arguments, **named)
    except (TypeError, ValueError, OverflowError) as error:
        raise CodecError(f"no {kind.__name__}: {error}") from None


def _text(data: object) -> str:
    if type(data) is not str or (not data.isascii() and _SURROGATE.search(data)):
        raise CodecError(f"no text: {type(data).__name__}")
    return data


def _whole_number(data: object) -> int:
    # For Python `true` is a number too.
    if type(data) is not int:
        raise CodecError(f"no number: {type(data).__name__}")
    return data


def _number(data: object) -> int:
    number = _whole_number(data)
    if abs(number) > _MAX_NUMBER:
        raise CodecError("a number out of range")
    return number


def _moment(data: object) -> datetime:
    moment = _read_moment(_text(data))
    if moment.utcoffset() is None or moment.isoformat() != data:
        raise CodecError("no moment with its zone")
    return moment


def _read_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CodecError(f"no moment: {error}") from None


def _truth(data: object) -> bool:
    if type(data) is not bool:
        raise CodecError(f"no truth value: {type(data).__name__}")
    return data


_SCALARS: dict[Any, Codec] = {
    bool: Codec(bool, _truth),
    str: Codec(str, _text),
    int: Codec(int, _number),
    bytes: Codec(bytes.hex, lambda data: _construct(bytes.fromhex, _text(data))),
    datetime: Codec(datetime.isoformat, _moment),
    timedelta: Codec(
        lambda value: value // _MICROSECOND, lambda data: _construct(timedelta, microseconds=_whole_number(data))
    ),
}
