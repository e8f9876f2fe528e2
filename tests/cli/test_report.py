from __future__ import annotations

import json
import os
import stat
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Program = Callable[..., subprocess.CompletedProcess[bytes]]

ENTRIES = (
    ("Fjordkraft Åsgård senker prisen", "https://a.example/1", "nb", "Vi i Fjordkraft Åsgård gir mer."),
    ("Rådgiveren i Fjordkraft Åsgård", "https://a.example/2", "nb", "Rådgiveren i Fjordkraft Åsgård svarer."),
    ("Fjordkraft Åsgård höjer priset", "https://fjordkraft.example/3", "sv", "Det är dyrt hos Fjordkraft Åsgård."),
)


@pytest.fixture
def polled(cli: Cli, site: Site, query: Callable[..., Path]) -> Cli:
    """The command line over three mentions: one in Swedish on an owned site, one about staff."""
    items = [
        {"id": url, "url": url, "title": title, "language": language, "content_text": text}
        for title, url, language, text in ENTRIES
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Avisa", "items": items}
    query(site.put("/json", json.dumps(feed)), more="owned: {domains: [fjordkraft.example]}\n")
    assert cli("poll").code == 0
    return cli


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """A desktop with an opener that records its argument."""
    log, folder = tmp_path / "opened", tmp_path / "bin"
    folder.mkdir()
    opener = folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > "{log}.part" && mv "{log}.part" "{log}"\n')
    opener.chmod(opener.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def what() -> str:
        for _ in range(200):
            if log.exists():
                return log.read_text()
            time.sleep(0.02)
        return ""

    return what


def links(answer: Answer) -> list[str]:
    """Get the last parts of the links of a report."""
    return [json.loads(line)["url"][-1] for line in answer.out.splitlines()]


def test_filter_by_voice_subject_and_language(polled: Cli):
    """Options take several values; `no` is both Norwegian languages; invalid values are errors with the valid ones."""
    lines = ("report", "--format", "jsonl", "--sort", "title")
    assert links(polled(*lines, "--voice", "owned")) == ["3"]
    assert links(polled(*lines, "--voice", "owned", "--voice", "PUBLIC", "--subject", "staff")) == ["2"]
    assert links(polled(*lines, "--lang", "no")) == ["1", "2"]
    assert links(polled(*lines, "--lang", "sv", "--lang", "nb")) == ["3", "1", "2"]
    assert links(polled(*lines, "--lang", "unknown")) == []
    for option, value in (("--voice", "alle"), ("--subject", "x"), ("--lang", "norsk"), ("--group-by", "farge")):
        answer = polled("report", option, value)
        assert (answer.code, answer.out) == (2, "")
        assert f"“{value}”" in answer.err
    hint = polled("report", "--lang", "norsk").err.splitlines()[1]
    assert hint.startswith("hint: use one of no, da, de, en, fi, nb, nn, sv, aa, ab,")


def test_groups_are_consecutive(polled: Cli):
    """Every format has the order; those for people have headings too."""
    assert links(polled("report", "--format", "jsonl", "--group-by", "language", "--sort", "title")) == ["1", "2", "3"]
    assert links(polled("report", "--format", "jsonl", "--group-by", "voice", "--sort", "title")) == ["3", "1", "2"]
    said = polled("report", "--format", "markdown", "--group-by", "subject").out
    assert said.index("### brand") < said.index("priset") < said.index("### staff") < said.index("Rådgiveren")
    for group in ("day", "query", "source", "publisher", "status"):
        assert len(links(polled("report", "--format", "jsonl", "--group-by", group))) == 3


def test_a_limit_states_the_rest(polled: Cli):
    """The total is given if it is cheap to count; that there is more is always stated."""
    assert "1 of 3 mentions; --limit 0 shows all" in polled("report", "--limit", "1").err
    assert "mentions" not in polled("report", "--limit", "3").err
    assert "2 of more than 2 mentions" in polled("report", "--where", "Fjordkraft*", "--limit", "2").err
    assert "mentions" not in polled("report", "--where", "NOT priset", "--limit", "2").err


def test_open_opens_the_file(polled: Cli, program: Program, opened: Callable[[], str], home: Path):
    """The desktop gets the absolute path of the written file."""
    done = program("report", "--output", "uke.html", "--open")
    assert (done.returncode, done.stdout) == (0, b"")
    assert opened() == str(home / "uke.html")


def test_open_opens_the_first_link(polled: Cli, program: Program, opened: Callable[[], str]):
    """Without a file the first mention is opened."""
    assert program("report", "--sort", "title", "--limit", "1", "--open").returncode == 0
    assert opened() == "https://fjordkraft.example/3"


def test_open_without_a_link(polled: Cli):
    """No link is no failure, and is stated."""
    answer = polled("report", "--search", "finnes ikke", "--open")
    assert answer.code == 0
    assert "nothing to open" in answer.err


def test_the_suffix_selects_the_format(polled: Cli, home: Path):
    """Workbook, page and feed have their signatures; a workbook is refused on a terminal, not in a pipe."""
    for name, start in (("a.xlsx", b"PK"), ("a.html", b"<!doctype html>"), ("a.rss", b"<?xml"), ("a.jsonl", b"{")):
        assert polled("report", "-o", name).code == 0
        assert (home / name).read_bytes().startswith(start)
        assert (home / name).stat().st_mode & 0o777 == 0o644


def test_a_workbook_through_a_pipe(polled: Cli, program: Program):
    """The bytes are a valid workbook in any locale."""
    done = program("report", "-q", "--format", "xlsx", env={"LC_ALL": "C"})
    assert (done.returncode, done.stdout[:2], done.stderr) == (0, b"PK", b"")
