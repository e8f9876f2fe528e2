from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

CANARY = "hemmelig/123+x="
SIGNS = "hemmelig/123+x=&y#z%"
NAME = "Fjordkraft Åsgård"
SHOWN = (
    "-v poll --force", "poll --force", "sources check", "sources --format json", "report", "report --format json",
    "show 1", "show 1 --format json", "why 1", "doctor", "check",
)  # fmt: skip


@pytest.fixture
def run_commands(cli: Cli, query: Write, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Answer]]:
    """Poll a source with secrets in its headers, run every command with output; return the answers."""
    monkeypatch.setenv("ACME_KEY", CANARY)

    def run(url: str) -> list[Answer]:
        query(f"url: {url}\n    headers: {{X-Api-Key: '${{ACME_KEY}}', Authorization: 'Bearer ${{ACME_KEY}}'}}")
        return [cli(*command.split()) for command in SHOWN]

    return run


def test_a_secret_header_reaches_only_its_server(
    run_commands: Callable[[str], list[Answer]], cli: Cli, site: Site, rss: Rss, home: Path
):
    """A server that repeats the secret cannot get it into a file, an answer or a message."""
    quoted = json.dumps(CANARY).replace("/", "\\/")
    feed = rss(
        (f"{NAME} {CANARY} {quoted}", f"https://a.example/1?key={CANARY}"), channel=f"<copyright>{CANARY}</copyright>"
    )
    answers = run_commands(site.put("/rss", feed, ETag=f'"{CANARY}"', Last_Modified=CANARY))
    assert site.log[0].headers["x-api-key"] == CANARY
    assert site.log[0].headers["authorization"] == f"Bearer {CANARY}"
    assert "if-none-match" not in site.log[1].headers
    assert "${ACME_KEY}" in answers[6].out
    site.put("/ny?k=" + CANARY, feed)
    page = f"<!doctype html><title>No such key: {CANARY}</title>"
    for body, status, headers in (
        (page, 200, {}),
        ("", 301, {"Location": f"/ny?k={CANARY}"}),
        ("", 302, {"Location": f"ftp://{CANARY}"}),
        (feed[:-40], 200, {}),
        (page, 403, {"Content-Type": CANARY}),
    ):
        answers += run_commands(site.put("/rss", body, status, **headers))
    assert all(CANARY not in answer.out + answer.err for answer in answers)
    assert all(CANARY.encode() not in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert json.loads(cli("sources", "--format", "json").out)["items"][0]["health"] in {"failing", "flaky"}


def test_a_secret_in_a_url_reaches_only_its_server(
    cli: Cli, query: Write, site: Site, rss: Rss, home: Path, monkeypatch: pytest.MonkeyPatch
):
    """It is sent as one value, whatever its signs; as it was on the wire it is in no file, answer or message."""
    monkeypatch.setenv("ACME_KEY", SIGNS)
    wire = "hemmelig%2F123%2Bx%3D%26y%23z%25"
    path = f"/rss?k={wire}&n=1"
    echo = f"{wire} {wire.lower()} {wire.replace('%', '%25')}"
    site.put(path, rss((f"{NAME} {echo}", f"https://a.example/1?k={wire}")), ETag=f'"{wire}"')
    query(f"url: '{site.url('/rss?k=')}${{ACME_KEY}}&n=1'")
    answers = [cli(*command.split()) for command in SHOWN]
    assert {request.path for request in site.log} == {path}
    assert "${ACME_KEY} ${ACME_KEY} ${ACME_KEY}" in answers[4].out
    for status, headers in ((302, {"Location": f"ftp://a.example/{'x' * 60}/{wire}"}), (301, {"Location": f"/{wire}"})):
        site.put(path, "", status, **headers)
        answers += [cli(*command.split()) for command in SHOWN]
    for spelling in (SIGNS, wire, wire.lower(), "hemmelig%2", "hemmelig/1"):
        assert all(spelling not in answer.out + answer.err for answer in answers)
        assert all(spelling.encode() not in file.read_bytes() for file in home.rglob("*") if file.is_file())


@pytest.mark.parametrize("value", ["", "blåbær", "to\nlinjer", "x\r\nHost: b.example"])
def test_an_invalid_secret_fails_only_its_source(
    run_commands: Callable[[str], list[Answer]], site: Site, rss: Rss, monkeypatch: pytest.MonkeyPatch, value: str
):
    """No request is sent; the message names the variable, not its value."""
    monkeypatch.setenv("ACME_KEY", value)
    url = site.put("/rss", rss((NAME, "https://a.example/1")))
    verbose, plain, checked, *others = run_commands(url)
    assert (verbose.code, plain.code, checked.code) == (3, 3, 3)
    for answer in (verbose.err, checked.out):
        assert "\nblocked" in f"\n{answer}"
        assert "ACME_KEY" in answer
    assert value == "" or all(value not in answer.out + answer.err for answer in (verbose, plain, checked, *others))
    assert site.log == []


def test_a_literal_secret_is_refused_and_not_repeated(cli: Cli, query: Write, site: Site, rss: Rss):
    """Neither `check` nor a poll prints the secret from the file, and no request is sent."""
    url = site.put("/rss", rss())
    query(f"url: {url}\n    headers: {{X-Acme: {CANARY}}}")
    query(f"http://kari:{CANARY.replace('/', '')}@127.0.0.1:{site.port}/rss", name="to")
    for command in ("check", "poll", "report"):
        answer = cli(command)
        assert answer.code in {2, 4}
        assert "hemmelig" not in answer.out + answer.err
    assert "fjordkraft.yaml:5:23: error: `X-Acme` has a plain value" in cli("check").out
    assert site.log == []


LITERALS = (
    "'SITE/rss?feed_token=hemmelig9'",
    "'SITE/rss?client_secret=hemmelig9'",
    "'SITE/rss?X-Amz-Signature=hemmelig9&x=1'",
    "'SITE/rss?subscription-key=hemmelig9'",
    "'SITE/rss#access_token=hemmelig9'",
    "{kind: comments, url: 'SITE/rss?api_key=hemmelig9'}",
    "{kind: googlealerts, url: 'SITE/rss?rssToken=hemmelig9'}",
    "{kind: comments, url: 'http://kari:hemmelig9@127.0.0.1/rss'}",
    "{kind: wordpress, site: 'SITE?key=hemmelig9'}",
)


@pytest.mark.parametrize("line", LITERALS)
def test_a_url_with_a_secret_is_refused(cli: Cli, query: Write, site: Site, rss: Rss, home: Path, line: str):
    """In any parameter, after `#`, or as a value of a kind: it is not printed and not requested."""
    site.put("/rss", rss((NAME, "https://a.example/1")))
    query(line.replace("SITE", site.url("")))
    answers = [cli(*command.split()) for command in SHOWN]
    assert (answers[-1].code, site.log) == (2, [])
    assert "hemmelig9" not in "".join(answer.out + answer.err for answer in answers)
    assert all(b"hemmelig9" not in path.read_bytes() for path in home.glob("brandwatch.db*"))


@pytest.mark.parametrize("name", ["monkey", "keyword", "passage", "author", "design", "page"])
def test_a_url_with_a_similar_parameter_is_accepted(cli: Cli, query: Write, site: Site, rss: Rss, name: str):
    """A parameter whose name contains that of a secret is no secret."""
    query("{url: '" + site.put(f"/rss?{name}=1", rss((NAME, "https://a.example/1"))) + "', allow_private: on}")
    assert cli("poll").code == 0


SECRET = "${ACME_KEY}"  # noqa: S105 (the name of one)
TEXT = "$%7BACME_KEY%7D"


def write_opml(path: Path, url: str) -> None:
    """Write a file of one feed, as another program exports it."""
    path.write_text(f'<opml version="2.0"><body><outline text="{SECRET}" xmlUrl="{url}"/></body></opml>')


def test_only_query_files_expand_secrets(
    cli: Cli, site: Site, rss: Rss, query: Write, home: Path, monkeypatch: pytest.MonkeyPatch
):
    """In an OPML file `${NAME}` is text, which `check` reports; in a query file it is the secret."""
    monkeypatch.setenv("ACME_KEY", "hemmelig9")
    site.answer = lambda _: rss((NAME, "https://a.example/1")).encode()
    query("opml: feeds.opml", f"'{site.url('/mine?k=')}{SECRET}'")
    write_opml(home / "queries" / "feeds.opml", site.url(f"/theirs?k={SECRET}"))
    assert cli("poll").code == 0
    assert {request.path for request in site.log} == {f"/theirs?k={TEXT}", "/mine?k=hemmelig9"}
    checked = cli("check")
    assert (checked.code, checked.out.count("warning")) == (0, 1)
    assert f"warning: {SECRET} in line 1 of feeds.opml is text" in checked.out
    assert "1 variable, all set" in cli("doctor").out
    assert site.url(f"/theirs?k={TEXT}") in cli("sources", "--format", "csv").out


def test_a_pack_expands_no_secret(
    cli: Cli, site: Site, rss: Rss, query: Write, home: Path, monkeypatch: pytest.MonkeyPatch
):
    """A pack comes from others, like an OPML file: `${NAME}` in it is text."""
    monkeypatch.setenv("ACME_KEY", "hemmelig9")
    site.answer = lambda _: rss((NAME, "https://a.example/1")).encode()
    (home / "sources" / "packs").mkdir(parents=True)
    feed = f"{{title: Å, url: '{site.url('/pakke?k=')}{SECRET}', verified: 2026-05-01}}"
    (home / "sources" / "packs" / "venner.yaml").write_text(f"title: Venner\nfeeds: [{feed}]\n", encoding="utf-8")
    query("pack: venner")
    assert cli("poll").code == 0
    assert [request.path for request in site.log] == [f"/pakke?k={TEXT}"]
    assert f"warning: {SECRET} in the pack venner is text" in cli("check").out


def test_discovered_feeds_expand_no_secret(cli: Cli, site: Site, rss: Rss, home: Path, monkeypatch: pytest.MonkeyPatch):
    """Neither the link of an announced feed nor its redirect target expands a variable, then or later."""
    monkeypatch.setenv("ACME_KEY", "hemmelig9")
    site.answer = lambda _: rss((NAME, "https://a.example/1")).encode()
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'
    site.put("/", f"<html>{link.format(f'/feed?k={SECRET}')}{link.format('/flyttet')}</html>")
    site.put("/flyttet", "", 301, Location=f"/ny?k={SECRET}")
    assert cli("init", "--brand", "Acme", "--site", site.url("/")).code == 0
    written = (home / "queries" / "acme.yaml").read_text(encoding="utf-8")
    assert SECRET not in written
    assert (written.count(f"/feed?k={TEXT}"), written.count(f"/ny?k={TEXT}")) == (1, 1)
    assert cli("poll").code == 0
    assert {request.path for request in site.log} >= {f"/feed?k={TEXT}", f"/ny?k={TEXT}"}
    assert not any("hemmelig9" in request.path for request in site.log)


def test_a_feed_cannot_request_a_secret(cli: Cli, site: Site, rss: Rss, query: Write, monkeypatch: pytest.MonkeyPatch):
    """The URL of an entry's comments is requested as the feed gives it, without expansion."""
    monkeypatch.setenv("ACME_KEY", "hemmelig9")
    comments = f"<wfw:commentRss>{site.url('/svar?k=')}{SECRET}</wfw:commentRss>"
    feed = rss((NAME, "https://a.example/1", comments))
    wfw = '<rss version="2.0" xmlns:wfw="http://wellformedweb.org/CommentAPI/"'
    url = site.put("/rss", feed.replace('<rss version="2.0"', wfw))
    site.put(f"/svar?k={TEXT}", rss())
    query(f"url: {url}\n    headers: {{X-Key: '{SECRET}'}}\n    allow_private: on")
    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False):
        assert (cli("poll").code, cli("poll", "--force").code) == (0, 0)
    assert {request.path for request in site.log} == {"/rss", f"/svar?k={TEXT}"}
    assert {request.headers.get("x-key") for request in site.log if request.path == "/rss"} == {"hemmelig9"}


def test_a_url_argument_expands_no_secret(
    cli: Cli, site: Site, rss: Rss, query: Write, monkeypatch: pytest.MonkeyPatch
):
    """`sources check URL` expands nothing and reports this; a source of a query file is expanded."""
    monkeypatch.setenv("ACME_KEY", "hemmelig9")
    site.answer = lambda _: rss((NAME, "https://a.example/1")).encode()
    mine, theirs = site.url(f"/mine?k={SECRET}"), site.url(f"/theirs?k={SECRET}")
    query(f"'{mine}'")
    assert cli("sources", "check", mine).err == ""
    assert f"warning: {SECRET} in an argument is text" in cli("sources", "check", theirs).err
    assert [request.path for request in site.log] == ["/mine?k=hemmelig9", f"/theirs?k={TEXT}"]


def test_two_queries_with_different_headers(
    cli: Cli, query: Write, site: Site, rss: Rss, monkeypatch: pytest.MonkeyPatch
):
    """The URL is requested once, with the headers of the first file; `check` warns about the conflict."""
    monkeypatch.setenv("ONE", "en1")
    monkeypatch.setenv("TWO", "to2")
    url = site.put("/rss", rss())
    query(url, name="a")
    query(f"url: {url}\n    headers: {{X-Key: '${{ONE}}'}}", name="b")
    query(f"url: {url}\n    headers: {{X-Key: '${{TWO}}'}}", name="c")
    answer = cli("check")
    assert answer.code == 0
    assert "queries/c.yaml:5:14: warning: this source is fetched with the headers of queries/b.yaml" in answer.out
    for arguments in (("poll",), ("poll", "--force", "c"), ("poll", "--force", "a"), ("sources", "check", url)):
        assert cli(*arguments).code == 0
    assert [request.headers["x-key"] for request in site.log] == ["en1"] * 4
    assert "1 warning" in cli("doctor").out
