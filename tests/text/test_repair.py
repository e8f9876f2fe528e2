"""Documents as servers break them: references, CDATA sections, JSON, and what a document is that is no feed."""

from __future__ import annotations

import pytest

from brandwatch.errors import ParseError
from brandwatch.models import Document
from brandwatch.text.decoding import (
    close_cdata,
    decode_text,
    describe_document,
    page_title,
    parse_json,
    repair_cdata,
    repair_xml,
)


def document(body: bytes | str, content_type: str = "") -> Document:
    """A fetched document."""
    data = body if isinstance(body, bytes) else body.encode()
    return Document(url="https://avis.example/", status=200, body=data, content_type=content_type)


@pytest.mark.parametrize(
    ("written", "repaired"),
    [
        ("Blåbær & Fjord", "Blåbær &amp; Fjord"),
        ("&amp; &lt; &gt; &quot; &apos;", "&amp; &lt; &gt; &quot; &apos;"),
        ("&aring;sg&Aring;rd", "åsgÅrd"),
        ("&ukjent; &", "&amp;ukjent; &amp;"),
        ("&#229; &#xe5; &#XE5;", "&#229; &#xe5; &#XE5;"),
        ("a&#0;b&#x1F;c&#xFFFE;", "abc"),
        ("&#1114111; &#x10FFFF;", "&#1114111; &#x10FFFF;"),
        ("a&#1114112;b&#x110000;c", "abc"),
        ("a\x00b\x0bc\ufffed\uffffe", "abcde"),
        ("\ud800å", "å"),
        ("\t\n\r ÿ", "\t\n\r ÿ"),
        ("& <![CDATA[ & &aring; ]]> &", "&amp; <![CDATA[ & &aring; ]]> &amp;"),
        ("& <![CDATA[ & ]]> & <![CDATA[ & ]]>&", "&amp; <![CDATA[ & ]]> &amp; <![CDATA[ & ]]>&amp;"),
        ("<![CDATA[ & a", "<![CDATA[ &amp; a"),
    ],
)
def test_a_document_is_made_well_formed(written: str, repaired: str):
    """Characters that XML forbids go; references that it does not know are characters; sections stay as they are."""
    assert repair_xml(written) == repaired
    assert repair_xml(repaired) == repaired


@pytest.mark.parametrize(
    ("written", "repaired"),
    [
        ("<a>&lt;![CDATA[Åsgård]]&gt;</a>", "<a>Åsgård</a>"),
        ("<a>&lt;![cdata[Åsgård]]&gt;</a>", "<a>Åsgård</a>"),
        ("<a>&amp;lt;![CDATA[Åsgård]]&amp;gt;</a>", "<a>Åsgård</a>"),
        ("<a>&#60;![CDATA[Åsgård]]&#x3E;</a>", "<a>Åsgård</a>"),
        ("<a>]]&gt; Åsgård</a>", "<a>]]&gt; Åsgård</a>"),
        ("<a><![CDATA[Åsgård]]></a>", "<a><![CDATA[Åsgård]]></a>"),
        ("<a><![CDATA[Åsgård</a><b>", "<a><![CDATA[Åsgård</a><b>]]>"),
    ],
)
def test_the_marks_of_sections_are_closed_or_dropped(written: str, repaired: str):
    """Marks that were escaped are no text; a section ends somewhere."""
    assert repair_cdata(written) == repaired


TAIL = "</item><item><title>Blåbær</title></item>"


@pytest.mark.parametrize(
    ("written", "closed"),
    [
        ("a]]>b", "ab"),
        ("a<!-- b", "a b"),
        ("a<!-- b -->c]]>", "a<!-- b -->c"),
        ("<!-- a --><!-- b", "<!-- a --> b"),
        ("<!-- ]]> -->a]]>", "<!-- ]]> -->a"),
        ("<t><![CDATA[a <!-- b ]]></t>", "<t><![CDATA[a <!-- b ]]></t>"),
        ("<t><![CDATA[a<![CDATA[b]]>c]]></t>", "<t><![CDATA[abc]]></t>"),
        ("<t><! [CDATA[a]]></t>", "<t><![CDATA[a]]></t>"),
        (f"<item><title><![CDATA[a</title>{TAIL}", f"<item><title><![CDATA[a]]></title>{TAIL}"),
        (f"<item><title><![CDATA[a]]</title>{TAIL}", f"<item><title><![CDATA[a]]></title>{TAIL}"),
        (f"<item><title><![CDATA[a] ]></title>{TAIL}", f"<item><title><![CDATA[a]]></title>{TAIL}"),
        (f"<item><title><![CDATA[a{TAIL}", f"<item><title><![CDATA[a]]></title>{TAIL}"),
        (
            f"<item><title x='1'><![CDATA[a</title><link/>{TAIL}<item><title><![CDATA[c]]></title></item>",
            f"<item><title x='1'><![CDATA[a]]></title><link/>{TAIL}<item><title><![CDATA[c]]></title></item>",
        ),
    ],
)
def test_a_section_ends_with_its_element(written: str, closed: str):
    """One inside another is joined with it, stray ends go, and a comment without an end hides nothing."""
    assert close_cdata(written) == closed


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("Åsgård".encode(), "text/xml; charset=iso-8859-1", "Åsgård"),
        ("\ufeffÅsgård".encode(), "", "Åsgård"),
        ("Åsgård".encode("cp1252"), "", "Åsgård"),
        ("Åsgård".encode("cp1252"), "text/xml; charset=utf-8", "Åsgård"),
        ("Žalia".encode("cp1257"), "text/xml; charset=windows-1257", "Žalia"),
        ("\ufeffŽalia".encode() + b"\xff", "text/xml; charset=windows-1257", "Žaliaÿ"),
        ("会社".encode("iso2022_jp"), "text/xml; charset=iso-2022-jp", "会社"),
        ("公司".encode("hz"), "text/xml; charset=hz-gb-2312", "公司"),
        (b"Acme ~{ \x1b", "", "Acme ~{ \x1b"),
        ("å".encode("utf-16"), "", "å"),
        (b"\x81\xc5", "", "\ufffdÅ"),
    ],
)
def test_how_bytes_become_text(body: bytes, content_type: str, text: str):
    """Valid UTF-8 first, then the declaration, then Windows-1252 for each broken byte."""
    assert decode_text(body, content_type) == text


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"a": "bl\\å"}', {"a": "bl\\å"}),
        ('{"a": "x\ty\\n"}', {"a": "x\ty\n"}),
        ('["\\ud83d\\ude00", "\\ud83d", "\\\\ud83d"]', ["😀", "\ufffd", "\\ud83d"]),
        ("\ufeff \r\n[1]", [1]),
    ],
)
def test_json_as_servers_write_it(body: str, value: object):
    """Backslashes that escape nothing, raw controls, and half a character do not cost the document."""
    assert parse_json(document(body)) == value


@pytest.mark.parametrize("body", ['{"a": [1, ', '{"a": "bl', '[{"a": 1}, {"b"', ' {"a": "\\"'])
def test_json_that_breaks_off_is_truncated(body: str):
    """Something is open at the end."""
    with pytest.raises(ParseError, match="breaks off in the middle") as caught:
        parse_json(document(body))
    assert caught.value.fetch_class == "truncated"


@pytest.mark.parametrize("body", ["", "<rss/>", '{"a": 1]}', "{'a'}", '"bl', "a [", "[1] }", '{"a": "{["} x'])
def test_other_texts_are_no_json(body: str):
    """Nothing is open, or it never was an object or a list."""
    with pytest.raises(ValueError, match=r"line 1|char") as caught:
        parse_json(document(body))
    assert not isinstance(caught.value, ParseError)


def test_json_that_is_nested_too_deep_is_refused():
    """It costs its own document, not the stack."""
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json(document("[" * 100_000 + "]" * 100_000))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b" \x89PNG\r\n", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF89a", "a GIF image"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b\x08", "gzip data"),
        ("<!DOCTYPE  html><title> Logg\ninn – Åsgård </title>", "an HTML page titled “Logg inn – Åsgård”"),
        (f"<html><title>{'å' * 99}</title>", f"an HTML page titled “{'å' * 80}”"),
        ("x <DIV>", "an HTML page"),
        ("<html><title></title>", "an HTML page"),
        ('{"a": 1}', "JSON of another kind"),
        ("[1]", "JSON of another kind"),
        ("<svg/>", "XML of another kind"),
        ("<htmlx/>", "XML of another kind"),
        ("Åsgård", "plain text"),
        ("Åsgård\x07\nBlåbær", "plain text"),
        (b"\x00\x01\x02\x03", "binary data"),
        ("x" * 19_999 + "<html>", "plain text"),
    ],
)
def test_a_document_that_is_no_feed_is_described(body: bytes | str, words: str):
    """By its first bytes, or by what its beginning looks like."""
    assert describe_document(document(body)) == words


def test_the_title_of_a_page():
    """On one line and decoded; a page without one has none."""
    assert page_title("<head><TITLE lang='nb'>\n Bl&aring;bær\n <b>AS</b></title>") == "Blåbær AS"
    assert page_title("<head><title>" + "å" * 501 + "</title>") == ""
    assert page_title("<head>") == ""
