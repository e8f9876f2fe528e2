"""Frozen dataclasses whose methods are not compiled before they are needed.

`dataclasses` writes six methods for each frozen class, and compiles them while its module is imported: 0.6 to 1.6 ms a
class, a quarter of the start of a command, which makes objects of a few of its hundred classes. These share all methods
but `__init__`, which is compiled by the first call. To `fields`, `replace` and type checkers they are dataclasses.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, FrozenInstanceError, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass

__all__ = ["dataclass"]

_T = TypeVar("_T")


def _repr(self: Any) -> str:  # noqa: ANN401 (any of the classes, here and below)
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> Any:  # noqa: ANN401
    if other.__class__ is not self.__class__:
        return NotImplemented
    return bool(self.compared_values(self) == self.compared_values(other))


def _hash(self: Any) -> int:  # noqa: ANN401
    return hash(self.compared_values(self))


def _compared_values(cls: Any) -> Callable[[Any], object]:  # noqa: ANN401
    names = [field.name for field in fields(cls) if field.compare]
    return attrgetter(*names) if names else lambda _: None


def _refuse(_self: object, name: str, _value: object = None) -> NoReturn:
    raise FrozenInstanceError(f"cannot change field {name!r}")


def _getstate(self: Any) -> list[Any]:  # noqa: ANN401
    return [getattr(self, field.name) for field in fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:  # noqa: ANN401
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _first_init(self: Any, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
    """Compile the `__init__` of a class in its place, and call it."""
    owner: Any = next(cls for cls in type(self).__mro__ if cls.__dict__.get("__init__") is _first_init)
    init = owner.__init__ = _compile_init(owner)
    init(self, *arguments, **named)


def _compile_init(cls: Any) -> Callable[..., None]:  # noqa: ANN401
    names: dict[str, Any] = {"MISSING": MISSING, "set_any": object.__setattr__}
    positional: list[str] = []
    named: list[str] = []
    body: list[str] = []
    for field in fields(cls):
        name, value = field.name, field.name
        parameter = name
        if field.default is not MISSING:
            names[f"default_{name}"] = field.default
            parameter = f"{name}=default_{name}"
        elif field.default_factory is not MISSING:
            names[f"make_{name}"] = field.default_factory
            parameter, value = f"{name}=MISSING", f"make_{name}() if {name} is MISSING else {name}"
        (named if field.kw_only else positional).append(parameter)
        # The slot itself: it takes a third less time than `object.__setattr__`.
        if "__slots__" in cls.__dict__:
            names[f"set_{name}"] = getattr(cls, name).__set__
            body.append(f"set_{name}(self, {value})")
        else:
            body.append(f"set_any(self, {name!r}, {value})")
    parameters = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    exec(f"def __init__({parameters}):\n " + "\n ".join(body or ["pass"]), names)  # noqa: S102 (names of our own fields)
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


_METHODS = {"__repr__": _repr, "__eq__": _eq, "__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
_STATE_METHODS = {"__getstate__": _getstate, "__setstate__": _setstate}

if not TYPE_CHECKING:

    def dataclass(*, frozen: bool, slots: bool = False, kw_only: bool = False) -> Callable[[type[_T]], type[_T]]:
        """Make a frozen class; see `dataclasses.dataclass`."""

        def decorate(cls: type[_T]) -> type[_T]:
            own = cls.__dict__
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            made.__dataclass_params__.frozen = frozen
            made.compared_values = staticmethod(_compared_values(made))
            methods = _METHODS | {"__init__": _first_init} | (_STATE_METHODS if slots else {})
            for name, method in methods.items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return decorate
