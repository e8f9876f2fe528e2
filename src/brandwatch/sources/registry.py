"""The kinds of source and the packs of feeds that exist: built in, and the user's own, which take precedence."""

from __future__ import annotations

import logging
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.config import kind as kinds
from brandwatch.config import secrets, validation
from brandwatch.config.diagnostics import Diagnostic, explain_unknown_name, render
from brandwatch.config.kind import Kind, Pack
from brandwatch.config.yaml_source import Located, read_file
from brandwatch.errors import QueryFileError, UsageError
from brandwatch.models import FEED_KIND
from brandwatch.sources import expressions
from brandwatch.sources.request import FILLED_LATER

if TYPE_CHECKING:
    from collections.abc import Iterator


_LOG = logging.getLogger(__name__)

_KINDS = Path(__file__).parent / "kinds"
_PACKS = Path(__file__).parent / "packs"
_KIND, _PACK = "kind of source", "pack of feeds"
_SUFFIXES = (".yaml", ".yml")
_START = "`brandwatch sources show hackernews` prints one to start from"

# What `kinds/feed.yaml` says, for polls: those of feeds only, the most frequent ones, read no file of a kind.
# Without a version the digests of feeds stay those of databases that are older than kinds.
PLAIN_FEED = Kind.model_construct(
    name=FEED_KIND,
    title="Feed",
    about="A plain feed URL: fetched whole, without query parameters.",
    group="web",
    engine=kinds.AnswerFormat.FEED,
    mode=kinds.SourceMode.STREAM,
    request=kinds.RequestRule.model_construct(url="{url}"),
    verified=date(2026, 11, 24),
    limits=kinds.RequestBudget.model_construct(spacing=0.0),
)


class Registry:
    """Kinds and packs by name; folders are listed and files read when they are first needed, and once.

    *folder* holds the user's own kinds.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kinds: dict[str, Kind] = {}

    @cached_property
    def _kind_files(self) -> dict[str, Path]:
        return _yaml_files(_KINDS) | (_yaml_files(self._folder) if self._folder else {})

    @cached_property
    def _pack_files(self) -> dict[str, Path]:
        return _yaml_files(_PACKS) | (_yaml_files(self._folder / "packs") if self._folder else {})

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of the kinds, sorted."""
        return tuple(sorted(self._kind_files))

    @property
    def own(self) -> tuple[Path, ...]:
        """The files of the user's own kinds."""
        return tuple(path for path in self._kind_files.values() if not self.is_built_in(path))

    @property
    def own_files(self) -> tuple[Path, ...]:
        """The folder of the user's own kinds, and the files of their kinds and packs; only those that exist."""
        if self._folder is None or not self._folder.is_dir():
            return ()
        packs = (path for path in self._pack_files.values() if not self.is_built_in(path))
        return (self._folder, *self.own, *packs)

    @property
    def packs(self) -> tuple[str, ...]:
        """The names of the packs, sorted."""
        return tuple(sorted(self._pack_files))

    def file(self, name: str) -> tuple[Path, str]:
        """Find the file of a kind or a pack, and which of them it is; raise UsageError for an unknown name."""
        if name in self._kind_files:
            return self._kind_files[name], _KIND
        return _file_of(name, self._kind_files | self._pack_files, f"{_KIND} or pack"), _PACK

    def is_built_in(self, path: Path) -> bool:
        """Whether a file comes with the program."""
        return path.parent in {_KINDS, _PACKS}

    def kind(self, name: str) -> Kind:
        """Load a kind; raise UsageError for an unknown name, QueryFileError for a file with errors."""
        if name not in self._kinds:
            path = _file_of(name, self._kind_files, _KIND)
            kind, faults = load_kind(path)
            if kind is None:
                raise QueryFileError("\n".join(map(render, faults)))
            _LOG.debug("loaded kind name=%s file=%s version=%s", name, path, kind.version)
            self._kinds[name] = kind
        return self._kinds[name]

    def kind_to_poll(self, name: str) -> Kind:
        """Load the kind of a source to poll, without a file for a plain feed; raise as `kind` does."""
        return PLAIN_FEED if name == FEED_KIND else self.kind(name)

    def pack(self, name: str) -> Pack:
        """Load a pack; raise as `kind` does."""
        path = _file_of(name, self._pack_files, _PACK)
        file, faults = read_file(path)
        pack, faults = (None, faults) if faults else validation.validate(file, Pack, _START)
        if pack is None or faults:
            raise QueryFileError("\n".join(map(render, faults)))
        return pack.of_file(path)


def _yaml_files(folder: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES}
    except OSError:
        return {}


def _file_of(name: str, files: dict[str, Path], what: str) -> Path:
    if name not in files:
        raise UsageError(f"there is no {what} “{name}”", explain_unknown_name(name, sorted(files)))
    return files[name]


def load_kind(path: Path) -> tuple[Kind | None, tuple[Diagnostic, ...]]:
    """Load one kind, `None` for a file with errors, and everything that is wrong with the file."""
    file, faults = read_file(path)
    kind, faults = (None, faults) if faults else validation.validate(file, Kind, _START, context=expressions)
    if kind is None:
        return None, tuple(sorted(faults, key=lambda fault: fault.position))
    ordered = tuple(sorted((*faults, *check_kind(kind, file)), key=lambda fault: fault.position))
    has_errors = any(fault.is_error for fault in ordered)
    return None if has_errors else kind.of_file(path), ordered


def check_kind(kind: Kind, file: Located) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each rule that a kind breaks."""
    yield from _check_placeholders(kind, file)
    yield from _check_secrets(kind, file)
    yield from _check_period(kind, file)
    yield from _check_maps(kind, file)
    if kind.spend:
        cap = kind.parameters.get(kind.spend.cap)
        if cap is None or not cap.required:
            message = f"`{kind.spend.cap}` is not a required parameter"
            yield file.error(("spend", "cap"), message, "a kind that costs money is not requested without a cap")


def _check_placeholders(kind: Kind, file: Located) -> Iterator[Diagnostic]:
    """Yield an error for each placeholder that nothing fills, and for a search without `{query}`."""
    is_search = kind.mode is kinds.SourceMode.SEARCH
    names = {*kind.parameters, *FILLED_LATER, *(("query",) if is_search else ())}
    templates: dict[tuple[str, ...], str] = {("request", "url"): kind.request.url}
    templates |= {("request", "params", name): template for name, template in kind.request.params.items()}
    for path, template in templates.items():
        for name in expressions.template_names(template):
            if name not in names:
                yield file.error(path, f"unknown placeholder `{name}`", f"available: {', '.join(sorted(names))}")
    if is_search and not any("query" in expressions.template_names(template) for template in templates.values()):
        yield file.error(("request",), "a search needs {query} in its request", "put it into a parameter")
    yield from _check_headers(kind, file)
    reserved = {"query", "since", "until", *(("token",) if kind.token else ())}
    for name in kind.parameters:
        if name in reserved:
            yield file.error(("parameters", name), f"`{name}` is reserved", "rename the parameter")


def _check_headers(kind: Kind, file: Located) -> Iterator[Diagnostic]:
    """Yield an error for a header with an unknown placeholder, and for a secret that would be part of a URL."""
    names = {*kind.parameters, *(("token",) if kind.token else ())}
    for header, template in kind.request.headers.items():
        for name in set(expressions.template_names(template)) - names:
            hint = f"available: {', '.join(sorted(names))}" if names else "a header holds ${NAME} or a parameter"
            yield file.error(("request", "headers", header), f"unknown placeholder `{name}`", hint)
    shown = [kind.request.url, *kind.request.params.values(), *kind.map.fields.values()]
    shown_names = {name for template in shown for name in expressions.template_names(template)}
    for name in sorted(kind.secret_parameters & shown_names):
        yield file.error(("request",), f"`{name}` is a secret, and a URL is shown", "put it into a header")


def _check_secrets(kind: Kind, file: Located) -> Iterator[Diagnostic]:
    """Yield an error for each secret that `env` does not name, and for a key that is needed and not named."""
    templates = [kind.request.url, *kind.request.params.values(), *kind.request.headers.values()]
    if kind.token:
        token = kind.token
        templates += [token.user, token.password, *token.form.values(), *token.json_.values()]
    for name in sorted({name for text in templates for name in secrets.secret_names(text)} - set(kind.env)):
        yield file.error(("request",), f"${{{name}}} is missing under `env`", f"env: [{name}]")
    if kind.auth is not kinds.AuthNeed.NONE and not kind.env:
        yield file.error(("auth",), "`env` names no variable", "env: [ACME_KEY]")


def _check_period(kind: Kind, file: Located) -> Iterator[Diagnostic]:
    """Yield an error where `{since}`, pages by time or a window lack the key that they need."""
    templates = [kind.request.url, *kind.request.params.values()]
    if kind.since is None and any("since" in expressions.template_names(template) for template in templates):
        yield file.error(("request",), "{since} requires the key `since`", "since: {form: iso}")
    if kind.since and kind.since.form is kinds.TimeFormat.WINDOW and not kind.since.steps:
        yield file.error(("since",), "a window requires `steps`", "steps: {1d: day, 7d: week}")
    if kind.since and kind.since.filtered and kind.engine is not kinds.AnswerFormat.JSON:
        yield file.error(("since", "filtered"), "entries are filtered in answers in JSON only")
    if kind.paging and kind.paging.until and kind.since is None:
        yield file.error(("paging", "until"), "pages by time require the key `since`", "since: {form: iso}")


def _check_maps(kind: Kind, file: Located) -> Iterator[Diagnostic]:
    """Yield an error for each field that no entry has, and for entries that nothing identifies."""
    from brandwatch.sources.mapping import FIELDS  # noqa: PLC0415 (reads dates and markup)

    maps: list[tuple[tuple[str, ...], kinds.EntryMap]] = [(("map",), kind.map)]
    if kind.refresh and kind.refresh.map:
        maps.append((("refresh", "map"), kind.refresh.map))
    for path, entry_map in maps:
        for name in (*entry_map.fields, *entry_map.words):
            if name not in FIELDS:
                hint = f"available: {', '.join(sorted(FIELDS))}"
                yield file.error((*path, "fields", name), f"unknown field `{name}`", hint)
    if kind.engine is kinds.AnswerFormat.JSON and not {"id", "url"} & set(kind.map.fields):
        yield file.error(("map",), "an entry requires an `id` or a `url`", "fields: {url: link, title: title}")
