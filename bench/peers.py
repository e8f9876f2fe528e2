"""Compare what is read of other parsers' test documents with what their own tests expect.

    python bench/peers.py FOLDER… [--all]

Each FOLDER is a checkout of gofeed, feed-rs, feedparser or miniflux. Of each expectation about the title, link, author,
date or text of an entry the value is compared as we store it: text without markup, names without mail addresses. Prints
the differences, the share that agrees, and the share without the classes of differences that are ours by intent;
`--all` prints those as well.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from brandwatch.errors import ParseError
from brandwatch.feeds import parse_document
from brandwatch.models import Document
from brandwatch.text import dates, html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Entry, Feed

_NOW = datetime(2100, 1, 1, tzinfo=UTC)
_SHOWN = 110
_BASE = "http://127.0.0.1:8097/"


class Expectation(NamedTuple):
    """The value of a field of one entry (or, with -1, of the feed) by a test of another parser."""

    test: str
    body: bytes
    url: str
    number: int
    field: str
    value: str


def main() -> None:
    """Read every document, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    expectations = [each for folder in options.folders for reader in _READERS for each in reader(folder)]
    suites, agreed, by_intent = Counter[str](), Counter[str](), Counter[str]()
    for each in expectations:
        suite = each.test.split(":", maxsplit=1)[0]
        suites[suite] += 1
        ours = _ours(each)
        if _agrees(each, ours):
            agreed[suite] += 1
            continue
        intent = _intent(each, ours)
        by_intent[intent] += bool(intent)
        if options.all or not intent:
            print(
                f"{each.test} {each.field}[{each.number}] {intent}\n    {each.value[:_SHOWN]!r}\n    {ours[:_SHOWN]!r}"
            )
    total, same = suites.total(), agreed.total()
    for suite, count in suites.items():
        print(f"{suite}: {agreed[suite]} of {count}")
    for intent, count in by_intent.most_common():
        print(f"{count:4} {intent}") if intent else None
    print(f"{same} of {total} agree ({same / total:.1%})")
    print(f"{same} of {total - by_intent.total()} without those by intent ({same / (total - by_intent.total()):.1%})")


def _ours(expected: Expectation) -> str:
    """Return our value, empty if the document is no feed or has no such entry."""
    try:
        feed = parse_document(Document(url=expected.url, status=200, body=expected.body))
    except ParseError as error:
        return f"({error.fetch_class})"
    if expected.number < 0:
        return feed.title if expected.field == "title" else feed.url
    if expected.number >= len(feed.entries):
        return "(no entry)"
    return _value(feed.entries[expected.number], feed, expected.field)


def _value(entry: Entry, _: Feed, field: str) -> str:
    match field:
        case "published" | "updated":
            when = getattr(entry, field)
            return when.isoformat() if when else ""
        case "text":
            return "\n".join(filter(None, (entry.title, entry.text)))
        case "link":
            return entry.url
        case _:
            return str(getattr(entry, field))


def _agrees(expected: Expectation, ours: str) -> bool:
    match expected.field:
        case "published" | "updated":
            when = dates.parse_date(expected.value, now=_NOW)
            return bool(when) and bool(ours) and when.isoformat()[:19] == ours[:19] if when else not ours
        case "text":
            return _plain(expected.value.removesuffix("...")) in _plain(ours)
        case "link":
            return _same_link(urljoin(expected.url, expected.value)) == _same_link(ours)
        case "author":
            return sorted(expected.value.split(", ")) == sorted(ours.split(", ")) or _plain(expected.value) == _plain(
                ours
            )
        case _:
            return _plain(expected.value) == _plain(ours) or expected.value == ours


def _same_link(link: str) -> str:
    scheme, _, rest = unquote(link).rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.lower()}{slash}{path}"


def _plain(value: str) -> str:
    return "".join(html.html_to_text(html.html_to_text(value)).split())


def _intent(expected: Expectation, ours: str) -> str:
    """Name the reason why a difference is meant, empty if it is not."""
    wanted = urljoin(expected.url, expected.value)
    is_read = not ours.startswith("(")
    is_link = expected.field == "link" and is_read
    is_author = expected.field == "author" and is_read
    has_links = expected.body.count(b"<link>") > 2  # noqa: PLR2004 (one of the channel and one of the entry)
    rules = {
        "a mail address is no author": is_author and "@" in expected.value,
        "the author of a channel has not written its entries": is_author and not ours,
        "JSON Feed 1.1 replaces `author` by `authors`": is_author and expected.body.lstrip().startswith(b"{"),
        "only http and https are links": is_link and not wanted.startswith(("http://", "https://")),
        "an entry without a link has none": is_link and not ours and _is_front_page(wanted),
        "of several links the first counts": is_link and has_links and f">{ours}<".encode() in expected.body,
        "a guid that is a link is one": is_link and _is_front_page(wanted) and bool(ours),
        "a link is relative to its document (RFC 3986 §5.1.3)": is_link and _path(wanted) == _path(ours),
        "feedburner is not the publisher": is_link and "feedproxy" in wanted,
        "a date before 1990 is no date": expected.field in {"published", "updated"} and not ours,
        "an entry without a title has none": expected.field == "title" and not ours and expected.number >= 0,
        "scripts, frames, comments and titles of pages are not text": is_read and "/sanitize/" in expected.test,
    }
    return next((name for name, applies in rules.items() if applies), "")


def _is_front_page(link: str) -> bool:
    return urlsplit(link).path in {"", "/"}


def _path(link: str) -> str:
    return unquote(urlsplit(link).path)


_GOFEED_FIELDS = {"title": "title", "link": "link", "description": "text", "content": "text"}


def _gofeed(folder: Path) -> Iterator[Expectation]:
    """Read the pairs of a document and its JSON that the translator makes of it."""
    for path in sorted((folder / "testdata" / "translator").glob("*/*.json")):
        document = path.with_suffix(".xml")
        if path.stem.endswith("_expected"):
            document = path.with_name(path.name.replace("_expected", ""))
        if not document.exists() or document == path:
            continue
        wanted, test = json.loads(path.read_text("utf-8")), f"gofeed:{path.parent.name}/{path.stem}"
        if title := wanted.get("title"):
            yield Expectation(test, document.read_bytes(), _BASE, -1, "title", title)
        for number, item in enumerate(wanted.get("items") or ()):
            for key, value in _gofeed_values(item):
                yield Expectation(test, document.read_bytes(), _BASE, number, key, value)


def _gofeed_values(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((field, item[key]) for key, field in _GOFEED_FIELDS.items() if item.get(key))
    for key in ("published", "updated"):
        if parsed := item.get(f"{key}Parsed"):
            yield key, parsed
    names = [author.get("name") or author.get("email") for author in item.get("authors") or ()]
    if names:
        yield "author", ", ".join(filter(None, names))


_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_FEEDPARSER = re.compile(
    r"(feed|entries\[(\d+)\])\[?\.?'?(title|link|author|summary|description|published_parsed|updated_parsed)'?\]?"
    r"\s*==\s*((?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|\([\d, ]+\)))"
)
_FEEDPARSER_FIELDS = {
    "summary": "text",
    "description": "text",
    "published_parsed": "published",
    "updated_parsed": "updated",
}
_LOCATION = re.compile(r"Content-Location:\s*(\S+)", re.IGNORECASE)


def _feedparser(folder: Path) -> Iterator[Expectation]:
    """Read the conditions in the comments of the well-formed and ill-formed documents."""
    tests = folder / "tests"
    for path in sorted([*tests.glob("wellformed/**/*.xml"), *tests.glob("illformed/**/*.xml")]):
        body = path.read_bytes()
        expect = _EXPECT.search(body.decode("utf-8", "replace"))
        location = _LOCATION.search(body[:1000].decode("latin-1"))
        for place, number, key, literal in _FEEDPARSER.findall(expect[1] if expect else ""):
            value, field = ast.literal_eval(literal.removeprefix("u")), _FEEDPARSER_FIELDS.get(key, key)
            if isinstance(value, tuple):
                value = datetime(*value[:6]).replace(tzinfo=UTC).isoformat()  # noqa: DTZ001 (UTC is added)
            if (place == "feed" and field not in {"title", "link"}) or not value:
                continue
            url = urljoin(_BASE, location[1]) if location else _BASE
            test = f"feedparser:{path.relative_to(tests)}"
            yield Expectation(test, body, url, int(number or -1), field, value)


_GO_STRING = r'("(?:[^"\\]|\\.)*"|`[^`]*`)'
_GO_DATA = re.compile(rf"data := {_GO_STRING}")
_GO_PARSE = re.compile(r'Parse\("([^"]*)"')
_GO_CHECK = re.compile(rf"feed\.Entries\[(\d+)\]\.(URL|Title|Author|Content) != {_GO_STRING}")
_GO_AUTHOR = re.compile(rf"expected := {_GO_STRING}\s*result := feed\.Entries\[(\d+)\]\.Author")
_GO_DATE = re.compile(
    r"expectedDate := time\.Date\((\d+), time\.(\w+), (\d+), (\d+), (\d+), (\d+), 0, time\.UTC\)\n"
    r"(?:.*\n){0,3}?.*feed\.Entries\[(\d+)\]\.Date\.Equal"
)
_MINIFLUX_FIELDS = {"URL": "link", "Title": "title", "Author": "author", "Content": "text"}


def _miniflux(folder: Path) -> Iterator[Expectation]:
    """Read the documents and comparisons in the tests of the readers."""
    for path in sorted((folder / "internal" / "reader").glob("*/*_test.go")):
        for function in re.split(r"\nfunc Test", path.read_text("utf-8"))[1:]:
            data = _GO_DATA.search(function)
            if not data or "Entries[" not in function:
                continue
            body, url = _go(data[1]).encode(), _GO_PARSE.search(function)
            test = f"miniflux:{path.parent.name}/{function.split('(', 1)[0]}"
            for number, field, value in _miniflux_values(function):
                yield Expectation(test, body, url[1] if url else _BASE, number, field, value)


def _miniflux_values(function: str) -> Iterator[tuple[int, str, str]]:
    for number, key, literal in _GO_CHECK.findall(function):
        yield int(number), _MINIFLUX_FIELDS[key], _go(literal)
    for literal, number in _GO_AUTHOR.findall(function):
        yield int(number), "author", _go(literal)
    for year, month, day, hour, minute, second, number in _GO_DATE.findall(function):
        when = f"{day} {month} {year} {hour}:{minute}:{second}"
        yield int(number), "published", when


def _go(literal: str) -> str:
    return literal[1:-1] if literal.startswith("`") else str(json.loads(literal.replace("\\'", "'")))


_RUST_STRING = r'(?:r?#?"((?:[^"\\]|\\.|"(?!#?\s*[.,)]))*)"#?)'
_RUST_ENTRY = re.compile(r"\.entry\(\s*Entry::default\(\)")
_RUST_VALUES = {
    "title": re.compile(rf"\.title\(Text::\w+\({_RUST_STRING}"),
    "text": re.compile(rf"\.summary\(Text::\w+\({_RUST_STRING}"),
    "link": re.compile(rf"\.link\(Link::new\({_RUST_STRING}"),
    "author": re.compile(rf"\.author\(Person::new\({_RUST_STRING}"),
    "published": re.compile(rf"\.published\({_RUST_STRING}"),
    "updated": re.compile(rf"\.updated_parsed\({_RUST_STRING}"),
}


def _feed_rs(folder: Path) -> Iterator[Expectation]:
    """Read the documents and the entries that the tests build."""
    for path in sorted((folder / "feed-rs" / "src" / "parser").glob("*/tests.rs")):
        for function in path.read_text("utf-8").split("#[test]")[1:]:
            fixture = re.search(r'fixture_as_\w+\("([^"]+)"\)', function)
            if not fixture or not (folder / "feed-rs" / "fixture" / fixture[1]).exists():
                continue
            body = (folder / "feed-rs" / "fixture" / fixture[1]).read_bytes()
            for number, entry in enumerate(_RUST_ENTRY.split(function)[1:]):
                for field, pattern in _RUST_VALUES.items():
                    found = pattern.findall(entry)
                    if found:
                        value = ", ".join(dict.fromkeys(found)) if field == "author" else found[0]
                        yield Expectation(f"feed-rs:{fixture[1]}", body, _BASE, number, field, _rust(value))


def _rust(written: str) -> str:
    unwrapped = re.sub(r"\\\n\s*", "", written)
    return unwrapped.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t")


_READERS = (_gofeed, _feedparser, _miniflux, _feed_rs)


if __name__ == "__main__":
    main()
