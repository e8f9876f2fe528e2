"""Redmine itself, with SQLite: issues, their comments one by one, edits, deletions and closings."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.real.conftest import NAME
from tests.real.processes import answers, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real.conftest import Cli, Listed, Sources, Write

PUMA = shutil.which("puma")
APPLICATION = Path(__file__).parent / "scripts" / "redmine.ru"
DATABASE = Path("/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default")
"""The database that the package makes, without content."""

pytestmark = pytest.mark.skipif(
    not (PUMA and Path("/usr/share/redmine/config.ru").is_file() and os.access(DATABASE, os.R_OK)),
    reason="Redmine, Puma or the database of its package is not there",
)


class Redmine:
    """A server of projects whose issues a test can write."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._projects = count(1)

    def call(self, *calls: tuple[Any, ...]) -> list[int]:
        """Call functions of the application, each with its arguments; return the numbers of what they wrote."""
        answer = httpx.post(f"{self.url}/act", json=calls, timeout=300, trust_env=False)
        assert answer.status_code == 200, answer.text
        numbers: list[int] = answer.json()
        return numbers

    def project(self) -> str:
        """Make a project; return its name."""
        name = f"fjord-{next(self._projects)}"
        self.call(("project", name))
        return name


@pytest.fixture(scope="module")
def redmine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redmine]:
    """A server without projects."""
    folder, port = tmp_path_factory.mktemp("redmine"), free_port()
    shutil.copy(DATABASE, folder / "redmine.db")
    environment = {"DATABASE_URL": f"sqlite3:{folder}/redmine.db", "RAILS_ENV": "production"}
    command = [str(PUMA), "-e", "production", "-b", f"tcp://127.0.0.1:{port}", str(APPLICATION)]
    with running(command, folder, lambda: answers(port), environment):
        yield Redmine(f"http://127.0.0.1:{port}")


def test_comments_are_found_one_by_one(redmine: Redmine, cli: Cli, query: Write, mentions: Listed, sources: Sources):
    """An issue, its comments and its closing are mentions of their own; an edit is the same mention."""
    project = redmine.project()
    query(f"'{redmine.url}/projects/{project}/activity.atom'")
    (issue,) = redmine.call(("issue", project, "Om strøm", f"Åpnet av {NAME}", 9))
    assert cli("poll") == (0, "", "")
    comments = []
    for found, text in enumerate((f"{NAME} er dyr", f"{NAME} er billig", f"Lukket av {NAME}"), 2):
        # Other issues lie between the comments, as in a busy project.
        others = [("issue", project, f"Sak {number}", "Om noe annet", 9 - found) for number in range(3)]
        comments += redmine.call(("comment", issue, text, 9 - found, text.startswith("Lukket")), *others)[:1]
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == found, [(one["url"], one["text"]) for one in mentions()]
    # Redmine answers 304 until something else happens: its validator does not know texts.
    edit = ("edit_comment", comments[0], f"{NAME} er for dyr for meg")
    redmine.call(edit, ("issue", project, "Sak 4", "Om noe annet", 0))
    for _ in range(5):
        assert cli("poll", "--force") == (0, "", "")
        assert {one["text"] for one in mentions()} >= {f"{NAME} er for dyr for meg", f"{NAME} er billig"}
        assert len({one["url"] for one in mentions()}) == len(mentions()) == 4
    assert [(one["error"], one["gaps"]) for one in sources().values()] == [("", 0)]


def test_issues_that_are_late_or_deleted(redmine: Redmine, cli: Cli, query: Write, mentions: Listed):
    """An issue with an old date below newer ones is found once; a deleted one keeps its mention."""
    project = redmine.project()
    query(f"'{redmine.url}/projects/{project}/activity.atom'")
    (issue,) = redmine.call(("issue", project, f"{NAME} svarer ikke", "Ingen strøm", 2))
    assert cli("poll") == (0, "", "")
    redmine.call(("issue", project, f"{NAME} svarte til slutt", "Strøm", 5), ("delete_issue", issue))
    for _ in range(5):
        assert cli("poll", "--force") == (0, "", "")
        assert {one["text"] for one in mentions()} == {"Ingen strøm", "Strøm"}
        assert len(mentions()) == 2


def test_an_issue_in_two_feeds_is_one_mention(redmine: Redmine, cli: Cli, query: Write, mentions: Listed):
    """The activity of a project and its list of issues name the same issue; a comment is in the first only."""
    project = redmine.project()
    query(*(f"'{redmine.url}/projects/{project}/{feed}.atom'" for feed in ("activity", "issues")))
    (issue,) = redmine.call(("issue", project, f"{NAME} svarer ikke", "Ingen strøm", 2))
    redmine.call(("issue", project, f"{NAME} svarer sent", "Lite strøm", 1))
    for _ in range(2):
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == 2, [(one["url"], one["title"]) for one in mentions()]
    redmine.call(("comment", issue, f"Heller ikke {NAME} svarer", 0))
    for _ in range(3):
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == 3, [(one["url"], one["title"]) for one in mentions()]
