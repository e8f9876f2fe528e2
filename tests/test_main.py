"""The program and its standard streams: closed, full, or with a reader that has gone."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., subprocess.CompletedProcess[bytes]]

# The program prints its version; then the line that a test adds runs in the same process.
AFTERWARDS = "import os, sys; from brandwatch.__main__ import main; sys.argv = ['brandwatch', '--version']; main(); "
COMMAND = [sys.executable, "-m", "brandwatch"]


def shell(code: str, streams: str) -> subprocess.CompletedProcess[str]:
    """Run the program, then *code*, with redirections of the shell."""
    line = f'exec {sys.executable} -c "$0" {streams}'
    return subprocess.run(
        ["bash", "-c", line, AFTERWARDS + code],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_the_version_is_printed_alone(program: Program):
    """The option prints one line; a command prints what it prints, with or without the option of that name."""
    version = program("--version")
    assert (version.returncode, version.stdout.count(b"\n"), version.stderr) == (0, 1, b"")
    assert version.stdout.startswith(b"brandwatch ")
    schema = program("schema")
    assert (schema.returncode, schema.stdout[:1]) == (0, b"{")
    assert b"Usage" in program("schema", "--help").stdout
    assert program("--versjon").returncode == 2


def test_the_version_needs_no_command():
    """It is printed before any command is imported."""
    done = shell("print('brandwatch.cli' in sys.modules)", "")
    assert done.stdout.splitlines()[1:] == ["False"]


@pytest.mark.parametrize("streams", ["<&-", "2>&-", "<&- 2>&-"])
def test_the_next_file_takes_no_number_of_a_closed_stream(streams: str):
    """Closed streams are occupied, for programs that it starts too; an open one is left as it is."""
    code = "print([os.get_inheritable(one) for one in range(3)], os.open(os.devnull, os.O_RDONLY) > 2)"
    for each in (streams, ""):
        assert shell(code, each).stdout.splitlines()[1:] == ["[True, True, True] True"]


@pytest.mark.parametrize("streams", ["2>&-", "2> /dev/full"])
def test_a_message_that_nobody_reads_is_lost(streams: str):
    """It raises nothing, and the streams end without an error; with a reader, the message arrives."""
    code = "print('Blåbær Gården', file=sys.stderr); print('ferdig')"
    done = shell(code, streams)
    assert (done.returncode, done.stdout.splitlines()[1:], done.stderr) == (0, ["ferdig"], "")
    assert shell(code, "").stderr == "Blåbær Gården\n"


def test_a_message_is_there_before_the_process_ends():
    """A process that is killed has printed its messages."""
    assert shell("print('Blåbær Gården', file=sys.stderr); os._exit(0)", "").stderr == "Blåbær Gården\n"


def test_a_letter_that_the_stream_has_not_is_escaped():
    """In a locale without Unicode a message keeps its other letters."""
    done = shell("print('Fjordkraft Åsgård', file=sys.stderr)", "")
    assert done.stderr == "Fjordkraft Åsgård\n"
    escaped = subprocess.run(
        [sys.executable, "-c", f"{AFTERWARDS}print('Fjordkraft Åsgård', file=sys.stderr)"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert escaped.stderr == b"Fjordkraft \\xc5sg\\xe5rd\n"


def test_a_long_message_into_a_full_pipe_is_cut():
    """A pipe without room takes the begin of a message, and the program does not wait; one with room takes all."""
    for is_blocking in (False, True):
        ours, theirs = os.pipe()
        os.set_blocking(theirs, is_blocking)
        code = f"{AFTERWARDS}print('å' * 100_000, file=sys.stderr)"
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=theirs) as process:
            os.close(theirs)
            # Without room nothing is read before the end; otherwise the process would wait for the reader.
            if not is_blocking:
                assert process.wait(PATIENCE_SECONDS) == 0
            with os.fdopen(ours, "rb") as reader:
                read = reader.read()
        assert process.returncode == 0
        assert ("å" * 100_000 + "\n").encode().startswith(read)
        assert (len(read) == 200_001) is is_blocking
        assert len(read) > 4_000


@pytest.mark.parametrize("ending", [">&-", "> /dev/full"])
def test_a_version_that_cannot_be_printed_is_an_error(ending: str):
    """Exit 5 and one line."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m brandwatch --version {ending}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, done.stderr.count("\n"), done.stderr[:7]) == (5, 1, "error: ")


def test_a_reader_that_has_gone_is_no_failure(tmp_path: Path):
    """`brandwatch --version | true` ends well, and without a word."""
    ours, theirs = os.pipe()
    os.close(ours)
    errors = tmp_path / "errors"
    with errors.open("wb") as stream:
        done = subprocess.run([*COMMAND, "--version"], stdout=theirs, stderr=stream, check=False, timeout=300)
    os.close(theirs)
    assert (done.returncode, errors.read_text()) == (0, "")
