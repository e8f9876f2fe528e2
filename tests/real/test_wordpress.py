"""WordPress itself, with its own database: its feeds, and entries that appear late."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.real.conftest import NAME
from tests.real.processes import answers, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real.conftest import Cli, Listed, Sources, Write

SCRIPTS = Path(__file__).parent / "wordpress"
PHP = shutil.which("php")
MARIADB, CLIENT = (
    shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") for name in ("mariadbd", "mariadb")
)
IS_HERE = all((PHP, MARIADB, CLIENT, Path("/usr/share/wordpress/wp-settings.php").is_file()))

pytestmark = pytest.mark.skipif(not IS_HERE, reason="WordPress, PHP or MariaDB is not installed")


class WordPress:
    """A blog whose posts and comments a test can write."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self.url = url
        self._environment = os.environ | environment

    def call(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Call functions of WordPress, each with its arguments."""
        command = [str(PHP), str(SCRIPTS / "act.php")]
        done = subprocess.run(
            command,
            input=json.dumps(calls).encode(),
            capture_output=True,
            env=self._environment,
            timeout=300,
            check=True,
        )
        returned: list[Any] = json.loads(done.stdout)
        return returned

    def empty(self) -> None:
        """Forget all posts and comments."""
        said = execute(Path(self._environment["SOCKET"]), "TRUNCATE wordpress.wp_posts; TRUNCATE wordpress.wp_comments")
        assert said.returncode == 0, said.stderr

    def post(self, *titles: str, ago: float = 1.0) -> list[int]:
        """Publish posts some hours ago; return their ids."""
        common = {"post_content": "Blåbær og <b>strøm</b>", "post_status": "publish", "post_author": 1}
        dates = {"post_date": at(ago), "post_date_gmt": at(ago)}
        return self.call(*(("wp_insert_post", {"post_title": title, **common, **dates}) for title in titles))

    def comment(self, post: int, text: str, ago: float = 1.0, *, approved: bool = True) -> int:
        """Comment on a post some hours ago, approved or waiting; return the id."""
        said = {"comment_post_ID": post, "comment_content": text, "comment_author": "Cy Åsen"}
        dates = {"comment_date": at(ago), "comment_date_gmt": at(ago)}
        (number,) = self.call(("wp_insert_comment", {**said, **dates, "comment_approved": int(approved)}))
        return int(number)

    def approve(self, comment: int) -> None:
        """Approve a comment."""
        assert self.call(("wp_set_comment_status", str(comment), "approve")) == [True]


def at(ago: float) -> str:
    """A time some hours ago in the database format."""
    return f"{datetime.now(UTC) - timedelta(hours=ago):%Y-%m-%d %H:%M:%S}"  # noqa: TID251 (the machine's own time)


@pytest.fixture(scope="module")
def installed() -> Iterator[WordPress]:
    """A freshly installed WordPress with readable links."""
    # The name of a socket has no room for the folders of a test.
    with tempfile.TemporaryDirectory(prefix="wp") as name, ExitStack() as stack:
        folder, port = Path(name), free_port()
        for part in ("db", "site", "content/themes", "content/plugins"):
            (folder / part).mkdir(parents=True)
        socket = folder / "s"
        stack.enter_context(running(database(folder / "db", socket), folder / "db", lambda: is_created(socket)))
        environment = {"SOCKET": str(socket), "SITE": f"http://127.0.0.1:{port}", "CONTENT": str(folder / "content")}
        blog = WordPress(environment["SITE"], environment)
        blog.call(("wp_install", "Fjordbloggen", "bo", "bo@fjord.example", True, "", "hemmelig"))
        blog.call(("update_option", "permalink_structure", "/%postname%/"))
        command = [str(PHP), "-S", f"127.0.0.1:{port}", "-t", str(SCRIPTS), str(SCRIPTS / "site.php")]
        stack.enter_context(running(command, folder / "site", lambda: answers(port), environment))
        yield blog


@pytest.fixture
def blog(installed: WordPress) -> WordPress:
    """A blog without posts."""
    installed.empty()
    return installed


def database(folder: Path, socket: Path) -> list[str]:
    """The command of a private database server."""
    options = ["--no-defaults", "--skip-networking", "--skip-grant-tables", f"--datadir={folder}", f"--socket={socket}"]
    user = ["--user=root"] if os.geteuid() == 0 else []
    return [str(MARIADB), *options, "--innodb-log-file-size=4M", "--innodb-fast-shutdown=2", *user]


def is_created(socket: Path) -> bool:
    """Whether the database for WordPress exists."""
    return execute(socket, "CREATE DATABASE wordpress").returncode == 0


def execute(socket: Path, statements: str) -> subprocess.CompletedProcess[bytes]:
    """Run SQL statements."""
    command = [str(CLIENT), "--no-defaults", f"--socket={socket}", f"--execute={statements}"]
    return subprocess.run(command, capture_output=True, check=False)


def test_the_search_of_a_site_finds_posts(cli: Cli, blog: WordPress, query: Write, mentions: Listed, sources: Sources):
    """A post has author and comment count; the server answers 304 without news; a new post is found."""
    query(f"{{kind: wordpress, site: '{blog.url}', feed: rss2}}")
    first, _ = blog.post(f"Om {NAME}", "Om noe annet", ago=3)
    blog.comment(first, "Enig!")
    assert cli("poll") == (0, "", "")
    (mention,) = mentions()
    assert (mention["title"], mention["text"], mention["author"]) == (f"Om {NAME}", "Blåbær og strøm", "bo")
    assert (mention["publisher"], mention["response"]["comments"]) == ("127.0.0.1", 1)
    age = datetime.now(UTC) - datetime.fromisoformat(mention["published"])  # noqa: TID251 (as above)
    assert timedelta(hours=3) <= age < timedelta(hours=3, minutes=2)
    assert cli("poll", "--force") == (0, "", "")
    blog.post(f"Mer om {NAME}")
    assert cli("poll", "--force") == (0, "", "")
    assert [one["title"] for one in mentions()] == [f"Mer om {NAME}", f"Om {NAME}"]


def test_a_comment_that_is_approved_late_is_found(cli: Cli, blog: WordPress, query: Write, mentions: Listed):
    """It has an old date below newer ones, and the server could answer 304."""
    query(f"{{kind: wordpress, site: '{blog.url}', feed: comments-rss2}}", more="author: full\n")
    (post,) = blog.post(f"Om {NAME}", ago=9)
    waiting = blog.comment(post, f"{NAME} svarte meg aldri", ago=5, approved=False)
    blog.comment(post, "Enig!", ago=2)
    blog.comment(post, f"Hos {NAME} fikk jeg svar", ago=1)
    assert cli("poll") == (0, "", "")
    assert [one["text"] for one in mentions()] == [f"Hos {NAME} fikk jeg svar"]
    blog.approve(waiting)
    assert cli("poll", "--force") == (0, "", "")
    assert [(one["title"], one["text"], one["author"]) for one in mentions()] == [
        ("", f"Hos {NAME} fikk jeg svar", "Cy Åsen"),
        ("", f"{NAME} svarte meg aldri", "Cy Åsen"),
    ]


def test_comments_on_a_mention_are_followed(
    cli: Cli, blog: WordPress, query: Write, mentions: Listed, sources: Sources
):
    """The feed of a post that matches leads to its comment feed, where a late comment is found too."""
    query(f"{{kind: wordpress, site: '{blog.url}', feed: rss2}}")
    (post,) = blog.post(f"Om {NAME}", ago=9)
    waiting = blog.comment(post, f"{NAME} svarte meg aldri", ago=5, approved=False)
    blog.comment(post, f"Hos {NAME} fikk jeg svar", ago=1)
    assert cli("poll") == (0, "", "")
    assert cli("poll", "--force") == (0, "", "")
    assert f"{blog.url}/om-fjordkraft-asgard/feed/" in sources()
    assert {one["text"] for one in mentions()} == {"Blåbær og strøm", f"Hos {NAME} fikk jeg svar"}
    blog.approve(waiting)
    assert cli("poll", "--force") == (0, "", "")
    assert f"{NAME} svarte meg aldri" in {one["text"] for one in mentions()}


def test_more_posts_than_a_feed_holds_are_a_gap(cli: Cli, blog: WordPress, query: Write, sources: Sources):
    """A WordPress feed has ten posts; without overlap with the last poll, posts are missing."""
    query(f"{{kind: wordpress, site: '{blog.url}', feed: rss2}}")
    blog.post(*(f"{NAME} {number}" for number in range(10)), ago=9)
    cli("poll")
    blog.post(*(f"{NAME} {number}" for number in range(10, 25)), ago=1)
    cli("poll", "--force")
    assert [one["gaps"] for one in sources().values() if "feed=rss2" in one["url"]] == [1]


def test_all_comments_of_a_site(cli: Cli, blog: WordPress, query: Write, mentions: Listed):
    """The comment search matches by post; a comment on another post is in the feed of all comments only."""
    query(f"{{kind: comments, url: '{blog.url}/comments/feed/'}}")
    (post,) = blog.post("Om noe annet", ago=9)
    blog.comment(post, f"Men {NAME} er dyr")
    assert cli("poll") == (0, "", "")
    assert [(one["title"], one["text"]) for one in mentions()] == [("", f"Men {NAME} er dyr")]
