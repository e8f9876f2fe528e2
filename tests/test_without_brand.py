"""Without the brand nothing is stored and no name is sent. This test must never be removed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.main import get_command

from brandwatch.cli import app
from brandwatch.config.configured_source import ConfiguredSource
from brandwatch.config.query import Account, OfficialRole, OwnedChannels, Person, Query, Term
from brandwatch.feeds import ParserSandbox
from brandwatch.models import Document, Request, Source, SourceState
from brandwatch.pipeline.jobs import SourceJob
from brandwatch.pipeline.read import LazyMatcher, SourceReader
from brandwatch.pipeline.record import record_result
from brandwatch.pipeline.source_state import StateRules
from brandwatch.sources.expand import expand_source
from brandwatch.sources.registry import Registry
from brandwatch.sources.request import build_request
from brandwatch.storage import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
REGISTRY = Registry()
SEARCHES = [kind for kind in map(REGISTRY.kind, REGISTRY.kinds) if kind.mode == "search"]
TEXTS, BATCH = 10_000, 100
# Nothing of these stands in any address, nor in each other.
NAMES = ("Torbjørn", "Ragnfrid", "Øystein-Åge", "Zdenka", "Blåbær-Åsen", "Wolstenholme", "Quislingsen", "Eksempelrud")
WORDS = (
    *("Kari Eksempel", "KARI EKSEMPEL", "Kari Eksempels", "Kari", "kari_fjord", "@kari_fjord", "#kariEksempel"),
    *("pressesjef Kari Eksempel", "rådgiveren i", "ansatt hos", "jeg jobber i", "vår sjef", "direktøren", "works at"),
    *("fjordkraf", "Åsgårds", "åsgårdkraft", "kraft", "fjord", "Fjord Kraft", "xFjordkraft", "God helg fra fjellet"),
    *("\n", ".", "«", "😀", "\u00ad", "https://x.example/@kari_fjord", "kari@eksempel.example", "e\u0301", "&amp;"),
)
AUTHORS = ("", "Kari Eksempel", "kari_fjord", "@kari_fjord")
LINKS = ("https://a.example/1", "https://x.com/kari_fjord/status/9", "https://mastodon.example/@kari_fjord/1")
TEXT = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
ENTRIES = st.lists(
    st.tuples(TEXT, TEXT, st.sampled_from(AUTHORS), st.sampled_from(LINKS)), min_size=BATCH, max_size=BATCH
)


def query(*people: str) -> Query:
    """Write a query for Fjordkraft Åsgård with its own channels and these representatives."""
    accounts = (Account(platform="x", handle="kari_fjord"), Account(platform="mastodon", handle="kari_fjord@m.example"))
    return Query(
        name="fjordkraft",
        brand="Fjordkraft Åsgård AS",
        names=(Term(text="Fjordkraft Åsgård"), Term(text="Åsgårdstrøm")),
        owned=OwnedChannels(domains=("fjordkraft.example",), hashtags=("åsgårdstrøm",)),
        people=tuple(
            Person(name=name, role=OfficialRole.SPOKESPERSON, registered=date(2026, 2, 1), accounts=accounts)
            for name in people
        ),
        version="1",
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """A database for polls of all batches of texts, and its file."""
    path = tmp_path_factory.mktemp("kept") / "brandwatch.db"
    with open_store(path) as store:
        yield store, path


@settings(max_examples=TEXTS // BATCH, suppress_health_check=list(HealthCheck))
@given(ENTRIES, st.booleans())
def test_without_the_brand_nothing_is_stored(
    database: tuple[Store, Path], entries: list[tuple[str, str, str, str]], is_thread: bool
):
    """10,000 texts of names, roles, accounts and near misses of the brand leave no row and no byte."""
    store, path = database
    items = [
        {"id": f"{link}#{number}", "url": link, "title": title, "content_text": text, "authors": [{"name": author}]}
        for number, (title, text, author, link) in enumerate(entries)
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Fjordavisa", "items": items}
    source = Source(url="https://fjordavisa.example/feed")
    job = SourceJob(source=source, state=SourceState(url=source.url), queries=frozenset({"fjordkraft"}))
    if is_thread:
        job = SourceJob(source=source, state=job.state, is_thread=True, thread="https://a.example/1")
    rules = StateRules(now=NOW, queries_hash=b"1", key=store.secret_key)
    matcher = LazyMatcher([query("Kari Eksempel")])
    reader = SourceReader(matcher=matcher, sandbox=ParserSandbox(), rules=rules, environ={})
    document = Document(url=source.url, status=200, body=json.dumps(feed).encode(), content_type="application/json")
    result = reader.read(job, Request(url=source.url), document)
    assert result.fetch.entries == BATCH
    assert record_result(store, job, result, {"fjordkraft": query("Kari Eksempel")}).counts.stored == 0
    with closing(sqlite3.connect(path)) as connection:
        for table in ("entry", "mention", "anchor", "person_hit", "entry_text_docsize"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 (our tables)
    written = b"".join(file.read_bytes() for file in path.parent.iterdir()).lower()
    assert not any(name in written for name in (b"eksempel", b"kari_fjord", "rådgiver".encode()))


@settings(max_examples=30)
@given(st.lists(st.permutations(NAMES).map(lambda names: " ".join(names[:2])), min_size=1, max_size=5))
def test_no_search_holds_a_name(people: list[str]):
    """Whoever is registered, no search of any kind sends a part of a name or an account."""
    for kind in SEARCHES:
        environ = dict.fromkeys(_secrets(kind), "secret")
        for source in expand_source(
            kind, ConfiguredSource(kind=kind.name, values=_values(kind), accept_terms=True), query(*people)
        ):
            sent = build_request(kind, source, environ, NOW)
            told = unquote_plus(unquote_plus(f"{sent.url} {dict(sent.headers)} {source.url}")).casefold()
            pieces = {piece.casefold() for person in people for piece in person.split()} | {"kari_fjord"}
            assert not any(piece in told for piece in pieces), (kind.name, told)


def test_the_searches_contain_the_brand():
    """Control: the test above inspects real searches."""
    assert len(SEARCHES) > 10


def _values(kind: Any) -> dict[str, tuple[str, ...]]:
    """Build a value for each required parameter of a kind."""
    from brandwatch.sources.expand import example_values  # noqa: PLC0415

    given = example_values(kind) | {"spend_cap": "1", "channel": "UC" + "x" * 22, "id": "12345"}
    return {one.name: (given[one.name],) for one in kind.parameters.values() if one.required}


def _secrets(kind: Any) -> list[str]:
    """List the names of the secrets of a kind."""
    import re  # noqa: PLC0415

    return re.findall(r"\b[A-Z][A-Z0-9_]{3,}\b", repr(kind))


WITHOUT = {
    "no names": "brand: Acme\n",
    "an empty list": "brand: Acme\nnames: []\n",
    "empty names": "brand: Acme\nnames: ['']\n",
    "a name without letters": "brand: Acme\nnames: ['*']\n",
    "the person for a name": "brand: Kari Eksempel\nnames: [Kari Eksempel]\n",
    "the person in a longer name": "brand: Acme\nnames: [direktør Kari Eksempel]\n",
    "the person for a product": "brand: Acme\nnames: [Acme]\nproducts: [kari eksempel]\n",
    "the person for a hashtag": "brand: Acme\nnames: [Acme]\nowned: {hashtags: [Kari-Eksempel]}\n",
    "the person for a rival": "brand: Acme\nnames: [Acme]\ncompetitors: {Kari: [Kari Eksempel]}\n",
    "the person in the expression": "brand: Acme\nnames: [Acme]\nmatch: '\"Kari Eksempel\" OR Acme'\n",
    "the person word by word": "brand: Acme\nnames: [Acme]\nmatch: Kari AND Eksempel\n",
    "a key for it": "brand: Acme\nnames: [Acme]\npeople_only: on\n",
    "staff": "brand: Acme\nnames: [Acme]\nemployees: [Kari Eksempel]\n",
    "the person as a search": "brand: Acme\nnames: [Acme]\nsources: [{kind: gdelt, language: KariEksempel}]\n",
}
PEOPLE = "people: [{name: Kari Eksempel, role: board, registered: 2026-02-01}]\n"


@pytest.fixture(params=list(WITHOUT.values()), ids=list(WITHOUT))
def people_alone(request: pytest.FixtureRequest, home: Path, site: Site, rss: Callable[..., str]) -> Path:
    """A folder with a query of people without a brand, over a site with their names."""
    url = site.put("/rss", rss(("Kari Eksempel vant Birken", "https://a.example/1")))
    (home / "queries").mkdir()
    text = request.param + PEOPLE
    text += "" if "sources:" in text else f"sources: ['{url}']\n"
    (home / "queries" / "acme.yaml").write_text(text, encoding="utf-8")
    return home


ASKED = (
    ("check",),
    ("poll",),
    ("poll", "--force"),
    ("poll", "acme"),
    ("replay", "acme"),
    ("replay", "acme", "--yes"),
    ("why-not", "acme", "Kari Eksempel vant Birken"),
    ("--queries", "queries", "poll", "--force"),
)


def test_a_query_of_people_alone_never_runs(people_alone: Path, cli: Cli, site: Site):
    """No command runs it: no request, no row, and a message with the error."""
    for arguments in ASKED:
        answer = cli(*arguments)
        assert answer.code in {2, 3, 4}, (arguments, answer)
        assert answer.err + answer.out
    assert site.log == []
    assert _stored(people_alone) == 0


@pytest.mark.parametrize("variable", ["BRANDWATCH_QUERIES", "BRANDWATCH_DB", "BRANDWATCH_CONTACT", "BRANDWATCH_FORCE"])
def test_no_variable_makes_them_run(
    people_alone: Path, cli: Cli, site: Site, monkeypatch: pytest.MonkeyPatch, variable: str
):
    """No environment variable circumvents the rule."""
    monkeypatch.setenv(variable, {"BRANDWATCH_QUERIES": "queries", "BRANDWATCH_DB": "b.db"}.get(variable, "1"))
    assert cli("poll", "--force").code in {2, 3}
    assert site.log == []
    assert _stored(people_alone) == 0


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command of the tree with its words."""
    children = getattr(command, "commands", {})
    for name, child in children.items():
        yield from leaves(child, (*path, name))
    if not children or getattr(command, "invoke_without_command", False):
        yield path, command


def textual() -> list[tuple[tuple[str, ...], str]]:
    """Yield every text option with its command, except those that write files or never end."""
    made = {"init", "demo", "serve"}
    return [
        (path, option)
        for path, command in leaves(get_command(app))
        if path and path[0] not in made
        for parameter in command.params
        if parameter.param_type_name == "option" and parameter.type.name in {"str", "text"} and not parameter.is_flag
        for option in parameter.opts[:1]
    ]


def test_no_text_option_finds_people(cli: Cli, site: Site, home: Path, rss: Callable[..., str]):
    """A valid query with people over texts without the brand: their name in any option finds nothing."""
    url = site.put("/rss", rss(("Kari Eksempel vant Birken", "https://a.example/1", "<author>kari_acme</author>")))
    (home / "queries").mkdir()
    sound = f"brand: Acme\nnames: [Acme]\nsources: ['{url}']\n{PEOPLE}"
    (home / "queries" / "acme.yaml").write_text(sound, encoding="utf-8")
    assert cli("poll").code == 0
    options = textual()
    assert len(options) > 40
    for path, option in options:
        for name in ("Kari Eksempel", 'author:"Kari Eksempel"'):
            answer = cli(*path, option, name)
            assert answer.code in {0, 2, 3, 4}, (path, option, answer)
            assert "Birken" not in answer.out, (path, option)
    assert _stored(home) == 0
    assert all(asked.path == "/rss" for asked in site.log)


def _stored(folder: Path) -> int:
    """Count the entries and mentions of the databases in a folder."""
    total = 0
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(path)) as connection:
            (count,) = connection.execute(
                "SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM mention)"
            ).fetchone()
        total += count
    return total
