"""Parse documents in a process without environment, files and network, which is ended when one costs too much."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from brandwatch import clock, urls
from brandwatch.errors import FetchClass, ParseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.feeds.confinement import Confinement
    from brandwatch.models import Document, Feed

_LOG = logging.getLogger(__name__)

MAX_CPU_SECONDS = 5.0
"""Processor time of one document; the slowest of 221 real feeds takes a tenth of a second."""
MAX_WALL_SECONDS = 60.0
"""Time after which a document is given up, however little the processor did: at load 35 one of them took 10 s."""

MAX_ANSWER_BYTES = 32 * 2**20
"""A third of the memory that the process has for a document, its feed and the answer."""
PARSE, REPORT = b"p", b"r"
"""The orders to the child: parse a document that needs the encodings and time zones named behind, or report."""
MAX_ORDER_BYTES = 4096
STATUS = struct.Struct("!i")
"""How the child reports the exit status of the process that read a document."""

# The time in which the child may end by itself, and in which it must report.
_GRACE_SECONDS = 0.5
_REPORT_SECONDS = 5.0
# 0.4 s of processor time, on a machine that has little of it.
_START_SECONDS = 60.0
_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[2:];"
    "from brandwatch.feeds.sandbox_process import serve_documents; serve_documents(float(sys.argv[1]))"
)
# A Python outside the usual place needs them to start; none of them holds a secret.
_NEEDED_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
# By the clock of the processor, or by us and by the kernel at its last limit.
_TOO_SLOW = frozenset({-signal.SIGPROF, -signal.SIGXCPU})
_KILLED = _TOO_SLOW | {-signal.SIGKILL}
_READ_BYTES = 1 << 20


class ParserSandbox:
    """Parses documents in a child process, one at a time; any thread may call it."""

    def __init__(self, *, cpu: float = MAX_CPU_SECONDS, wall: float = MAX_WALL_SECONDS) -> None:
        self._cpu, self._wall = cpu, wall
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process id of the child, `None` while it does not run."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """End the child; the next document starts another."""
        with self._lock:
            self._stop()

    def parse(self, document: Document) -> Feed:
        """Return the feed in *document*; raise ParseError for anything else, and if it takes too long."""
        # Imported here: 8 ms, which a poll of well-formed feeds need not spend.
        from brandwatch.feeds import sandbox_messages  # noqa: PLC0415

        now = clock.now()
        try:
            with self._lock:
                order = PARSE + " ".join(sandbox_messages.names_in_files(document)).encode()
                answer = self._exchange(order, sandbox_messages.encode_request(document, now))
            return sandbox_messages.decode_answer(answer, now)
        except ParseError as error:
            # An answer that is none has a cause: what is wrong with it, without a text of the document.
            cause = f" cause={error.__cause__}" if error.__cause__ else ""
            _LOG.info("sandbox refused host=%s class=%s%s", urls.host(document.url), error.fetch_class, cause)
            raise

    def confinement(self) -> Confinement:
        """Return the confinement of the process that reads a document, as that process finds it out itself."""
        from brandwatch.feeds.confinement import Confinement  # noqa: PLC0415 (only the doctor asks)

        with self._lock:
            return Confinement(self._exchange(REPORT, b"").decode())

    def _exchange(self, order: bytes, message: bytes) -> bytes:
        """Have a new process carry out an order; return its answer, or raise ParseError without one."""
        ours, theirs = socket.socketpair()
        with ours:
            try:
                with theirs:
                    control = self._start()
                    socket.send_fds(control, [order], [theirs.fileno()])
                answer = self._converse(ours, message)
                control.sendall(b".")
                status = STATUS.unpack(control.recv(STATUS.size))[0]
            except (OSError, struct.error):
                answer, status = b"", self._stop()
            except BaseException:
                self._stop()
                raise
        if answer and status not in _TOO_SLOW:
            return answer
        is_slow = answer is None or status in _KILLED
        reason = "reading it took too long" if is_slow else f"the process that read it ended ({status})"
        raise ParseError(FetchClass.PARSE, reason)

    def _converse(self, ours: socket.socket, message: bytes) -> bytes | None:
        """Send a message and return the answer to it, so far as it goes; `None` if that takes too long."""
        end = time.monotonic() + self._wall
        pieces, size = [], 0
        try:
            ours.settimeout(self._wall)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended; its status has the reason
                ours.sendall(message)
                ours.shutdown(socket.SHUT_WR)
            while size <= MAX_ANSWER_BYTES:
                ours.settimeout(max(end - time.monotonic(), 0.001))
                piece = ours.recv(_READ_BYTES)
                if not piece:
                    break
                pieces.append(piece)
                size += len(piece)
        except TimeoutError:
            return None
        except ConnectionResetError:
            return b""
        return b"".join(pieces)

    def _start(self) -> socket.socket:
        """Return the socket of the child, which is started if it does not run; raise OSError if it does not start."""
        if self._process is None or self._control is None or self._process.poll() is not None:
            self._stop()
            self._control, theirs = socket.socketpair()
            self._control.settimeout(_START_SECONDS)
            command = [sys.executable, "-P", "-s", "-c", _PROGRAM, str(self._cpu), *_module_folders()]
            quiet = subprocess.DEVNULL
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603
                    command, stdin=theirs.fileno(), stdout=quiet, stderr=quiet, env=_needed_environment(os.environ)
                )
            _LOG.debug("sandbox started pid=%d", self._process.pid)
            if not self._control.recv(1):
                raise ConnectionResetError
            self._control.settimeout(_REPORT_SECONDS)
        return self._control

    def _stop(self) -> int:
        """End the child and return its exit status."""
        process, self._process = self._process, None
        if self._control is not None:
            # The end of its input makes it end, and with it what it has started.
            self._control.close()
        if process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE_SECONDS)
        process.kill()
        return process.wait()


def _needed_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in _NEEDED_VARIABLES if name in environ}


def _module_folders() -> list[str]:
    """Return the folders of modules; the current folder only if it has our package."""
    here = str(Path.cwd())
    folders = (folder for folder in sys.path if Path(folder).is_absolute())
    return [folder for folder in folders if folder != here or Path(folder, "brandwatch").is_dir()]
