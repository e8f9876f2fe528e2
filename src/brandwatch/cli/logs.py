"""The log of a run: on standard error with `-v` and `-vv`, in a file with `--log-file`."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from brandwatch import clock
from brandwatch.cli.console import echo_error
from brandwatch.errors import BrandwatchError, OutputError
from brandwatch.text.sanitise import one_line

# Only our own loggers get a handler: those of httpx and others write whole URLs, in which secrets may stand.
_LOGGER = logging.getLogger("brandwatch")
_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}


def start_log(verbosity: int, path: Path | None) -> Callable[[], None]:
    """Send the log to standard error and to the end of a file; return the function that ends it.

    *verbosity* is -1 (errors), 0 (warnings), 1 (info) or more (debug); a file has at least info. Raise OutputError if
    the file cannot be opened.
    """
    screen_level = _LEVELS.get(verbosity, logging.DEBUG)
    handlers: list[logging.Handler] = [_ScreenHandler(screen_level)]
    handlers[0].setFormatter(_LineFormatter() if verbosity > 0 else logging.Formatter())
    if path:
        handlers.append(_FileHandler(path, min(screen_level, logging.INFO)))
    previous_level = _LOGGER.level
    _LOGGER.setLevel(min(handler.level for handler in handlers))
    for handler in handlers:
        _LOGGER.addHandler(handler)

    def end_log() -> None:
        _LOGGER.removeHandler(handlers[0])  # people read an error as `error: …`
        if path and isinstance(error := sys.exception(), BrandwatchError):
            _LOGGER.error("failed exit=%d error=%s", error.exit_code, error.message)
        for handler in handlers:
            _LOGGER.removeHandler(handler)
            handler.close()
        _LOGGER.setLevel(previous_level)

    return end_log


class _LineFormatter(logging.Formatter):
    """One line: time in UTC, level, logger, message, without what looks like a secret."""

    def format(self, record: logging.LogRecord) -> str:
        from brandwatch.config.secrets import redact_text

        message = redact_text(one_line(record.getMessage()))
        return f"{clock.now():%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.name} {message}"


class _ScreenHandler(logging.Handler):
    """Writes to the standard error of the moment, which a progress bar replaces."""

    def emit(self, record: logging.LogRecord) -> None:
        echo_error(self.format(record))


class _FileHandler(logging.Handler):
    """Appends to a file; a new one is private (0600). A full disk ends the log, not the run."""

    def __init__(self, path: Path, level: int) -> None:
        super().__init__(level)
        self.setFormatter(_LineFormatter())
        self._path = path
        self._stream: TextIO | None = None
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise OutputError(
                f"the log {path} cannot be written: {error.strerror}", "name another --log-file"
            ) from None
        self._stream = open(descriptor, "a", encoding="utf-8")  # noqa: PTH123, SIM115 (a descriptor, closed below)

    def emit(self, record: logging.LogRecord) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(self.format(record) + "\n")
            self._stream.flush()
        except OSError as error:
            echo_error(f"warning: the log {self._path} ends here: {error.strerror}")
            self._drop()

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            try:
                stream.close()
            except OSError:
                return  # the rest of a line for which the disk had no room
