from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.browser import look, needs_chromium

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

HOSTILE = (
    "<img src={0}/a onerror=alert(1)>", "<script src={0}/b></script>", "</style><link rel=stylesheet href={0}/c>",
    '"><iframe src={0}/d>', "</script><script>fetch('{0}/e')</script>", "<svg onload=\"fetch('{0}/f')\">",
    "<meta http-equiv=refresh content='0;url={0}/g'>", "<base href={0}/h>", "<style>@import '{0}/i'</style>",
    "<body background={0}/j>", "<video src={0}/k autoplay>", "<link rel=prefetch href={0}/l>",
)  # fmt: skip


@needs_chromium
def test_the_page_sends_no_request(cli: Callable[..., Answer], site: Site, query: Callable[..., Path], tmp_path: Path):
    """In a browser our script runs, and nothing in titles is loaded."""
    titles = [text.format(site.url("")) + " Fjordkraft Åsgård" for text in HOSTILE]
    items = [
        {"id": str(n), "url": f"https://a.example/{n}", "title": title, "content_text": title}
        for n, title in enumerate(titles)
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": titles[0], "items": items}
    query(site.put("/json", json.dumps(feed)))
    assert cli("poll").code == 0
    assert cli("report", "--output", "side.html").code == 0
    asked = len(site.log)
    seen = look((tmp_path / "home" / "side.html").as_uri(), tmp_path)
    assert '<table class="scripted">' in seen.dom
    assert seen.dom.count("<tr><td") == len(HOSTILE)
    assert (site.log[asked:], seen.requests, seen.complaints) == ([], [], [])
