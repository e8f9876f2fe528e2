from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Program = Callable[..., subprocess.CompletedProcess[bytes]]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
NOT_UTF8 = b"bl\xe5b\xe6r.yaml"
HOSTILE = [
    "rød\x1b[31m.yaml",
    "to\nlinjer.yaml",
    "snudd\u202e.yaml",
    "usynlig\u200b.yaml",
    "\x9b2J.yml",
    "bl\udce5.yaml",
]
COMMANDS = (
    "poll -v",
    "check",
    "doctor",
    "sources",
    "report",
    "stats",
    "replay fjordkraft",
    "why-not fjordkraft http://x/",
)


def put_file(folder: Path, name: str | bytes) -> None:
    """Write a query file of any name."""
    with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:  # noqa: PTH118, PTH123 (bytes)
        file.write(f"brand: B\nnames: [{NAME}]\n".encode())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_with_an_impossible_name_costs_only_itself(
    cli: Cli, site: Site, rss: Rss, query: Write, home: Path, name: str
):
    """Its name would be that of a query: it is refused and shown with escapes, and the other files are polled."""
    query(site.put("/rss", rss((NAME, "https://a.example/1"))))
    put_file(home / "queries", name)
    answers = {command: cli(*command.split()) for command in COMMANDS}
    assert (answers["poll -v"].code, answers["check"].code) == (3, 2)
    assert "the name of this file cannot be a name here" in answers["poll -v"].err
    assert NAME in answers["report"].out
    shown = "".join(answer.out + answer.err for answer in answers.values())
    assert not any(sign in shown for sign in "\x1b\x9b\u202e\u200b\udce5")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_file_with_letters_in_its_name_is_a_query(
    cli: Cli, site: Site, rss: Rss, query: Write, form: Literal["NFC", "NFD"]
):
    """Composed as on Linux, or decomposed as on a Mac."""
    name = unicodedata.normalize(form, "blåbær gården")
    query(site.put("/rss", rss((NAME, "https://a.example/1"))), name=name)
    assert cli("poll").code == 0
    assert NAME in cli("report", "--query", name).out


def test_the_path_of_a_file_is_shown_with_escapes(program: Program, tmp_path: Path):
    """A folder or file that is given as an argument may have any name, and no sign of it reaches the terminal."""
    folder = os.fsencode(tmp_path) + b"/m\x1b[31m\xe5"
    os.mkdir(folder)  # noqa: PTH102 (bytes)
    with open(folder + b"/ok.yaml", "wb") as file:  # noqa: PTH123 (bytes)
        file.write(f"brand: B\nnames: [{NAME}]\nsources: [https://a.example/rss]\n".encode())
    checked = program("check", folder + b"/ok.yaml")
    assert checked.returncode == 0
    assert b"/m\\x1b[31m\\xe5/ok.yaml: ok" in checked.stdout
    assert b"\x1b" not in checked.stdout + checked.stderr


def test_an_argument_that_is_not_utf_8_is_refused(program: Program, cli: Cli, query: Write):
    """It is a usage error; one in UTF-8 is a search without results."""
    query()
    cli("poll")
    refused = program("report", "--search", b"bl\xe5b\xe6r")
    assert (refused.returncode, b"an argument is not UTF-8" in refused.stderr) == (2, True)
    assert cli("report", "--search", "blåbær").code == 0
