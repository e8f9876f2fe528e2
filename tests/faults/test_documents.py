from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.http.chaos import chaos

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
ITEM = f"<rss version='2.0'><channel><title>Avis</title><item><title>{NAME} {{}}</title></item></channel></rss>"
LAUGHS = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
LINKS = (
    "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "&#106;avascript:alert(1)", "vbscript:x",
    "data:text/html,x", "file:///etc/passwd", "mailto:kari@a.example", "http://[::1",
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "document",
    [
        f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{LAUGHS}]>" + ITEM.format("&l9;"),
        f"<!DOCTYPE rss [<!ENTITY l '{'ha' * 20_000}'>]>" + ITEM.format("&l;" * 20_000),
        "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + ITEM.format("&x;"),
        "<!DOCTYPE rss [<!ENTITY x SYSTEM 'URL'>]>" + ITEM.format("&x;"),
        "<!DOCTYPE rss [<!ENTITY % x SYSTEM 'URL'> %x;]>" + ITEM.format("x"),
        "<!DOCTYPE rss SYSTEM 'URL'>" + ITEM.format("x"),
        "<?xml-stylesheet href='URL'?>" + ITEM.format("x"),
        ITEM.format("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='URL' parse='text'/>"),
    ],
    ids=["laughs", "square", "file", "address", "parameter", "dtd", "stylesheet", "inclusion"],
)
def test_a_document_triggers_no_action(cli: Cli, site: Site, query: Write, home: Path, document: str, encoding: str):
    """No entity is expanded, no file opened, no request sent, and it takes little of the processor."""
    with chaos(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nboom") as trap:
        query(site.put("/rss", f'<?xml version="1.0"?>{document}'.replace("URL", trap.url()).encode(encoding)))
        start = time.process_time()
        answer = cli("poll")
        assert time.process_time() - start < 5
    assert answer.code in {0, 3}
    assert trap.asked == []
    titles = [json.loads(line)["title"] for line in cli("report", "--format", "jsonl").out.splitlines()]
    assert all(len(title) < 100 for title in titles)
    for path in home.glob("brandwatch.db*"):
        assert not any(word in path.read_bytes() for word in (b"boom", b"root:", b"haha"))


@pytest.mark.parametrize("body", [b"/etc/passwd", b"/dev/zero", b"file:///etc/passwd", b"http://127.0.0.1:1/rss"])
def test_a_document_that_is_a_path(cli: Cli, site: Site, query: Write, body: bytes):
    """A body like a file name or a URL is text, and is not opened."""
    query(site.put("/rss", body))
    answer = cli("-v", "poll")
    assert (answer.code, answer.messages[0].split()[0]) == (3, "not-a-feed")


def test_unsafe_links_are_not_shown(cli: Cli, site: Site, query: Write):
    """No report format shows a link that would run or open something; the mention has no link."""
    items = "".join(f"<item><title>{NAME} {n}</title><link>{link}</link></item>" for n, link in enumerate(LINKS))
    other = f"<item><title>{NAME} rel</title><link>/sak?x=1</link></item>"
    other += f"<item><title>{NAME} user</title><link>https://kari:hemmelig@a.example/1</link></item>"
    query(site.put("/mappe/rss", f"<rss version='2.0'><channel><title>Avis</title>{items}{other}</channel></rss>"))
    assert cli("poll").code == 0
    mentions = json.loads(cli("report", "--format", "json").out)["mentions"]
    by_title = {mention["title"].removeprefix(NAME).strip(): mention["url"] for mention in mentions}
    assert by_title == {str(number): "" for number in range(len(LINKS))} | {
        "rel": site.url("/sak?x=1"),
        "user": "https://a.example/1",
    }
    for form in ("table", "csv", "tsv", "markdown"):
        said = cli("report", "--format", form).out.lower()
        assert not any(word in said for word in ("script:", "data:", "file:", "hemmelig"))


KIND = """\
title: Egen
about: Data of our own.
group: news
engine: json
mode: stream
verified: 2026-05-01
request: {{url: {url}}}
since: {{form: id}}
map: {{items: items, mark: id, fields: {{id: "egen:{{id}}", url: url, title: title, language: language}}}}
"""


@pytest.mark.parametrize("field", ["id", "title", "url", "language"])
def test_a_lone_surrogate(cli: Cli, site: Site, query: Write, home: Path, field: str):
    """JSON with half of a surrogate pair is read by feeds and kinds, stored, and used in requests."""
    odd = {"id": "17", "title": NAME, "url": "https://a.example/17", "language": "nb"}
    odd[field] += "\ud800"
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "language": "nb\ud800",
        "items": [odd, {"id": "2", "title": NAME}],
    }
    url = site.put("/data", json.dumps(data))
    (home / "sources").mkdir()
    (home / "sources" / "egen.yaml").write_text(KIND.format(url=url), encoding="utf-8")
    query("{kind: egen, allow_private: on}", "{url: '" + site.put("/feed", json.dumps(data)) + "', allow_private: on}")
    for _ in range(2):
        assert cli("poll", "--force").code == 0
    assert len(json.loads(cli("report", "--format", "json").out)["mentions"]) >= 2
