"""The rules of the house that no linter knows: names, and what belongs in which package.

Each guard is a function from modules to complaints. It is tested on the source tree, on a planted violation that it
must catch, and on a twin that it must let through.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Modules = dict[str, ast.Module]
    Guard = Callable[[Modules], list[str]]

SOURCE = Path(__file__).parents[1] / "src" / "brandwatch"
DOCS = SOURCE.parents[1] / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text("utf-8")
MODULES = {str(path.relative_to(SOURCE)): ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}

TESTS = Path(__file__).parent
# Real programs have the real time.
REAL_TIME = frozenset({"faults/test_nginx.py", "real/test_wordpress.py"})
WALL_CLOCKS = frozenset({"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.utcnow"})
CLOCK_NAMES = frozenset(name.rpartition(".")[2] for name in WALL_CLOCKS)

Function = ast.FunctionDef | ast.AsyncFunctionDef

# A module may have the name of its noun in each of these: `models/stats.py` and `analysis/stats.py` are no clash.
NOUN_PACKAGES = frozenset({"models", "storage", "analysis", "reports", "cli"})

# Words that name a thing by what was done to it, or nothing at all. Functions are verbs or plain nouns.
BANNED_FUNCTIONS = frozenset(
    "told said asked kept found begun taken shown named one written given seen held met sent drawn known".split()
)
# Verbs and nouns that end like a participle.
NO_PARTICIPLES = frozenset({"embed", "feed", "need", "seed", "speed", "proceed", "exceed", "shed"})
# Metaphors and vague words of earlier versions, for which the glossary has the word of the trade.
BANNED_CLASSES = frozenset(
    "Act Complaint Conversation Custody Desk Fault Gates Held Holding Holdings Joined Judgement Kept Known Line Marked "
    "Matched Miss Need Onward Paper Part Place Plan Question Reading Said Sheet Shelf Sitting Standing Step Telling "
    "Trust Turns Via Wanted".split()
)
BANNED_MODULES = frozenset(
    "addresses adjusting answered answers asked asking audited browsed bylines capping chance configured copying "
    "crumbs custody decided desk derivation discretion door erased expansion facts fair few figures finder following "
    "frame furthest gates hiding holdings judged judging keeping kept library listing manners marked misses needs "
    "onward papers passing places plain probing quick readings refusals remains remarks retiring safe screen selecting "
    "settling sheets shelf site spending tallied telling tombstones traces trouble trust turns visiting wanted wanting "
    "watched worker".split()
)
BANNED_IN_CONSTANTS = frozenset("MOST LONGEST SHORTEST FEW FEWEST HIGHEST LEAST LARGEST MUCH SURE ENOUGH".split())
# One word is enough for what is a unit, a number by nature, or the number of a protocol.
UNITS = frozenset({"PORT", "MIB", "DAY", "HOUR", "WEEK", "VERSION"})

RIDDLE = re.compile(
    r"(?:Say|Tell|Let|Keep|(?:Return|Yield) (?:what|who|whom|whether|where|when|how))\b(?! (?:long|far)\b)"
)
SQL = re.compile(r"\b(?:SELECT\s.+\sFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET)\b", re.DOTALL)
HTML = re.compile(r"<(?:div|p|td|tr|th|table|span|h[1-6]|section|header|style)(?:\s[^>]*)?>")


def package(path: str) -> str:
    """Return the package of a module, empty at the top."""
    return path.partition("/")[0] if "/" in path else ""


def functions(module: ast.Module) -> Iterator[Function]:
    """Yield all functions and methods of a module."""
    return (node for node in ast.walk(module) if isinstance(node, Function))


def constants(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the constants at the top of a module with their values."""
    for node in module.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and target.id.isupper():
                yield target.id, node.value


def is_number(node: ast.expr) -> bool:
    """Whether an expression is a number, or arithmetic of numbers."""
    if isinstance(node, ast.BinOp):
        return is_number(node.left) and is_number(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def texts(module: ast.Module) -> Iterator[str]:
    """Yield the string literals of a module that are no docstrings."""
    docs = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def repeated_classes(modules: Modules) -> list[str]:
    """No two top-level classes have one name; an underscore makes no other name."""
    places = defaultdict(list)
    for path, module in modules.items():
        for node in module.body:
            if isinstance(node, ast.ClassDef):
                places[node.name.strip("_")].append(path)
    return [f"{name}: {', '.join(paths)}" for name, paths in places.items() if len(paths) > 1]


def repeated_modules(modules: Modules) -> list[str]:
    """No two modules have one name, but for the same noun in models, storage, analysis, reports and cli."""
    places = defaultdict(list)
    for path in modules:
        if Path(path).stem not in {"__init__", "__main__"}:
            places[Path(path).stem].append(path)
    clashes = []
    for name, paths in places.items():
        packages = [package(path) for path in paths]
        if len(paths) > 1 and (set(packages) - NOUN_PACKAGES or len(set(packages)) < len(packages)):
            clashes.append(f"{name}: {', '.join(paths)}")
    return clashes


def banned_functions(modules: Modules) -> list[str]:
    """Functions are verbs or plain nouns: no participles, and no words that name everything."""
    return [
        f"{path}: {node.name}"
        for path, module in modules.items()
        for node in functions(module)
        if is_vague(node.name) and not is_property(node)
    ]


def is_vague(name: str) -> bool:
    """Whether a name is a participle, or one of the words that are banned."""
    if name.startswith("__"):
        return False
    word = name.strip("_")
    return word in BANNED_FUNCTIONS or ("_" not in word and word.endswith("ed") and word not in NO_PARTICIPLES)


def is_property(node: Function) -> bool:
    """Whether a method is used as a field: `text.folded` is a text."""
    return any(isinstance(name, ast.Name) and name.id.endswith("property") for name in node.decorator_list)


def unclear_conditions(modules: Modules) -> list[str]:
    """A property that is a condition reads as one: is_moved, has_failed, needs_probe."""
    return [
        f"{path}: {node.name}"
        for path, module in modules.items()
        for node in functions(module)
        if is_property(node)
        and node.returns is not None
        and ast.unparse(node.returns) == "bool"
        and not re.match(r"_?(?:(?:is|are|has|can|may)_|[a-z]+s(?:_|$))", node.name)
    ]


def banned_nouns(modules: Modules) -> list[str]:
    """No class or module has one of the names that the glossary replaced."""
    names = [path for path in modules if Path(path).stem in BANNED_MODULES]
    for path, module in modules.items():
        classes = [node.name for node in module.body if isinstance(node, ast.ClassDef)]
        names += [f"{path}: {name}" for name in classes if name.strip("_") in BANNED_CLASSES]
    return names


def riddles(modules: Modules) -> list[str]:
    """A docstring names a thing by a noun: “Return the number of …”, not “Return how many”; nothing is said or told."""
    documented = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    return [
        f"{path}: {doc.splitlines()[0]}"
        for path, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, documented) and RIDDLE.match(doc := ast.get_docstring(node) or "")
    ]


def constants_without_unit(modules: Modules) -> list[str]:
    """A number says in its name what it counts, and never by a superlative: MAX_LINKS, not MOST."""
    found = []
    for path, module in modules.items():
        for name, value in constants(module):
            words = name.strip("_").split("_")
            is_bare = is_number(value) and len(words) == 1 and words[0] not in UNITS
            if is_bare or not BANNED_IN_CONSTANTS.isdisjoint(words):
                found.append(f"{path}: {name}")
    return found


def misplaced_sql(modules: Modules) -> list[str]:
    """SQL is written in storage."""
    return [
        path for path, module in modules.items() if package(path) != "storage" and any(map(SQL.search, texts(module)))
    ]


def misplaced_html(modules: Modules) -> list[str]:
    """Elements of pages are written in the files of templates, where what is filled in is escaped."""
    return [path for path, module in modules.items() if any(map(HTML.search, texts(module)))]


def missing_nouns(modules: Modules, glossary: str = GLOSSARY) -> list[str]:
    """Every public class is in docs/glossary.md; `make docs` lists it."""
    names = [
        node.name
        for module in modules.values()
        for node in module.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    return [name for name in names if f"| `{name}` | " not in glossary]


def planted(**sources: str) -> Modules:
    """Build modules of one line each; two underscores in a name separate folders."""
    return {f"{name.replace('__', '/')}.py": ast.parse(source) for name, source in sources.items()}


GUARDS: list[tuple[Guard, Modules, Modules]] = [
    (
        repeated_classes,
        planted(http__a="class Page: pass", feeds__b="class _Page: pass"),
        planted(http__a="class Page: pass", feeds__b="class Body:\n  class Page: pass"),
    ),
    (
        repeated_modules,
        planted(http__answers_in="", sources__answers_in=""),
        planted(models__stats="", analysis__stats="", cli__stats=""),
    ),
    (
        repeated_modules,
        planted(models__stats="", analysis__stats="", feeds__stats=""),
        planted(feeds__stats="", a__charts=""),
    ),
    (banned_functions, planted(a="def _told(): pass"), planted(a="def tell(): pass")),
    (
        banned_functions,
        planted(a="class A:\n  async def joined(self): pass"),
        planted(a="class A:\n  async def feed(self): pass\n  def is_joined(self): pass\n  def __enter__(self): pass"),
    ),
    (banned_functions, planted(a="def folded(): pass"), planted(a="class A:\n  @property\n  def folded(self): pass")),
    (
        unclear_conditions,
        planted(a="class A:\n  @property\n  def failed(self) -> bool: pass"),
        planted(
            a="class A:\n  @property\n  def has_failed(self) -> bool: pass",
            b="class B:\n  @cached_property\n  def closes(self) -> bool: pass",
        ),
    ),
    (banned_nouns, planted(a="class _Shelf: pass"), planted(a="class CandidateIndex: pass")),
    (banned_nouns, planted(http__manners=""), planted(http__caching_rules="")),
    (
        riddles,
        planted(a="def f():\n  '''Return how many there are.'''"),
        planted(a="def f():\n  '''Return the number of entries.'''\nclass A:\n  '''Returned by f.'''"),
    ),
    (constants_without_unit, planted(a="_MOST_BARS = 100"), planted(a="_MAX_BARS = 100")),
    (
        constants_without_unit,
        planted(a="_READ = 64 * 2**10"),
        planted(a="_READ_BYTES = 64 * 2**10\n_WORDS = ('a', 'b')"),
    ),
    (
        misplaced_sql,
        planted(cli__a="x = 'SELECT id FROM entry'"),
        planted(storage__a="x = 'SELECT id FROM entry'", cli__a="def f():\n  'SELECT id FROM entry'\nx = 'select one'"),
    ),
    (missing_nouns, planted(a="class Blueberry: pass"), planted(a="class Mention: pass\nclass _Blueberry: pass")),
    (
        misplaced_html,
        planted(reports__a="x = f'<td class=\"a\">{1}</td>'"),
        planted(reports__a="x = 'a < b <https://a.example>'"),
    ),
]


@pytest.mark.parametrize("guard", dict.fromkeys(guard for guard, _, _ in GUARDS))
def test_the_house_keeps_its_rules(guard: Guard):
    """No guard reports a violation in the source tree."""
    assert guard(MODULES) == [], guard.__doc__


@pytest.mark.parametrize(("guard", "violation", "twin"), GUARDS)
def test_a_planted_violation_is_caught(guard: Guard, violation: Modules, twin: Modules):
    """Each guard reports its own violation and no other."""
    assert len(guard(violation)) == 1
    assert guard(twin) == []


def wall_clocks(modules: Modules) -> list[str]:
    """No test reads the wall clock: time is injected, waiting is counted, and only real programs have the real time."""
    return [
        f"{path}:{node.lineno}: {name}"
        for path, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCK_NAMES
        and (name := ast.unparse(node).removeprefix("datetime.")) in WALL_CLOCKS
    ]


def test_no_test_reads_the_wall_clock():
    """Under load a measured second says nothing. The guard finds a planted clock, and lets a fixed one through."""
    tests = {str(path.relative_to(TESTS)): ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("*.py")}
    assert wall_clocks({path: module for path, module in tests.items() if path not in REAL_TIME}) == []
    assert len(wall_clocks(planted(a="import time\nstart = time.monotonic()\nnow = datetime.datetime.now(UTC)"))) == 2
    assert wall_clocks(planted(a="import time\ntime.sleep(0.01)\ncpu = time.process_time()\nnow = clock.now()")) == []


@pytest.mark.parametrize("tool", ["draw_architecture.py", "list_nouns.py"])
def test_generated_documents_are_current(tool: str):
    """The diagram of the packages and the nouns of the glossary match the code; `make docs` writes both."""
    command = [sys.executable, str(SOURCE.parents[1] / "tools" / tool), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_word_has_one_meaning():
    """Each word has one entry in the glossary, and every table of the database has one."""
    words = [word for cell in re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, re.MULTILINE) for word in cell.split(", ")]
    assert len(words) > 60
    assert sorted(words) == sorted(set(words))
    schema = (SOURCE / "storage" / "schema.sql").read_text("utf-8")
    tables = set(re.findall(r"^CREATE (?:VIRTUAL )?TABLE (\w+)", schema, re.MULTILINE))
    assert {table for table in tables if f"`{table}`" not in GLOSSARY} == set()


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_paths_in_documents_exist(page: str):
    """Every path in these pages exists; recipes may invent `gitlab`, `org` and `xx`."""
    text = (DOCS.parent / page).read_text("utf-8")
    paths = set(re.findall(r"`((?:[\w-]+/)+[\w-]+\.(?:py|md|json|sql|toml|yaml))`", text))
    assert len(paths) > 15
    real = {path for path in paths if not re.search("gitlab|/org|/xx", path)}
    assert {path for path in real if not ((SOURCE / path).is_file() or (DOCS.parent / path).is_file())} == set()


def test_the_architecture_table_has_every_package():
    """A new package is described before its merge."""
    page = (DOCS / "architecture.md").read_text("utf-8")
    packages = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    assert {name for name in packages if f"| `{name}` |" not in page} == set()
