"""Real programs on loopback, each in its own folder, stopped at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.patience import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def free_port() -> int:
    """An unused port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], folder: Path, is_ready: Callable[[], bool], environment: dict[str, str] | None = None
) -> Iterator[None]:
    """Run a program until the end of the block; its output is in the file `log` of its folder."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait(process, is_ready)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait(5)


def answers(port: int) -> bool:
    """Whether a port accepts connections."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _wait(process: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> None:
    """Wait for a program; an early exit or a timeout fails the test."""
    wait_until(lambda: process.poll() is not None or is_ready(), lambda: f"{process.args!r} is not ready")
    assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"


def real_python() -> str:
    """The Python of the programs in `requirements.txt`, empty if they are not installed; it need not be ours."""
    program = shutil.which("pelican")
    python = Path(program).resolve().parent / "python" if program else None
    return str(python) if python and python.is_file() else ""
