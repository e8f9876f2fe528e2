from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.config.diagnostics import render
from brandwatch.config.query import json_schema
from brandwatch.config.query_files import conflicting_headers
from brandwatch.pipeline.loading import load_query_file

if TYPE_CHECKING:
    from pathlib import Path

    from brandwatch.config.query_files import QueryFile

HEAD = "brand: Acme\nnames: [Acme]\nsources:\n"


def load(folder: Path, headers: str, name: str = "acme", url: str = "https://a.example/rss") -> QueryFile:
    """Load a query with one source that has headers."""
    path = folder / f"{name}.yaml"
    path.write_text(f"{HEAD}  - url: {url}\n    headers: {headers}\n")
    return load_query_file(path)


def test_headers_are_loaded_as_written(tmp_path: Path):
    """Secrets stay variable names until the request; harmless headers may have literal values."""
    file = load(
        tmp_path,
        "{X-Api-Key: '${ACME_KEY}', Authorization: 'Bearer ${ACME_TOKEN}', Accept: 'text/xml', accept-language: nb}",
    )
    assert file.faults == ()
    assert file.query is not None
    assert file.query.sources[0].headers == (
        ("X-Api-Key", "${ACME_KEY}"), ("Authorization", "Bearer ${ACME_TOKEN}"), ("Accept", "text/xml"),
        ("accept-language", "nb"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["hemmelig", "Bearer hemmelig", "hemmelig: ${K}", "${K}hemmelig", "${K} hemmelig", "$K", "${}", "${hem-melig}"],
)
@pytest.mark.parametrize("name", ["X-Api-Key", "Authorization", "x-acme", "Referer", "Accept-Key"])
def test_a_literal_secret_is_refused(tmp_path: Path, name: str, value: str):
    """Only the environment supplies a secret; the error has the position and not the value."""
    (fault,) = load(tmp_path, f"{{{name}: '{value}'}}").faults
    at = 5 + len(f"headers: {{{name}: ")
    assert f"acme.yaml:5:{at}: error: `{name}` has a plain value: keep secrets out of this file" in render(fault)
    assert "hemmelig" not in render(fault)


@pytest.mark.parametrize(
    "name",
    [
        "Host", "host", "Content-Length", "content-type", "Transfer-Encoding", "Connection", "Cookie", "User-Agent",
        "Accept-Encoding", "If-None-Match", "If-Anything", "Range", "Proxy-Authorization", "TE", "Upgrade",
    ],
)  # fmt: skip
def test_reserved_headers_are_refused(tmp_path: Path, name: str):
    """Query files cannot set the client's identity and connection headers, in any case."""
    (fault,) = load(tmp_path, f"{{{name}: '${{K}}'}}").faults
    assert fault.message == f"a source cannot set the header `{name}`"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ("{X Key: '${K}'}", "invalid header name: use letters, digits and hyphens"),
        ("{'X-Key:': '${K}'}", "invalid header name: use letters, digits and hyphens"),
        ("{Åsgård: '${K}'}", "invalid header name: use letters, digits and hyphens"),
        ('{"X\\r\\nHost": "${K}"}', "invalid header name: use letters, digits and hyphens"),
        ('{Accept: "a\\r\\nX-Key: b"}', "`Accept` has a character that cannot be sent"),
        ("{Accept: å}", "`Accept` has a character that cannot be sent"),
        ("[x]", "expected keys and values, found a list"),
        ("x", "expected keys and values, found text"),
        ("{X-Key: [x]}", "expected text, found a list"),
        ("{X-Key: ''}", "`X-Key` is empty"),
        (f"{{{', '.join(f'X-{n}: x' for n in range(11))}}}", "`headers` has more than 10 values"),
    ],
)
def test_invalid_headers_are_refused(tmp_path: Path, headers: str, message: str):
    """A header that no request can have is an error."""
    assert [fault.message for fault in load(tmp_path, headers).faults] == [message]


def test_a_duplicate_header_is_refused(tmp_path: Path):
    """Header names are compared without case."""
    faults = load(tmp_path, "{X-Key: '${A}', x-key: '${B}'}").faults
    assert [fault.message for fault in faults] == [
        "the header `X-Key` is repeated", "the header `x-key` is repeated",
    ]  # fmt: skip


def test_headers_are_for_one_server(tmp_path: Path):
    """An OPML file has many servers, and a secret is for one."""
    (tmp_path / "feeds.opml").write_text('<opml><body><outline xmlUrl="https://c.example/rss"/></body></opml>')
    path = tmp_path / "acme.yaml"
    path.write_text(HEAD + "  - {opml: feeds.opml, headers: {X-Key: '${K}'}}\n")
    (fault,) = load_query_file(path).faults
    assert fault.message == "`headers` cannot apply to an OPML file, whose feeds are on several servers"
    path.write_text(HEAD + "  - {pack: nordic-news, headers: {X-Key: '${K}'}}\n")
    (fault,) = load_query_file(path).faults
    assert fault.message == "`headers` cannot apply to a pack, whose feeds are on several servers"


def test_conflicting_headers_of_two_queries(tmp_path: Path):
    """A URL is requested once; `check` reports whose headers are sent; equal or no headers are no conflict."""
    first = load(tmp_path, "{X-Key: '${A}'}", "a")
    same = load(tmp_path, "{x-key: '${A}'}", "b")
    other = load(tmp_path, "{X-Key: '${B}'}", "c")
    elsewhere = load(tmp_path, "{X-Key: '${B}'}", "d", "https://b.example/rss")
    path = tmp_path / "e.yaml"
    path.write_text(HEAD + "  - https://a.example/rss\n")
    assert list(conflicting_headers([first, same, elsewhere, load_query_file(path)])) == []
    assert list(conflicting_headers([load_query_file(path), first, same])) == []
    (fault,) = conflicting_headers([first, other, same])
    assert render(fault).startswith(
        f"{tmp_path}/c.yaml:5:14: warning: this source is fetched with the headers of {tmp_path}/a.yaml"
    )


def test_a_source_sets_its_user_agent(tmp_path: Path):
    """A feed, each feed of a list, and the sources of a kind have the one of their line; others have none."""
    (tmp_path / "feeds.opml").write_text('<opml><body><outline xmlUrl="https://c.example/rss"/></body></opml>')
    path = tmp_path / "acme.yaml"
    lines = ["https://a.example/rss", "{url: https://b.example/rss, user_agent: Acme/1}"]
    lines += ["{opml: feeds.opml, user_agent: Acme/2}", "{kind: ntb, user_agent: Acme/3}"]
    path.write_text(HEAD + "".join(f"  - {line}\n" for line in lines))
    file = load_query_file(path)
    assert file.faults == ()
    assert file.query is not None
    assert [source.user_agent for source in file.query.sources] == ["", "Acme/1", "Acme/2", "Acme/3"]


@pytest.mark.parametrize("written", ["Blåbær/1", "a" * 201, '"a\\nb"', "'Acme ${KEY}'", "''", "[a]"])
def test_a_user_agent_that_cannot_be_sent_is_refused(tmp_path: Path, written: str):
    """It is one line of plain ASCII, and no secret."""
    path = tmp_path / "acme.yaml"
    path.write_text(f"{HEAD}  - {{url: https://a.example/rss, user_agent: {written}}}\n")
    (fault,) = load_query_file(path).faults
    assert fault.is_error


def test_the_header_of_the_user_agent_has_a_hint(tmp_path: Path):
    """`headers` cannot set it; the hint names the key that can."""
    (fault,) = load(tmp_path, "{User-Agent: '${K}'}").faults
    assert "user_agent" in fault.hint


def test_conflicting_user_agents_of_two_queries(tmp_path: Path):
    """A URL is requested once; `check` reports whose user agent is sent."""
    files = []
    for name, agent in (("a", "Acme/1"), ("b", "Acme/1"), ("c", "Acme/2")):
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"{HEAD}  - {{url: https://a.example/rss, user_agent: {agent}}}\n")
        files.append(load_query_file(path))
    assert list(conflicting_headers(files[:2])) == []
    (fault,) = conflicting_headers(files)
    assert fault.path.endswith("c.yaml")
    assert "not with these" in fault.message


def test_headers_are_in_the_schema():
    """An editor offers the key with its description and examples."""
    source = json_schema()["$defs"]["SourceForm"]["properties"]["headers"]
    assert source["additionalProperties"]["type"] == "string"
    assert "environment" in source["description"]
    assert {"X-Api-Key": "${ACME_KEY}"} in source["examples"]
