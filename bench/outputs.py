"""Compare the outputs of two installed versions of the program, command by command.

    python bench/outputs.py OLD NEW [--mentions 5000] [--only WORDS]… [--databases DIR] [--keep DIR]

OLD and NEW are executables `brandwatch` in virtual environments. OLD makes two databases: one of its demo, one by the
commands of `equivalence/prepare.txt`, which poll invented publishers about three invented companies. Both programs get
copies of both, and run every command of `equivalence/commands.txt` with the clock stopped at the same moment. Compared
are standard output, standard error, exit code, the files that are written, and the database after commands that write.

Facts must be equal byte by byte: CSV, JSON, feeds, exit codes, cells of workbooks, rows of the database. Words may
differ: help, prose, tables for people, HTML; each difference is listed and written to DIR to be looked at, together
with whether only markup differs, and whether numbers do. Exit code 1 when facts differ.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import html
import http.cookiejar
import io
import json
import os
import pty
import re
import resource
import select
import shlex
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast
from xml.etree import ElementTree as ET

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent / "equivalence"
_FIRST_POLL = datetime(2026, 4, 1, 6, tzinfo=UTC)
_LAST_MOMENT = timedelta(days=22)
_MENTIONS_PER_ENTRY = 0.92
_WIDTH, _HEIGHT = 100, 40
_IDLE_SECONDS = 1.5

# A process that reads a command a line, and forks for each: starting Python and importing would be half of the work.
# The clock is stopped. Requests are made one at a time: rows have the order in which responses come, which is luck.
_RUN = """
import asyncio, gc, importlib, json, os, pkgutil, sys, time
from datetime import datetime
import brandwatch
from brandwatch import clock

moment = None
clock.now = lambda: moment
make = asyncio.Semaphore.__init__
asyncio.Semaphore.__init__ = lambda self, value=1: make(self, min(value, 1))
for module in pkgutil.walk_packages(brandwatch.__path__, "brandwatch."):
    try:
        importlib.import_module(module.name)
    except ImportError:
        pass
from brandwatch.__main__ import main

gc.freeze()
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        break
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    os._exit(0)
os.setsid()
for number, (path, flags) in enumerate(zip(asked["files"], (os.O_RDONLY, os.O_RDWR, os.O_RDWR))):
    os.dup2(os.open(path, flags | os.O_NOCTTY), number)
sys.stdin, sys.stdout = open(0), open(1, "w")
sys.stderr = open(2, "w", errors="backslashreplace", buffering=1)
os.chdir(asked["folder"])
os.environ.clear()
os.environ.update(asked["environment"])
time.tzset()
moment = datetime.fromisoformat(asked["moment"])
sys.argv = ["brandwatch", *asked["arguments"]]
main()
"""
_CSV_WHEN_PIPED = frozenset({"audit", "export", "precision", "report", "sources", "stats", "trends"})
_READ_ON_DEMO = frozenset({"audit", "report", "show", "sources", "stats", "story", "trends", "why"})
_PAGES = (
    "/",
    "/brandwatch",
    *(f"/brandwatch/{name}" for name in ("mentions", "stories", "latest", "answered", "hottest", "share", "coverage")),
    "/brandwatch/mentions/1",
    "/brandwatch/mentions?_search=kundeservice&_facet=voice",
    *(f"/brandwatch/{name}.json?_shape=array" for name in ("mentions", "stories", "hottest", "share", "coverage")),
    "/brandwatch/nothing",
)
# Values of JSON and columns of CSV that are prose, by command; the rest of a document is facts.
_PROSE: dict[str, frozenset[str]] = {
    "schema": frozenset({"description", "title"}),
    "check": frozenset({"message", "hint"}),
    "doctor": frozenset({"found", "hint"}),
    "trends": frozenset({"says"}),
}


_LUCK = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"(\x1b\]8;id=)\d+"), r"\1N"),  # rich draws the ids of links
    (re.compile(r"(key|token)=[\w-]{20,}"), r"\1=KEY"),
    (re.compile(r"Queries took [\d.]+ms"), "Queries took a time"),
    (re.compile(r"<p>(Many|\d+) rows</p>"), "<p>rows</p>"),  # Datasette counts for 50 ms, then gives up
)
# Columns that depend on the key of a database, the port of the demo or the time.
_OF_A_NEW_DATABASE = frozenset({"applied_at", "digests", "hash", "key", "next_due", "window"})
# Words of notes that the database holds, and the present ones.
_STORED_WORDS = {"in what is not kept of it": "outside the stored passage"}


class Case(NamedTuple):
    """A line of commands.txt."""

    line: str
    steps: tuple[tuple[str, ...], ...]
    moment: timedelta
    servers: timedelta
    keys: str | None = None
    writes: bool = False


class Part(NamedTuple):
    """One thing to compare: what it is, its text, and whether that is a fact."""

    name: str
    text: str
    is_fact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A folder with a database, query files and what the lines of commands.txt are filled with."""

    name: str
    folder: Path
    start: datetime
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Program:
    """One of the two versions, and the folder that it may write to."""

    space: Path
    requests: IO[bytes]
    answers: IO[bytes]

    def home(self, database: Database, *, is_fresh: bool) -> Path:
        """Return the program's copy of a database: a new one, or the one that it reads."""
        home = self.space / ("write" if is_fresh else database.name)
        if is_fresh:
            shutil.rmtree(home, ignore_errors=True)
        if not home.exists():
            shutil.copytree(database.folder, home)
        return home

    def start(self, step: tuple[str, ...], moment: datetime, home: Path, files: tuple[str, str, str]) -> int:
        """Start a command with these files as standard input, output and error; return the number of the process."""
        asked = {
            "arguments": step,
            "moment": moment.isoformat(),
            "folder": str(home),
            "files": files,
            "environment": _environment(home),
        }
        self.requests.write(f"{json.dumps(asked)}\n".encode())
        return int(self.answers.readline())

    def wait(self) -> int:
        """Wait for the end of the command; return its exit code."""
        return int(self.answers.readline())

    def run(self, step: tuple[str, ...], moment: datetime, home: Path, piped: str = "") -> tuple[int, str, str]:
        """Run a command; return its exit code and what it wrote to standard output and error."""
        read, written, errors = self.files(piped)
        self.start(step, moment, home, (read, written, errors))
        return self.wait(), Path(written).read_bytes().decode(), Path(errors).read_bytes().decode()

    def files(self, piped: str = "") -> tuple[str, str, str]:
        """Make the files that stand for standard input, output and error."""
        paths = [self.space / name for name in ("stdin", "stdout", "stderr")]
        for path, text in zip(paths, (piped, "", ""), strict=True):
            path.write_text(text, encoding="utf-8", newline="")
        return str(paths[0]), str(paths[1]), str(paths[2])


@contextmanager
def _program(executable: Path, space: Path) -> Iterator[Program]:
    """Start the process that runs the commands of a version."""
    space.mkdir()
    command = [str(executable.absolute().parent / "python"), "-c", _RUN]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=_environment(space), cwd=space
    ) as server:
        try:
            yield Program(space, cast("IO[bytes]", server.stdin), cast("IO[bytes]", server.stdout))
        finally:
            server.kill()


def main() -> None:
    """Compare two versions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--mentions", type=int, default=5_000)
    parser.add_argument("--only", action="append", help="only lines of commands.txt that contain this text; repeatable")
    parser.add_argument("--databases", type=Path, help="the folder of the two databases, reused by the next run")
    parser.add_argument("--keep", type=Path, help="the folder of the differences; a temporary one without")
    options = parser.parse_args()
    kept = options.keep or Path(tempfile.mkdtemp(prefix="outputs-"))
    kept.mkdir(parents=True, exist_ok=True)
    start = monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        _program(options.old, Path(folder, "old")) as old,
        _program(options.new, Path(folder, "new")) as new,
    ):
        made_by = {"old": str(options.old.absolute()), "mentions": options.mentions}
        with _databases(old, made_by, options.databases or Path(folder, "databases")) as databases:
            counts = _compare_all(databases, (old, new), options.only or [""], kept)
    equal, words, facts = counts["equal"], counts["words"], counts["facts"]
    print(f"{equal + words + facts} outputs: {equal} equal, {words} differ in words, {facts} differ in facts")
    print(
        f"{monotonic() - start:.0f} seconds, {sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]):.0f} of processor"
    )
    print(f"differences: {kept}")
    sys.exit(1 if facts else 0)


@contextmanager
def _databases(old: Program, made_by: dict[str, Any], folder: Path) -> Iterator[tuple[Database, ...]]:
    """Serve the publishers; give the two databases, new ones unless an earlier run left them in the folder."""
    record = folder / "made.json"
    earlier = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    is_reused = earlier.items() >= made_by.items()
    with _publishers(round(made_by["mentions"] / _MENTIONS_PER_ENTRY), earlier["port"] if is_reused else 0) as site:
        generated, demo = folder / "generated", folder / "demo"
        if not is_reused:
            record.unlink(missing_ok=True)
            for path in (generated, demo):
                shutil.rmtree(path, ignore_errors=True)
            _make_generated(old, generated, site)
            _make_demo(old, demo)
            port = int(site.rpartition(":")[2])  # links in the database name it
            record.write_text(json.dumps({**made_by, "port": port}), encoding="utf-8")
        print(f"compared on {_size(generated)}, and on the demo, {_size(demo)}", flush=True)
        yield _database("generated", generated, site), _database("demo", demo, "http://127.0.0.1:9")


@contextmanager
def _publishers(entries: int, port: int) -> Iterator[str]:
    """Serve the invented publishers; give their address."""
    command = [sys.executable, str(_HERE / "publishers.py"), "--entries", str(entries), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield (process.stdout or sys.stdin).readline().strip()
        finally:
            process.terminate()


def _make_generated(program: Program, folder: Path, site: str) -> None:
    """Make the database of the invented publishers by the commands of prepare.txt."""
    (folder / "queries").mkdir(parents=True)
    for path in (_HERE / "queries").iterdir():
        text = path.read_text(encoding="utf-8")
        (folder / "queries" / path.name).write_text(
            text.format(site=site) if path.suffix == ".yaml" else text.replace("{site}", site), encoding="utf-8"
        )
    shutil.copy(_HERE / "bad.yaml", folder)
    for line in _lines(_HERE / "prepare.txt"):
        database = _database("generated", folder, site)
        case = _case(line, database)
        _set_moment(database, case)
        for name, part in _steps(program, case, database, folder).items():
            if name.startswith("exit code") and part.text not in {"0", "3"}:
                sys.exit(f"preparing the database: {line}: exit code {part.text}")


def _make_demo(program: Program, folder: Path) -> None:
    """Make the database of the demo."""
    folder.mkdir()
    code, _, errors = program.run(("demo", "--folder", str(folder)), _FIRST_POLL, folder)
    if code:
        sys.exit(f"making the demo: exit code {code}: {errors}")


def _database(name: str, folder: Path, site: str) -> Database:
    return Database(name=name, folder=folder, start=_FIRST_POLL, values={"site": site} | _placeholders(folder))


def _size(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "brandwatch.db")) as connection:
        mentions, stories = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("mention", "story")
        )
    return f"{mentions:,} mentions in {stories:,} stories"


def _placeholders(folder: Path) -> dict[str, str]:
    """Return the numbers, link and hash that lines of commands.txt name."""
    path = folder / "brandwatch.db"
    if not path.exists():
        return {}
    story = "SELECT story FROM entry WHERE story IS NOT NULL GROUP BY story ORDER BY count(*) DESC, story LIMIT 1"
    statements = {
        "mention": "SELECT min(id) FROM mention WHERE suppressed = '' AND voice = 'public' AND id > 40",
        "hidden": "SELECT min(id) FROM mention WHERE suppressed != ''",
        "staff": "SELECT min(id) FROM mention WHERE subject = 'staff'",
        "commented": "SELECT id FROM mention ORDER BY response_total DESC, id LIMIT 1",
        "story": story,
        "story2": f"{story} OFFSET 1",
        "member": f"SELECT mention.id FROM mention JOIN entry ON entry.id = entry WHERE story = ({story}) LIMIT 1",
        "url": "SELECT url FROM entry JOIN mention ON mention.entry = entry.id ORDER BY mention.id LIMIT 1 OFFSET 60",
        "head": "SELECT lower(hex(hash)) FROM audit ORDER BY id DESC LIMIT 1",
    }
    with closing(sqlite3.connect(path)) as connection:
        return {name: str((connection.execute(sql).fetchone() or [0])[0]) for name, sql in statements.items()}


def _cases(database: Database) -> Iterator[Case]:
    """Yield the lines of commands.txt that are run on a database."""
    for line in _lines(_HERE / "commands.txt"):
        case = _case(line, database)
        is_reading = not case.writes and case.steps[0][0] in _READ_ON_DEMO and "--help" not in line
        if database.name == "generated" or is_reading:
            yield case


def _lines(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _case(line: str, database: Database) -> Case:
    """Read a line."""
    rest, keys, moment, servers, writes = line, None, _LAST_MOMENT, _LAST_MOMENT, False
    if rest.startswith("!"):
        rest, writes = rest[1:].strip(), True
    if rest.startswith("$"):
        rest, keys = rest[1:].strip(), ""
    if found := re.match(r"\[(.*?)\] +", rest):
        rest, keys = rest[found.end() :], found[1]
    if found := re.match(r"\+(\d+)d(\??) +", rest):
        rest, moment = rest[found.end() :], timedelta(days=int(found[1]))
        servers = servers if found[2] else moment
    for name, value in database.values.items():
        rest = rest.replace(f"{{{name}}}", value)
    steps = tuple(tuple(shlex.split(step)) for step in re.split(r" && | (?=\| )", rest))
    return Case(line, steps, moment, servers, keys, writes)


def _set_moment(database: Database, case: Case) -> None:
    """Let the publishers show what is published by then."""
    if database.name == "generated":
        seconds = int((database.start + case.servers).timestamp())
        urllib.request.urlopen(f"{database.values['site']}/moment/{seconds}").read()


def _compare_all(
    databases: tuple[Database, ...], programs: tuple[Program, Program], only: list[str], kept: Path
) -> Counter[str]:
    """Compare the lines that contain one of the texts; count the gravest differences."""
    pairs = [
        (database, case)
        for database in databases
        for case in _cases(database)
        if any(text in case.line for text in only)
    ]
    counts = Counter[str]()
    for number, (database, case) in enumerate(pairs, 1):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{number} of {len(pairs)}: {case.line[:80]}", end="\r", file=sys.stderr, flush=True)
        counts[_compare(database, case, programs, kept)] += 1
    return counts


def _compare(database: Database, case: Case, programs: tuple[Program, Program], kept: Path) -> str:
    """Run a line with both programs, list the differences, return the gravest: “equal”, “words” or “facts”."""
    _set_moment(database, case)
    with ThreadPoolExecutor(2) as pool:
        old, new = pool.map(lambda program: _outputs(program, case, database), programs)
    gravest = "equal"
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        kind = _difference(before, after)
        gravest = "facts" if "facts" in (kind, gravest) else "words"
        target = kept / re.sub(r"\W+", "-", f"{database.name} {case.line[:80]} {name}").strip("-").lower()
        target.with_suffix(".diff").write_text(_diff(before, after), encoding="utf-8")
        print(f"{kind:18} {database.name:10} {case.line}: {name}", flush=True)
    return gravest


def _difference(before: Part | None, after: Part | None) -> str:
    """Name the kind of a difference."""
    if before is None or after is None or before.is_fact:
        return "facts"
    if _plain(before.text) == _plain(after.text):
        return "markup"
    return "words" if _numbers(before.text) == _numbers(after.text) else "words and numbers"


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)).split())


def _numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[.,:]\d+)*", _plain(text)))


def _diff(before: Part | None, after: Part | None) -> str:
    # difflib takes minutes for a page of four thousand rows.
    with tempfile.TemporaryDirectory() as folder:
        for name, part in (("old", before), ("new", after)):
            text = "" if part is None else _broken_at_tags(part.text)
            Path(folder, name).write_text("".join(f"{line.rstrip()}\n" for line in text.splitlines()), encoding="utf-8")
        answer = subprocess.run(
            [shutil.which("diff") or "diff", "-U1", "--label=old", "--label=new", "old", "new"],
            cwd=folder,
            capture_output=True,
            check=False,
        )
    return answer.stdout.decode()


def _broken_at_tags(text: str) -> str:
    """Put each element of HTML on a line of its own, for a diff that can be read."""
    return re.sub(r">(?=<)|(?<=[^>\s])(?=<[a-z])", lambda found: f"{found[0]}\n", text) if "<html" in text else text


def _outputs(program: Program, case: Case, database: Database) -> dict[str, Part]:
    """Run the steps of a line; return all that is to be compared, by name."""
    home = program.home(database, is_fresh=case.writes)
    parts = _steps(program, case, database, home)
    if case.writes:
        parts |= {part.name: part for part in _written(home, database)}
    return {name: _without_places(part, home) for name, part in parts.items()}


def _steps(program: Program, case: Case, database: Database, home: Path) -> dict[str, Part]:
    """Run the steps of a line, the output of each piped into the next where it begins with a bar."""
    parts, piped = {}, ""
    for number, step in enumerate(case.steps, 1):
        is_piped = step[0] == "|"
        for part in _run(program, case, step[is_piped:], database, home, piped if is_piped else ""):
            piped = part.text if part.name == "stdout" else piped
            name = f"{part.name} of step {number}" if len(case.steps) > 1 else part.name
            parts[name] = part
    return parts


def _without_places(part: Part, home: Path) -> Part:
    """Replace what differs from run to run: the folder, a port, the key and the time of a served page."""
    text = part.text.replace(str(home), "HOME")
    for pattern, constant in _LUCK:
        text = pattern.sub(constant, text)
    for before, now in _STORED_WORDS.items():
        text = text.replace(before, now)
    return part._replace(text=text)


def _run(
    program: Program, case: Case, step: tuple[str, ...], database: Database, home: Path, piped: str
) -> Iterator[Part]:
    """Run one step; yield its outputs."""
    if step[0] == "say":
        yield Part("stdout", f"{step[1]}\n", is_fact=True)
    elif step[0] == "edit":
        _edit(home / step[1])
    elif step[0] == "narrow":
        _narrow(home / "queries" / f"{step[1]}.yaml")
    elif step == ("serve",):
        yield from _served(program, database, home)
    elif case.keys is not None:
        text, code = _on_terminal(program, step, database.start + case.moment, home, case.keys)
        yield from (Part("exit code", str(code), is_fact=True), Part("terminal", text, is_fact=False))
    else:
        code, text, errors = program.run(step, database.start + case.moment, home, piped)
        yield Part("exit code", str(code), is_fact=True)
        yield from _judged("stdout", text, step)
        yield Part("stderr", errors, is_fact=False)


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Oslo",
        "COLUMNS": str(_WIDTH),
        "TERM": "xterm-256color",
        "BRANDWATCH_DB": str(home / "brandwatch.db"),
        "BRANDWATCH_QUERIES": str(home / "queries"),
        "BRANDWATCH_ALLOW_HOSTS": "127.0.0.1",
        "READER_KEY": "leser-1",
    }


def _judged(name: str, text: str, step: tuple[str, ...]) -> Iterator[Part]:
    """Yield a text as facts or as words; XML as both, and JSON and CSV where some of their values are prose."""
    prose = _PROSE.get(step[0], frozenset())
    if text.startswith("<?xml"):
        yield Part(f"facts of {name}", ET.canonicalize(text), is_fact=True)
        yield Part(name, text, is_fact=False)
        return
    try:
        document = json.loads(text)
    except ValueError:
        is_fact = _is_fact(step)
        if is_fact and prose:
            yield Part(f"facts of {name}", _without_columns(text, prose), is_fact=True)
        yield Part(name, text, is_fact=is_fact and not prose)
        return
    if prose:
        document = _inlined(document, document.get("$defs", {})) if step[0] == "schema" else document
        facts = json.dumps(_without_keys(document, prose), ensure_ascii=False, indent=1)
        yield Part(f"facts of {name}", facts, is_fact=True)
    yield Part(name, text, is_fact=not prose)


def _is_fact(step: tuple[str, ...]) -> bool:
    """Whether what a command prints is read by programs."""
    options = dict(pairwise(step))
    is_csv = step[0] in _CSV_WHEN_PIPED and "--help" not in step
    return options.get("-f", "csv" if is_csv else "text") in {"csv", "tsv", "json", "jsonl"}


def _without_keys(value: Any, keys: frozenset[str]) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict):
        return {key: _without_keys(inner, keys) for key, inner in value.items() if key not in keys}
    return [_without_keys(inner, keys) for inner in value] if isinstance(value, list) else value


def _inlined(value: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401 (any JSON)
    """Put definitions of a JSON Schema in the place of the references to them: they are named after classes."""
    if isinstance(value, dict) and "$ref" in value:
        rest = {key: inner for key, inner in value.items() if key != "$ref"}
        return _inlined(definitions[value["$ref"].rpartition("/")[2]] | rest, definitions)
    if isinstance(value, dict):
        return {key: _inlined(inner, definitions) for key, inner in value.items() if key != "$defs"}
    return [_inlined(inner, definitions) for inner in value] if isinstance(value, list) else value


def _without_columns(text: str, names: frozenset[str]) -> str:
    rows = [*csv.DictReader(io.StringIO(text, newline=""))]
    return "\n".join(repr({name: value for name, value in row.items() if name not in names}) for row in rows)


def _written(home: Path, database: Database) -> Iterator[Part]:
    """Yield the files that a command wrote, and the rows of the database."""
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        original = database.folder / name
        if not path.is_file() or name.startswith(("brandwatch.db-", "brandwatch.db.queries")):
            continue
        if path.suffix == ".db":
            left_out = frozenset[str]() if original.exists() else _OF_A_NEW_DATABASE
            for table, rows in _tables(path, left_out).items():
                yield Part(f"{name}: table {table}", rows, is_fact=True)
        elif path.suffix == ".xlsx":
            yield Part(name, _cells(path), is_fact=True)
        elif name.endswith(".schema.json"):
            yield from _judged(name, path.read_text(encoding="utf-8"), ("schema",))
        elif not original.exists() or original.read_bytes() != path.read_bytes():
            yield Part(name, path.read_text(encoding="utf-8"), is_fact=path.suffix in {".csv", ".json"})


def _tables(path: Path, left_out: frozenset[str]) -> dict[str, str]:
    """Return the columns and rows of every table, as text; those of the full-text index are made of others."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        return {
            name: _rows(connection, name, left_out) for name in names if not name.startswith(("entry_text", "sqlite_"))
        }


def _rows(connection: sqlite3.Connection, table: str, left_out: frozenset[str]) -> str:
    cursor = connection.execute(f'SELECT * FROM "{table}" ORDER BY 1')
    columns = [column[0] for column in cursor.description]
    places = [place for place, column in enumerate(columns) if column not in left_out]
    return "\n".join(repr([row[place] for place in places]) for row in (columns, *cursor))


def _cells(path: Path) -> str:
    """Return the cells of a workbook with their links, a row on a line."""
    lines = []
    for sheet in openpyxl.load_workbook(path):
        lines.append(f"sheet {sheet.title}, {sheet.dimensions}, panes {sheet.freeze_panes}")
        lines += [
            repr([(cell.value, cell.number_format, cell.hyperlink and cell.hyperlink.target) for cell in row])
            for row in sheet.iter_rows()
        ]
    return "\n".join(lines)


def _edit(path: Path) -> None:
    """Change status, tags and note of every third row of a triage sheet, as an analyst would."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        cells: list[list[Any]] = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for place, row in enumerate(_edited(cells), 1):
            for column, value in enumerate(row, 1):
                sheet.cell(place, column).value = value
        book.save(path)
        return
    rows: list[list[Any]] = [*csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_edited(rows))


def _edited(rows: list[list[Any]]) -> list[list[Any]]:
    status, tags, note = (rows[0].index(name) for name in ("status", "tags", "note"))
    for row in rows[1::3]:
        row[status], row[tags], row[note] = "irrelevant", "endret, ark", "Sett på i arket – ærlig talt"
    return rows


def _narrow(path: Path) -> None:
    """Edit a query file so that a replay gains and loses."""
    text = re.sub(r"(?m)^languages:.*\n", "", path.read_text(encoding="utf-8"))
    path.write_text(f"{text}languages: [no, en]\n", encoding="utf-8")


def _on_terminal(program: Program, step: tuple[str, ...], moment: datetime, home: Path, keys: str) -> tuple[str, int]:
    """Run a command on a terminal, press keys one after the other; return what it wrote and the exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _HEIGHT, _WIDTH, 0, 0))
    name = os.ttyname(theirs)
    program.start(step, moment, home, (name, name, name))
    written, pending = b"", list(keys)
    while True:
        ready = select.select([ours, program.answers.fileno()], [], [], _IDLE_SECONDS)[0]
        if ours in ready:
            written += os.read(ours, 65_536)
        elif ready:
            break
        elif pending and written:
            os.write(ours, pending.pop(0).encode())
    os.close(theirs)
    os.close(ours)
    return written.decode(errors="replace"), program.wait()


def _served(program: Program, database: Database, home: Path) -> Iterator[Part]:
    """Yield pages of `serve`, as a browser gets them."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    files = program.files()
    step = ("serve", "--port", "0", "--since", "10d")
    process = program.start(step, database.start + _LAST_MOMENT, home, files)
    while not (url := Path(files[1]).read_text(encoding="utf-8")).endswith("\n"):
        if select.select([program.answers.fileno()], [], [], 0.1)[0]:
            yield Part("exit code", str(program.wait()), is_fact=True)
            return
    opener.open(url.strip()).read()
    for path in _PAGES:
        try:
            with opener.open(url.partition("/?")[0] + path) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        yield Part(f"status of {path}", str(status), is_fact=True)
        yield Part(path, text, is_fact=".json" in path)
    os.kill(process, signal.SIGINT)
    yield Part("exit code", str(program.wait()), is_fact=True)


if __name__ == "__main__":
    main()
