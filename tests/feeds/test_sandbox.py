from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from brandwatch.errors import ParseError
from brandwatch.feeds import ParserSandbox, parse_document
from brandwatch.models import Document, Feed, FetchClass

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


def test_the_sandbox_ends_with_its_parent():
    """The end of standard input ends the process."""
    command = [sys.executable, "-c", "from brandwatch.feeds.sandbox import serve_documents; serve_documents(5)"]
    assert subprocess.run(command, input=b"", capture_output=True, timeout=20, check=False).returncode == 0


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
