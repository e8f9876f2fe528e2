from __future__ import annotations

import pytest
from tests.http.chaos import chaos
from tests.http.test_client import fetch

from brandwatch.errors import FetchError

OK = b"HTTP/1.1 200 OK\r\n"


def with_headers(*headers: bytes) -> bytes:
    """A small document with response headers."""
    return b"\r\n".join([OK.strip(), *headers, b"Content-Length: 6", b"", b"<rss/>"])


@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        ('"å"'.encode(), "søn, 29 nov 2026".encode()),
        ('"å"'.encode("latin-1"), "søn, 29 nov 2026".encode("latin-1")),
        (b"W/abc, 'uten anf\xf8rsel'", b"0"),
        (b'"\x01\xff"', b"Sun, 29 Nov 2026 11:00:00 GMT"),
        ('"Блåбæр"'.encode(), b"yesterday"),
    ],
)
def test_validators_are_sent_back_byte_for_byte(etag: bytes, last_modified: bytes):
    """A validator is what the server wrote, in any encoding, well-formed or not."""
    with chaos(with_headers(b"ETag: " + etag, b"Last-Modified: " + last_modified)) as server:
        first = fetch(server.url())
        fetch(server.url(), etag=first.etag, last_modified=first.last_modified)
    lines = [line.encode("latin-1") for line in server.asked[1].split("\r\n")]
    assert b"If-None-Match: " + etag in lines
    assert b"If-Modified-Since: " + last_modified in lines


@pytest.mark.parametrize(
    "headers",
    [
        [b"ETag: *"],
        [b'ETag: "a"', b'ETag: "b"'],
        [b'ETag: "' + b"x" * 2000 + b'"'],
        [b"ETag: "],
        [b"ETag"],
        [b'ETag: "\0"'],
    ],
)
def test_a_validator_that_cannot_be_sent_back_is_not_kept(headers: list[bytes]):
    """`*` matches every document, of two values one is wrong, a long one would fill the head of the request."""
    with chaos(with_headers(*headers)) as server:
        assert fetch(server.url()).etag == ""


def test_a_repeated_validator_is_one():
    """The same value twice is that value."""
    with chaos(with_headers(b'ETag: "a"', b'etag: "a"')) as server:
        assert fetch(server.url()).etag == '"a"'


def test_a_stored_validator_beyond_latin_1_is_not_sent():
    """Versions before this one decoded validators as UTF-8; without one the document is fetched whole."""
    with chaos(with_headers()) as server:
        assert fetch(server.url(), etag='"ł"', last_modified="x").body == b"<rss/>"
    assert "If-" not in server.asked[0]


def test_not_modified_without_a_condition():
    """A 304 that was not asked for is no content, and no redirect; after a validator it is an unchanged document."""
    with chaos(b"HTTP/1.1 304 Not Modified\r\n\r\n") as server:
        with pytest.raises(FetchError) as caught:
            fetch(server.url())
        assert fetch(server.url(), etag='"a"').is_not_modified
    assert (caught.value.fetch_class, caught.value.status) == ("empty", 304)
    assert "the whole document was asked for" in caught.value.message
