from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser import look, needs_chromium
from tests.reports.samples import HOSTILE, MENTION, titled, written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Site

pytestmark = needs_chromium

ATTACKS = (
    '<img src="{site}/img" onerror="document.title=\'pwned\'">',
    "<script>document.title='pwned'</script><script src='{site}/script'></script>",
    "</script></style></title></table><iframe src='{site}/frame'></iframe>",
    '"><svg onload="document.title=\'pwned\'"><image href="{site}/svg"/></svg>',
    "<style>@import '{site}/style'; body {{ background: url({site}/paint) }}</style>",
    "<meta http-equiv=refresh content='0; url={site}/gone'><base href='{site}/'>",
    "<link rel=prefetch href='{site}/prefetch'><link rel=dns-prefetch href='//ond.example'>",
    "<form action='{site}/form'><input autofocus onfocus=submit()></form>",
)


def test_no_request_leaves_the_page(site: Site, tmp_path: Path):
    """Whatever the titles hold, the browser requests only the page, and no title becomes an element."""
    titles = [*HOSTILE, *(attack.format(site=site.url("")) for attack in ATTACKS)]
    page = site.put("/page", written("html", *map(titled, titles)), Content_Type="text/html; charset=utf-8")
    seen = look(page, tmp_path)
    assert [asked.path for asked in site.log] == ["/page"]
    assert seen.requests == [page]
    assert {"img", "iframe", "base", "link", "image", "form"}.isdisjoint(seen.tags)
    assert "<title>Mentions, " in seen.dom
    assert [name for name, _ in seen.attributes if name.startswith("on")] == []
    assert seen.complaints == []


def test_the_policy_blocks_injected_elements(site: Site, tmp_path: Path):
    """Injected elements load nothing and run nothing."""
    attacks = "".join(attack.format(site=site.url("")) for attack in ATTACKS if "refresh" not in attack)
    text = written("html", MENTION).replace("<h1>", f"{attacks}<h1>")
    page = site.put("/page", text, Content_Type="text/html; charset=utf-8")
    seen = look(page, tmp_path)
    assert [asked.path for asked in site.log] == ["/page"]
    assert "pwned</title>" not in seen.dom
    assert "iframe" in seen.tags


def test_without_a_policy_the_requests_are_seen(site: Site, tmp_path: Path):
    """Control: without a policy the server sees the requests of the page."""
    text = f"<title>x</title>{ATTACKS[0].format(site=site.url(''))}"
    look(site.put("/page", text, Content_Type="text/html"), tmp_path)
    assert "/img" in [asked.path for asked in site.log]


@pytest.mark.parametrize("width", [390, 1400])
def test_the_script_runs_under_the_policy(tmp_path: Path, width: int):
    """Opened from a file, the table can be sorted and filtered."""
    (tmp_path / "week.html").write_text(written("html", MENTION), encoding="utf-8")
    seen = look((tmp_path / "week.html").as_uri(), tmp_path, f"--window-size={width},1600")
    assert ("class", "scripted") in seen.attributes
    assert {"button", "input"} <= set(seen.tags)
    assert (seen.complaints, seen.requests) == ([], [])
