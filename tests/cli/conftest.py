"""A terminal with readable output."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_UNSEEN = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\")


@pytest.fixture
def terminal(home: Path) -> Callable[..., str]:
    """The command line on a pseudo-terminal, with its raw output: `terminal("stats", COLUMNS="80")`."""

    def call(*arguments: str, **environment: str) -> str:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "brandwatch", "-q", *arguments]
        settings = os.environ | {"TERM": "xterm-256color"} | environment
        with subprocess.Popen(command, stdout=theirs, env=settings) as process:
            os.close(theirs)
            said = b""
            try:
                while piece := os.read(ours, 65_536):
                    said += piece
            except OSError:
                pass  # how Linux says that the other side is closed
        os.close(ours)
        assert process.returncode == 0
        return said.decode()

    return call


@pytest.fixture
def lines(terminal: Callable[..., str]) -> Callable[..., list[str]]:
    """The visible lines on a terminal of a given width, without styles and links: `lines(80, "stats")`."""

    def call(width: int, *arguments: str) -> list[str]:
        return _UNSEEN.sub("", terminal(*arguments, COLUMNS=str(width))).splitlines()

    return call
