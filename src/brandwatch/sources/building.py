"""Build the kind, or the pack, that a sound form means."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from brandwatch.marked.forms import duration
from brandwatch.models import configured, kinds

if TYPE_CHECKING:
    from pathlib import Path

    from brandwatch.marked.forms import Form
    from brandwatch.sources.schema import KindForm, MapForm, MomentForm, PackForm, RefreshForm, TokenForm

# What a kind says of itself and of how often it is asked; an answer is read no other way for it.
_REMARKS = {"about", "verified", "terms", "default", "limits"}

_FactT = TypeVar("_FactT")


def kind_of(form: KindForm, path: Path) -> kinds.Kind:
    """Return the kind of a form; it is called as its file is."""
    return _fact(
        kinds.Kind,
        form,
        name=path.stem,
        path=str(path),
        version=_version(form),
        parameters=tuple(_fact(kinds.Parameter, said, name=name) for name, said in form.parameters.items()),
        asking=_fact(kinds.Asking, form.request),
        dialect=_fact(kinds.Dialect, form.dialect),
        since=_since(form.since) if form.since else None,
        paging=_fact(kinds.Paging, form.paging) if form.paging else None,
        limits=_fact(kinds.Limits, form.limits),
        map=_map(form.map),
        entries=_fact(kinds.EntryRules, form.entries),
        failures=tuple(_fact(kinds.Failure, failure) for failure in form.failures),
        probe=_fact(kinds.Probe, form.probe) if form.probe else None,
        refresh=_refresh(form.refresh, form.map) if form.refresh else None,
        token=_token(form.token) if form.token else None,
        spend=_fact(kinds.Spend, form.spend) if form.spend else None,
    )


def pack_of(form: PackForm, path: Path) -> configured.Pack:
    """Return the pack of a form."""
    return configured.Pack(
        name=path.stem, title=form.title, feeds=tuple(_fact(configured.PackedFeed, feed) for feed in form.feeds)
    )


def _version(form: KindForm) -> str:
    """Return a hash of all that decides what an answer means, which layout and remarks do not."""
    meaning = form.model_dump_json(exclude=_REMARKS)
    return hashlib.sha256(meaning.encode()).hexdigest()[:12]


def _fact(fact: type[_FactT], form: Form, **others: Any) -> _FactT:  # noqa: ANN401 (any field)
    """Return a fact whose fields are those of the form of the same names, but for *others*."""
    names = [name for name in fact.__dataclass_fields__ if name not in others]  # type: ignore[attr-defined]
    return fact(**{name: getattr(form, name) for name in names}, **others)


def _since(form: MomentForm) -> kinds.Since:
    """Return what a request says of time, its windows in their order."""
    steps = sorted((duration(length), text) for length, text in form.steps.items())
    return _fact(kinds.Since, form, steps=tuple(steps))


def _map(form: MapForm) -> kinds.EntryMap:
    """Return how entries are made."""
    join = tuple(_fact(kinds.Join, said, name=name) for name, said in form.join.items())
    return _fact(kinds.EntryMap, form, join=join, markup=frozenset(form.markup))


def _refresh(form: RefreshForm, usual: MapForm) -> kinds.Refresh:
    """Return how responses are read again: with the usual map, where there is no other."""
    return _fact(kinds.Refresh, form, asking=_fact(kinds.Asking, form), map=_map(form.map or usual))


def _token(form: TokenForm) -> kinds.Token:
    """Return how a token is got; pydantic has a method called `json`."""
    return _fact(kinds.Token, form, json=form.json_)
