"""Parse documents in a child process that is stopped when one costs too much."""

from __future__ import annotations

import contextlib
import pickle
import resource
import signal
import struct
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, Self

from brandwatch.errors import ParseError
from brandwatch.feeds.document import parse_document
from brandwatch.models import FetchClass

if TYPE_CHECKING:
    from brandwatch.models import Document, Feed


MAX_CPU_SECONDS = 5.0
"""Seconds of processor time that one document may cost; the slowest of real feeds takes a tenth of one."""
MAX_WALL_SECONDS = 10.0
"""Seconds after which a document is given up, however little the processor did."""
MAX_MEMORY_BYTES = 96 * 2**20
"""Bytes of its own that the process may hold; a feed of 5 MB needs half of it."""

_PROGRAM = "import sys; from brandwatch.feeds.sandbox import serve_documents; serve_documents(float(sys.argv[1]))"
_LENGTH = struct.Struct("!Q")
_TOO_LONG = frozenset({-signal.SIGPROF, -signal.SIGKILL})


class ParserSandbox:
    """The one who reads what may take too long; any thread may ask, one document is read at a time."""

    def __init__(self, *, cpu: float = MAX_CPU_SECONDS, wall: float = MAX_WALL_SECONDS) -> None:
        self._cpu, self._wall = cpu, wall
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later document starts another."""
        with self._lock:
            self._stop()

    def parse(self, document: Document) -> Feed:
        """Return the feed in *document*; raise ParseError for what is none, or what takes too long to read."""
        with self._lock:
            answer = self._asked(pickle.dumps(document))
        if isinstance(answer, ParseError):
            raise answer
        return answer

    def _asked(self, question: bytes) -> Feed | ParseError:
        """Send a document and return what comes back; a process that does not answer is not kept."""
        process = self._running()
        timer = threading.Timer(self._wall, process.kill)
        timer.start()
        try:
            _send(_pipe(process.stdin), question)
            return _answer(_received(_pipe(process.stdout)))
        except (OSError, EOFError):
            return _failure(self._stop())
        except BaseException:
            self._stop()
            raise
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the process, started anew where there is none."""
        if self._process is None or self._process.poll() is not None:
            self._stop()
            # -P: nothing that lies in the current folder is taken for one of our modules.
            command = [sys.executable, "-P", "-c", _PROGRAM, str(self._cpu)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        return self._process

    def _stop(self) -> int:
        """End the process and return what it ended with."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5 if _closed(process) else 0)
        process.kill()
        _pipe(process.stdout).close()
        return process.wait()


def _closed(process: subprocess.Popen[bytes]) -> bool:
    """Close the input of the process, which asks it to end; what it never read is lost."""
    with contextlib.suppress(OSError):
        _pipe(process.stdin).close()
    return True


def _answer(answer: Feed | tuple[str, str, str]) -> Feed | ParseError:
    """Return what the process said: a feed, or the facts of an error."""
    return ParseError(*answer) if isinstance(answer, tuple) else answer


def _failure(ended_with: int) -> ParseError:
    """Say why there was no answer."""
    if ended_with in _TOO_LONG:
        return ParseError(FetchClass.PARSE, "reading it took too long")
    return ParseError(FetchClass.PARSE, f"the process that read it ended ({ended_with})")


def _pipe(stream: object) -> BinaryIO:
    """Return one end of a pipe that is surely there."""
    return stream  # type: ignore[return-value]


def _send(stream: BinaryIO, data: bytes) -> None:
    """Write one message, its length before it."""
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _received(stream: BinaryIO) -> Feed | tuple[str, str, str]:
    """Return one message from the process, which is our own program; raise EOFError where it ends before."""
    answer: Feed | tuple[str, str, str] = pickle.loads(_message(stream))  # noqa: S301
    return answer


def _message(stream: BinaryIO) -> bytes:
    """Return the bytes of one message."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def serve_documents(cpu: float) -> None:
    """Answer every document on standard input with its feed, or with the facts of the error, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that asks, which then closes our input
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with contextlib.suppress(ValueError, OSError):  # a machine that knows no such limit, or a lower one
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    with contextlib.suppress(EOFError):
        while True:
            document: Document = pickle.loads(_message(sys.stdin.buffer))  # noqa: S301 (from our own program)
            # The kernel counts the processor time and ends the process: nothing in it has to come round to that.
            signal.setitimer(signal.ITIMER_PROF, cpu)
            answer = _read(document)
            signal.setitimer(signal.ITIMER_PROF, 0)
            _send(sys.stdout.buffer, pickle.dumps(answer))


def _read(document: Document) -> Feed | tuple[str, str, str]:
    """Return the feed, or the facts of the error."""
    try:
        return parse_document(document)
    except ParseError as error:
        return error.fetch_class, error.message, error.hint
    except MemoryError:
        return FetchClass.TOO_LARGE, "reading it takes too much memory", ""
