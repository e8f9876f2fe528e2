"""Read the feeds of an OPML file (opml.org/spec2.opml)."""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

from brandwatch.errors import ParseError
from brandwatch.models import FetchClass


class Outline(NamedTuple):
    """A feed in an OPML file: its URL as it is written, and the line it is on."""

    url: str
    line: int


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """Return every outline of *body* that has an `xmlUrl`, in folders or not; raise ParseError for what is not OPML."""
    found: list[Outline] = []
    roots: list[str] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        roots.append(name)
        if name == "outline" and (url := attributes.get("xmlUrl", "").strip()):
            found.append(Outline(url, parser.CurrentLineNumber))

    def refuse(*_: object) -> None:
        raise ParseError(FetchClass.PARSE, "the OPML file declares entities", "export it again without them")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 (expat takes it by position)
    except expat.ExpatError as error:
        message = f"the OPML file is broken at line {error.lineno}: {expat.errors.messages.get(error.code, error)}"
        raise ParseError(FetchClass.PARSE, message) from error
    if roots[0] != "opml":
        raise ParseError(FetchClass.PARSE, "the file is not OPML")
    return tuple(found)
