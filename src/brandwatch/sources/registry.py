"""The kinds and packs that exist: built in, and in the user's own folder, which go first."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.config import secrets
from brandwatch.config.diagnostics import Severity, render
from brandwatch.config.kind import AnswerFormat, AuthNeed, SourceMode, TimeFormat
from brandwatch.config.kind_schema import KindForm, PackForm, build_kind, build_pack
from brandwatch.config.yaml_source import read_file, validate
from brandwatch.errors import QueryFileError, UsageError
from brandwatch.sources.mapping import FIELDS
from brandwatch.sources.request import FILLED_LATER
from brandwatch.sources.url_templates import template_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.kind import Kind, Pack
    from brandwatch.config.kind_schema import MapForm
    from brandwatch.config.yaml_source import Located


OWN_FOLDER = "sources"
"""The folder of a user's own kinds, beside the folder of query files; its packs are in `packs` below it."""

_KINDS = Path(__file__).parent / "kinds"
_PACKS = Path(__file__).parent / "packs"
_KIND, _PACK = "kind of source", "pack of feeds"
_SUFFIXES = (".yaml", ".yml")
_START = "`brandwatch sources show hackernews` prints one to start from"


class Registry:
    """Kinds and packs by their names; each file is read when it is first wanted, and once."""

    def __init__(self, folder: Path | None = None) -> None:
        own = folder if folder and folder.is_dir() else None
        self._kinds = _files(_KINDS) | (_files(own) if own else {})
        self._packs = _files(_PACKS) | (_files(own / "packs") if own else {})
        self._read: dict[str, Kind] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of the kinds."""
        return tuple(sorted(self._kinds))

    @property
    def own(self) -> tuple[Path, ...]:
        """The files of the user's own kinds."""
        return tuple(path for path in self._kinds.values() if not self.is_ours(path))

    @property
    def packs(self) -> tuple[str, ...]:
        """The names of the packs."""
        return tuple(sorted(self._packs))

    def file(self, name: str) -> tuple[Path, str]:
        """Return the file of a kind or a pack, and which of them it is; raise UsageError where there is none."""
        if name in self._packs and name not in self._kinds:
            return self._packs[name], _PACK
        return _named(name, self._kinds, _KIND), _KIND

    def is_ours(self, path: Path) -> bool:
        """Say whether a file comes with the program."""
        return path.parent in {_KINDS, _PACKS}

    def kind(self, name: str) -> Kind:
        """Return a kind; raise UsageError where there is none, and QueryFileError where its file cannot be used."""
        if name not in self._read:
            kind, faults = load_kind(_named(name, self._kinds, _KIND))
            if kind is None:
                raise QueryFileError("\n".join(map(render, faults)))
            self._read[name] = kind
        return self._read[name]

    def pack(self, name: str) -> Pack:
        """Return a pack; raise as for a kind."""
        path = _named(name, self._packs, _PACK)
        file, faults = read_file(path)
        form, faults = (None, faults) if faults else validate(file, PackForm, _START)
        if form is None or faults:
            raise QueryFileError("\n".join(map(render, faults)))
        return build_pack(form, path)


def load_kind(path: Path) -> tuple[Kind | None, tuple[Diagnostic, ...]]:
    """Load one kind; whatever is wrong with its file is a fault, never an exception."""
    file, faults = read_file(path)
    form, faults = (None, faults) if faults else validate(file, KindForm, _START)
    if form is not None:
        faults += check_kind(form, file)
    ordered = tuple(sorted(faults, key=lambda fault: fault.place))
    is_sound = form is not None and not any(fault.severity is Severity.ERROR for fault in ordered)
    return build_kind(form, path) if form is not None and is_sound else None, ordered


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by what they are called."""
    try:
        return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES}
    except OSError:
        return {}


def _named(name: str, files: dict[str, Path], what: str) -> Path:
    """Return the file of a name; raise UsageError where there is none."""
    if name not in files:
        close = get_close_matches(name, files, n=1)
        hint = f"did you mean “{close[0]}”?" if close else f"there are: {', '.join(sorted(files))}"
        raise UsageError(f"there is no {what} “{name}”", hint)
    return files[name]


def check_kind(form: KindForm, file: Located) -> Iterator[Diagnostic]:
    """Yield a fault for each rule that a kind breaks."""
    yield from _places(form, file)
    yield from _secrets(form, file)
    yield from _time(form, file)
    yield from _maps(form, file)
    yield from _spend(form, file)


def _places(form: KindForm, file: Located) -> Iterator[Diagnostic]:
    """Yield a fault for each place that nothing goes into, and for a search that asks for nothing."""
    known = {*form.parameters, *FILLED_LATER, *(("query",) if form.mode is SourceMode.SEARCH else ())}
    named: dict[tuple[str, ...], str] = {("request", "url"): form.request.url}
    named |= {("request", "params", name): template for name, template in form.request.params.items()}
    used = {place for template in named.values() for place in template_names(template)}
    for path, template in named.items():
        for place in template_names(template):
            if place not in known:
                yield file.fault(path, f"nothing is called `{place}`", f"there are: {', '.join(sorted(known))}")
    if form.mode is SourceMode.SEARCH and "query" not in used:
        yield file.fault(("request",), "a search asks for {query} somewhere", "put it into a parameter")
    for name in form.parameters:
        if name in FILLED_LATER | {"query"}:
            yield file.fault(("parameters", name), f"`{name}` has a meaning of its own", "call it something else")


def _secrets(form: KindForm, file: Located) -> Iterator[Diagnostic]:
    """Yield a fault for each secret that `env` does not name, and where a key is wanted and none is named."""
    token = (
        [form.token.user, form.token.password, *form.token.form.values(), *form.token.json_.values()]
        if form.token
        else []
    )
    used = [form.request.url, *form.request.params.values(), *form.request.headers.values(), *token]
    for name in {name for text in used for name in secrets.secret_names(text)} - set(form.env):
        yield file.fault(("request",), f"${{{name}}} is not named under `env`", f"env: [{name}]")
    if form.auth is not AuthNeed.NONE and not form.env:
        yield file.fault(("auth",), "no variable is named under `env`", "env: [ACME_KEY]")


def _time(form: KindForm, file: Located) -> Iterator[Diagnostic]:
    """Yield a fault where a request says since when and nothing says how, or the other way round."""
    templates = [form.request.url, *form.request.params.values()]
    is_asked = any("since" in template_names(template) for template in templates)
    if is_asked and form.since is None:
        yield file.fault(("request",), "{since} needs the key `since`", "since: {form: iso}")
    if form.since and form.since.form is TimeFormat.WINDOW and not form.since.steps:
        yield file.fault(("since",), "a window needs its `steps`", "steps: {1d: day, 7d: week}")
    if form.paging and form.paging.until and form.since is None:
        yield file.fault(("paging", "until"), "pages by time need the key `since`", "since: {form: iso}")


def _maps(form: KindForm, file: Located) -> Iterator[Diagnostic]:
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
    if form.engine is AnswerFormat.JSON and not {"id", "url"} & set(form.map.fields):
        yield file.fault(("map",), "an entry needs an `id` or a `url`", "fields: {url: link, title: title}")


def _spend(form: KindForm, file: Located) -> Iterator[Diagnostic]:
    """Yield a fault where entries cost money and no parameter caps it."""
    if form.spend is None:
        return
    cap = form.parameters.get(form.spend.cap)
    if cap is None or not cap.required:
        message = f"`{form.spend.cap}` is no parameter that is required"
        yield file.fault(("spend", "cap"), message, "nothing that costs money is asked without a cap")
