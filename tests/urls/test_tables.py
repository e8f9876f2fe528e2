from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from brandwatch import urls
from brandwatch.urls import links, platforms, redirects

FOLDER = Path(urls.__file__).parent
TABLES = ("platforms", "redirects", "trackers", "wikis")
HOST = re.compile(r"\*|\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:\.\*)?")
GROUP = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_its_source_and_date(name: str):
    """The header of each table has the source of its rows and the date of the check."""
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert re.search(r"(?m)^# Source: \w", text)
    assert (match := re.search(r"(?m)^# Date: (\d{4}-\d\d-\d\d)", text))
    assert date.fromisoformat(match[1]).year >= 2026


def test_all_tables_are_checked():
    """Each data file of the package is one of the tables checked here."""
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(TABLES)


@pytest.mark.parametrize("row", links.load_table("platforms")["page"], ids=lambda row: " ".join(row.values()))
def test_a_platform_row_is_valid(row: dict[str, str]):
    """The pattern compiles, its groups fill id and link, hosts are names, no field is unknown."""
    form = platforms.PlatformLink(**row)
    groups = set(re.compile(form.pattern).groupindex)
    assert set(GROUP.findall(form.id)) | set(GROUP.findall(form.link)) <= groups
    assert form.link.startswith("https://")
    assert all(HOST.fullmatch(host) for host in form.hosts.split())


@pytest.mark.parametrize(
    "row",
    links.load_table("redirects")["redirect"],
    ids=lambda row: row["hosts"] + row.get("path", row.get("rest", "")),
)
def test_a_redirect_row_is_valid(row: dict[str, str]):
    """The target is in query parameters of a path, or in the one group of the pattern."""
    kind = redirects.RedirectLink(**row)
    assert bool(kind.parameters) != bool(kind.rest)
    assert re.compile(kind.path).groups == 0
    assert re.compile(kind.rest).groups == bool(kind.rest)
    assert all(HOST.fullmatch(host) for host in kind.hosts.split())


def test_a_row_with_an_unknown_field_is_refused():
    """An unknown field is an error in the table; the same row without it is accepted."""
    row = {"hosts": "avis.example", "path": "/go", "parameters": "to"}
    assert redirects.RedirectLink(**row)
    with pytest.raises(TypeError, match="goal"):
        redirects.RedirectLink(**row | {"goal": "x"})
