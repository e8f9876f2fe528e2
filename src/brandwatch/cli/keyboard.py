"""Single keys and short answers from a terminal."""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


_END = "\x04"
"""What Ctrl-D sends."""
_ESCAPE = b"\x1b"
_LETTERS = b"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
"""What a control sequence ends with (ECMA-48 §5.4)."""
_TOGETHER = 0.02
"""Seconds within which the bytes of one key arrive."""


def is_available() -> bool:
    """Say whether somebody sits at a terminal, to read and to type."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def read_key() -> str:
    """Return the next key, empty where there will be none; Ctrl-C raises KeyboardInterrupt.

    A byte is read at a time, and nothing that waits is thrown away: whoever knows the keys types ahead of the screen.
    """
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSANOW)
        pressed = os.read(descriptor, 1)
        if pressed == _ESCAPE:
            pressed += _rest(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
    typed = pressed.decode(errors="replace")
    return "" if typed == _END else typed


def read_answer(question: str, known: Sequence[str] = (), already: str = "") -> str:
    """Return what is typed as a line; Tab completes what is *known*, and *already* stands there to be edited."""
    try:
        import readline
    except ImportError:  # Python can be built without it
        return _line(question)
    readline.set_completer_delims(";,")
    readline.set_completer(lambda typed, number: _completed(known, typed, number))
    readline.parse_and_bind("tab: complete")
    readline.set_startup_hook(lambda: readline.insert_text(already))
    try:
        return _line(question)
    finally:
        readline.set_startup_hook(None)
        readline.set_completer(None)
        # What was typed is in nobody's history: notes may hold names.
        readline.clear_history()


def _rest(descriptor: int) -> bytes:
    """Return what follows an escape in an arrow or a function key; each of its bytes would be a key of its own."""
    rest = b""
    while select.select([descriptor], [], [], _TOGETHER)[0]:
        rest += os.read(descriptor, 1)
        if not rest.startswith((b"[", b"O")) or (len(rest) > 1 and rest[-1:] in _LETTERS):
            break
    return rest


def _line(question: str) -> str:
    """Return a line, empty where Ctrl-D ended it."""
    try:
        return input(question)
    except EOFError:
        sys.stdout.write("\n")
        return ""


def _completed(known: Sequence[str], typed: str, number: int) -> str | None:
    """Return one of the known answers that begin as what is typed, `None` after the last."""
    lead = typed[: len(typed) - len(typed.lstrip(" -"))]
    fitting = [lead + one for one in known if one.startswith(typed[len(lead) :].lower())]
    return fitting[number] if number < len(fitting) else None
