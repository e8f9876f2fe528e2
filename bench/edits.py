"""Measure what it costs to apply an edit of a query to a million stored mentions.

    python bench/edits.py [--mentions 1000000] [--db FILE] [--only TEXT]

All mentions of a copy of the database that bench/million_fill.py makes become those of one query, with the result that
it gives. Then the file is edited again and again, and `replay --yes` applies each edit: prints its processor seconds,
its peak memory, and what it did. The first evaluates every entry, since nothing is known of an earlier version of the
query.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from brandwatch.storage import open_store, seal_sums

_FILL = Path(__file__).with_name("million_fill.py")
_BASE = "brand: B\nnames: [Fjordkraft Åsgård, Nordlys Nett]\nexclude: {words: [Fjordkraft Åsgård cup]}\n"
_CHECKS = '[["exclude.words",true,"no excluded phrase covers a name"]]'


class Edit(NamedTuple):
    """An edit: what it does, and the texts in the file that it replaces."""

    name: str
    old: str
    new: str


_EDITS = (
    Edit("a name is added", "Nordlys Nett", "Nordlys Nett, Fjordkraft Nord"),
    Edit("a name is removed", "Nordlys Nett, ", ""),
    Edit("a name that every hundredth entry has is added", "Nord]", "Nord, Solelv Vik]"),
    Edit("an exclusion is added", "Åsgård cup]", "Åsgård cup, Fjordkraft Åsgård arena]"),
    Edit("a domain and a site are added", "exclude: {", "owned: {domains: [fjordkraft.example]}\nexclude: {"),
    Edit("a switch changes: every entry is evaluated", "brand: B\n", "brand: B\nstaff_mentions: off\n"),
    Edit("a site is excluded, the first: every mention gets a clause", "exclude: {", "exclude: {sites: [x.example], "),
)


def main() -> None:
    """Make the database, apply the edits, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--only", default="", help="only the edits whose description holds this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        database, copy = options.db or Path(home, "million.db"), Path(home, "copy.db")
        if not database.exists():
            fill = [sys.executable, str(_FILL), "--db", str(database), "--mentions", str(options.mentions)]
            subprocess.run(fill, check=True)
        shutil.copy(database, copy)
        _make_mentions_of_one_query(copy)
        query = Path(home, "queries", "fjordkraft.yaml")
        query.parent.mkdir()
        _apply(copy, query, "nothing is known of an earlier version: every entry is evaluated", _BASE)
        text = _BASE
        for edit in _EDITS:
            if options.only in edit.name:
                text = text.replace(edit.old, edit.new)
                _apply(copy, query, edit.name, text)


def _make_mentions_of_one_query(database: Path) -> None:
    with open_store(database) as store:
        store.connection.execute("PRAGMA synchronous = OFF")
        store.execute("BEGIN")
        store.execute(
            "UPDATE mention SET query = 'fjordkraft', voice = 'public', suppressed = '', checks = ?", [_CHECKS]
        )
        seal_sums.seal_database(store, {})
        store.execute("COMMIT")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _apply(database: Path, query: Path, name: str, text: str) -> None:
    """Write the query file and apply it; print a line."""
    query.write_text(text, encoding="utf-8")
    program = [sys.executable, "-m", "brandwatch", "--queries", str(query.parent), "--db", str(database)]
    with subprocess.Popen(
        [*program, "replay", "fjordkraft", "--yes"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        effect = (process.stderr.read() if process.stderr else "").splitlines()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program)
    seconds, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(f"{seconds:7.1f} CPU s{memory:5.0f} MiB  {name}; {effect[-1] if effect else ''}", flush=True)


if __name__ == "__main__":
    main()
