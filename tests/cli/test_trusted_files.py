"""The doctor reports who else can write what a poll trusts."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]


@pytest.fixture
def writers(cli: Cli, query: Write, home: Path) -> Callable[[], dict[str, str]]:
    """The check of the doctor, over a query file with an OPML file, an own kind and an own pack."""
    home.chmod(0o755)
    for folder in ("queries", "lister", "sources/packs"):
        (home / folder).mkdir(parents=True)
        (home / folder).chmod(0o755)
    for name in ("lister/å.opml", "sources/forum.yaml", "sources/packs/gårder.yaml"):
        (home / name).write_text("")
        (home / name).chmod(0o644)
    query("{opml: ../lister/å.opml}").chmod(0o644)

    def check() -> dict[str, str]:
        listed = json.loads(cli("doctor", "--format", "json").out)["checks"]
        return next(each for each in listed if each["check"] == "writers")

    return check


def test_readable_files_of_our_own_are_fine(writers: Callable[[], dict[str, str]]):
    """Mode 0644 and 0755 are no risk."""
    found = writers()
    assert (found["state"], found["found"]) == ("ok", "only you can write the 6 files of queries")


@pytest.mark.parametrize(
    "name",
    [
        "queries/fjordkraft.yaml",
        "queries",
        "lister/å.opml",
        "lister",
        "sources/forum.yaml",
        "sources",
        "sources/packs/gårder.yaml",
    ],
)
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_can_write_is_named(writers: Callable[[], dict[str, str]], home: Path, name: str, mode: int):
    """Group or others: the file, or the folder in which they could replace it, is named with its mode."""
    path = home / name
    path.chmod(path.stat().st_mode | mode)
    found = writers()
    assert found["state"] == "warning"
    assert f"{name} (mode 0{path.stat().st_mode & 0o777:o})" in found["found"]
    assert found["found"].endswith("they can send your environment variables to any server")
    assert found["hint"].startswith("chmod go-w ")


def test_a_file_of_another_user_is_named(writers: Callable[[], dict[str, str]], home: Path):
    """Its owner may write it whatever its mode; root may write everything anyway."""
    if os.geteuid():
        pytest.skip("only root may give files away")
    os.chown(home / "lister" / "å.opml", 12345, -1)
    found = writers()
    assert "å.opml (owned by user 12345)" in found["found"]
    assert found["hint"].startswith("chown them to you")


def test_a_shared_folder_with_the_sticky_bit_is_fine(writers: Callable[[], dict[str, str]], home: Path):
    """As on /tmp: others add files, and replace none."""
    (home / "lister").chmod(0o1777)
    assert writers()["state"] == "ok"


def test_a_link_to_a_file_that_others_write_is_named(writers: Callable[[], dict[str, str]], home: Path):
    """What counts is the file at the end of the link, and its folder."""
    shared = home / "delt"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "felles.yaml").write_text("brand: Blåbær Gården AS\nsources: []\n")
    (shared / "felles.yaml").chmod(0o644)
    (home / "queries" / "felles.yaml").symlink_to(shared / "felles.yaml")
    assert f"{shared} (mode 0777)" in writers()["found"]


def test_a_broken_query_file_is_checked_too(writers: Callable[[], dict[str, str]], home: Path):
    """The OPML file of a query with errors counts: the next edit may mend it."""
    (home / "queries" / "fjordkraft.yaml").write_text("brand: 7\nnames: {}\nsources:\n  - {opml: ../lister/å.opml}\n")
    (home / "lister" / "å.opml").chmod(0o666)
    assert "å.opml (mode 0666)" in writers()["found"]
