from __future__ import annotations

from dataclasses import replace

import pytest

from brandwatch.config import secrets
from brandwatch.errors import FetchError, UsageError
from brandwatch.models import Document, FetchClass, Source

ADDRESS = "https://a.example/rss?key=${FEED_KEY}&x=${OTHER}"


def test_secrets_are_resolved_and_masked():
    """Names become values for the fetch, and values become names again in all output."""
    environ = {"FEED_KEY": "s3cr3t", "OTHER": "æ"}
    asked = secrets.resolve_env(ADDRESS, environ)
    assert asked == "https://a.example/rss?key=s3cr3t&x=æ"
    assert (
        secrets.mask(f"no answer from {asked}", secrets.secret_names(ADDRESS), environ) == f"no answer from {ADDRESS}"
    )
    assert secrets.secret_names(ADDRESS) == ("FEED_KEY", "OTHER")


def test_an_unset_secret():
    """A missing variable is named, and never becomes an empty secret."""
    for environ in ({}, {"FEED_KEY": "", "OTHER": "x"}):
        with pytest.raises(UsageError, match="the environment variable FEED_KEY is not set"):
            secrets.resolve_env(ADDRESS, environ)


@pytest.mark.parametrize("value", ["s3cret\n", "s3\x00cret", "s3cret\udcff"])
def test_an_unusable_secret(value: str):
    """A variable with characters invalid in URLs and headers is named, without its value."""
    with pytest.raises(UsageError, match="FEED_KEY has a character") as caught:
        secrets.resolve_env("${FEED_KEY}", {"FEED_KEY": value})
    assert "cret" not in caught.value.message + caught.value.hint
    assert secrets.mask(f"x{value}x", ["FEED_KEY"], {"FEED_KEY": value}) == f"x{value}x"


def test_headers_are_filled_in():
    """A value may have a scheme before its secret; the error for non-ASCII names header and variable."""
    source = Source(url="https://a.example/", headers=(("Authorization", "Bearer ${T}"), ("Accept", "text/xml")))
    assert secrets.resolve_headers(source, {"T": "s3cret "}) == (
        ("Authorization", "Bearer s3cret"),
        ("Accept", "text/xml"),
    )
    with pytest.raises(UsageError, match="the value of Bearer \\$\\{T\\} cannot be sent as the header Authorization"):
        secrets.resolve_headers(source, {"T": "blåbær"})


def test_external_urls_have_no_secrets():
    """Only URL templates from the user's own files are filled in; headers always are."""
    source = Source(url=ADDRESS, headers=(("X-Key", "${T}"),))
    environ = {"FEED_KEY": "s3cr3t", "OTHER": "x", "T": "t0ken"}
    assert (secrets.resolve_url(source, environ), secrets.source_secret_names(source)) == (ADDRESS, ("T",))
    answer = Document(url=ADDRESS, status=200, body=b"s3cr3t t0ken")
    shown = secrets.redact_response(answer, source, environ)
    assert isinstance(shown, Document)
    assert shown.body == b"s3cr3t ${T}"
    template = replace(source, is_template=True)
    assert secrets.resolve_url(template, environ) == "https://a.example/rss?key=s3cr3t&x=x"
    signs = environ | {"FEED_KEY": "a&b#c/d?e=f%20 ø"}
    assert secrets.resolve_url(template, signs) == "https://a.example/rss?key=a%26b%23c%2Fd%3Fe%3Df%2520%20%C3%B8&x=x"
    assert secrets.source_secret_names(template) == ("FEED_KEY", "OTHER", "T")


SENT = Source(url="https://a.example/rss?k=${URL_KEY}", is_template=True, headers=(("X-Api-Key", "${HEADER_KEY}"),))
ENVIRON = {"URL_KEY": "a/b+c&d", "HEADER_KEY": "hemmelig", "OTHER": "else"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("the key hemmelig is wrong", "the key ${HEADER_KEY} is wrong"),
        ("https://a.example/rss?k=a/b+c&d", "https://a.example/rss?k=${URL_KEY}"),
        ("?k=a%2Fb%2Bc%26d and a/b%2Bc%26d", "?k=${URL_KEY} and ${URL_KEY}"),
        ("<p>a/b+c&amp;d</p>", "<p>${URL_KEY}</p>"),
        (r'{"k": "a\/b+c&d"}', '{"k": "${URL_KEY}"}'),
        ("a%2fb%2bc%26d", "${URL_KEY}"),
        ("a%252Fb%252Bc%2526d and a%252fb%252bc%2526d", "${URL_KEY} and ${URL_KEY}"),
        ("a&#47;b&#43;c&#38;d &#x61; a&#x2F;b&#x2b;c&amp;d", "${URL_KEY} &#x61; ${URL_KEY}"),
        (
            "<description>a/b+c&amp;amp;d a%2Fb&amp;#43;c&amp;#x26;d</description>",
            "<description>${URL_KEY} ${URL_KEY}</description>",
        ),
        (r'{"k": "a\u002fb\u002Bc\u0026d"}', '{"k": "${URL_KEY}"}'),
        ("a/b+c&amp;d%26 a/b c&d a/b+c&e", "${URL_KEY}%26 a/b c&d a/b+c&e"),
        ("nothing else", "nothing else"),
    ],
)
def test_repeated_secrets_are_redacted(said: str, shown: str):
    """In any spelling and place of a response, a secret is removed before parsing."""
    document = Document(url=said, status=200, body=said.encode(), content_type=said, moved_to=said)
    clean = secrets.redact_response(document, SENT, ENVIRON)
    assert isinstance(clean, Document)
    assert (clean.url, clean.content_type, clean.moved_to, clean.body.decode()) == (shown,) * 4
    wide = secrets.redact_response(Document(url="", status=200, body=said.encode("utf-16")), SENT, ENVIRON)
    assert isinstance(wide, Document)
    assert wide.body.decode("utf-16") == shown
    error = secrets.redact_response(FetchError(FetchClass.TLS, said, said, status=1), SENT, ENVIRON)
    assert isinstance(error, FetchError)
    assert (error.message, error.hint, str(error), error.status) == (shown, shown, shown, 1)


def test_letters_beyond_ascii_are_redacted():
    """A server may send them in UTF-8 or Latin-1, percent-encoded, escaped, or garbled."""
    source = Source(url="https://a.example/rss?k=${K}", is_template=True)
    value = "blåbær-øl 9"
    spellings = [value, "bl%C3%A5b%C3%A6r-%C3%B8l%209", "bl%e5b%e6r-%f8l+9", "bl&aring;b&aelig;r-&#248;l&nbsp;9"]
    spellings += [r"bl\u00e5b\u00E6r-\u00f8l 9", value.encode().decode("latin-1"), "bl&#xE5;b&#xe6;r&#45;øl&#32;9"]
    body = " | ".join(spelling.replace("&nbsp;", " ") for spelling in spellings)
    for sent in (body.encode(), value.encode("latin-1")):
        clean = secrets.redact_response(Document(url="", status=200, body=sent), source, {"K": value})
        assert isinstance(clean, Document)
        assert set(clean.body.decode().split(" | ")) == {"${K}"}


def test_the_password_of_basic_authentication_is_redacted():
    """A header holds user and password as one text; a server may repeat the decoded password."""
    source = Source(url="https://a.example/", headers=(("Authorization", "Basic ${LOGIN}"),))
    answer = Document(url="", status=200, body=b"kari / hemmelig1 / a2FyaTpoZW1tZWxpZzE=")
    clean = secrets.redact_response(answer, source, {"LOGIN": "a2FyaTpoZW1tZWxpZzE="})
    assert isinstance(clean, Document)
    assert clean.body == b"kari / ${LOGIN} / ${LOGIN}"


def test_a_validator_with_a_secret_is_dropped():
    """Validators are stored verbatim; others, and all without a sent secret, stay unchanged."""
    document = Document(url="", status=200, etag='"hemmelig-1"', last_modified="Mon", body=b"hemmelig")
    clean = secrets.redact_response(document, SENT, ENVIRON)
    assert isinstance(clean, Document)
    assert (clean.etag, clean.last_modified) == ("", "Mon")
    assert secrets.redact_response(document, Source(url="https://a.example/"), ENVIRON) is document


def test_a_short_secret_is_not_redacted():
    """Values under four characters are no secrets, and occur in documents by chance."""
    document = Document(url="", status=200, body=b"<rss/>")
    assert secrets.redact_response(document, SENT, {"URL_KEY": "r", "HEADER_KEY": "ss"}) == document


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://kari:hemmelig@a.example/x", "https://…@a.example/x"),
        ("https://a.example/?q=x&api_key=hemmelig&n=1", "https://a.example/?q=x&api_key=…&n=1"),
        ("https://a.example/?ACCESS_TOKEN=hemmelig#sig=hemmelig", "https://a.example/?ACCESS_TOKEN=…#sig=…"),
        (
            "two: http://a:b@c.example/ and http://d.example/?password=e",
            "two: http://…@c.example/ and http://d.example/?password=…",
        ),
        ("https://a.example/kari@b.example?q=x", "https://a.example/kari@b.example?q=x"),
        ("no address at all", "no address at all"),
        ("headers: {X-Api-Key: hemmelig, X-Acme: 1}", "headers: {X-Api-Key: …, X-Acme: 1}"),
        ('Authorization: "Bearer hemmelig"', 'Authorization: …"'),
        ('X-Api-Key: "${ACME_KEY}"', 'X-Api-Key: "${ACME_KEY}"'),
    ],
)
def test_urls_are_masked(written: str, shown: str):
    """User, password and the values of secret-like parameters are masked; the rest stays."""
    assert secrets.redact_text(written) == shown
