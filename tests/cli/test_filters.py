from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, get_type_hints

import pytest
import time_machine
import typer

from brandwatch.cli import app
from brandwatch.cli.filters import ALL_FILTERS, Filters, parse_moment, with_filters
from brandwatch.errors import UsageError
from brandwatch.models import Status, Voice

if TYPE_CHECKING:
    from typing import Any

FILTERED = ("report", "export", "stats", "precision", "trends", "triage", "audit", "replay", "serve")
OWN_WORDS = {
    ("report", "--limit"),
    ("triage", "--limit"),
    ("triage", "--status"),
    ("triage", "--tag"),
    ("serve", "--since"),
}


def options(command: str) -> dict[str, Any]:
    """Get the options of a command by their long names."""
    group: Any = typer.main.get_command(app)
    return {name: option for option in group.commands[command].params for name in option.opts if name.startswith("--")}


@pytest.mark.parametrize("command", FILTERED)
def test_a_filter_is_the_same_in_every_command(command: str):
    """Options for selecting mentions have one declaration: same words, same type."""
    declared = {
        f"--{name}": hint.__metadata__[0] for name, hint in get_type_hints(Filters, include_extras=True).items()
    }
    shared = {name: option for name, option in options(command).items() if name in declared}
    assert "--since" in shared
    for name, option in shared.items():
        if (command, name) not in OWN_WORDS:
            assert (option.help, option.metavar) == (declared[name].help, declared[name].metavar), name


def test_a_command_receives_one_frozen_object():
    """The options become fields of `Filters`; absent ones keep their defaults."""
    received = []

    @with_filters("voice status", status=typer.Option("--state", help="The status."))
    def command(name: str, *, filters: Filters, loud: Annotated[bool, typer.Option()] = False) -> None:
        received.append((name, filters, loud))

    program = typer.Typer()
    program.command()(command)
    arguments = ["a", "--voice", "staff", "--voice", "owned", "--state", "new", "--loud"]
    program(arguments, standalone_mode=False)
    assert received == [("a", Filters(voice=["staff", "owned"], status=["new"]), True)]


def test_filters_become_a_selection():
    """Values are parsed once, in any letter case; an unknown one is an error with the choices."""
    selection = Filters(voice=["Staff"], status=["new"], tag=["A, b"], where="strøm*").selection()
    assert (selection.voices, selection.statuses, selection.tags) == ((Voice.STAFF,), (Status.NEW,), ("a", "b"))
    assert selection.prefilter is not None
    expressed = Filters(where="svindel voice:(staff OR public) subject:brand").selection()
    assert (expressed.prefilter_voices, expressed.prefilter_subjects) == (("public", "staff"), ("brand",))
    assert (expressed.voices, expressed.subjects) == ((), ())
    with pytest.raises(UsageError) as caught:
        Filters(voice=["stab"]).selection()
    assert (caught.value.message, "owned, official" in caught.value.hint) == ("unknown voice “stab”", True)
    assert ALL_FILTERS.split()[0] == "query"


def test_a_limit_alone_selects_nothing():
    """`triage 17 --limit 5` names mentions and is no selection."""
    assert not Filters(limit=5).has_any
    assert Filters(since="7d").has_any


def test_a_command_is_imported_when_called():
    """`--help` lists the commands from one table; a command imports itself only."""
    code = (
        "import sys; from brandwatch.cli import app, COMMANDS; import typer; group = typer.main.get_command(app);"
        "group.get_help(group.make_context('brandwatch', ['--version'], resilient_parsing=True));"
        "print([name for name in COMMANDS if f'brandwatch.cli.{name}' in sys.modules], group.commands['show'].name,"
        "'brandwatch.cli.report' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.splitlines()[-1] == "[] show False"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7d", datetime(2026, 3, 23, 10, 30, tzinfo=UTC)),
        ("2h", datetime(2026, 3, 30, 8, 30, tzinfo=UTC)),
        ("90m", datetime(2026, 3, 30, 9, 0, tzinfo=UTC)),
        ("1w", datetime(2026, 3, 23, 10, 30, tzinfo=UTC)),
        ("today", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("i går", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-05-01", datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("2026-05-01T10:00", datetime(2026, 5, 1, 8, tzinfo=UTC)),
        ("2026-05-01t10:00z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T10:00+05:30", datetime(2026, 5, 1, 4, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_parsed(written: str, read: datetime):
    """Ages, days and dates are local; the day of the clock change has 23 hours."""
    with time_machine.travel(datetime(2026, 3, 30, 10, 30, tzinfo=UTC).timestamp(), tick=False):
        assert parse_moment(written) == read


def test_an_empty_moment_is_none():
    """An empty text is no moment."""
    assert parse_moment("") is None


@pytest.mark.parametrize("written", ["3x", "tomorrowish", "2026-13-01", "7", "-7d", "0001-01-01"])
def test_invalid_moments_are_refused(written: str):
    """The error has examples of valid ones."""
    with pytest.raises(UsageError) as caught:
        parse_moment(written)
    assert "2026-05-01" in caught.value.hint
