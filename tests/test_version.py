from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GUARDED = (
    "httpx",
    "feedparser",
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
    "brandwatch.reports",
    "brandwatch.pipeline",
    "brandwatch.sources",
    "brandwatch.http",
    "brandwatch.feeds",
    "brandwatch.config.query",
    "brandwatch.config.query_files",
    "brandwatch.text.unusual_dates",
)
WORK = frozenset(GUARDED) - {"sqlite3", "rich", "typer", "jinja2", "brandwatch.reports"}
"""What a command needs to work, not to print its help."""


def loaded_after(code: str) -> set[str]:
    """List the guarded libraries in a fresh interpreter after *code*."""
    script = f"import sys\n{code}\nprint('\\n' + ' '.join(name for name in {GUARDED!r} if name in sys.modules))"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, check=True, timeout=300)
    return set(done.stdout.splitlines()[-1].split())


def test_version_loads_no_library():
    """`brandwatch --version` loads none of the heavy libraries."""
    code = "sys.argv = ['brandwatch', '--version']\nfrom brandwatch.__main__ import main\nmain()"
    assert loaded_after(code) == set()


def test_help_loads_no_heavy_library():
    """The command tree loads neither network, parser, database nor query models."""
    assert not loaded_after("import brandwatch.cli") & WORK


def test_help_of_a_command_loads_no_heavy_library():
    """Network, parsers, matcher and query models are imported by a running command only."""
    code = "import brandwatch.cli\nfor name in brandwatch.cli.COMMANDS:\n    brandwatch.cli.CommandModules()[name]"
    assert not loaded_after(code) & WORK


def test_a_running_poll_loads_the_libraries():
    """Control: the guard detects a loaded package."""
    assert loaded_after("import brandwatch.pipeline.run") >= {"httpx", "pydantic", "brandwatch.pipeline"}


def test_a_poll_without_new_entries_loads_no_parser():
    """Most polls have no new entries and need no parser, no matcher and no format of reports."""
    assert not loaded_after("import brandwatch.cli.poll, brandwatch.pipeline.run") & {
        "feedparser",
        "brandwatch.text.unusual_dates",
        "jmespath",
        "brandwatch.matching",
        "brandwatch.reports",
    }


def test_a_poll_without_a_terminal_draws_no_progress(tmp_path: Path):
    """A poll from cron loads the HTTP client, and nothing to draw with."""
    (tmp_path / "acme.yaml").write_text("brand: Acme\nnames: [Acme]\nsources:\n  - http://127.0.0.1:9/rss\n")
    arguments = ["brandwatch", "--db", str(tmp_path / "b.db"), "--queries", str(tmp_path), "poll"]
    code = f"sys.argv = {arguments!r}\nfrom brandwatch.__main__ import main\ntry: main()\nexcept SystemExit: pass"
    assert loaded_after(code) & {"httpx", "rich"} == {"httpx"}


def test_a_format_loads_its_own_library():
    """CSV loads no library for tables, workbooks or pages; a page loads the templates."""
    libraries = {"jinja2", "xlsxwriter", "openpyxl", "rich"}
    written = "import io; from tests.reports.samples import written; written({!r})"
    assert not loaded_after("import brandwatch.reports.spreadsheets, brandwatch.reports.triage_sheet") & libraries
    assert not loaded_after(written.format("csv")) & libraries
    assert loaded_after(written.format("html")) & libraries == {"jinja2"}


def test_version_of_the_package():
    """`python -m brandwatch --version` prints the installed version."""
    done = subprocess.run(
        [sys.executable, "-m", "brandwatch", "--version"], capture_output=True, text=True, check=True, timeout=300
    )
    assert re.fullmatch(r"brandwatch \d+\.\d+\.\d+\n", done.stdout)
