from __future__ import annotations

import os
import re
import subprocess
import sys

GUARDED = (
    "httpx",
    "feedparser",
    "dateutil",
    "sqlite_utils",
    "sqlite3",
    "pydantic",
    "yaml",
    "jmespath",
    "rich",
    "typer",
    "jinja2",
    "xlsxwriter",
    "openpyxl",
    "brandwatch.matching",
    "brandwatch.pipeline",
    "brandwatch.sources",
    "brandwatch.http",
    "brandwatch.feeds",
    "brandwatch.config.query",
    "brandwatch.config.query_files",
)
WORK = frozenset(GUARDED) - {"dateutil", "sqlite3", "rich", "typer", "jinja2"}
"""What a command needs to work, not to print its help."""


def loaded_after(code: str) -> set[str]:
    """Return which of the guarded libraries a fresh interpreter has loaded after *code*."""
    script = f"import sys\n{code}\nprint('\\n' + ' '.join(name for name in {GUARDED!r} if name in sys.modules))"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split())


def test_version_loads_no_library():
    """`brandwatch --version` answers without loading any of the libraries that the work needs."""
    code = "sys.argv = ['brandwatch', '--version']\nfrom brandwatch.__main__ import main\nmain()"
    assert loaded_after(code) == set()


def test_help_loads_no_heavy_library():
    """The command tree itself loads neither the network, the parser, the database nor the models of queries."""
    assert not loaded_after("import brandwatch.cli") & WORK


def test_no_command_loads_the_work_for_its_help():
    """The network, the parsers, the matcher and the models of queries are imported by a command that runs."""
    code = "import brandwatch.cli\nfor name in brandwatch.cli.COMMANDS:\n    brandwatch.cli.CommandModules()[name]"
    assert not loaded_after(code) & WORK


def test_a_poll_that_runs_loads_the_work():
    """The guard sees a room that is loaded."""
    assert loaded_after("import brandwatch.pipeline.run") >= {"httpx", "pydantic", "brandwatch.pipeline"}


def test_a_poll_loads_no_parser_before_there_is_something_to_parse():
    """What only new entries need, most polls do without."""
    assert not loaded_after("import brandwatch.pipeline.run") & {
        "feedparser",
        "dateutil",
        "jmespath",
        "brandwatch.matching",
    }


def test_a_format_pays_for_its_own_library():
    """CSV needs none of the libraries of tables, workbooks and pages; a page loads that of the templates."""
    libraries = {"jinja2", "xlsxwriter", "openpyxl", "rich"}
    written = "import io; from tests.reports.samples import written; written({!r})"
    assert not loaded_after("import brandwatch.reports.spreadsheets, brandwatch.reports.triage_sheet") & libraries
    assert not loaded_after(written.format("csv")) & libraries
    assert loaded_after(written.format("html")) & libraries == {"jinja2"}


def test_version_is_that_of_the_package():
    """`python -m brandwatch --version` names the installed version."""
    done = subprocess.run(
        [sys.executable, "-m", "brandwatch", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert re.fullmatch(r"brandwatch \d+\.\d+\.\d+\n", done.stdout)
