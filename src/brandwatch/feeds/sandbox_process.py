"""The child process of the sandbox: it imports the parsers once, and forks for each document.

The process that reads a document is confined, answers once and ends: whoever takes it over never sees another document.
The one that forks reads none. This module is started by `sandbox`, with an empty environment.
"""

from __future__ import annotations

import codecs
import gc
import os
import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

from brandwatch import clock
from brandwatch.errors import ParseError
from brandwatch.feeds import page_links, sandbox_messages, xml_feed  # noqa: F401 (nothing is imported later)
from brandwatch.feeds.confinement import confine
from brandwatch.feeds.document import parse_document
from brandwatch.feeds.sandbox import MAX_ORDER_BYTES, PARSE, STATUS
from brandwatch.models import Document, Feed, FetchClass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


_READ_BYTES = 1 << 20
# The child was started without any but the first three, and opens few. Some containers allow a billion, which an older
# Python would close one by one.
_MAX_DESCRIPTORS = 256
# Of documents that declare none, or a wrong one.
_UNDECLARED_ENCODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", "latin-1")
# Damaged, in an unusual encoding, with a date and a redirect link that take tables: everything that is read once.
_SAMPLE = """<?xml version="1.0" encoding="iso-8859-15"?><rss version="2.0"><channel><title>Blåbær</title><item>
<title>B &amp <b></title><link>https://blåbær.example/amp/1?u=http%3A%2F%2Ffjord.example</link>
<pubDate>4. mai 2026 kl. 12</pubDate><description>&lt;a href="https://x.example/?u=https://y.example/1"&gt;é&lt;/a&gt;
</description></item></channel>"""
_OTHER_SAMPLES = (
    '{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"content_html":"<b>å"}]}',
    "<html><title>å",
)


def serve_documents(cpu: float) -> None:
    """Serve orders on the socket that is standard input, until it is closed; a document gets *cpu* seconds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our socket
    _prepare()
    with socket.socket(fileno=0) as control:
        control.sendall(b".")  # ready: from now on the time of a document counts
        while True:
            order, descriptors, _, _ = socket.recv_fds(control, MAX_ORDER_BYTES, 1)
            if not order:
                return
            zones = _read_files(order[1:].decode().split())  # noqa: F841 (zoneinfo has only those in use)
            process = os.fork()
            if not process:
                _serve_one(order, descriptors[0], cpu)
            os.close(descriptors[0])
            # The parent has the answer, or gives it up, or is gone; the process could still be running.
            control.recv(1)
            os.kill(process, signal.SIGKILL)
            status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            with suppress(OSError):
                control.sendall(STATUS.pack(status))


def _prepare() -> None:
    """Import and read everything that any document may need: a confined process opens no file."""
    for name in _UNDECLARED_ENCODINGS:
        codecs.lookup(name)
    for text in (_SAMPLE, *_OTHER_SAMPLES):
        _parse(Document(url="https://blåbær.example/", status=200, body=text.encode("iso-8859-15")), clock.now())
    gc.freeze()


def _read_files(names: list[str]) -> list[ZoneInfo]:
    """Load the encodings, and return the time zones, that one document names."""
    zones = []
    for name in names:
        with suppress(LookupError, ValueError, OSError):  # unknown names
            if "/" in name:
                zones.append(ZoneInfo(name))
            else:
                codecs.lookup(name)
    return zones


def _serve_one(order: bytes, descriptor: int, cpu: float) -> NoReturn:
    """Carry out one order in a process of its own."""
    status = 1
    try:
        os.dup2(descriptor, 0)
        os.closerange(1, _MAX_DESCRIPTORS)
        confinement = confine(cpu)
        if order.startswith(PARSE):
            _write(sandbox_messages.encode_answer(_parse(*sandbox_messages.decode_request(_read()))))
        else:
            _write([confinement.encode()])
        status = 0
    finally:
        os._exit(status)


def _read() -> bytes:
    return b"".join(iter(lambda: os.read(0, _READ_BYTES), b""))


def _write(lines: Iterable[bytes]) -> None:
    for line in lines:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(0, rest) :]


def _parse(document: Document, now: datetime) -> Feed | sandbox_messages.ParseFailure:
    # The clock of the parent decides which dates are plausible.
    clock.now = lambda: now
    try:
        return parse_document(document)
    except ParseError as error:
        return sandbox_messages.ParseFailure(fetch_class=error.fetch_class, message=error.message, hint=error.hint)
    except MemoryError:
        return sandbox_messages.ParseFailure(
            fetch_class=FetchClass.TOO_LARGE, message="reading it takes too much memory"
        )
