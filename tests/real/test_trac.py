"""Trac itself: tickets, their comments one by one, and pages of its wiki."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.real.conftest import NAME
from tests.real.processes import answers, free_port, real_python, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real.conftest import Cli, Listed, Sources, Write

PYTHON, ADMIN, SERVER = real_python(), shutil.which("trac-admin"), shutil.which("tracd")
SCRIPT = Path(__file__).parent / "scripts" / "act_trac.py"
TICKETS = "/timeline?ticket=on&ticket_details=on&max=50&daysback=90&format=rss"
PAGES = "/timeline?wiki=on&max=50&daysback=90&format=rss"

pytestmark = pytest.mark.skipif(not (PYTHON and ADMIN and SERVER), reason="Trac is not installed")


class Trac:
    """A project whose tickets and pages a test can write."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._folder = url, folder

    def call(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Call functions of the script, each with its arguments."""
        command = [PYTHON, str(SCRIPT), str(self._folder)]
        done = subprocess.run(command, input=json.dumps(calls).encode(), capture_output=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr.decode()
        returned: list[Any] = json.loads(done.stdout)
        return returned


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project, which strangers may read."""
    folder = tmp_path_factory.mktemp("trac") / "project"
    command = [str(ADMIN), str(folder), "initenv", "Fjordtrac", "sqlite:db/trac.db"]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    return folder


@pytest.fixture
def trac(tmp_path: Path, project: Path) -> Iterator[Trac]:
    """A server of a new project."""
    folder, port = tmp_path / "project", free_port()
    shutil.copytree(project, folder)
    command = [str(SERVER), "-s", "--hostname=127.0.0.1", "-p", str(port), str(folder)]
    with running(command, tmp_path, lambda: answers(port)):
        yield Trac(f"http://127.0.0.1:{port}", folder)


def test_comments_are_found_one_by_one(trac: Trac, cli: Cli, query: Write, mentions: Listed, sources: Sources):
    """A ticket, its comments and its closing are mentions of their own; an edit is the same mention."""
    query(f"'{trac.url}{TICKETS}'")
    (number,) = trac.call(("ticket", "Om strøm", f"Åpnet av {NAME}", 9))
    steps = [(f"{NAME} er dyr", ""), (f"{NAME} er billig", ""), (f"Lukket av {NAME}", "closed")]
    assert cli("poll") == (0, "", "")
    for count, (text, status) in enumerate(steps, 2):
        trac.call(("comment", number, text, status, 9 - count))
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == count, [(one["url"], one["text"]) for one in mentions()]
    trac.call(("edit_comment", number, 1, f"{NAME} er for dyr for meg"))
    for _ in range(5):
        assert cli("poll", "--force") == (0, "", "")
        assert {one["text"] for one in mentions()} >= {f"{NAME} er for dyr for meg", f"{NAME} er billig"}
        assert len({one["url"] for one in mentions()}) == len(mentions()) == 4
    assert [(one["error"], one["gaps"]) for one in sources().values()] == [("", 0)]


def test_a_ticket_that_is_deleted_stays(trac: Trac, cli: Cli, query: Write, mentions: Listed):
    """A ticket that is written late has its old date below newer ones; a deleted one keeps its mention."""
    query(f"'{trac.url}{TICKETS}'")
    (number,) = trac.call(("ticket", f"{NAME} svarer ikke", "Ingen strøm", 2))
    assert cli("poll") == (0, "", "")
    assert len(mentions()) == 1
    trac.call(("ticket", f"{NAME} svarte til slutt", "Strøm", 5), ("delete_ticket", number))
    for _ in range(5):
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == 2


def test_a_ticket_in_two_feeds_is_one_mention(trac: Trac, cli: Cli, query: Write, mentions: Listed):
    """The timeline and a search for tickets name the same ticket by different titles and guids."""
    query(f"'{trac.url}{TICKETS}'", f"'{trac.url}/query?order=id&format=rss'")
    trac.call(("ticket", f"{NAME} svarer ikke", "Ingen strøm", 2), ("ticket", f"{NAME} svarer sent", "Lite strøm", 1))
    for _ in range(3):
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == 2, [(one["url"], one["title"]) for one in mentions()]


def test_edits_of_a_page_are_one_mention(trac: Trac, cli: Cli, query: Write, mentions: Listed):
    """Each version of a page is the same mention with a new text."""
    query(f"'{trac.url}{PAGES}'")
    for number in range(1, 4):
        trac.call(("page", "Leverandører", f"{NAME} leverer strøm, versjon {number}", f"om {NAME}"))
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == 1, [(one["url"], one["title"]) for one in mentions()]
