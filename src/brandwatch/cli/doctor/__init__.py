"""Look at everything a poll needs, and say what is wrong and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from brandwatch.cli.doctor.findings import CheckResult, CheckState
from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.config.settings import Settings


EPILOG = """[bold]Examples[/bold]

brandwatch doctor

brandwatch doctor --format json | jq '.checks[] | select(.state != "ok")'

Exit 0 if nothing is a problem, else as a poll would: 4 the database, 3 the network or a source that failed three
times in a row, 2 the query files. A warning never fails.
"""


def command(context: typer.Context, *, form: TextOrJson = "text") -> None:
    """Print one line for each check."""
    from brandwatch.cli.console import open_output

    as_json = is_json(form)
    findings = list(_findings(context.obj))
    with open_output(None) as stream:
        stream.write(_as_json(findings) if as_json else "".join(map(_line, findings)))
        stream.flush()
    codes = [finding.code for finding in findings if finding.state is CheckState.PROBLEM]
    if codes:
        raise typer.Exit(max(codes))


def _findings(settings: Settings) -> Iterator[CheckResult]:
    """Make every check, in the order in which one rests on another."""
    from brandwatch.cli.doctor import database, machine, source_health

    yield from machine.versions()
    yield from database.database(settings.db)
    yield from machine.disk(settings.db)
    yield from machine.folders(settings)
    yield database.lock(settings.db)
    yield database.query_files(settings.queries)
    yield from database.retention(settings)
    yield machine.time_zone()
    yield from machine.certificates()
    yield from machine.proxies()
    yield from source_health.sources(settings)


def _line(finding: CheckResult) -> str:
    """Return a finding for a person."""
    hint = f" → {one_line(finding.hint)}" if finding.hint else ""
    return f"{finding.state:<8} {finding.check:<10} {one_line(finding.found)}{hint}\n"


def _as_json(findings: Sequence[CheckResult]) -> str:
    """Return the findings for a program."""
    import json

    checks = [
        {
            "check": finding.check,
            "state": finding.state,
            "found": one_line(finding.found),
            "hint": one_line(finding.hint) or None,
        }
        for finding in findings
    ]
    return json.dumps({"version": 1, "checks": checks}, ensure_ascii=False, indent=2) + "\n"
