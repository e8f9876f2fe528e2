from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sources.conftest import OWN

from brandwatch.config.configured_source import ConfiguredSource
from brandwatch.errors import QueryFileError, UsageError
from brandwatch.sources.expand import expand_source, unpack_feeds
from brandwatch.sources.registry import PLAIN_FEED, Registry, load_kind

if TYPE_CHECKING:
    from pathlib import Path

    from brandwatch.config.query import Query


def faults_of(folder: Path, text: str) -> list[str]:
    """The errors of a kind file as `line:column: message`."""
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return [f"{fault.position.line}:{fault.position.column}: {fault.message}" for fault in load_kind(path)[1]]


@pytest.mark.parametrize("name", Registry().kinds)
def test_built_in_kinds_are_valid(name: str):
    """No built-in file has an error or a warning, and each has the date of its verification."""
    kind, faults = load_kind(Registry().file(name)[0])
    assert faults == ()
    assert kind is not None
    assert kind.verified.year >= 2026


def test_a_plain_feed_is_polled_by_its_file():
    """The kind of plain feeds in polls differs from its file only in the fields for query files."""
    kind = Registry().kind("feed")
    only_in_file = {"path": "", "version": "", "about": "", "default": False, "knows": (), "parameters": {}}
    assert kind.model_copy(update=only_in_file) == PLAIN_FEED.model_copy(update={"about": "", "limits": kind.limits})
    assert (PLAIN_FEED.version, PLAIN_FEED.limits) == ("", kind.limits.model_copy(update={"spacing": 0.0}))
    assert Registry().kind_to_poll("feed") is PLAIN_FEED
    assert Registry().kind_to_poll("comments").entries.untitled


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("", "", ""),
        ("title: Fjordforum\n", "", "1:1: the key `title` is missing"),
        ("engine: json", "engine: xml", "4:9: “xml” is not one of feed or json"),
        ("engine: json", "engin: json", "4:1: unknown key `engin`"),
        ("mode: stream", "mode: search", "7:10: a search needs {query} in its request"),
        ("verified: 2026-05-01", "verified: yesterday", "6:11: invalid date: write 2026-05-01"),
        ("https://f.example/api", "'https://f.example/{ap}'", "7:16: unknown placeholder `ap`"),
        ("api}", "api, params: {k: '${K}'}}", "7:10: ${K} is missing under `env`"),
        ("api}", "api, headers: {K: '{k}'}}", "7:52: unknown placeholder `k`"),
        (
            "request: {url: https://f.example/api}",
            "parameters: {k: {about: x, secret: on}}\nrequest: {url: 'https://f.example/{k}'}",
            "8:10: `k` is a secret, and a URL is shown",
        ),
        ("api}", "api, params: {t: '{since}'}}", "7:10: {since} requires the key `since`"),
        ("api}", "api, params: {t: '{x|upper}'}}", "7:51: there is no filter `upper`"),
        ("most: 3", "most: 99", "8:28: Input should be less than or equal to 50"),
        ("most: 3", "until: u", "8:29: pages by time require the key `since`"),
        ("items: items", "items: 'a['", "9:14: not a JMESPath expression"),
        ("title: title", "title: '{a..b}'", "9:47: not a JMESPath expression"),
        ("title: title", "rating: r", "9:48: unknown field `rating`"),
        ("url: url, ", "", "9:6: an entry requires an `id` or a `url`"),
        ("group: forum", "group: forum\nauth: required", "4:7: `env` names no variable"),
        ("group: forum", "group: forum\nenv: [s3cret]", "4:7: invalid variable: write its name in capitals"),
        ("group: forum", "group: forum\nsince: {form: window}", "4:8: a window requires `steps`"),
        (
            "group: forum",
            "group: forum\nsince: {form: iso, first: soon}",
            "4:27: invalid duration: write 8s, 15m, 2h or 1d",
        ),
        ("group: forum", "group: forum\nlimits: {spacing: slow}", "4:19: “slow” is not a number"),
        (
            "group: forum",
            "group: forum\nfailures: [{class: blocked, words: x}]",
            "4:12: a failure needs exactly one of",
        ),
        (
            "group: forum",
            "group: forum\nfailures: [{class: blocked, words: x, text: '('}]",
            "4:45: not a regular expression",
        ),
        ("group: forum", "group: forum\nfailures: [{clas: blocked, words: x, text: y}]", "4:13: unknown key `clas`"),
        (
            "group: forum",
            "group: forum\nspend: {price: 1, currency: USD, cap: cap}",
            "4:39: `cap` is not a required parameter",
        ),
        ("group: forum", "group: forum\nparameters: {since: {about: x}}", "4:21: `since` is reserved"),
        ("title: Fjordforum", "title: a\ntitle: b", "2:1: the key `title` is repeated"),
    ],
)
def test_every_error_of_a_kind_has_its_position(tmp_path: Path, before: str, after: str, fault: str):
    """Each error in a kind file has its line, its column and a message."""
    faults = faults_of(tmp_path, OWN.replace(before, after))
    assert bool(faults) == bool(fault)
    assert any(found.startswith(fault) for found in faults) or not fault


def test_own_kinds_take_precedence(tmp_path: Path, brand: Query):
    """Files in a user's folder add kinds, or replace built-in ones."""
    (tmp_path / "hackernews.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "fjordforum.yml").write_text(OWN, encoding="utf-8")
    registry = Registry(tmp_path)
    assert {"fjordforum", "hackernews", "gdelt"} < set(registry.kinds)
    assert registry.kind("hackernews").title == "Fjordforum"
    (source,) = expand_source(registry.kind("fjordforum"), ConfiguredSource(kind="fjordforum"), brand)
    assert (source.url, source.kind) == ("https://f.example/api", "fjordforum")


def test_unknown_and_invalid_kinds_are_errors(tmp_path: Path):
    """An unknown name has a hint, an invalid file its errors."""
    (tmp_path / "broken.yaml").write_text("title: x\n", encoding="utf-8")
    registry = Registry(tmp_path)
    with pytest.raises(UsageError, match="no kind of source “hackernew”") as unknown:
        registry.kind("hackernew")
    assert unknown.value.hint == "did you mean “hackernews”?"
    with pytest.raises(QueryFileError, match=r"broken\.yaml:1:1: error: the key `about` is missing"):
        registry.kind("broken")


def test_packs_have_feeds_and_verification_dates(tmp_path: Path):
    """Built-in packs are valid, E24 is in none, and users can add packs."""
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "own.yaml").write_text(
        "title: Mine\nfeeds:\n  - {title: Å, url: 'https://å.example/rss', verified: 2026-05-01}\n", encoding="utf-8"
    )
    registry = Registry(tmp_path)
    assert registry.packs == ("nordic-news", "nordic-press", "own")
    feeds = [feed for name in registry.packs for feed in registry.pack(name).feeds]
    assert all(feed.verified.year >= 2026 and "//e24.no" not in feed.url for feed in feeds)
    assert [source.url for source in unpack_feeds(registry.pack("own"), ConfiguredSource(pack="own"))] == [
        "https://å.example/rss"
    ]


def test_every_error_of_a_pack_has_its_position(tmp_path: Path):
    """Each error in a pack file has its line, its column and a message."""
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "own.yaml").write_text("title: x\nfeeds: [{title: a, url: b, verified: 2026-01-01}]\n")
    with pytest.raises(QueryFileError, match=r"own\.yaml:2:25: error: not a web address"):
        Registry(tmp_path).pack("own")


@pytest.mark.parametrize(
    ("line", "is_valid"),
    [
        ("nothing: 400", True), ("nothing: 499", True), ("nothing: 399", False), ("nothing: 500", False),
        ("limits: {spacing: 0}", True), ("limits: {spacing: 60}", True), ("limits: {spacing: 61}", False),
        ("limits: {spacing: -1}", False), ("limits: {interval: 1s}", True), ("limits: {interval: 0s}", False),
        ("limits: {budget: 0}", True), ("limits: {budget: -1}", False),
        ("failures: [{class: blocked, words: x, text: y}]", True),
        ("failures: [{class: blocked, words: x, text: y, path: z}]", False),
        ("failures: [{class: partial, words: x, text: y, fails: no}]", True),
        ("failures: [{class: blocked, words: x, text: y, fails: no}]", False),
        (r"failures: [{class: throttled, words: x, text: y, wait: 'in (\d+) s'}]", True),
        (r"failures: [{class: throttled, words: x, text: y, wait: 'in \d+ s'}]", False),
        (r"failures: [{class: throttled, words: x, text: y, wait: '(in) (\d+) s'}]", False),
        ("env: [ACME_KEY]", True), ("env: [Acme]", False), ("env: [9ACME]", False),
    ],
)  # fmt: skip
def test_the_bounds_of_a_kind(tmp_path: Path, line: str, is_valid: bool):
    """Each bound is let through, and what is beyond it is refused."""
    assert (faults_of(tmp_path, OWN.replace("group: forum", f"group: forum\n{line}")) == []) is is_valid


@pytest.mark.parametrize(("pages", "is_valid"), [(0, False), (1, True), (50, True), (51, False)])
def test_the_number_of_pages_is_bounded(tmp_path: Path, pages: int, is_valid: bool):
    """At least one is read, and at most fifty."""
    assert (faults_of(tmp_path, OWN.replace("most: 3", f"most: {pages}")) == []) is is_valid


def test_a_kind_has_a_version_of_its_meaning(tmp_path: Path):
    """Remarks and limits do not change it, a field does; it has twelve characters, as that of a query."""

    def version(text: str) -> str:
        path = tmp_path / "own.yaml"
        path.write_text(text, encoding="utf-8")
        kind, _ = load_kind(path)
        assert kind is not None
        return kind.version

    first = version(OWN)
    assert len(first) == 12
    assert version(OWN.replace("group: forum", "group: forum\nterms: nye vilkår\nlimits: {budget: 3}")) == first
    assert version(OWN.replace("title: title", "title: name")) != first
