"""Where the database and the query files are, if nobody says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from brandwatch.config.settings import Settings, query_paths
from brandwatch.errors import UsageError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, and an empty current folder in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "mappe").mkdir()
    monkeypatch.chdir(tmp_path / "mappe")
    return tmp_path


def discover(db: str = "", queries: str = "") -> tuple[Path, Path, bool]:
    """Find database and query folder, and whether the user named that."""
    settings = Settings.discover(db=db, queries=queries, verbosity=1)
    assert settings.verbosity == 1
    return settings.db, settings.queries, settings.is_named


def test_without_a_query_folder_here_they_are_in_the_folders_of_the_user(home: Path):
    """By the XDG specification: below the home folder."""
    data, config = home / ".local/share/brandwatch", home / ".config/brandwatch"
    assert discover() == (data / "brandwatch.db", config / "queries", False)
    (home / "mappe" / "queries").write_text("ingen mappe")
    assert discover() == (data / "brandwatch.db", config / "queries", False)


def test_the_environment_names_the_folders_of_the_user(home: Path, monkeypatch: pytest.MonkeyPatch):
    """A relative path in it does not count."""
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "å"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relativ")
    assert discover() == (home / "å/brandwatch/brandwatch.db", home / ".config/brandwatch/queries", False)


def test_a_query_folder_here_is_used(home: Path):
    """With the database beside it; what the user names is used instead, each for itself."""
    (home / "mappe" / "queries").mkdir()
    assert discover() == (Path("brandwatch.db"), Path("queries"), False)
    assert discover(db="a.db") == (Path("a.db"), Path("queries"), False)
    assert discover(queries="andre") == (Path("brandwatch.db"), Path("andre"), True)


def test_a_first_query_is_written_here(home: Path):
    """Unless there is a query folder already, or the user has named one."""
    settings = Settings.discover(db="", queries="", verbosity=0)
    first = settings.for_first_query()
    assert (first.db, first.queries) == (Path("brandwatch.db"), Path("queries"))
    named = Settings.discover(db="", queries="andre", verbosity=0)
    assert named.for_first_query() == named
    (home / ".config/brandwatch/queries").mkdir(parents=True)
    assert settings.for_first_query() == settings


def test_query_files_are_listed_by_name(home: Path):
    """Both endings; no hidden file and no other one."""
    folder = home / "mappe"
    for name in ("å.yaml", "b.yml", ".c.yaml", "d.txt", "a.yaml"):
        (folder / name).touch()
    assert [path.name for path in query_paths(folder)] == ["a.yaml", "b.yml", "å.yaml"]


def test_a_folder_without_query_files_is_an_error(home: Path):
    """So is one that is not there, and what is no folder has its own reason."""
    (home / "mappe" / ".a.yaml").touch()
    for folder in (home / "mappe", home / "ingen"):
        with pytest.raises(UsageError, match="there are no query files in"):
            query_paths(folder)
    with pytest.raises(UsageError, match="cannot be read: Not a directory"):
        query_paths(home / "mappe" / ".a.yaml")
