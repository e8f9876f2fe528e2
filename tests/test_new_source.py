"""The generator of a new kind of source, and the messages of tests with missing files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.sources.conftest import addresses_of, expected_of

from brandwatch.feeds import parse_document
from brandwatch.models import Document
from brandwatch.sources.registry import Registry, load_kind
from brandwatch.sources.response import read_answer

ROOT = Path(__file__).parents[1]


def new_source(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run the generator on a checkout."""
    command = [sys.executable, str(ROOT / "tools" / "new_source.py"), name, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_files_are_valid_and_agree(tmp_path: Path):
    """The declaration has no error or warning, and reads its sample response."""
    done = new_source(tmp_path, "fjord-forum")
    assert done.stdout.startswith(
        "Wrote src/brandwatch/sources/kinds/fjord-forum.yaml, tests/sources/fjord-forum/answer.json, "
    )
    folder = tmp_path / "src" / "brandwatch" / "sources" / "kinds"
    kind, faults = load_kind(folder / "fjord-forum.yaml")
    assert (kind.title if kind else "", faults) == ("Fjord forum", ())
    body = (tmp_path / "tests" / "sources" / "fjord-forum" / "answer.json").read_bytes()
    document = Document(url="https://a.example/", status=200, body=body, content_type="application/json")
    feed = read_answer(Registry(folder).kind("fjord-forum"), document, {}, parse_document)
    assert [(entry.guid, entry.title) for entry in feed.entries] == [("fjord-forum:1", "Blåbær Fjordkraft")]
    assert json.loads((tmp_path / "tests" / "sources" / "fjord-forum" / "expected.json").read_text()) == {}


def test_existing_files_are_not_overwritten(tmp_path: Path):
    """A second run writes nothing and names the file."""
    new_source(tmp_path, "gitlab")
    answer = tmp_path / "tests" / "sources" / "gitlab" / "answer.json"
    answer.write_text("[]")
    done = new_source(tmp_path, "gitlab")
    assert (done.returncode, answer.read_text()) == (1, "[]")
    assert done.stderr == "nothing was written: src/brandwatch/sources/kinds/gitlab.yaml is there already\n"


@pytest.mark.parametrize("name", ["", "Git Lab", "../x", "-x", "git--lab"])
def test_a_name_is_lower_case(tmp_path: Path, name: str):
    """Other names are refused, with an example."""
    done = new_source(tmp_path, name)
    assert done.returncode
    assert "NAME=gitlab" in done.stderr or "usage:" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_expectation_is_named():
    """The message has the file and the command to write it; an existing one is read."""
    with pytest.raises(pytest.fail.Exception, match=r"nowhere/expected.json is missing: `make new-source"):
        expected_of("nowhere")
    assert "answer.json" in expected_of("devto")


def test_a_missing_address_is_named():
    """The message has a suggestion to check and paste; an existing one is read."""
    with pytest.raises(pytest.fail.Exception, match=r'addresses.json does not have `nowhere`[^{]*{\n  "nowhere": {'):
        addresses_of("nowhere", {"first": "https://a.example/"})
    assert addresses_of("devto", {})["first"].startswith("https://dev.to/")
