"""Parse documents in a child process that is stopped when one costs too much."""

from __future__ import annotations

import contextlib
import logging
import pickle
import resource
import signal
import struct
import subprocess
import sys
import threading
from typing import BinaryIO, Self

from brandwatch import urls
from brandwatch.errors import ParseError
from brandwatch.feeds.document import parse_document
from brandwatch.models import Document, Feed, FetchClass

_LOG = logging.getLogger(__name__)

MAX_CPU_SECONDS = 5.0
"""Processor time of one document; the slowest of 221 real feeds takes a tenth of a second."""
MAX_WALL_SECONDS = 10.0
"""Time after which a document is given up, however little the processor did."""
MAX_MEMORY_BYTES = 96 * 2**20
"""Memory that the process may hold; a feed of 5 MB needs half of it."""

# What the process gets for a last moment to end by itself.
_GRACE_SECONDS = 0.5
_PROGRAM = "import sys; from brandwatch.feeds.sandbox import serve_documents; serve_documents(float(sys.argv[1]))"
_LENGTH = struct.Struct("!Q")
_KILLED = frozenset({-signal.SIGPROF, -signal.SIGKILL})

Failure = tuple[FetchClass, str, str]
"""The facts of a ParseError, which an exception would not keep through pickle: class, message, hint."""


class ParserSandbox:
    """Parses documents in a child process, one at a time; any thread may call it."""

    def __init__(self, *, cpu: float = MAX_CPU_SECONDS, wall: float = MAX_WALL_SECONDS) -> None:
        self._cpu, self._wall = cpu, wall
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next document starts another."""
        with self._lock:
            self._stop()

    def parse(self, document: Document) -> Feed:
        """Return the feed in *document*; raise ParseError for anything else, and if it takes too long."""
        with self._lock:
            answer = self._exchange(pickle.dumps(document))
        if isinstance(answer, tuple):
            _LOG.info("sandbox refused host=%s class=%s", urls.host(document.url), answer[0])
            raise ParseError(*answer)
        return answer

    def _exchange(self, message: bytes) -> Feed | Failure:
        """Send a document and return the answer; a process that does not answer is ended."""
        process = self._start()
        timer = threading.Timer(self._wall, process.kill)
        timer.start()
        try:
            _send(_pipe(process.stdin), message)
            # S301: the process is our own program.
            answer: Feed | Failure = pickle.loads(_receive(_pipe(process.stdout)))  # noqa: S301
        except (OSError, EOFError):
            status = self._stop()
            reason = "reading it took too long" if status in _KILLED else f"the process that read it ended ({status})"
            return FetchClass.PARSE, reason, ""
        except BaseException:
            self._stop()
            raise
        else:
            return answer
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        """Return the process, started if it does not run."""
        if self._process is None or self._process.poll() is not None:
            self._stop()
            # -P: nothing that lies in the current folder is taken for one of our modules.
            command = [sys.executable, "-P", "-c", _PROGRAM, str(self._cpu)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
            _LOG.debug("sandbox started pid=%d", self._process.pid)
        return self._process

    def _stop(self) -> int:
        """End the process and return its exit status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        # The end of its input makes it end; what it never read is lost.
        with contextlib.suppress(OSError):
            _pipe(process.stdin).close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE_SECONDS)
        process.kill()
        _pipe(process.stdout).close()
        return process.wait()


def _pipe(stream: object) -> BinaryIO:
    """Narrow the type of a pipe that Popen was told to open."""
    return stream  # type: ignore[return-value]


def _send(stream: BinaryIO, data: bytes) -> None:
    """Write one message after its length."""
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _receive(stream: BinaryIO) -> bytes:
    """Read one message; raise EOFError if the stream ends before it does."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def serve_documents(cpu: float) -> None:
    """Answer each document on standard input with its feed or a Failure, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our input
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with contextlib.suppress(ValueError, OSError):  # a machine without such a limit, or with a lower one
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    with contextlib.suppress(EOFError):
        while True:
            document: Document = pickle.loads(_receive(sys.stdin.buffer))  # noqa: S301 (from our own program)
            # The kernel counts the processor time and ends the process: none of our code has to check.
            signal.setitimer(signal.ITIMER_PROF, cpu)
            answer = _parse(document)
            signal.setitimer(signal.ITIMER_PROF, 0)
            _send(sys.stdout.buffer, pickle.dumps(answer))


def _parse(document: Document) -> Feed | Failure:
    try:
        return parse_document(document)
    except ParseError as error:
        return error.fetch_class, error.message, error.hint
    except MemoryError:
        return FetchClass.TOO_LARGE, "reading it takes too much memory", ""
