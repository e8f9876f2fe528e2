from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.http.chaos import chaos
from tests.http.test_chaos import ending
from tests.http.test_client import fetch

from brandwatch.errors import FetchError
from brandwatch.http.response_head import repair_head, shorten

SOUND = (b"Content-Type: text/xml", b"Content-Length: 6")


def response(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK", end: bytes = b"\r\n") -> bytes:
    """A small document with lines in its head."""
    return end.join([status, *lines, b"", b"<rss/>"])


@pytest.mark.parametrize(
    "line",
    [
        b"Fatal error in plugin",
        b"<br />",
        b"PHP Warning:  Undefined variable $bl in /var/www/feed.php on line 12",
        "Størrelse: 5".encode(),
        b": uten navn",
        b"X-Null: a\0b",
        b"X-Form: a\x0cb",
        b"X-Mulig : blank",
        b"\xff\xfe",
        b"Set-Cookie",
    ],
)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_bad_header_line_costs_only_itself(line: bytes, end: bytes):
    """The headers before and after it count, and the body is whole."""
    for lines in ((line, *SOUND), (*SOUND, line), (SOUND[0], line, SOUND[1])):
        with chaos(response(*lines, end=end)) as server:
            document = fetch(server.url())
        assert (document.body, document.content_type) == (b"<rss/>", "text/xml")


def test_a_continuation_belongs_to_its_line():
    """It is dropped with a bad line, and is a part of a good one; the first line continues nothing."""
    bad = (b" forlatt", b"Ugyldig linje", b"  X-A: fortsatt")
    lines = (*bad, b"Content-Type: text/xml;", b"\tcharset=utf-8", SOUND[1])
    with chaos(response(*lines)) as server:
        assert fetch(server.url()).content_type == "text/xml; charset=utf-8"


def test_a_head_that_arrives_in_pieces():
    """A bad line is passed over as well if the head comes byte by byte, and after an early hint."""
    hint = b"HTTP/1.1 103 Early Hints\r\nUgyldig\r\n\r\n"
    sent = hint + response(b"Ugyldig", *SOUND)
    with chaos(*(sent[at : at + 7] for at in range(0, len(sent), 7))) as server:
        assert fetch(server.url()).body == b"<rss/>"


@pytest.mark.parametrize(
    "status",
    [
        b"HTTP/2 200",
        b"\r\nHTTP/1.1 200 OK",
        b"HTTP/1.1  200 OK",
        b"http/1.1 200 OK",
        b"HTTP/1.1 200OK",
        b"HTTP/1.1\t200 Sk\xe5l",
    ],
)
def test_a_status_line_with_other_blanks_or_case(status: bytes):
    """It is read as browsers read it."""
    with chaos(response(*SOUND, status=status)) as server:
        assert fetch(server.url()).body == b"<rss/>"


def test_a_repaired_response_leaves_a_usable_connection():
    """The next request may go over the same connection."""
    with chaos(response(b"Ugyldig", *SOUND)) as server:
        assert ending(server.url(), times=2).how == "ok"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "“SSH-2.0-OpenSSH_9.2”"),
        (b"220 smtp.bl\xc3\xa5b\xc3\xa6r.example ESMTP\r\n\r\n", "“220 smtp.blåbær.example ESMTP”"),
        (b"HTTP/1.1 OK\r\n\r\n", "“HTTP/1.1 OK”"),
        (b"\x1b[31m\x00\xff\r\n\r\n", "illegal status line"),
        (response(b"Content-Length: 5", b"Content-Length: 6"), "Content-Length"),
        (response(b"Ugyldig", b"Content-Length: -5"), "Content-Length"),
    ],
)
def test_other_heads_are_refused_in_words(sent: bytes, words: str):
    """What does not speak HTTP is quoted as text, and contradicting lengths stay an error."""
    with chaos(sent) as server, pytest.raises(FetchError) as caught:
        fetch(server.url())
    assert caught.value.fetch_class == "connect"
    assert words in caught.value.message
    assert "bytearray" not in caught.value.message
    assert "\x1b" not in caught.value.message


def test_a_sound_head_is_not_changed():
    """Repair keeps every line of a sound response, and every byte of its body."""
    sent = response(*SOUND) + b"\nUgyldig\r\n\r\n"
    assert repair_head(sent) == sent


@given(
    st.lists(
        st.sampled_from(
            [b"HTTP/1.1 200", b"HTTP/2 200 ", b"A: b", b" c", b"\td\r", b"\n", b"\r\n", b"\0", b"bad", b":"]
        )
    )
)
def test_a_repaired_head_is_sound(pieces: list[bytes]):
    """A second repair changes nothing, so that reading again ends."""
    repaired = repair_head(b"".join(pieces))
    assert repair_head(repaired) == repaired


def test_a_shortened_text_has_no_half_word():
    """A cut secret would not be recognised as one; a short text is whole."""
    assert shorten(f"til /{'a' * 60}?k={'hemmelig' * 9}") == f"til /{'a' * 60}?k=…"
    assert shorten("til /feed?k=hemmelig") == "til /feed?k=hemmelig"
