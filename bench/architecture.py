"""Print the figures of the source tree, and of one traced poll, each beside its bar.

    python bench/architecture.py [CHECKOUT] [--python PYTHON] [--check]

CHECKOUT is a folder with `src/brandwatch`; without it, the one this script lies in. The poll runs in the virtual
environment `.venv` of the checkout, where there is one. With `--check` the exit code is 1 when a bar is missed.

The traced poll is `poll --force` of one query with one feed on loopback. The database is there already, and the feed
has one new entry. Counted are calls of functions of `src/brandwatch`, in all threads. Class bodies, comprehensions,
generator expressions, lambdas and the top level of modules are left out. A change of file is a call in another file
than the call before it in the same thread.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef

# Packages in which a module may have the name of its noun: `models/stats.py` and `analysis/stats.py` are no clash.
_NOUN_PACKAGES = frozenset({"models", "storage", "analysis", "reports", "cli"})
_LISTED_NAMES = 12

# One poll at a stopped clock, and a report of what it entered. The stopped clock counts as the real one would. With
# “-” as the file of the report nothing is traced.
_POLL = """
import json, sys, threading
from datetime import datetime
from pathlib import Path
from brandwatch import clock
from brandwatch.__main__ import main

moment, target = datetime.fromisoformat(sys.argv[1]), sys.argv[2]
root = str(Path(clock.__file__).parent) + "/"
exec(compile("def now(): return moment", clock.__file__, "exec"), clock.__dict__ | {"moment": moment}, stopped := {})
clock.now = stopped["now"]
sys.argv = ["brandwatch", "poll", "--force"]
files, last, changes, calls = set(), {}, 0, 0
left_out = {"<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
NEW_LOCALS = 0x2  # CO_NEWLOCALS: functions have it, class bodies do not

def trace(frame, event, _):
    global changes, calls
    code = frame.f_code
    if event != "call" or not code.co_filename.startswith(root):
        return
    if code.co_name in left_out or not code.co_flags & NEW_LOCALS:
        return
    thread, name = threading.get_ident(), code.co_filename.removeprefix(root)
    changes += last.get(thread, name) != name
    calls += 1
    last[thread] = name
    files.add(name)

if target != "-":
    threading.setprofile(trace)
    sys.setprofile(trace)
code = 0
try:
    main()
except SystemExit as ending:
    code = ending.code or 0
finally:
    sys.setprofile(None)
    threading.setprofile(None)
if target != "-":
    Path(target).write_text(json.dumps({"files": len(files), "changes": changes, "calls": calls}))
sys.exit(code)
"""
_QUERY = "brand: Acme\nnames: [Acme]\nsources:\n  - {url}\n"
_ITEM = (
    "<item><title>Acme {title}</title><link>https://avis.example/{number}</link><guid>https://avis.example/{number}"
    "</guid><pubDate>Tue, 05 May 2026 1{number}:00:00 +0000</pubDate><description>{text}</description></item>"
)
_ITEMS = (
    _ITEM.format(number=1, title="builds a mill", text="Acme builds a mill by the fjord."),
    _ITEM.format(number=2, title="opens an office", text="The office of Acme lies in Åsgård."),
)


class Figure(NamedTuple):
    """One measured number and its bar: *most* or *least* where there is one."""

    name: str
    value: float
    most: float | None = None
    least: float | None = None
    unit: str = ""
    note: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether the value lies on the wrong side of its bar."""
        is_above = self.most is not None and self.value > self.most
        return is_above or (self.least is not None and self.value < self.least)


@dataclass
class Tree:
    """What the syntax trees of all source files hold."""

    files: int = 0
    lines: list[int] = field(default_factory=list)
    import_lines: int = 0
    functions: list[tuple[int, str]] = field(default_factory=list)
    commands: list[tuple[int, str]] = field(default_factory=list)
    classes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    modules: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class Trip(NamedTuple):
    """What one traced poll entered."""

    files: int
    changes: int
    calls: int


def main() -> None:
    """Measure a checkout and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, nargs="?", default=Path(__file__).parents[1])
    parser.add_argument("--python", type=Path, help="the interpreter of the traced poll")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    options = parser.parse_args()
    source = options.checkout.resolve() / "src"
    if not (source / "brandwatch").is_dir():
        parser.error(f"no src/brandwatch in {options.checkout}")
    python = options.python or _interpreter(options.checkout.resolve())
    missed = 0
    for figure in chain(_figures(_read(source)), _trips(source, python.absolute())):
        _print(figure)
        missed += figure.is_missed
    if options.check and missed:
        sys.exit(1)


def _interpreter(checkout: Path) -> Path:
    """Return the interpreter of the checkout's own environment, or the one that runs this script."""
    own = checkout / ".venv" / "bin" / "python"
    return own if own.exists() else Path(sys.executable)


def _print(figure: Figure) -> None:
    """Print a figure, its bar and whether it is kept."""
    value = f"{figure.value:,.1f}" if figure.value % 1 else f"{figure.value:,.0f}"
    bar = f"≤ {figure.most:,g}" if figure.most is not None else f"≥ {figure.least:,g}" if figure.least else ""
    bar = f"{bar}{figure.unit if bar else ''}"
    state = "missed" if figure.is_missed else "kept" if bar else ""
    print(f"{figure.name:36}{value + figure.unit:>10}   {bar:10}{state:8}{figure.note}".rstrip())


def _figures(tree: Tree) -> Iterator[Figure]:
    """Yield the figures of the source tree."""
    total = sum(tree.lines)
    lengths = [length for length, _ in (*tree.functions, *tree.commands)]
    longest, where = max(tree.functions)
    classes = sorted(name for name, paths in tree.classes.items() if len(paths) > 1)
    modules = sorted(name for name, packages in tree.modules.items() if _is_clash(packages))
    yield Figure("source files", tree.files, most=190)
    yield Figure("lines", total, most=30_000)
    yield Figure("share of import lines", 100 * tree.import_lines / total, most=7, unit=" %")
    yield Figure("lines of a file, median", median(tree.lines), least=110)
    yield Figure("lines of a function, median", median(lengths), least=8, note=f"{len(lengths):,} functions")
    yield Figure("longest function", longest, most=60, note=where)
    if tree.commands:
        length, command = max(tree.commands)
        yield Figure("longest Typer command", length, note=command)
    yield Figure("class names that occur twice", len(classes), most=0, note=_listed(classes))
    yield Figure("module names that occur twice", len(modules), most=0, note=_listed(modules))


def _listed(names: list[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = len(names) - _LISTED_NAMES
    return ", ".join(names[:_LISTED_NAMES]) + (f" and {more} more" if more > 0 else "")


def _is_clash(packages: list[str]) -> bool:
    """Whether a module name occurs more than once, other than once in each package that may share a noun."""
    return len(packages) > 1 and (bool(set(packages) - _NOUN_PACKAGES) or len(set(packages)) < len(packages))


def _read(source: Path) -> Tree:
    """Read all source files."""
    texts = {path.relative_to(source): path.read_text(encoding="utf-8") for path in sorted(source.rglob("*.py"))}
    parsed = {path: ast.parse(text) for path, text in texts.items()}
    aliases = {name for module in parsed.values() for name in _option_aliases(module)}
    tree = Tree(files=len(texts), lines=[text.count("\n") for text in texts.values()])
    for path, module in parsed.items():
        _add_module(tree, path, module, aliases)
    return tree


def _add_module(tree: Tree, path: Path, module: ast.Module, aliases: set[str]) -> None:
    """Add what one module holds."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            tree.import_lines += _length(node)
        elif isinstance(node, Function):
            listed = tree.commands if _is_command(node, aliases) else tree.functions
            listed.append((_length(node), f"{path}:{node.lineno} {node.name}"))
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            tree.classes[node.name.strip("_")].add(str(path))
    if path.name not in {"__init__.py", "__main__.py"}:
        tree.modules[path.stem].append(path.parts[1] if len(path.parts) > 2 else "")  # noqa: PLR2004 (brandwatch/package/)


def _length(node: ast.stmt) -> int:
    """Return the number of lines of a statement, without its decorators."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _option_aliases(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to `Annotated[…, typer.…]`."""
    for node in module.body:
        if isinstance(node, ast.Assign) and _is_option(node.value):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _is_command(function: Function, aliases: set[str]) -> bool:
    """Whether a parameter of the function is declared as a Typer option or argument."""
    parameters = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    annotations = [parameter.annotation for parameter in parameters if parameter.annotation]
    return any(_is_option(node) or (isinstance(node, ast.Name) and node.id in aliases) for node in annotations)


def _is_option(node: ast.expr) -> bool:
    """Whether an expression is `Annotated[…, typer.…]`."""
    is_annotated = isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Annotated")
    return is_annotated and any(
        isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "typer"
        for part in ast.walk(node)
    )


def _trips(source: Path, python: Path) -> Iterator[Figure]:
    """Yield the figures of the traced polls: the first, which makes the database, and the one with a new entry."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        first, _ = _polls(source, python, home / "made", traces_first=True)
        _, second = _polls(source, python, home / "there", traces_first=False)
    yield Figure("files entered by a poll", second.files, most=60, note=f"{second.calls:,} calls")
    yield Figure("changes of file in a poll", second.changes, most=400)
    yield Figure("files, the database made as well", first.files)
    yield Figure("changes, the database made as well", first.changes)


def _polls(source: Path, python: Path, home: Path, *, traces_first: bool) -> tuple[Trip, Trip]:
    """Poll twice, with an entry more the second time; return what each poll entered, zeros for one not traced."""
    (home / "queries").mkdir(parents=True)
    with _feed() as (url, items):
        (home / "queries" / "acme.yaml").write_text(_QUERY.format(url=url), encoding="utf-8")
        first = _poll(source, python, home, "2026-05-06T10:00:00+00:00", is_traced=traces_first)
        items.insert(0, _ITEMS[1])
        second = _poll(source, python, home, "2026-05-06T11:00:00+00:00", is_traced=not traces_first)
    return first, second


def _poll(source: Path, python: Path, home: Path, moment: str, *, is_traced: bool) -> Trip:
    """Run one poll in a process of its own."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "PYTHONPATH": str(source),
        "BRANDWATCH_DB": str(home / "brandwatch.db"),
        "BRANDWATCH_QUERIES": str(home / "queries"),
        "BRANDWATCH_ALLOW_HOSTS": "127.0.0.1",
    }
    target = home / "trace.json"
    command = [str(python), "-c", _POLL, moment, str(target) if is_traced else "-"]
    subprocess.run(command, env=environment, cwd=home, check=True)
    return Trip(**json.loads(target.read_text())) if is_traced else Trip(0, 0, 0)


@contextmanager
def _feed() -> Iterator[tuple[str, list[str]]]:
    """Serve a feed on loopback; give its address, and the list of its items, which may grow."""
    items = [_ITEMS[0]]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one write, so that no reading of the socket depends on its luck

        def do_GET(self) -> None:
            body = (
                '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Avisa</title>'
                f"<language>en</language>{''.join(items)}</channel></rss>"
            ).encode()
            # Without a Date, which would contradict the clock of the traced poll.
            self.send_response_only(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/rss.xml", items
        server.shutdown()


if __name__ == "__main__":
    main()
