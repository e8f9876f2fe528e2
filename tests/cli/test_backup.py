from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

NAME = "Fjordkraft Åsgård"


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]) -> Cli:
    """The command line over one mention."""
    query(site.put("/rss", rss((f"{NAME} senker prisen", "https://a.example/1"))))
    assert cli("poll").code == 0
    return cli


def test_a_backup_is_summarised(polled: Cli, home: Path):
    """Size and contents are printed; nothing with -q, numbers with JSON."""
    answer = polled("backup", "kopi.db")
    assert (answer.code, answer.err) == (0, "")
    # An empty schema grows with every migration.
    assert re.fullmatch(r"kopi\.db is whole: 0\.\d MiB, 1 mention, 1 entry, 1 source\n", answer.out)
    assert (home / "kopi.db").stat().st_mode & 0o777 == 0o600
    quiet = polled("-q", "backup", "--force", "kopi.db")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    told = json.loads(polled("backup", "kopi.db", "--force", "--format", "json").out)["backup"]
    assert (told["path"], told["mentions"], told["size"]) == ("kopi.db", 1, (home / "kopi.db").stat().st_size)


def test_a_backup_is_restored_by_copying_it_back(polled: Cli, home: Path):
    """In the place of a lost database, the backup reports and polls on."""
    before = polled("report", "--format", "csv").out
    assert polled("backup", "kopi.db").code == 0
    for file in home.glob("brandwatch.db*"):
        file.unlink()
    (home / "kopi.db").rename(home / "brandwatch.db")
    assert polled("report", "--format", "csv").out == before
    assert polled("poll", "--force").code == 0
    assert polled("report", "--format", "csv").out == before


def test_backup_errors(polled: Cli, home: Path):
    """Each error has its exit code and one line with the remedy."""
    polled("backup", "kopi.db")
    for arguments, code, said in (
        (("kopi.db",), 5, "--force"),
        (("--force", "brandwatch.db"), 5, "the database itself"),
        (("ingen/kopi.db",), 5, "cannot be written"),
        (("-",), 2, "name a file"),
        (("ny.db", "--db", "borte.db"), 4, "there is no database borte.db\nhint: `brandwatch poll`"),
    ):
        answer = polled("backup", *arguments)
        assert (answer.code, answer.out) == (code, "")
        assert said in answer.err
    assert not (home / "ny.db").exists()


def test_a_full_disk_leaves_the_old_backup(polled: Cli, home: Path):
    """Exit 5 and one line; the previous backup stays, without leftovers."""
    (home / "kopi.db").write_text("forrige")
    code = (
        "import resource, signal, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.argv = ['brandwatch', 'backup', '--force', 'kopi.db'];"
        "from brandwatch.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=300, check=False)
    assert done.returncode == 5, done.stderr
    assert done.stderr.decode().startswith("error: ")
    assert "kopi.db cannot be written" in done.stderr.decode()
    assert (home / "kopi.db").read_text() == "forrige"
    assert [path.name for path in home.iterdir() if path.name.startswith(".")] == []
