from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brandwatch import DISTRIBUTION, clock
from brandwatch.cli import COMMANDS, precision, stats
from brandwatch.config.kind import Kind
from brandwatch.config.query import json_schema
from brandwatch.config.validation import known_keys
from brandwatch.models import FetchClass
from brandwatch.pipeline.loading import load_query_file
from brandwatch.reports import FORMATS, trends
from brandwatch.reports.columns import MENTIONS, stories_listing
from brandwatch.sources.mapping import FIELDS
from brandwatch.sources.registry import Registry, load_kind
from brandwatch.storage.browsing import BROWSE_VIEWS, CANNED_QUERIES
from brandwatch.storage.stories import STORY_ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer, Site

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    """Extract the command lines of brandwatch from the README."""
    return [
        line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines() if line.startswith("brandwatch")
    ]


def test_every_command_of_the_readme_works(cli: Callable[..., Answer], site: Site, rss: Callable[..., str], home: Path):
    """The README's commands run in order, from nothing to a report, once the query has a source."""
    feed, ran = site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))), []
    for line in commands():
        ran.append((line, cli(*shlex.split(line)[1:]).code))
        if line.startswith("brandwatch init"):
            (path,) = (home / "queries").glob("*.yaml")
            written = path.read_text(encoding="utf-8")
            path.write_text(written.replace("sources: []", f"sources: [{feed}]"), encoding="utf-8")
    assert len(ran) == 20
    assert all(code == 0 for _, code in ran), ran


def test_the_query_of_the_readme_is_valid(home: Path, cli: Callable[..., Answer]):
    """The README's query file passes `check`, with its examples."""
    (block,) = (block for kind, block in BLOCKS if kind == "yaml")
    (home / "feeds.opml").write_text('<opml><body><outline xmlUrl="https://a.example/rss"/></body></opml>')
    (home / "readme.yaml").write_text(block, encoding="utf-8")
    answer = cli("-q", "check", "readme.yaml")
    assert answer.out == "readme.yaml: ok (2 names, 3 sources, 2 examples)\n"
    assert load_query_file(home / "readme.yaml").query is not None


def test_the_kind_of_the_docs_is_valid(tmp_path: Path):
    """The kind in docs/sources.md works unchanged."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "sources.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "fjordforum.yaml").write_text(blocks[-1], encoding="utf-8")
    kind, faults = load_kind(tmp_path / "fjordforum.yaml")
    assert (faults, kind.title if kind else "") == ((), "Fjordforum")


def test_the_install_commands_are_near_the_top():
    """Each is one line with its own virtual environment."""
    lines = README.splitlines()[:25]
    (demo,) = (line for line in lines if line.startswith("python3") and line.endswith("brandwatch demo"))
    (test,) = (line for line in lines if line.startswith("python3") and line.endswith("pytest"))
    assert all("-m venv .venv" in line and "pip install" in line for line in (demo, test))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("README.md", list(COMMANDS)),
        ("README.md", ["Not affiliated with the company of a similar name"]),
        ("docs/source-states.md", list(FetchClass)),
        ("docs/queries.md", list(json_schema()["properties"])),
        ("docs/reports.md", [column.name for column in MENTIONS.columns]),
        ("docs/reports.md", [f"`{column.name}`" for column in stories_listing(clock.now()).columns]),
        ("docs/triage.md", [f"`{name}`" for name in (*precision.COLUMNS, *precision.TERM_COLUMNS)]),
        ("docs/stories.md", [f"`{name}`" for name in STORY_ORDERS]),
        (
            "docs/reports.md",
            [f"`{name}`" for name in (*FORMATS, *stats.COLUMNS, *stats.SHARE_COLUMNS, *trends.TREND_COLUMNS)],
        ),
        ("docs/browsing.md", [f"`{name}`" for name in (*BROWSE_VIEWS, *CANNED_QUERIES)]),
        ("docs/sources.md", [f"`{name}`" for name in (*Registry().kinds, *Registry().packs)]),
        ("docs/sources.md", [*known_keys(Kind, ()), *FIELDS]),
    ],
    ids=[
        "commands",
        "affiliation",
        "classes",
        "keys",
        "columns",
        "columns of stories",
        "columns of precision",
        "orders of stories",
        "forms",
        "sheets",
        "kinds",
        "keys of kinds",
    ],
)
def test_the_documents_are_complete(page: str, words: list[str]):
    """Options, variables and formats are each documented on their page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [word for word in words if word not in text] == []


def test_no_document_installs_another_distribution():
    """`pip install` is followed by our name or the checkout: the command's name belongs to another distribution."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == DISTRIBUTION != "brandwatch"
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "src").rglob("*.py")]
    wrong = re.compile(r"pip install\b[^\n`]*[ '\"]brandwatch\b(?![./])|brandwatch\[(?:serve|regex|fast|dev)")
    assert wrong.search("pip install --upgrade brandwatch")
    assert wrong.search("pip install 'brandwatch[serve]'")
    assert not wrong.search("pip install --quiet . && .venv/bin/brandwatch demo")
    assert [page.name for page in pages if wrong.search(page.read_text(encoding="utf-8"))] == []


def test_the_help_names_every_format(cli: Callable[..., Answer]):
    """Every format is in the help of `report`."""
    words = set(re.findall(r"\w+", cli("report", "--help").out))
    assert set(FORMATS) - words == set()


def test_links_between_documents_exist():
    """No page links to a missing file."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda page: page.name)
def test_each_link_between_documents_leads_to_a_page_and_a_heading(page: Path):
    """Also the part behind `#`, as GitHub builds it from a heading."""
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*\.md)?(?:#([^)]+))?\)", page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        if path or anchor:
            headings = re.findall(r"(?m)^#+ (.+)$", target.read_text(encoding="utf-8"))
            anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
            assert not anchor or anchor in anchors, f"{path}#{anchor}"


def test_the_readme_names_every_page_of_the_documentation():
    """A page that nothing leads to is not read."""
    assert [page.name for page in ROOT.glob("docs/*.md") if f"docs/{page.name})" not in README] == []
