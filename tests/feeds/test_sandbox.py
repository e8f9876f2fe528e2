from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.conftest import START

from brandwatch.errors import ParseError
from brandwatch.feeds import ParserSandbox, parse_document
from brandwatch.models import Document, Feed, FetchClass

if TYPE_CHECKING:
    from pathlib import Path

    from time_machine import Traveller

# Not well-formed, so that it takes feedparser.
ITEM = "<item><title>Blåbær {} <b> AS</title></item>"
FEED = f"<rss version='2.0'><channel><title>Fjordavisa</title>{ITEM}</channel></rss>"


def document(body: str) -> Document:
    """A document that was fetched from one URL."""
    return Document(url="https://avis.example/feed", status=200, body=body.encode())


def hostile() -> Document:
    """Very many attributes, which take feedparser quadratic time."""
    attributes = " ".join(f"a{number}='x'" for number in range(40_000))
    return document(f"<rss version='2.0'><channel><item {attributes}><title>x <b></title></item></channel></rss>")


def test_the_sandbox_gives_the_same_feed():
    """A malformed feed gives the same result as in process, from any thread."""
    documents = [document(FEED.format(number)) for number in range(8)]
    with ParserSandbox() as sandbox, ThreadPoolExecutor(4) as threads:
        assert list(threads.map(sandbox.parse, documents)) == [parse_document(one) for one in documents]


NAMED = """<?xml version='1.0' encoding='{0}'?><rss><channel><item><title>Bl\xe5b\xe6r <b></title>
<pubDate>{1}</pubDate></item>"""


@pytest.mark.parametrize("encoding", ["iso-8859-15", "windows-1251", "euc-kr", "cp437", "koi8-r", "mac-roman", "ingen"])
@pytest.mark.parametrize(
    "date", ["4. mai 2026 kl. 12 Europe/Oslo", "4 May 2026 12:00 America/Argentina/Ushuaia", "i går"]
)
def test_encodings_and_time_zones_are_those_of_the_system(encoding: str, date: str):
    """A process that opens no file knows the ones that the document names."""
    named = Document(url="https://a.example/", status=200, body=NAMED.format(encoding, date).encode("latin-1"))
    with ParserSandbox() as parser:
        assert parser.parse(named) == parse_document(named)


def test_the_clock_of_the_poll_counts(clock: Traveller):
    """A date after now, by the clock of the poll, is unknown in the sandbox too."""
    dated = [document(FEED.format(f"</title><pubDate>{day} May 2026 12:00:00 GMT</pubDate><title>")) for day in (5, 9)]
    with ParserSandbox() as parser:
        published = [parser.parse(each).entries[0].published for each in dated]
    assert (
        published == [parse_document(each).entries[0].published for each in dated] == [START + timedelta(days=1), None]
    )


OPENS = """
import sys
from brandwatch import clock
from brandwatch.feeds import fast_reader, sandbox_messages, sandbox_process
from brandwatch.models import Document
sandbox_process._prepare()
fast_reader.read_fast = lambda *_, **__: None
body = open(sys.argv[1], "rb").read()
document = Document(url="https://a.example/", status=200, body=body)
zones = sandbox_process._read_files(sandbox_messages.names_in_files(document))
is_reading = True
sys.addaudithook(lambda event, arguments: event in {"open", "import"} and is_reading and print(event, arguments))
sandbox_process._parse(document, clock.now())
is_reading = False
"""
BODIES = {
    "loose": FEED.format("Å").encode(),
    "page": b"<html><head><link rel=alternate type='application/rss+xml' href='/f'><title>bl\xe5</title><p>&aring;",
    "json": b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"url":"https://bl\xc3\xa5.example/amp/1"}]}',
    "latin": NAMED.format("hp-roman8", "4. mai 2026 Europe/Oslo").encode("latin-1"),
    "dates": NAMED.format("utf-8", "domingo, 4 de mayo de 2026 12h30 AEST").encode("latin-1"),
    "links": FEED.format("</title><link>https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example</link><title>").encode(),
    "utf-16": FEED.format("Å").encode("utf-16"),
    "japanese": "<?xml version='1.0' encoding='iso-2022-jp'?><rss><channel><item><title>青いベリー<b>".encode(
        "iso-2022-jp"
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_nothing_is_opened_while_a_document_is_read(name: str, tmp_path: Path):
    """Every module and table is there before, so that the process can do without files."""
    (tmp_path / "body").write_bytes(BODIES[name])
    command = [sys.executable, "-c", OPENS, str(tmp_path / "body")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_only_malformed_documents_go_to_the_sandbox():
    """The fast path needs no sandbox."""
    asked: list[Document] = []

    class Noted(ParserSandbox):
        def parse(self, document: Document) -> Feed:
            asked.append(document)
            return super().parse(document)

    with Noted() as sandbox:
        assert parse_document(document(FEED.format("Å").replace(" <b>", "")), sandbox).entries[0].title == "Blåbær Å AS"
        assert not asked
        assert len(parse_document(document(FEED.format("Å")), sandbox).entries) == len(asked) == 1


@pytest.mark.parametrize("limits", [{"cpu": 0.3}, {"cpu": 60.0, "wall": 4.0}])
def test_a_slow_document_is_aborted(limits: dict[str, float]):
    """A limit of CPU or wall time kills the process; the next document is read."""
    with ParserSandbox(**limits) as sandbox:
        with pytest.raises(ParseError, match="took too long") as error:
            sandbox.parse(hostile())
        assert error.value.fetch_class == FetchClass.PARSE
        assert sandbox.parse(document(FEED.format("Ø"))).title == "Fjordavisa"


def test_the_slow_path_is_logged(caplog: pytest.LogCaptureFixture):
    """A malformed feed logs host and size; a well-formed one logs nothing."""
    caplog.set_level(logging.DEBUG, "brandwatch.feeds")
    parse_document(document(FEED.format("Å").replace(" <b>", "")))
    assert not caplog.messages
    parse_document(document(FEED.format("Å")))
    assert caplog.messages == ["slow path host=avis.example characters=112"]


def test_a_refusal_of_the_sandbox_is_logged(caplog: pytest.LogCaptureFixture):
    """The line has host and error class, and no text of the document."""
    caplog.set_level(logging.INFO, "brandwatch.feeds")
    with ParserSandbox() as sandbox, pytest.raises(ParseError):
        sandbox.parse(document("<p>hemmelig"))
    assert caplog.messages == ["sandbox refused host=avis.example class=not-a-feed"]
