from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from brandwatch.feeds import parse_document, read_page
from brandwatch.models import Document
from brandwatch.text import encodings
from brandwatch.text.decoding import decode_text, parse_json

FEED = (
    '<?xml version="1.0" encoding="{}"?><rss version="2.0"><channel><title>F</title>'
    "<item><title>{}</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "Blåbær 在北京 镕"),
        ("GB_2312-80", "gb18030", "在北京 镕"),
        ("euc-kr", "cp949", "블루베리 똠"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
        ("Shift_JIS", "cp932", "① ㈱ 髙"),
        ("x-sjis", "cp932", "ｱｸﾒ ㈱"),
        ("euc-jp", "euc_jis_2004", "会社 ①"),
        ("iso-2022-jp", "iso2022_jp", "会社"),
        ("big5", "big5hkscs", "公司 裏"),
        ("x-x-big5", "big5hkscs", "公司"),
        ("iso-8859-1", "cp1252", "Åsgård – «Blåbær» €"),
        ("ISO_8859-1:1987", "cp1252", "Åsgård €"),
        ("us-ascii", "cp1252", "Åsgård"),
        ("latin5", "cp1254", "Işık € İ"),
        ("iso-8859-11", "cp874", "บริษัท €"),
        ("tis-620", "cp874", "บริษัท"),
        ("x-mac-roman", "mac_roman", "Åsgård œ"),
        ("koi8-r", "koi8_r", "Новости"),
        ("win1251", "cp1251", "Новости"),
        ("windows1257", "cp1257", "Žalia įmonė"),
        ("l9", "iso8859_15", "Åsgård €"),
        ("cp850", "cp850", "Åsgård"),
        ("hz-gb-2312", "hz", "公司"),
    ],
)
def test_labels_of_encodings_mean_what_publishers_write(label: str, codec: str, text: str):
    """In the declaration of the document, and in the header of the server."""
    body = FEED.format(label, text).encode(codec)
    declared = Document(url="https://avis.example/rss", status=200, body=body)
    undeclared = body.replace(f' encoding="{label}"'.encode(codec), b"")
    of_server = Document(
        url="https://avis.example/rss", status=200, body=undeclared, content_type=f'text/xml; charset="{label}"'
    )
    for document in (declared, of_server):
        assert [entry.title for entry in parse_document(document).entries] == [text]


@pytest.mark.parametrize("label", ["utf-8", "no-such-encoding", "utf-7", "utf-16", "idna", "base64"])
def test_a_label_that_cannot_be_true_is_ignored(label: str):
    """Broken UTF-8 is read as Windows-1252 where the label is wrong, unknown, no text, or too wide."""
    body = FEED.format(label, "Blåbær på åsen").encode("cp1252")
    assert "<title>Blåbær på åsen</title>" in decode_text(body, f"text/xml; charset={label}")


def test_every_label_of_the_standard_has_a_codec():
    """The codecs of the table exist, and each label belongs to one."""
    table = tomllib.loads(Path(encodings.__file__).with_suffix(".toml").read_text("utf-8"))
    labels = [label for labels in table.values() for label in labels.split()]
    assert len(labels) == len(set(labels))
    assert all(b"x".decode(codec) == "x" for codec in table if not codec.startswith("utf-16"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32"])
def test_wide_encodings_need_no_mark(encoding: str):
    """The zero bytes at the start tell the width, in XML, JSON and pages; a page of ASCII has none."""
    body = FEED.format("utf-16", "Blåbær").encode(encoding)
    assert [e.title for e in parse_document(Document(url="", status=200, body=body)).entries] == ["Blåbær"]
    feed = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "Blåbær"}]}'.encode(encoding)
    assert [e.title for e in parse_document(Document(url="", status=200, body=feed)).entries] == ["Blåbær"]
    page = "<html><title>Blåbær</title>".encode(encoding)
    assert read_page(Document(url="", status=200, body=page)).title == "Blåbær"
    assert decode_text(b"\0<rss>") == "\0<rss>"


@pytest.mark.parametrize(
    "head",
    ['<meta charset="{}">', "<meta charset={}>", '<META http-equiv=Content-Type content="text/html; charset={}">'],
)
def test_a_page_declares_its_encoding_in_meta(head: str):
    """The label counts within the first kilobyte, and after that of the server."""
    page = f"<html><head>{head.format('gb2312')}<title>公司 镕</title>".encode("gbk")
    assert read_page(Document(url="", status=200, body=page)).title == "公司 镕"
    late = f"<html><!--{' ' * 1024}-->{head.format('gb2312')}<title>公</title>".encode("gbk")
    assert read_page(Document(url="", status=200, body=late)).title != "公"


def test_one_broken_byte_does_not_cost_the_encoding():
    """A declared encoding with few errors is better than UTF-8 with many."""
    body = FEED.format("gb2312", "在北京在北京在北京").encode("gbk").replace(b"</title></item>", b"\xff</title></item>")
    assert "在北京在北京" in decode_text(body)
    body = FEED.format("gb2312", "blåbær på åsen og fjord").encode().replace(b"</title></item>", b"\xff</title></item>")
    assert "blåbær på åsen" in decode_text(body)


def test_json_behind_a_mark_and_blanks():
    """A byte order mark is dropped wherever it is before the JSON."""
    body = b"\xef\xbb\xbf\n\xef\xbb\xbf" + '["å"]'.encode()
    assert parse_json(Document(url="", status=200, body=body)) == ["å"]
