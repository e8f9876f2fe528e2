from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brandwatch.cli import COMMANDS
from brandwatch.pipeline.loading import load_queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Program = Callable[..., subprocess.CompletedProcess[bytes]]
    Rss = Callable[..., str]
    Write = Callable[..., Path]


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Rss, query: Write) -> Cli:
    """The command line over a database with three mentions, one of them hostile, and one failing source."""
    entries = (
        (
            "Fjordkraft Åsgårds kunder får «mer»",
            "https://a.example/1",
            "<description>Fjordkraft Åsgård gir.</description>",
        ),
        ('=HYPERLINK("x");Fjordkraft Åsgård, 😀', "https://a.example/2"),
        ("[red]Fjordkraft Åsgård[/] :warning:\x1b[2J", "https://a.example/3"),
    )
    query(site.put("/rss", rss(*entries, channel="<copyright>© Avisa</copyright>")), site.url("/borte"))
    cli("poll")
    return cli


def lengthen_titles(home: Path) -> None:
    """Make a report larger than any pipe buffer."""
    connection = sqlite3.connect(home / "brandwatch.db")
    connection.execute("UPDATE entry SET title = title || ?", ["x" * 100_000])
    connection.commit()
    connection.close()


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help_with_examples(cli: Cli, command: str):
    """`--help` describes the command and has examples."""
    answer = cli(command, "--help")
    assert answer.code == 0
    assert "Examples" in answer.out
    assert f"brandwatch {command}" in answer.out


def test_help_and_version(cli: Cli):
    """Help lists the commands; the version is printed also beside other options."""
    answer = cli("--help")
    assert all(name in answer.out for name in COMMANDS)
    assert cli("-q", "--version").out.startswith("brandwatch ")


def test_global_options_may_follow_the_command(polled: Cli, home: Path):
    """`--db` and other global options work before and after the command."""
    (home / "brandwatch.db").rename(home / "annen.db")
    assert polled("report").code == 4
    before, after = polled("--db", "annen.db", "report", "-q"), polled("report", "--db=annen.db", "--quiet")
    assert before.out == after.out != ""
    assert (before.err, after.err) == ("", "")


def test_shell_completion(program: Program):
    """Completion lists the commands with the typed prefix."""
    asked = {"_BRANDWATCH_COMPLETE": "complete_bash", "COMP_WORDS": "brandwatch re", "COMP_CWORD": "1"}
    assert program(env=os.environ | asked).stdout.split() == [b"report", b"replay"]


# --- report ------------------------------------------------------------------------------------------------------


def test_report_is_csv_when_piped(polled: Cli):
    """CSV keeps titles unchanged but for the apostrophe before a formula."""
    answer = polled("report")
    found = [row["title"] for row in csv.DictReader(io.StringIO(answer.out, newline=""))]
    assert sorted(found) == sorted([
        "Fjordkraft Åsgårds kunder får «mer»",
        '\'=HYPERLINK("x");Fjordkraft Åsgård, 😀',
        "[red]Fjordkraft Åsgård[/] :warning:[2J",
    ])  # fmt: skip
    raw = polled("report", "--raw").out
    assert '"=HYPERLINK(""x"");Fjordkraft Åsgård, 😀"' in raw


def test_report_ends_with_its_coverage(polled: Cli, site: Site):
    """The coverage is written to standard error only."""
    answer = polled("report")
    assert re.fullmatch(
        rf"coverage: 1 of 2 sources seen · 1 failed: {site.url('/borte')} \(http-4xx since [\d: -]+\)"
        r" · watched since \d{4}-\d\d-\d\d\n",
        answer.err,
    )
    assert "coverage" not in answer.out
    assert polled("report", "--search", "finnes ikke").err.startswith("no mentions\ncoverage: ")


def test_report_filters(polled: Cli):
    """Options filter the report; an invalid value is an error with the valid ones."""

    def count(*options: str) -> int:
        return len(polled("report", "--format", "jsonl", *options).out.splitlines())

    assert count() == 3
    assert count("--search", "kunder") == 1
    assert count("--limit", "2") == 2
    assert count("--query", "fjordkraft", "--query", "fjordkraft") == 3
    assert count("--status", "done") == 0
    assert count("--source", "/rss") == 3
    assert count("--since", "2026-05-04", "--until", "2026-05-05") == 3
    assert count("--since", "2099-01-01") == 0
    for option, value in (
        ("--status", "gjort"),
        ("--query", "x"),
        ("--sort", "x"),
        ("--since", "3x"),
        ("--format", "pdf"),
        ("--limit", "-1"),
    ):
        answer = polled("report", option, value)
        assert answer.code == 2, option
        assert answer.out == ""


def test_report_to_a_file(polled: Cli, home: Path):
    """The suffix selects the format; the file is complete and follows the umask, and standard output stays empty."""
    for name, start in (
        ("a.csv", b"id,query"),
        ("a.json", b'{"version": 1'),
        ("a.md", b"| id"),
        ("a.tsv", b"id\tquery"),
    ):
        answer = polled("report", "--output", name)
        assert (answer.code, answer.out) == (0, "")
        assert (home / name).read_bytes().startswith(start)
        assert (home / name).stat().st_mode & 0o777 == 0o644
    assert polled("report", "--output", "a.pdf").code == 2
    polled("report", "--excel", "--output", "x.csv")
    assert (home / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfid;query")
    assert sorted(path.suffix for path in home.iterdir() if path.name.startswith((".", "a", "x"))) == [
        ".csv", ".csv", ".json", ".md", ".tsv",
    ]  # fmt: skip


def test_a_failed_report_leaves_the_old_file(polled: Cli, home: Path, program: Program):
    """A write error is exit 5 with one line; the old file stays."""
    assert polled("report", "--output", "nowhere/a.csv").code == 5
    lengthen_titles(home)
    (home / "a.csv").write_text("gammel")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); import signal;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.argv = ['brandwatch', 'report', '-o', 'a.csv'];"
        "from brandwatch.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=300, check=False)
    assert done.returncode == 5
    assert done.stderr.decode().startswith("error: a.csv cannot be written")
    assert (home / "a.csv").read_text() == "gammel"
    assert [path.name for path in home.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_a_closed_pipe_is_no_failure(polled: Cli, home: Path, form: str):
    """`report | head -1` succeeds without a word on standard error, however long the report."""
    lengthen_titles(home)
    line = f"set -o pipefail; {sys.executable} -m brandwatch -q report --format {form} | head -c 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=True)
    assert done.stderr == b""
    assert len(done.stdout) == 1


@pytest.mark.parametrize("ending", [">&-", "> /dev/full"])
def test_an_unwritable_standard_output(polled: Cli, ending: str):
    """A closed or full standard output is exit 5 and one line, without a traceback."""
    line = f"{sys.executable} -m brandwatch -q report {ending}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=False)
    assert done.returncode == 5
    assert len(done.stderr.decode().splitlines()) == 1


def test_a_report_in_any_locale(polled: Cli, program: Program):
    """Neither an empty environment nor a legacy encoding loses a letter."""
    for environment in ({}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C"}):
        done = program("report", "-q", "--format", "jsonl", env=environment)
        assert "Åsgårds kunder får «mer»" in done.stdout.decode(), environment


# --- show and sources --------------------------------------------------------------------------------------------


def test_show_and_why_write_hosts_as_people_do(cli: Cli, site: Site, rss: Rss, query: Write):
    """The link that is the evidence of an owned channel has the Nordic letters of its host."""
    link = "https://xn--blbr-roah.example/1"
    query(site.put("/rss", rss(("Fjordkraft Åsgård vokser", link))), more="owned: {domains: [blåbær.example]}\n")
    cli("poll")
    assert "“https://blåbær.example/1” is blåbær.example" in cli("show", "1").out
    assert "«https://blåbær.example/1»" in cli("why", "1").out
    assert cli("show", "1").out.count("xn--") == 0


def test_show_one_mention(polled: Cli):
    """A mention is shown whole, with highlights, reasons and sources; none of its text controls the terminal."""
    answer = polled("show", "1")
    assert "«Fjordkraft Åsgårds» kunder får «mer»" in answer.out
    assert "«Fjordkraft Åsgård» gir." in answer.out
    assert "“Fjordkraft Åsgårds” is Fjordkraft Åsgård, by the rule genitive (title 0–18)" in answer.out
    assert "https://a.example/1" in answer.out
    assert "backlog" in answer.out
    hostile = polled("show", "3").out
    assert "[red]«Fjordkraft Åsgård»[/] :warning:[2J" in hostile
    assert "\x1b" not in hostile


def test_show_has_the_revisions(cli: Cli, site: Site, rss: Rss, query: Write):
    """What two edits overwrote stands in the text and in JSON; an entry without edits has neither."""
    titles = [f"Fjordkraft Åsgård {verb}" for verb in ("vokser", "krymper\x1b[2J", "er som før")]
    query(site.url("/rss"))
    for title in titles:
        assert "edited" not in (cli("show", "1").out if title == titles[1] else "")
        site.put("/rss", rss((title, "https://a.example/1")))
        cli("poll", "--force")
    out = cli("show", "1").out
    assert "edited 2 times" in out
    assert "title  Fjordkraft Åsgård vokser" in out
    assert "\x1b" not in out
    stored = json.loads(cli("show", "1", "--format", "json").out)["mention"]["revisions"]
    assert [(revision["number"], revision["source"]) for revision in stored] == [
        (1, site.url("/rss")),
        (2, site.url("/rss")),
    ]
    assert stored[0]["title"] == titles[0]
    assert stored[0]["since"] <= stored[0]["until"] <= stored[1]["until"]


def test_show_as_json(polled: Cli, site: Site):
    """JSON has the same facts."""
    mention = json.loads(polled("show", "1", "--format", "json").out)["mention"]
    assert mention["terms"] == ["Fjordkraft Åsgård"]
    assert [seen["source"] for seen in mention["sightings"]] == [site.url("/rss")]


def test_show_an_unknown_mention(polled: Cli):
    """An unknown number is a usage error with a hint."""
    answer = polled("show", "99")
    assert (answer.code, answer.out) == (2, "")
    assert "brandwatch report" in answer.err
    assert polled("show", "1", "--format", "csv").code == 2


def test_sources(polled: Cli, site: Site, query: Write, home: Path):
    """Every source is listed with its health, also one before its first poll."""
    (home / "queries" / "annen.yaml").write_text(f"brand: x\nnames: [x]\nsources: ['{site.url('/ny')}']\n")
    items = {item["url"]: item for item in json.loads(polled("sources", "--format", "json").out)["items"]}
    good, bad, new = items[site.url("/rss")], items[site.url("/borte")], items[site.url("/ny")]
    assert (good["kind"], good["class"], good["error"], good["entries"], good["mentions"]) == ("feed", "ok", "", 3, 3)
    assert good["rights"] == "© Avisa"
    assert good["last_success"] < good["next_due"]
    assert (bad["class"], bad["error"], bad["last_success"]) == ("http-4xx", "answered 404 Not Found", None)
    assert (new["class"], new["last_success"], new["next_due"]) == ("", None, None)


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "jsonl", "markdown"])
def test_sources_in_every_format(polled: Cli, form: str):
    """Every format lists every source and its error."""
    answer = polled("sources", "--format", form)
    assert answer.code == 0
    assert "/borte" in answer.out
    assert "answered 404 Not Found" in answer.out
    assert polled("sources", "--format", "pdf").code == 2


# --- check and schema --------------------------------------------------------------------------------------------


def test_check_runs_the_examples(cli: Cli, query: Write):
    """A failing example is an error at its line, with the matched words."""
    query(more="examples:\n  match: [Fjordkraft Åsgård, Vannkraft]\n  reject:\n    - hos Fjordkraft Åsgårds\n")
    answer = cli("check")
    assert answer.code == 2
    assert "queries/fjordkraft.yaml:6:30: error: this example should match, but does not" in answer.out
    assert (
        "fjordkraft.yaml:8:7: error: this example should not match, but does: “Fjordkraft Åsgårds” (genitive)"
        in answer.out
    )
    assert answer.err == "1 checked, 2 errors\n"


def test_check_confirms_a_valid_file(cli: Cli, query: Write):
    """A valid file is confirmed with a summary; its path may be in any folder."""
    path = query("https://a.example/rss", more="examples: {match: [Fjordkraft Åsgård]}\n")
    assert cli("-q", "check").out == "queries/fjordkraft.yaml: ok (1 name, 1 source, 1 example)\n"
    assert cli("check", str(path)).code == 0
    assert cli("check", "no.yaml").code == 2


def test_check_lists_the_spellings_of_names(cli: Cli, query: Write):
    """The first few by which a name is also found, all with -v, none with -q; and likely ones that are missing."""
    path = query("https://a.example/rss")
    path.write_text(path.read_text().replace("[Fjordkraft Åsgård]", "[Fjordkraft Åsgård AS, Vind AS]"))
    shown = cli("check").out
    assert "  Fjordkraft Åsgård AS: also found as Fjordkraft Åsgård, Fjordkraft Aasgaard, " in shown
    assert "and 1 more (-v)" in shown
    assert "  Vind AS: not found as Vind (an ordinary word, a surname or two letters); add what is meant" in shown
    assert "FjordkraftAasgaard" in cli("-v", "check").out
    assert "found as" not in cli("-q", "check").out
    (file,) = json.loads(cli("check", "--format", "json").out)["files"]
    assert file["spellings"][0]["also_found_as"][0] == {"text": "Fjordkraft Åsgård", "equivalences": ["legal_forms"]}
    assert file["spellings"][1]["not_found_as"][0]["text"] == "Vind"


def test_check_as_json(cli: Cli, query: Write):
    """Editors get line, column, message and hint."""
    query(more="naems: x\n")
    answer = cli("check", "--format", "json")
    (file,) = json.loads(answer.out)["files"]
    assert (file["path"], file["query"], file["warnings"]) == ("queries/fjordkraft.yaml", None, [])
    assert file["errors"] == [
        {"line": 5, "column": 1, "message": "unknown key `naems`", "hint": "did you mean `names`?"}
    ]


def test_schema(cli: Cli):
    """The schema is printed as JSON."""
    assert json.loads(cli("schema").out)["title"] == "A brandwatch query"


def test_the_shipped_queries_are_valid(cli: Cli):
    """Our example queries pass `check`, with examples in each file."""
    shipped = sorted((Path(__file__).parents[2] / "queries").glob("*.yaml"))
    answer = cli("check", *map(str, shipped))
    assert (answer.code, len(shipped)) == (0, 3)
    assert ", 0 examples" not in answer.out


# --- init --------------------------------------------------------------------------------------------------------


def test_init_writes_a_query_that_polls(cli: Cli, site: Site, rss: Rss, home: Path):
    """From nothing to a mention with init and poll; the crontab line goes to standard output."""
    feed = site.put("/rss", rss(("Fjordkraft Åsgårds kunder", "https://a.example/1")))
    answer = cli(
        "init", "--brand", "Fjordkraft Åsgård AS", "--name", "Fjordkraft Åsgård", "--feed", feed, "--language", "no"
    )
    assert answer.code == 0
    assert re.fullmatch(r"\*/15 \* \* \* \* \S+ --db \S+/brandwatch.db --queries \S+/queries poll\n", answer.out)
    path = home / "queries" / "fjordkraft-aasgaard-as.yaml"
    assert path.read_text().startswith("# yaml-language-server: $schema=brandwatch.schema.json\n")
    assert json.loads((home / "queries" / "brandwatch.schema.json").read_text())["type"] == "object"
    assert cli("check").code == 0
    cli("poll")
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 1


def test_init_never_overwrites(cli: Cli, home: Path):
    """An existing file is unchanged."""
    cli("init", "--brand", "Acme")
    path = home / "queries" / "acme.yaml"
    path.write_text("mitt")
    answer = cli("init", "--brand", "ACME")
    assert answer.code == 2
    assert "stays as it is" in answer.err
    assert path.read_text() == "mitt"


@pytest.mark.parametrize("brand", ["no", "Off", "1881", "@x: # y", '"q\\', "- a", "{b}", "line\nbreak: x"])
def test_init_quotes_yaml_scalars(cli: Cli, brand: str):
    """Any brand name gives a valid file with exactly that name."""
    assert cli("init", "--brand", brand, "--name", "x" + brand).code == 0
    (query,) = load_queries(Path("queries")).queries
    assert query.brand == " ".join(brand.split())


def test_init_finds_the_feeds_of_a_site(cli: Cli, site: Site, rss: Rss, home: Path):
    """Feeds announced by a home page are read, named and written."""
    site.put("/rss", rss(("Sak", "https://a.example/1")))
    site.put("/", '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head>')
    answer = cli("init", "--brand", "Acme", "--site", site.url("/"))
    assert f"found: {site.url('/rss')}  (Fjordavisa, 1 entries)" in answer.err
    assert site.url("/rss") in (home / "queries" / "acme.yaml").read_text()


def test_init_with_a_site_that_fails_writes_the_file(cli: Cli, site: Site, home: Path):
    """The file is written all the same, so it is a warning; it names the address."""
    answer = cli("init", "--brand", "Acme", "--site", site.url("/borte"))
    assert (answer.code, "error:" in answer.err) == (0, False)
    warning = f"warning: no feed was found at {site.url('/borte')}: answered 404 Not Found"
    assert answer.err.splitlines()[0] == warning
    assert (home / "queries" / "acme.yaml").exists()


def test_init_prompts_only_on_a_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    """Without a terminal a missing brand is an error; invalid values are refused and leave no file."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert cli("init").code == 2
    assert cli("init", "--brand", "!!!").code == 2
    assert cli("init", "--brand", "Acme", "--feed", "ftp://a").code == 2
    assert cli("init", "--brand", "Acme", "--site", "http://[::1").code == 2
    assert not list(Path().glob("queries/*.yaml"))


def test_init_prompts_on_a_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch, home: Path):
    """On a terminal it prompts for name, spellings, site and feeds."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("Blåbær Gården AS\nBlåbærgården, BG\n\nhttps://a.example/rss\n"))
    assert cli("init").code == 0
    text = (home / "queries" / "blaabaer-gaarden-as.yaml").read_text()
    assert all(f'- "{value}"' in text for value in ("Blåbær Gården AS", "Blåbærgården", "BG", "https://a.example/rss"))


# --- demo --------------------------------------------------------------------------------------------------------


def test_demo(cli: Cli, home: Path):
    """The demo polls twice over real HTTP: everything first, then 304s and nothing new; then it reports."""
    answer = cli("demo", "--folder", "prøve")
    assert answer.code == 0
    first, second = answer.out.split("Second poll")
    assert first.count("200") == 8
    assert "10 mentions stored" in first
    assert second.split("What was found")[0].count("not-modified") == 8
    assert "0 mentions stored" in second
    assert second.count("503") == 1
    assert "Fjordkraft Åsgård-tilsette hjelpte etter raset" in second
    assert '[/b] =HYPERLINK("http://ond.example";"Klicka") gratis el från Åsgårdstrøm :warning:' in second
    commands = re.findall(r"^  \S+ (--db .*)$", answer.out, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        assert cli(*shlex.split(command)).code == 0
    assert (home / "prøve").stat().st_mode & 0o777 == 0o700
    assert cli("demo", "--folder", "prøve").code == 2
    (home / "fil").touch()
    answer = cli("demo", "--folder", "fil")
    assert (answer.code, answer.err.split(": ")[:2]) == (5, ["error", "fil cannot be made"])


def test_a_report_to_a_pipe_or_link_keeps_it(polled: Cli, home: Path):
    """A special file is written to, not replaced or truncated; a link leads to its target."""
    os.mkfifo(home / "rør")
    (home / "lenke.csv").symlink_to("ekte.csv")
    with ThreadPoolExecutor() as pool:
        read = pool.submit((home / "rør").read_text, encoding="utf-8")
        assert polled("report", "--format", "csv", "-o", "rør").code == 0
        assert read.result(timeout=300).startswith("id,")
    assert (home / "rør").is_fifo()
    assert polled("report", "--format", "csv", "-o", "lenke.csv").code == 0
    assert (home / "lenke.csv").is_symlink()
    assert (home / "ekte.csv").read_text(encoding="utf-8").startswith("id,")
