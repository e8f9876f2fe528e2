from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.config.diagnostics import render
from brandwatch.config.query import Equivalence, Exclusions, LetterCase, Term
from brandwatch.errors import UsageError
from brandwatch.models import Source
from brandwatch.pipeline.loading import load_queries, load_query_file

if TYPE_CHECKING:
    from pathlib import Path

SOUND = "brand: Acme\nnames: [Acme]\n"


def faults_of(folder: Path, text: str | bytes) -> list[str]:
    """The errors of a file as `line:column: message`."""
    path = folder / "acme.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return [f"{fault.position.line}:{fault.position.column}: {fault.message}" for fault in load_query_file(path).faults]


def test_a_complete_query(tmp_path: Path):
    """Every key of the first format is loaded, and every scalar is the text as typed."""
    (tmp_path / "feeds.opml").write_text('<opml><body><outline xmlUrl="https://c.example/rss"/></body></opml>')
    path = tmp_path / "off.yaml"
    path.write_text("""\
brand: Off
names: [1881, no, 12:30, {name: Vy, case: exact}, {name: "0x10", case: any}]
exclude: [Vy og vei]
languages: [no, sv]
sources:
  - https://a.example/rss
  - {url: https://b.example/rss, interval: 2h}
  - {opml: feeds.opml}
examples: {match: [1881], reject: [Off]}
""")
    file = load_query_file(path)
    assert file.faults == ()
    query = file.query
    assert query is not None
    assert (query.name, query.brand, query.languages) == ("off", "Off", ("nb", "nn", "sv"))
    assert query.names[:3] == (Term(text="1881"), Term(text="no"), Term(text="12:30"))
    assert query.names[3:] == (Term(text="Vy", case=LetterCase.EXACT), Term(text="0x10", case=LetterCase.ANY))
    assert query.exclude == Exclusions(words=("Vy og vei",))
    assert query.sources == (
        Source(url="https://a.example/rss"),
        Source(url="https://b.example/rss", interval=timedelta(hours=2)),
        Source(url="https://c.example/rss"),
    )
    assert (query.examples.match, query.examples.reject) == (("1881",), ("Off",))


def test_equivalences_are_switched_for_a_query_and_a_name(tmp_path: Path):
    """One switch for all or one for each; the version of a query changes only where one is set."""
    path = tmp_path / "acme.yaml"
    versions = []
    for text in ("", "equivalences: {}\n", "equivalences: off\n", "equivalences: {signs: on, accents: no}\n"):
        path.write_text(f"brand: Acme\nnames: [{{name: Blåhoot!, equivalences: {{quotes: on}}}}]\n{text}")
        query = load_query_file(path).query
        assert query is not None
        assert query.names[0].equivalences == ((Equivalence.QUOTES, True),)
        versions.append((query.equivalences, query.version))
    assert [switches for switches, _ in versions] == [
        (),
        (),
        tuple((equivalence, False) for equivalence in Equivalence),
        ((Equivalence.ACCENTS, False), (Equivalence.SIGNS, True)),
    ]
    assert len({version for _, version in versions}) == 3


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (SOUND + "nmaes: [x]\n", ["3:1: unknown key `nmaes`"]),
        ("brand: Acme\n", ["1:1: the key `names` is missing"]),
        ("brand: Acme\nnames: Acme\n", ["2:8: expected a list, found text"]),
        ("brand: Acme\nbrand: Off\nnames: [a]\n", ["2:1: the key `brand` is repeated"]),
        ("brand: Acme\nnames: [{name: Vy, case: exakt}]\n", ["2:26: “exakt” is not one of smart, exact or any"]),
        ("brand: Acme\nnames: [{name: Vy, kase: exact}]\n", ["2:20: unknown key `kase`"]),
        ("brand: Acme\nnames: ['--', a]\n", ["2:9: a name needs at least one letter or digit"]),
        ("brand: Acme\nnames: ['¹']\n", ["2:9: a name needs at least one letter or digit"]),
        ("brand: Acme\nnames: ['\u02bc']\n", ["2:9: a name needs at least one letter or digit"]),
        ("brand: Acme\nnames: []\n", ["2:8: `names` is empty"]),
        (SOUND + "equivalences: {legal_form: off}\n", ["3:16: unknown key `legal_form`"]),
        (SOUND + "equivalences: {signs: maybe}\n", ["3:23: “maybe” is not one of on or off"]),
        (SOUND + "equivalences: [signs]\n", ["3:15: expected keys and values, found a list"]),
        (SOUND + "languages: [norsk]\n", ["3:13: “norsk” is not one of nb, nn, no, da, sv, en, de or fi"]),
        (
            SOUND + "sources: ['https://${KEY}.a.example/rss']\n",
            ["3:11: not a web address: it begins with http:// or https://"],
        ),
        (SOUND + "sources: [ftp://a]\n", ["3:11: not a web address: it begins with http:// or https://"]),
        (
            SOUND + "sources: ['https://u:pw@a.example/']\n",
            ["3:11: a web address must not contain a user name or password: keep secrets out of this file"],
        ),
        (
            SOUND + "sources: [{url: https://a.example, interval: 1m}]\n",
            ["3:46: invalid interval: write 15m, 2h or 1d, between 5m and 30d"],
        ),
        (
            SOUND + "sources: [{interval: 2h}]\n",
            ["3:11: a source needs one of `url`, `opml`, `kind` and `pack`"],
        ),
        (SOUND + "sources: [{opml: no.opml}]\n", ["3:18: no.opml cannot be read: No such file or directory"]),
        (SOUND + "sources: [https://a.example, https://a.example]\n", ["3:30: this source is repeated"]),
        (SOUND + "goals: [x]\n", ["3:1: the key `goals` is not yet supported by this version"]),
        ("brand: Acme\n\tnames: [a]\n", ["2:1: a tab instead of spaces"]),
        ("brand: Acme\nnames: [@acme]\n", ["2:9: a text cannot begin with `@`"]),
        ("brand: Acme\nnames: [#acme]\n", ["2:9: `#` begins a comment"]),
        ("brand: a: b\n", ["1:9: `: ` inside a text"]),
        ("a: &x [b]\nc: *x\n", ["1:4: `&` at the start of a text makes it an anchor"]),
        ("brand: *x\n", ["1:8: `*` at the start of a text makes it a reference"]),
        ("brand: !!python/object:os.system x\n", ["1:8: `!` at the start of a text makes it a tag"]),
        ("[" * 30, ["1:22: nested more than 20 deep"]),
        (SOUND + "---\nbrand: b\n", ["3:1: a second document"]),
        ("", ["1:1: the file is empty"]),
        ("# bare\n", ["1:1: the file is empty"]),
        ("- a\n", ["1:1: the file has no keys"]),
        ("brand: x\x00\n", ["1:9: a character that YAML does not allow"]),
        ("brand: blå\n".encode("latin-1"), ["1:10: this is not UTF-8"]),
        ("? [a]\n: b\n", ["1:3: a key must be text"]),
        ("brand: x" + "y" * 2**20, ["1:1: the file is larger than 1 MiB"]),
        ("nmaes: a\nbrand: [x]\nnames: b\n", [
            "1:1: unknown key `nmaes`", "2:8: expected text, found a list", "3:8: expected a list, found text",
        ]),
    ],
)  # fmt: skip
def test_every_error_has_its_position(tmp_path: Path, text: str | bytes, faults: list[str]):
    """All errors of a file are reported at once, in order, each with its position."""
    assert faults_of(tmp_path, text) == faults


@pytest.mark.parametrize("bomb", ["[" * 3000, "{a: " * 3000, "- " * 3000, "[" * 500_000])
def test_nesting_bombs_are_refused(tmp_path: Path, bomb: str):
    """A bomb of any depth and style is one error with our message; libyaml has limits of its own."""
    (fault,) = faults_of(tmp_path, bomb)
    assert fault.endswith(": nested more than 20 deep")


def test_an_error_is_shown_with_its_line_and_a_hint(tmp_path: Path):
    """An error shows file, line, column, the line itself, a caret below the position, and a hint."""
    path = tmp_path / "acme.yaml"
    path.write_text("brand: Acme\nnmaes: [Blåbær]\nnames: [a]\n")
    assert render(load_query_file(path).faults[0]) == (
        f"{path}:2:1: error: unknown key `nmaes`\n  nmaes: [Blåbær]\n  ^\n  hint: did you mean `names`?"
    )


def test_error_messages_are_safe_to_print(tmp_path: Path):
    """Text of a file is cleaned for the terminal, and a long line is cut around the position."""
    path = tmp_path / "acme.yaml"
    path.write_bytes(("brand: " + " " * 300 + "[\x9b2J" + "x" * 300 + "\n").encode())
    shown = render(load_query_file(path).faults[0])
    assert "\x9b" not in shown
    assert max(map(len, shown.splitlines()[1:])) < 120


def test_an_invalid_file_does_not_affect_the_others(tmp_path: Path):
    """Files are independent; hidden files and files of other types are ignored."""
    (tmp_path / "a.yaml").write_text(SOUND)
    (tmp_path / "b.yml").write_text("[")
    (tmp_path / "c.yaml").mkdir()
    (tmp_path / ".d.yaml").write_text("[")
    (tmp_path / "e.txt").write_text("[")
    loaded = load_queries(tmp_path)
    assert [query.name for query in loaded.queries] == ["a"]
    assert [fault.path for fault in loaded.faults] == [str(tmp_path / "b.yml"), str(tmp_path / "c.yaml")]


def test_an_unknown_query_name_is_refused(tmp_path: Path):
    """A mistyped name gets a suggestion; a folder without queries is an error."""
    (tmp_path / "fjordbanken.yaml").write_text(SOUND)
    with pytest.raises(UsageError) as caught:
        load_queries(tmp_path, ["fjordbaken"])
    assert caught.value.hint == "did you mean “fjordbanken”?"
    with pytest.raises(UsageError, match="no query files"):
        load_queries(tmp_path / "nowhere")


def test_the_version_follows_the_matching_rules(tmp_path: Path):
    """Comments, layout, sources and examples do not change it; a name, its case or an exclusion does."""

    def version(text: str) -> str:
        path = tmp_path / "acme.yaml"
        path.write_text(text)
        query = load_query_file(path).query
        assert query is not None
        return query.version

    first = version(SOUND)
    # The databases of users hold this version: no change of the program may change it.
    assert first == "91016913612f"
    assert version("# hei\nnames:\n  - Acme\nbrand: Acme\nsources: [https://a.example/]\n") == first
    others = {version(SOUND + "exclude: [x]\n"), version("brand: Acme\nnames: [{name: Acme, case: exact}]\n")}
    assert len(others | {first}) == 3


EVERY_CLASS = r"""
brand: "Acme 'Value(' \"Placement.\""
names: [{name: Acme, case: exact, where: title}, "Acme's Value(x) \\ y"]
owned: {domains: [acme.example], accounts: {x: acme}}
people: [{name: Kari Eksempel, role: board, registered: 2026-02-01}]
values: {Pris: [pris*]}
competitors: {Rival: [Rival]}
exclude: {words: [Acme kunstlag], phrases: ["Value("]}
languages: [no, en]
"""


def test_no_renamed_class_changes_a_version(tmp_path: Path):
    """The first class names are part of every version; the same words in quoted text are unchanged."""
    path = tmp_path / "acme.yaml"
    path.write_text(EVERY_CLASS, encoding="utf-8")
    query = load_query_file(path).query
    assert query is not None
    assert query.version == "1df90c016567"


@given(st.text(max_size=60))
def test_any_text_loads_or_gives_an_error(tmp_path_factory: pytest.TempPathFactory, text: str):
    """Any file content gives a query, or an error with a position inside the file."""
    path = tmp_path_factory.mktemp("queries") / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    file = load_query_file(path)
    assert file.query or file.faults
    assert all(fault.position >= (1, 1) and render(fault) for fault in file.faults)


@pytest.mark.parametrize(
    ("sources", "messages"),
    [
        ("", ["1:1: no source: nothing is watched"]),
        ("[]", ["3:10: no source: nothing is watched"]),
        ("[{opml: tom.opml}]", ["3:11: no feed in tom.opml: nothing is watched"]),
        ("[https://a.example/rss, {opml: tom.opml}]", ["3:34: no feed in tom.opml: nothing is watched"]),
        ("[https://a.example/rss, {opml: feeds.opml}]", []),
    ],
)
def test_sources_that_name_nothing(tmp_path: Path, sources: str, messages: list[str]):
    """A query or an OPML file without any source is a warning of its own."""
    (tmp_path / "tom.opml").write_text('<opml><body><outline text="Å"/></body></opml>', encoding="utf-8")
    (tmp_path / "feeds.opml").write_text('<opml><body><outline xmlUrl="https://c.example/rss"/></body></opml>')
    path = tmp_path / "acme.yaml"
    path.write_text(SOUND + (f"sources: {sources}\n" if sources else ""), encoding="utf-8")
    file = load_query_file(path)
    assert file.faults == ()
    places = [(fault.position.line, fault.position.column, fault.message) for fault in file.unwatched]
    assert [f"{line}:{column}: {message}" for line, column, message in places] == messages


def test_lines_of_a_list_that_are_left_out(tmp_path: Path):
    """A warning names the line of the OPML file and the reason; the other feeds are watched."""
    lines = (
        "https://kari:hemmelig@a.example/rss",
        "https://a.example/rss?token=hemmelig",
        "mailto:kari@a.example",
        "https://c.example/rss",
    )
    outlines = "\n".join(f'<outline xmlUrl="{line}"/>' for line in lines)
    (tmp_path / "feeds.opml").write_text(f"<opml><body>\n{outlines}</body></opml>")
    path = tmp_path / "acme.yaml"
    path.write_text(SOUND + "sources: [{opml: feeds.opml}]\n", encoding="utf-8")
    file = load_query_file(path)
    assert [fault.message for fault in file.faults] == [
        "line 2 of feeds.opml is left out: a web address must not contain a user name or password",
        "line 3 of feeds.opml is left out: `token` looks like a secret",
        "line 4 of feeds.opml is left out: not a web address",
    ]
    assert [source.url for source in file.query.sources] == ["https://c.example/rss"] if file.query else False


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("acme ANDNOT jobb", "3:13"),
        ("ANDNOT", "3:8"),
        (">\n  (acme OR blåbær)\n  AND bær ANDNOT jobb", "5:11"),
        ("|-\n    acme\n\n    ANDNOT jobb", "6:5"),
        ("(acme OR\n  bolt) ANDNOT x", "4:9"),
        ('"acme \\"b c\\" ANDNOT x"', "3:22"),
        ("'acme o''brien ANDNOT x'", "3:23"),
        ('"acme \\u00f8 ANDNOT x"', "3:8"),
    ],
)
def test_an_error_in_an_expression_has_its_own_position(tmp_path: Path, written: str, place: str):
    """The position is that of the word in the file, in every style of text; of the whole text behind an escape."""
    faults = faults_of(tmp_path, f"{SOUND}match: {written}\nsources: [https://a.example/rss]\n")
    assert [fault.partition(" ANDNOT")[0] for fault in faults] == [f"{place}:"]
