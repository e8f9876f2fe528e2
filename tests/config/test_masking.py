"""Which texts are secrets, and what of them is masked."""

from __future__ import annotations

import base64

import pytest

from brandwatch.config import secrets
from brandwatch.errors import FetchError, UsageError
from brandwatch.models import Document, FetchClass, Source

PLAIN = Source(url="https://a.example/rss")
KEYED = Source(url="https://a.example/rss", headers=(("X-Key", "${K}"),))


def body_of(sent: bytes, environ: dict[str, str], token: str = "", source: Source = KEYED) -> bytes:
    """Read the body of a document after its secrets were masked."""
    clean = secrets.redact_response(Document(url="", status=200, body=sent), source, environ, token)
    assert isinstance(clean, Document)
    return clean.body


@pytest.mark.parametrize(("value", "shown"), [("abc", b"se abc her"), ("abcd", b"se ${K} her")])
def test_a_secret_has_four_characters(value: str, shown: bytes):
    """In a document; a message of ours is masked whatever the length."""
    assert body_of(f"se {value} her".encode(), {"K": value}) == shown
    assert secrets.mask(f"se {value}", ["K"], {"K": value}) == "se ${K}"


@pytest.mark.parametrize(
    ("login", "is_masked"),
    [
        ("kari:hemmelig", True), ("kari:abcd", True), ("kari:abc", False), (":hemmelig", True),
        ("kari hemmelig", False), ("kari:hem\nmelig", False), ("ka\nri:hemmelig", False),
    ],
)  # fmt: skip
def test_the_password_of_a_login_is_a_secret_too(login: str, *, is_masked: bool):
    """With a colon, four characters and none that cannot be typed."""
    value = base64.b64encode(login.encode()).decode()
    password = login.partition(":")[2] or login.partition(" ")[2]
    assert (password not in secrets.mask(f"svar: {password}", ["K"], {"K": value})) is is_masked
    assert value not in secrets.mask(f"svar: {value}", ["K"], {"K": value})


def test_a_longer_secret_is_masked_before_one_that_it_holds():
    """Else a part of it would stay."""
    environ = {"A": "hemmelig", "B": "hemmelig-2", "C": "  "}
    for names in ("ABC", "BAC"):
        assert secrets.mask("hemmelig-2 hemmelig", names, environ) == "${B} ${A}"


def test_the_token_of_a_poll_is_masked():
    """It is in no environment; without one nothing of the answer changes."""
    assert body_of(b"se polltoken her", {}, "polltoken", PLAIN) == b"se ${token_of_this_poll} her"
    assert body_of(b"se polltoken her", {}, "", PLAIN) == b"se polltoken her"
    failure = FetchError(FetchClass.TLS, "polltoken", "K4nkel", body=b"polltoken", content_type="polltoken")
    clean = secrets.redact_failure(failure, PLAIN, {"K": "K4nkel"}, "polltoken", ["K"])
    assert (clean.message, clean.hint) == ("${token_of_this_poll}", "${K}")
    assert (clean.body, clean.content_type) == (b"${token_of_this_poll}", "${token_of_this_poll}")
    assert secrets.redact_failure(failure, PLAIN, {"K": "K4nkel"}) is failure


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/?api_key=x", "api_key"), ("https://a.example/?X-Amz-Signature=x", "X-Amz-Signature"),
        ("https://a.example/#accessToken=x", "accessToken"), ("https://a.example/?q=1&pass=x", "pass"),
        ("https://a.example/?key=${KEY}", ""), ("https://a.example/?monkey=x", ""), ("https://a.example/key=x", ""),
        ("https://a.example/?passage=x", ""), ("https://a.example/?design=x&q=y", ""),
    ],
)  # fmt: skip
def test_a_parameter_that_looks_like_a_secret(url: str, name: str):
    """By its name, with a value that is written out."""
    assert secrets.find_plaintext_secret(url) == name


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("pass%20ord", "pass ord"), ("pass+ord", "pass ord"), ("p&amp;ss", "p&ss"), ("p\\u0026ss", "p&ss"),
        ("p%C3%A5ss", "påss"), ("p%e5ss", "påss"), ("pÃ¥ss", "påss"), ("p&#229;ss", "påss"), ("a\\/bc", "a/bc"),
    ],
)  # fmt: skip
def test_a_secret_is_masked_in_every_spelling(sent: str, value: str):
    """A server may decode, encode and escape what it received; another text of the same letters stays."""
    assert body_of(f"se {sent} her".encode(), {"K": value}) == b"se ${K} her"
    other = sent.replace("ss", "st").replace("bc", "bd").replace("ord", "ort")
    assert body_of(f"se {other} her".encode(), {"K": value}) == f"se {other} her".encode()


def test_a_secret_of_latin_letters_is_masked_in_latin_1():
    """As one byte; a letter beyond Latin-1 has none."""
    for value in ("bl\u00e5b", "bl\u00ffb", "bl\u00a1b"):
        assert body_of(value.encode("latin-1"), {"K": value}) == b"${K}"
    assert body_of("blčb".encode(), {"K": "blčb"}) == b"${K}"


def test_a_header_with_a_secret_is_plain_ascii():
    """Blanks around it are not sent; what cannot be sent is refused without its value."""
    assert secrets.resolve_headers(KEYED, {"K": " hemmelig "}) == (("X-Key", "hemmelig"),)
    with pytest.raises(UsageError) as caught:
        secrets.resolve_headers(KEYED, {"K": "blåbær"})
    assert "blåbær" not in caught.value.message + caught.value.hint
    assert str(secrets.LogText("https://a:b@c.example/\nx")) == "https://…@c.example/ x"
    assert secrets.explain_literal_reference("K", "linje 3")[0].startswith("${K} in linje 3 is text")
