"""Frozen classes with shared methods do what those of the standard library do."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, field, fields, replace
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

import brandwatch
from brandwatch import frozen_classes
from brandwatch.models import Source, SourceState

# Both definitions must be the same.
BODY = """
@dataclass(frozen=True, slots=SLOTS, kw_only=True)
class Blueberry:
    name: str
    grams: float = 1.5
    tags: tuple[str, ...] = ()
    seen: dict[str, int] = field(default_factory=dict, compare=False)
    secret: str = field(default="", repr=False)

@dataclass(frozen=True, slots=SLOTS)
class Pair:
    left: int
    right: int = 2

@dataclass(frozen=True, slots=SLOTS)
class Nothing:
    pass
"""


def classes(decorator: Any, *, slots: bool) -> dict[str, Any]:
    """Define the classes with a decorator."""
    names: dict[str, Any] = {"dataclass": decorator, "field": field, "SLOTS": slots, "__name__": __name__}
    exec(BODY, names)  # noqa: S102
    return {name: names[name] for name in ("Blueberry", "Pair", "Nothing")}


@pytest.mark.parametrize("slots", [True, False])
def test_they_are_made_compared_and_shown_as_usual(slots: bool):
    """With their defaults, positions, order and hashes; what is not compared makes no difference."""
    ours, usual = (classes(each, slots=slots) for each in (frozen_classes.dataclass, dataclasses.dataclass))
    for made in (ours, usual):
        berry, pair = made["Blueberry"], made["Pair"]
        assert berry(name="blåbær") == berry(name="blåbær", seen={"a": 1}) != berry(name="tyttebær")
        assert berry(name="blåbær").seen is not berry(name="blåbær").seen
        assert hash(berry(name="a", seen={"a": 1})) == hash(berry(name="a"))
        assert {pair(1), pair(1, 2), pair(left=1, right=3)} == {pair(1), pair(1, 3)}
        assert pair(1) != (1, 2)
        assert made["Nothing"]() == made["Nothing"]()
        assert replace(berry(name="a"), grams=2.0) == berry(name="a", grams=2.0)
    for name, values in (("Blueberry", {"name": "blåbær", "secret": "1"}), ("Pair", {"left": 1})):
        assert repr(ours[name](**values)) == repr(usual[name](**values))
        assert [one.name for one in fields(ours[name])] == [one.name for one in fields(usual[name])]
        assert ours[name].__match_args__ == usual[name].__match_args__
        ours[name](**values)
        assert [*inspect.signature(ours[name]).parameters] == [*inspect.signature(usual[name]).parameters]


@pytest.mark.parametrize("slots", [True, False])
def test_they_do_not_change(slots: bool):
    """Neither a field nor a new one; a wrong argument is an error with the name of the class."""
    berry = classes(frozen_classes.dataclass, slots=slots)["Blueberry"]
    made = berry(name="blåbær")
    for name in ("name", "weight"):
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, "a")
    with pytest.raises(FrozenInstanceError):
        del made.name
    for wrong in ({}, {"name": "a", "weight": 1}):
        with pytest.raises(TypeError, match="Blueberry"):
            berry(**wrong)
    with pytest.raises(TypeError):
        berry("blåbær")


def test_they_can_be_pickled_and_inherited_from():
    """By a class of the standard library too, which calls its own methods."""
    source = Source(url="https://avis.example/å", headers=(("A", "b"),))
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301 (our own)

    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Redirect(Source):
        hops: int = 0

    assert Redirect(url="a", hops=2) == Redirect(url="a", hops=2) != Redirect(url="a")
    assert Redirect(url="a") != Source(url="a")

    class Plain(Source):
        pass

    assert Plain(url="a").url == "a"


def test_the_first_object_compiles_the_method_of_its_class_only():
    """A class without objects has none of its own."""
    made = classes(frozen_classes.dataclass, slots=True)
    first = made["Pair"].__init__
    assert first is made["Blueberry"].__init__
    made["Pair"](1)
    assert made["Pair"].__init__ is not first
    assert made["Blueberry"].__init__ is first


def test_every_class_of_the_program_is_made_with_its_defaults():
    """Of all frozen classes without a required field."""
    modules = [import_module(each.name) for each in walk_packages(brandwatch.models.__path__, "brandwatch.models.")]
    made = [
        each()
        for module in modules
        for each in vars(module).values()
        if dataclasses.is_dataclass(each)
        and isinstance(each, type)
        and all(one.default is not one.default_factory for one in fields(each))
    ]
    assert len(made) > 10
    assert all(repr(one).startswith(type(one).__name__) for one in made)
    assert SourceState(url="a") == replace(SourceState(url="b"), url="a")
