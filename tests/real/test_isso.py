"""Isso itself: the comments of a page, one by one, edited, deleted, and approved late."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.real.conftest import NAME
from tests.real.processes import answers, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real.conftest import Cli, Listed, Sources, Write

ISSO = shutil.which("isso")
PAGE = "/strom/"
CONFIGURATION = """\
[general]
dbpath = {folder}/comments.db
host = {site}/
[server]
listen = {url}
[guard]
enabled = false
[moderation]
enabled = {moderated}
[rss]
base = {site}
"""

pytestmark = pytest.mark.skipif(not ISSO, reason="Isso is not installed")


class Comments:
    """A server of comments whose comments a test can write."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._folder = url, folder
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=60)

    @property
    def feed(self) -> str:
        """The feed of the page's comments."""
        return f"{self.url}/feed?uri={PAGE.replace('/', '%2F')}"

    def write(self, text: str, author: str = "Cy Åsen") -> int:
        """Comment on the page; return the number of the comment."""
        # A new page is looked up on its own site unless its title is given.
        body = json.dumps({"text": text, "author": author, "title": "Om strøm"})
        answer = self._client.post(f"/new?uri={PAGE}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {201, 202}, answer.text
        return int(answer.json()["id"])

    def edit(self, comment: int, text: str) -> None:
        """Edit a comment, as its author."""
        headers = {"Content-Type": "application/json"}
        answer = self._client.put(f"/id/{comment}", content=json.dumps({"text": text}), headers=headers)
        assert answer.status_code == 200, answer.text

    def delete(self, comment: int) -> None:
        """Delete a comment, as its author."""
        assert self._client.delete(f"/id/{comment}").status_code == 200

    def approve(self, comment: int) -> None:
        """Approve a comment that waits, as the owner of the page."""
        with closing(sqlite3.connect(self._folder / "comments.db")) as database, database:
            database.execute("UPDATE comments SET mode = 1 WHERE id = ?", [comment])


@pytest.fixture(params=["false"])
def comments(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Comments]:
    """A server without comments; its parameter is whether comments wait for approval."""
    folder, port = tmp_path / "isso", free_port()
    folder.mkdir()
    url = f"http://127.0.0.1:{port}"
    text = CONFIGURATION.format(folder=folder, url=url, site="http://blogg.example", moderated=request.param)
    (folder / "isso.cfg").write_text(text)
    with running([str(ISSO), "-c", str(folder / "isso.cfg"), "run"], folder, lambda: answers(port)):
        yield Comments(url, folder)


def test_comments_are_found_one_by_one(comments: Comments, cli: Cli, query: Write, mentions: Listed, sources: Sources):
    """Each comment is a mention of its own; an edit is the same mention, and a deleted one stays."""
    comments.write("Om noe annet")
    query(f"{{kind: comments, url: '{comments.feed}'}}")
    numbers = []
    for count, text in enumerate((f"{NAME} er dyr", f"{NAME} er billig", f"Jeg liker {NAME}"), 1):
        numbers.append(comments.write(text))
        assert cli("poll", "--force") == (0, "", "")
        assert len(mentions()) == count
    comments.edit(numbers[1], f"{NAME} er for dyr for meg")
    comments.delete(numbers[2])
    expected = {f"{NAME} er dyr", f"{NAME} er for dyr for meg", f"Jeg liker {NAME}"}
    for _ in range(5):
        assert cli("poll", "--force") == (0, "", "")
        assert {(one["title"], one["text"]) for one in mentions()} == {("", text) for text in expected}
        assert len({one["url"] for one in mentions()}) == len(mentions()) == 3
    assert [(one["error"], one["gaps"]) for one in sources().values()] == [("", 0)]


@pytest.mark.parametrize("comments", ["true"], indirect=True)
def test_comments_that_are_approved_late(comments: Comments, cli: Cli, query: Write, mentions: Listed):
    """A comment that waited has its old time below newer ones, and is found once."""
    late, early = comments.write(f"{NAME} var treg"), comments.write(f"{NAME} var rask")
    comments.approve(early)
    query(f"{{kind: comments, url: '{comments.feed}'}}")
    assert cli("poll") == (0, "", "")
    assert [one["text"] for one in mentions()] == [f"{NAME} var rask"]
    comments.approve(late)
    for _ in range(5):
        assert cli("poll", "--force") == (0, "", "")
        assert {one["text"] for one in mentions()} == {f"{NAME} var rask", f"{NAME} var treg"}
        assert len(mentions()) == 2
