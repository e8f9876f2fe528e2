"""Draw random mutants of a package, run the tests that reach each of them, and print the survivors.

    python tools/mutants.py privacy [--count 150] [--seed 7] [--only suppression_list]

A module that is in no package (`clock`, `errors`, `__main__`) is named like one.

The tests of the package (its own, and those that name it) run once under coverage: which test reaches which line, and
how long it takes. A mutant is killed by the first of its tests that fails, the quickest first. `.mutants/` has the
measurements until the sources change.

A mutant of a function is a fork of a process that has imported program and tests, with the code of that function
exchanged: 0.2 s and its tests. One outside functions, or in a function that runs on import, has a process of its own,
which imports the mutated module: 4 s more.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from contextlib import redirect_stdout
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

sys.path.insert(0, str(Path(__file__).parent))

from mutation import Mutant, mutants_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "brandwatch"
CACHE = ROOT / ".mutants"
MAX_TEST_SECONDS = 20.0
"""The tests of one mutant: those that are quickest come first, and what takes longer in sum is left out. A survivor
runs all of them; with 60 s a package of 150 mutants took more than an hour on two busy cores."""
BARS = {"privacy": 90, "pipeline": 90, "storage": 90}
DEFAULT_BAR = 85
CACHED = type(lru_cache(len))
# The whole program is the test of what has no output of its own.
WHOLE_PROGRAM = {"pipeline": ("tests/test_", "tests/cli/test_untrusted"), "sources": ("tests/test_",)}
PROGRAM, PROGRAM_TESTS = "__main__", "tests/test_main.py"
# They start the program again and again, or take minutes.
LEFT_OUT = ("tests/trials", "tests/faults", "tests/real", "tests/test_house.py")


class Reach(NamedTuple):
    """The tests that reach each line of each module, by `module:line`, and the seconds that each test takes."""

    tests: dict[str, list[str]]
    seconds: dict[str, float]


def main() -> int:
    """Return 0 if enough mutants were killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", help="a package of brandwatch, or a module in none")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=None, help="default: a random one")
    parser.add_argument("--only", default="", help="only modules with this in their name")
    parser.add_argument("--tests", default="tests/", help="only tests below this folder: quicker, and a lower rate")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    print(f"package={options.package} seed={seed} count={options.count}", flush=True)
    modules = [path for path in modules_of(options.package) if options.only in path.stem]
    every = [mutant for path in modules for mutant in mutants_of(path)]
    chosen = random.Random(seed).sample(every, min(options.count, len(every)))  # noqa: S311 (a sample)
    sample = sorted(chosen, key=lambda mutant: (str(mutant.path), mutant.line))
    reach = learn_reach(options.package, options.tests)
    outcomes: Counter[str] = Counter()
    import_all(sorted({node.partition("::")[0] for node in reach.seconds}))
    with tempfile.TemporaryDirectory(dir=CACHE) as copy:
        shutil.copytree(SOURCE, Path(copy) / "brandwatch")
        for mutant in sample:
            outcome = try_mutant(mutant, reach, Path(copy))
            outcomes[outcome] += 1
            if outcome not in {"killed", "late"}:
                print(f"{outcome}: {mutant.path.relative_to(ROOT)}:{mutant.line}: {mutant.what}", flush=True)
    killed = outcomes["killed"] + outcomes["late"]
    rate, bar = 100 * killed / len(sample), BARS.get(options.package, DEFAULT_BAR)
    print(f"{killed} of {len(sample)} killed: {rate:.0f} % (bar {bar} %), of {len(every)} mutants; {dict(outcomes)}")
    return 0 if rate >= bar else 1


def modules_of(package: str) -> list[Path]:
    """Return the modules of a package; a module in none is one by itself."""
    single = SOURCE / f"{package}.py"
    return [single] if single.exists() else sorted((SOURCE / package).rglob("*.py"))


def package_tests(package: str, folder: str) -> list[str]:
    """Return the test files of a package below a folder: its own, and every other one that names it."""
    if package == PROGRAM:
        return [PROGRAM_TESTS]
    word = re.compile(rf"\b{package}\b")
    chosen = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        is_of_package = name.startswith((f"tests/{package}/", *WHOLE_PROGRAM.get(package, ())))
        if (
            name.startswith(folder)
            and not name.startswith(LEFT_OUT)
            and (is_of_package or word.search(path.read_text("utf-8")))
        ):
            chosen.append(name)
    return chosen


def learn_reach(package: str, folder: str) -> Reach:
    """Run the tests of a package under coverage; those that have not changed since the last time are remembered."""
    CACHE.mkdir(exist_ok=True)
    tests = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in package_tests(package, folder)}
    sources = hashlib.sha256(b"".join(path.read_bytes() for path in modules_of(package)))
    cache = CACHE / f"{package}-{folder.replace('/', '-')}{sources.hexdigest()[:12]}.json"
    known = json.loads(cache.read_text()) if cache.exists() else {"files": {}, "tests": {}, "seconds": {}}
    unchanged = {name for name, digest in known["files"].items() if tests.get(name) == digest}
    seconds = {node: taken for node, taken in known["seconds"].items() if node.partition("::")[0] in unchanged}
    reach = {line: [node for node in nodes if node in seconds] for line, nodes in known["tests"].items()}
    if changed := [name for name in tests if name not in unchanged]:
        print(f"learning which of {len(changed)} files of tests reach which line …", flush=True)
        more, more_seconds = _measure(package, changed)
        reach = {line: sorted({*reach.get(line, ()), *more.get(line, ())}) for line in reach.keys() | more.keys()}
        seconds |= more_seconds
        cache.write_text(json.dumps({"files": tests, "tests": reach, "seconds": seconds}))
    return Reach(reach, seconds)


def _measure(package: str, tests: list[str]) -> tuple[dict[str, list[str]], dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        data, times = Path(folder) / "coverage", Path(folder) / "times.json"
        config = Path(folder) / "rc"
        single = SOURCE / f"{package}.py"
        measured = f"include = {single}" if single.exists() else f"source = {SOURCE / package}"
        config.write_text(f"[run]\ndata_file = {data}\ndynamic_context = test_function\n{measured}\n")
        environment = os.environ | {"MUTANTS_TIMES": str(times), "PYTHONPATH": str(Path(__file__).parent)}
        plugin = ["-p", "mutants", "-p", "no:randomly", "-p", "no:cacheprovider", "-q"]
        command = [sys.executable, "-m", "coverage", "run", f"--rcfile={config}", "-m", "pytest", *plugin, *tests]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        if done.returncode:
            print(f"these fail without a mutant, and are left out:\n{_failures(done.stdout)}", flush=True)
        seconds: dict[str, float] = json.loads(times.read_text())
        return _tests_by_line(data, seconds), seconds


def _failures(output: str) -> str:
    return "\n".join(line for line in output.splitlines() if line.startswith(("FAILED", "ERROR")))


def _tests_by_line(data: Path, seconds: dict[str, float]) -> dict[str, list[str]]:
    """Join coverage's contexts (`tests.cli.test_why.test_x`) and pytest's names, which have the file and the case."""
    import coverage  # noqa: PLC0415 (only where it is measured)

    by_context: defaultdict[str, list[str]] = defaultdict(list)
    for node in seconds:
        file, _, case = node.partition("::")
        by_context[f"{file.removesuffix('.py').replace('/', '.')}.{case.partition('[')[0].replace('::', '.')}"].append(
            node
        )
    measured = coverage.CoverageData(str(data))
    measured.read()
    reach: defaultdict[str, list[str]] = defaultdict(list)
    for file in measured.measured_files():
        for line, contexts in measured.contexts_by_lineno(file).items():
            nodes = {node for context in contexts for node in by_context.get(context, [])}
            # A line that runs on import is reached by every test of the module.
            key = f"{Path(file).relative_to(SOURCE)}:{line}"
            reach[key] = sorted(nodes)
        reach[f"{Path(file).relative_to(SOURCE)}:0"] = sorted(
            {
                node
                for key, nodes in reach.items()
                if key.startswith(f"{Path(file).relative_to(SOURCE)}:")
                for node in nodes
            }
        )
    return reach


def try_mutant(mutant: Mutant, reach: Reach, copy: Path) -> str:
    """Run the tests of a mutant: `killed`, `late` (it ran into the limit of time), `survived`, or `not reached`."""
    name = mutant.path.relative_to(SOURCE).as_posix()
    tests = reach.tests.get(f"{name}:{mutant.line}") or []
    # What is at the top of a module, or has its line inside a statement, is reached by whatever reaches the module.
    # What runs in another process, in which nothing is measured, is reached by the tests with its name.
    own = f"/test_{mutant.path.stem.strip('_')}.py::"
    tests = tests or [*reach.tests.get(f"{name}:0", []), *(node for node in reach.seconds if own in node)]
    chosen, seconds = [], 0.0
    for test in sorted(dict.fromkeys(tests), key=lambda test: reach.seconds[test]):
        seconds += reach.seconds[test]
        if seconds < MAX_TEST_SECONDS:
            chosen.append(test)
    if not chosen:
        return "not reached"
    target = copy / "brandwatch" / name
    original = target.read_text("utf-8")
    target.write_text(mutant.source(), encoding="utf-8")
    limit = int(30 + 5 * seconds)
    try:
        function = mutant.function()
        outcome = _run_in_fork(function, chosen, copy, limit) if function else "not exchanged"
        # What ran on import was not the mutant.
        is_sure = outcome != "survived" or (function and function[0] not in RAN_ON_IMPORT)
        return outcome if is_sure and outcome != "not exchanged" else _run_apart(chosen, copy, limit)
    finally:
        target.write_text(original, encoding="utf-8")
        shutil.rmtree(target.parent / "__pycache__", ignore_errors=True)


NOT_EXCHANGED = 98
"""The exit code of a fork in which the function of a mutant was not found."""
# The modules that are imported before pytest starts are not rewritten again.
PYTEST_OPTIONS = (
    "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip


RAN_ON_IMPORT: set[CodeType] = set()


def _note_call(frame: FrameType, event: str, _: object) -> None:
    if event == "call":
        RAN_ON_IMPORT.add(frame.f_code)


def import_all(files: list[str]) -> None:
    """Import files of tests, and what they import; note which functions run by that."""
    import pytest  # noqa: PLC0415 (not for the plugin below)

    os.chdir(ROOT)
    sys.setprofile(_note_call)
    with Path(os.devnull).open("w", encoding="utf-8") as silent, redirect_stdout(silent):
        pytest.main(["--collect-only", *PYTEST_OPTIONS, *files])
    sys.setprofile(None)


def _run_in_fork(function: tuple[CodeType, CodeType], tests: list[str], copy: Path, limit: int) -> str:
    """Run tests in a fork in which a function has other code."""
    child = os.fork()
    if not child:
        _become_tests(function, tests, copy, limit)
    _, status = os.waitpid(child, 0)
    return "late" if os.WIFSIGNALED(status) else _outcome(os.waitstatus_to_exitcode(status))


def _become_tests(function: tuple[CodeType, CodeType], tests: list[str], copy: Path, limit: int) -> NoReturn:
    """Run tests, and leave the process whatever happens: the folder of the copy is the parent's."""
    code = 99
    try:
        signal.alarm(limit)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        # Of the programs that tests start, and of the sandbox, which gets the folders of its parent.
        os.environ["PYTHONPATH"] = str(copy)
        sys.path.insert(0, str(copy))
        import pytest  # noqa: PLC0415 (imported already)

        is_exchanged = _exchange(*function)
        code = int(pytest.main([*PYTEST_OPTIONS, *tests])) if is_exchanged else NOT_EXCHANGED
    finally:
        os._exit(code)


def _exchange(before: CodeType, after: CodeType) -> bool:
    """Give every function with the code *before* the code *after*; return whether there was one."""
    functions = [one for one in gc.get_objects() if isinstance(one, FunctionType) and one.__code__ == before]
    for function in functions:
        function.__code__ = after
    return bool(functions)


def _run_apart(tests: list[str], copy: Path, limit: int) -> str:
    """Run tests in another process, with the mutated package before the installed one."""
    command = [sys.executable, "-m", "pytest", *PYTEST_OPTIONS, *tests]
    environment = os.environ | {"PYTHONPATH": str(copy)}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return "late"
    return _outcome(done.returncode)


def _outcome(code: int) -> str:
    # 1: tests failed; 2: they were interrupted, by an error on import; 4: a test is not found after such an error.
    known = {0: "survived", 1: "killed", 2: "killed", 4: "killed", NOT_EXCHANGED: "not exchanged"}
    return known.get(code, f"broken ({code})")


# As a plugin of pytest, for the run under coverage.

_SECONDS: defaultdict[str, float] = defaultdict(float)
_FAILED: set[str] = set()
_CACHES: list[Callable[[], None]] = []


def pytest_collection_finish() -> None:
    """Find the caches of functions: all modules of the program that tests use are imported."""
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "brandwatch"]
    owners = [*modules, *(value for module in modules for value in vars(module).values() if isinstance(value, type))]
    values = {id(value): value for owner in owners for value in vars(owner).values()}
    _CACHES.extend(value.cache_clear for value in values.values() if isinstance(value, CACHED))


def pytest_runtest_setup() -> None:
    """Empty the caches: else only the first test of many reaches the lines of a function that is cached."""
    for clear in _CACHES:
        clear()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the time of a test, with what prepares it."""
    _SECONDS[report.nodeid] += report.duration
    if report.failed:
        _FAILED.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write the times of the tests that passed."""
    if path := os.environ.get("MUTANTS_TIMES"):
        passed = {name: seconds for name, seconds in _SECONDS.items() if name not in _FAILED}
        Path(path).write_text(json.dumps(passed))


if __name__ == "__main__":
    sys.exit(main())
