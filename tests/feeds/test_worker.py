from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from brandwatch.errors import ParseError
from brandwatch.feeds import ParserSandbox, parse_document
from brandwatch.models import Document, FetchClass

# Not well-formed, so that it takes feedparser.
ITEM = "<item><title>Blåbær {} <b> AS</title></item>"
FEED = f"<rss version='2.0'><channel><title>Fjordavisa</title>{ITEM}</channel></rss>"


def document(body: str) -> Document:
    """Return a body that came from one address."""
    return Document(url="https://avis.example/feed", status=200, body=body.encode())


def hostile() -> Document:
    """Return what costs feedparser a time quadratic in its size: very many attributes."""
    attributes = " ".join(f"a{number}='x'" for number in range(40_000))
    return document(f"<rss version='2.0'><channel><item {attributes}><title>x <b></title></item></channel></rss>")


def test_the_worker_reads_as_we_do():
    """A feed that takes feedparser comes back from the worker as it does in process, from any thread."""
    documents = [document(FEED.format(number)) for number in range(8)]
    with ParserSandbox() as worker, ThreadPoolExecutor(4) as threads:
        assert list(threads.map(worker.parse, documents)) == [parse_document(one) for one in documents]


def test_only_what_is_not_well_formed_goes_to_the_worker():
    """The fast path needs no worker; the rest is handed over."""
    asked: list[Document] = []
    with ParserSandbox() as worker:

        def slow(one: Document):
            asked.append(one)
            return worker.parse(one)

        assert parse_document(document(FEED.format("Å").replace(" <b>", "")), slow).entries[0].title == "Blåbær Å AS"
        assert not asked
        assert len(parse_document(document(FEED.format("Å")), slow).entries) == len(asked) == 1


@pytest.mark.parametrize("limits", [{"cpu": 0.3}, {"wall": 1.0}])
def test_a_document_that_takes_too_long_is_given_up(limits: dict[str, float]):
    """The process is stopped by the time it uses or the time that passes, and the next document is read."""
    with ParserSandbox(**limits) as worker:
        with pytest.raises(ParseError, match="took too long") as error:
            worker.parse(hostile())
        assert error.value.fetch_class == FetchClass.PARSE
        assert worker.parse(document(FEED.format("Ø"))).title == "Fjordavisa"


def test_the_worker_dies_with_its_parent():
    """The end of its standard input is the end of the process."""
    command = [sys.executable, "-c", "from brandwatch.feeds.sandbox import serve_documents; serve_documents(5)"]
    assert subprocess.run(command, input=b"", capture_output=True, timeout=20, check=False).returncode == 0
