"""What the file of a kind must keep to beyond its form: places that something goes into, and secrets that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch import secrets
from brandwatch.models.kinds import Auth, Engine, Mode, SinceForm
from brandwatch.sources.addresses import LATER
from brandwatch.sources.mapping import FIELDS
from brandwatch.sources.templates import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.marked import Fault, Marked
    from brandwatch.sources.schema import KindForm, MapForm


def broken(form: KindForm, file: Marked) -> Iterator[Fault]:
    """Yield a fault for each rule that a kind breaks."""
    yield from _places(form, file)
    yield from _secrets(form, file)
    yield from _time(form, file)
    yield from _maps(form, file)
    yield from _spend(form, file)


def _places(form: KindForm, file: Marked) -> Iterator[Fault]:
    """Yield a fault for each place that nothing goes into, and for a search that asks for nothing."""
    known = {*form.parameters, *LATER, *(("query",) if form.mode is Mode.SEARCH else ())}
    named: dict[tuple[str, ...], str] = {("request", "url"): form.request.url}
    named |= {("request", "params", name): template for name, template in form.request.params.items()}
    used = {place for template in named.values() for place in names(template)}
    for path, template in named.items():
        for place in names(template):
            if place not in known:
                yield file.fault(path, f"nothing is called `{place}`", f"there are: {', '.join(sorted(known))}")
    if form.mode is Mode.SEARCH and "query" not in used:
        yield file.fault(("request",), "a search asks for {query} somewhere", "put it into a parameter")
    for name in form.parameters:
        if name in LATER | {"query"}:
            yield file.fault(("parameters", name), f"`{name}` has a meaning of its own", "call it something else")


def _secrets(form: KindForm, file: Marked) -> Iterator[Fault]:
    """Yield a fault for each secret that `env` does not name, and where a key is wanted and none is named."""
    token = (
        [form.token.user, form.token.password, *form.token.form.values(), *form.token.json_.values()]
        if form.token
        else []
    )
    used = [form.request.url, *form.request.params.values(), *form.request.headers.values(), *token]
    for name in {name for text in used for name in secrets.names(text)} - set(form.env):
        yield file.fault(("request",), f"${{{name}}} is not named under `env`", f"env: [{name}]")
    if form.auth is not Auth.NONE and not form.env:
        yield file.fault(("auth",), "no variable is named under `env`", "env: [ACME_KEY]")


def _time(form: KindForm, file: Marked) -> Iterator[Fault]:
    """Yield a fault where a request says since when and nothing says how, or the other way round."""
    templates = [form.request.url, *form.request.params.values()]
    is_asked = any("since" in names(template) for template in templates)
    if is_asked and form.since is None:
        yield file.fault(("request",), "{since} needs the key `since`", "since: {form: iso}")
    if form.since and form.since.form is SinceForm.WINDOW and not form.since.steps:
        yield file.fault(("since",), "a window needs its `steps`", "steps: {1d: day, 7d: week}")
    if form.paging and form.paging.until and form.since is None:
        yield file.fault(("paging", "until"), "pages by time need the key `since`", "since: {form: iso}")


def _maps(form: KindForm, file: Marked) -> Iterator[Fault]:
    """Yield a fault for each field that no entry has, and for entries without a name."""
    maps: list[tuple[tuple[str, ...], MapForm]] = [(("map",), form.map)]
    if form.refresh and form.refresh.map:
        maps.append((("refresh", "map"), form.refresh.map))
    for path, said in maps:
        for name in (*said.fields, *said.words):
            if name not in FIELDS:
                yield file.fault(
                    (*path, "fields", name), f"no entry has `{name}`", f"it has: {', '.join(sorted(FIELDS))}"
                )
    if form.engine is Engine.JSON and not {"id", "url"} & set(form.map.fields):
        yield file.fault(("map",), "an entry needs an `id` or a `url`", "fields: {url: link, title: title}")


def _spend(form: KindForm, file: Marked) -> Iterator[Fault]:
    """Yield a fault where entries cost money and no parameter caps it."""
    if form.spend is None:
        return
    cap = form.parameters.get(form.spend.cap)
    if cap is None or not cap.required:
        message = f"`{form.spend.cap}` is no parameter that is required"
        yield file.fault(("spend", "cap"), message, "nothing that costs money is asked without a cap")
