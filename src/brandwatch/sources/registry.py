"""The kinds and packs there are: ours, and those in the user's own folder, which go before ours."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.errors import QueryFileError, UsageError
from brandwatch.marked import Severity, read_file, render, validated
from brandwatch.sources.building import kind_of, pack_of
from brandwatch.sources.rules import broken
from brandwatch.sources.schema import KindForm, PackForm

if TYPE_CHECKING:
    from brandwatch.marked import Fault
    from brandwatch.models.configured import Pack
    from brandwatch.models.kinds import Kind

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
        form, faults = (None, faults) if faults else validated(file, PackForm, _START)
        if form is None or faults:
            raise QueryFileError("\n".join(map(render, faults)))
        return pack_of(form, path)


def load_kind(path: Path) -> tuple[Kind | None, tuple[Fault, ...]]:
    """Load one kind; whatever is wrong with its file is a fault, never an exception."""
    file, faults = read_file(path)
    form, faults = (None, faults) if faults else validated(file, KindForm, _START)
    if form is not None:
        faults += broken(form, file)
    ordered = tuple(sorted(faults, key=lambda fault: fault.place))
    is_sound = form is not None and not any(fault.severity is Severity.ERROR for fault in ordered)
    return kind_of(form, path) if form is not None and is_sound else None, ordered


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
