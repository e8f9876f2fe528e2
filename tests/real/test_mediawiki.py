"""MediaWiki itself, with SQLite: pages, edits, and the edits of one page."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.real.conftest import NAME
from tests.real.processes import answers, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real.conftest import Cli, Listed, Sources, Write

HOME = Path("/usr/share/mediawiki")
PASSWORD = "hemmelig-og-langt-1"  # noqa: S105 (that of nobody)
PHP = shutil.which("php")

pytestmark = pytest.mark.skipif(
    not (PHP and (HOME / "api.php").is_file() and "pdo_sqlite" in subprocess.check_output([PHP, "-m"], text=True)),
    reason="MediaWiki, PHP or its SQLite is not installed",
)


class Wiki:
    """A wiki whose pages a test can write."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self.url = url
        self._environment = os.environ | environment

    def write(self, page: str, text: str, summary: str = "") -> None:
        """Write a page anew."""
        self.maintain("edit", "-u", "Bo", "-s", summary, page, text=text)

    def maintain(self, script: str, *arguments: str, text: str = "") -> None:
        """Run one of the scripts that come with MediaWiki."""
        command = [str(PHP), str(HOME / "maintenance" / f"{script}.php"), *arguments]
        subprocess.run(
            command, input=text.encode(), capture_output=True, env=self._environment, timeout=300, check=True
        )


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    """A freshly installed wiki."""
    folder, port = tmp_path / "wiki", free_port()
    folder.mkdir()
    made = Wiki(f"http://127.0.0.1:{port}", {"MW_CONFIG_FILE": str(folder / "LocalSettings.php")})
    named = {"dbtype": "sqlite", "dbname": "wiki", "dbpath": folder, "confpath": folder, "scriptpath": ""}
    options = [f"--{name}={value}" for name, value in (named | {"server": made.url, "pass": PASSWORD}).items()]
    Wiki(made.url, {}).maintain("install", *options, "--lang=nb", "Fjordwiki", "Bo")
    command = [str(PHP), "-S", f"127.0.0.1:{port}", "-t", str(HOME)]
    with running(command, folder, lambda: answers(port), {"MW_CONFIG_FILE": str(folder / "LocalSettings.php")}):
        yield made


def test_pages_that_name_the_brand_are_found(cli: Cli, wiki: Wiki, query: Write, mentions: Listed):
    """Title matches are local; text matches are remote, because the search returns little text."""
    wiki.write(NAME, "Et kraftselskap")
    wiki.write("Strøm", f"Om {NAME} og blåbær")
    wiki.write("Vind", "Om Åsgård, og om Fjordkraft")
    query(f"{{kind: mediawiki, site: '{wiki.url}'}}")
    for _ in range(2):
        assert cli("poll", "--force") == (0, "", "")
        assert [(one["title"], one["matched"]) for one in mentions()] == [(NAME, "local")]
        assert [(one["title"], one["matched"]) for one in mentions("--remote")] == [("Strøm", "remote")]
    wiki.write(f"{NAME} i Nordland", "Et datterselskap")
    assert cli("poll", "--force") == (0, "", "")
    assert len(mentions()) == 2


def test_a_wiki_without_the_sort_order_is_an_error(cli: Cli, wiki: Wiki, query: Write, sources: Sources):
    """Wikipedia's search has sort orders that plain MediaWiki refuses."""
    query(f"{{kind: wikipedia, site: '{wiki.url}'}}")
    assert cli("poll").code == 3
    (source,) = sources().values()
    assert source["class"] == "blocked"
    assert source["error"].startswith('the wiki refused the request: Unrecognized value for parameter "srsort"')


def test_edits_are_matched(cli: Cli, wiki: Wiki, query: Write, mentions: Listed, sources: Sources):
    """Edits match by page title or edit summary; a second poll requests the edits since the first."""
    wiki.write(NAME, "Et kraftselskap", "ny side")
    wiki.write("Strøm", "Om blåbær", f"nevner {NAME}")
    wiki.write("Vind", "Om vind", "ny side")
    query(f"{{kind: mediawiki-changes, site: '{wiki.url}'}}")
    assert cli("poll") == (0, "", "")
    assert {(one["title"], one["text"], one["author"]) for one in mentions()} == {
        (NAME, "ny side", "Bo"),
        ("Strøm", f"nevner {NAME}", "Bo"),
    }
    wiki.write(NAME, "Et stort kraftselskap", "stort")
    assert cli("poll", "--force") == (0, "", "")
    assert len(mentions()) == 3
    (source,) = sources().values()
    assert (source["entries"], source["gaps"]) == (5, 0)


def test_the_edits_of_one_page(cli: Cli, wiki: Wiki, query: Write, mentions: Listed):
    """Each edit is a mention with its changes; a missing page has none."""
    wiki.write(NAME, "Et kraftselskap fra 1997", "ny side")
    wiki.write(NAME, "Et kraftselskap fra 1998", "retter år")
    query(f"{{kind: mediawiki-page, site: '{wiki.url}', page: {NAME}}}")
    assert cli("poll") == (0, "", "")
    edits = {one["title"]: one for one in mentions()}
    assert set(edits) == {f"{NAME}: Bo: ny side", f"{NAME}: Bo: retter år"}
    edit = edits[f"{NAME}: Bo: retter år"]
    assert (edit["author"], "Et kraftselskap fra 1998" in edit["text"]) == ("Bo", True)
    query(f"{{kind: mediawiki-page, site: '{wiki.url}', page: Finnes ikke}}")
    assert cli("poll").code == 3
    assert len(mentions()) == 2
