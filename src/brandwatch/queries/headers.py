"""What a source may send along: headers that are not ours to set, and values that no file may hold."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from brandwatch import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.marked import Fault, Marked
    from brandwatch.queries.files import QueryFile
    from brandwatch.queries.schema import QueryForm, SourceForm

HARMLESS = frozenset({"accept", "accept-language"})
"""The headers whose values are no secrets, and may stand in a file."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 §5.6.2
_OURS = re.compile(
    r"host|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|cookie2?|user-agent"
    r"|accept-encoding|if-.*|range|proxy-.*"
)
# A scheme may stand before a secret, as in `Bearer ${NAME}`; anything longer could be one itself.
_FROM_ENVIRONMENT = re.compile(r"(?:[A-Za-z][A-Za-z-]{0,15} +)?\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def broken_headers(form: QueryForm, file: Marked) -> Iterator[Fault]:
    """Yield a fault for each header that a source must not send, or whose value must not stand in a file."""
    for number, source in enumerate(form.sources):
        where = ("sources", number, "headers")
        if source.headers and source.opml:
            message = "a file of feeds has many servers, and `headers` are for one"
            yield file.fault(where, message, "give the feed a line of its own: {url: …, headers: …}")
        for name, message, hint in _wrong(source):
            yield file.fault((*where, name), message, hint, hides=True)


def disputed(files: Iterable[QueryFile]) -> Iterator[Fault]:
    """Yield a warning for each source that two queries would ask with different headers: it is asked once."""
    first: dict[str, tuple[str, frozenset[tuple[str, str]]]] = {}
    for file in files:
        for source in file.query.sources if file.query else ():
            wanted = frozenset((name.lower(), value) for name, value in source.headers)
            path, sent = first.setdefault(source.url, (file.path, wanted)) if wanted else ("", wanted)
            if sent != wanted:
                message = f"it is asked with the headers that {path} gives it, and not with these"
                hint = "an address is asked once for all queries: give it the same headers in each, or in one only"
                yield file.fault((*_place(file, source.url), "headers"), message, hint, is_error=False, hides=True)


def _wrong(source: SourceForm) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each header that cannot be, what is wrong with it, and what to do."""
    spellings = Counter(map(str.lower, source.headers))
    for name, value in source.headers.items():
        if not _NAME.fullmatch(name):
            yield name, "a header's name has letters, digits and hyphens, and no more", ""
        elif _OURS.fullmatch(name.lower()):
            yield name, f"`{name}` is not for a source to set", "take it out"
        elif spellings[name.lower()] > 1:
            yield name, f"the header `{name}` is said twice", "capitals make no difference: keep one of them"
        elif not (value.isascii() and value.isprintable()):
            yield name, f"`{name}` holds a sign that cannot be sent", "a header is plain ASCII, without line ends"
        elif name.lower() not in HARMLESS and not _FROM_ENVIRONMENT.fullmatch(value):
            hint = f"write {name}: ${{NAME}}, and set NAME in the environment; a scheme may stand before it: Bearer …"
            yield name, f"`{name}` holds a value, and this file is no place for secrets", hint


def _place(file: QueryFile, url: str) -> tuple[str | int, ...]:
    """Return the path to the source of an address."""
    for number, given in enumerate(file.tree.data["sources"]):
        written = given.get("url", "") if isinstance(given, dict) else given
        if url in {written.strip(), urls.web_link(written)}:
            return ("sources", number)
    return ("sources",)
