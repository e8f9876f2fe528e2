"""The fields of an expression, and the leaves that test facts instead of words."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.query_language.node import ExpressionError, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from brandwatch.query_language.view import EntryView


TEXTS = ("title", "text")
WORD_FIELDS = (*TEXTS, "author")
FACTS = ("site", "url", "lang", "source", "kind", "voice", "subject", "tag")
FIELDS = (*WORD_FIELDS, *FACTS)

VOICES = ("owned", "official", "staff", "public")
SUBJECTS = ("brand", "official", "staff", "owned")
# ISO 639-1: what feeds and pages declare. `no` stands for both written standards of Norwegian.
LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_NORWEGIAN = frozenset(("no", "nb", "nn"))
_CLOSED: dict[str, Collection[str]] = {"voice": VOICES, "subject": SUBJECTS, "lang": LANGUAGES}
_IS_PATTERN_OR_RANGE = tuple("[]{}<>=^~!")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Node):
    """A fact about the entry; the value `*` asks only whether it is known."""

    field: str
    value: str

    def holds(self, view: EntryView) -> bool:
        """Say whether the fact is as asked for."""
        if self.value == "*":
            return bool(view.tags if self.field == "tag" else getattr(view, self.field, view.url))
        return _TESTS[self.field](view, self.value)

    def words(self) -> Iterator[str]:
        """Yield a part of a link: a name may stand in one."""
        if self.field in {"url", "source"}:
            yield self.value


def field_name(written: str, position: int) -> str:
    """Return the field that *written* names, in any case."""
    name = written.lower()
    if name in FIELDS:
        return name
    near = difflib.get_close_matches(name, FIELDS, n=1)
    hint = f"did you mean {near[0]}:?" if near else f"put words with a colon in quotes; fields are {_list(FIELDS)}"
    raise ExpressionError(f"unknown field {written}:", hint, position=position)


def parse_value(field: str, written: str, position: int) -> str:
    """Return what is compared with the fact *field*, or raise what is wrong with it."""
    given = written.strip().lower()
    if not given:
        raise ExpressionError(f"{field}: has nothing to look for", position=position)
    if given.startswith(_IS_PATTERN_OR_RANGE):
        raise ExpressionError(f"{field}: takes a plain value; there are no ranges or comparisons", position=position)
    if given == "*":
        return given
    if "*" in given:
        raise ExpressionError(f"* has no meaning in {field}: beside other letters", _STAR[field], position=position)
    if field in _CLOSED:
        return _one_of(field, given, position)
    return _site(given, position) if field == "site" else given


def _one_of(field: str, given: str, position: int) -> str:
    """Return the value if it is one of those there are."""
    choices = _CLOSED[field]
    if given in choices:
        return given
    near = difflib.get_close_matches(given, sorted(choices), n=1)
    known = "two letters, such as no, nb, nn, da, sv, en" if field == "lang" else _list(choices)
    hint = f"did you mean {field}:{near[0]}?" if near else f"{field}: takes {known}"
    raise ExpressionError(f'unknown {field} "{given}"', hint, position=position)


def _site(given: str, position: int) -> str:
    """Return the host that is meant; a path would be dropped without a word."""
    rest = given.split("://", 1)[-1].rstrip("/")
    site = _host(given.lstrip("."))
    if not site or "/" in rest:
        raise ExpressionError("site: takes a host, such as vg.no", "url: finds any part of a link", position=position)
    return site


def _host(url: str) -> str:
    """Return the host of a link as the network spells it, so that æøå and xn-- are the same."""
    host = urls.host(url)
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _list(names: Collection[str]) -> str:
    """Return names as one text."""
    return ", ".join(names)


def _holds_site(view: EntryView, site: str) -> bool:
    host = _host(view.url)
    return host == site or host.endswith(f".{site}")


def _holds_lang(view: EntryView, lang: str) -> bool:
    # A declared language may name its region too: nb-NO is nb.
    declared = view.lang.lower().replace("_", "-").split("-", 1)[0]
    return declared in _NORWEGIAN if lang == "no" else declared == lang


_TESTS: dict[str, Callable[[EntryView, str], bool]] = {
    "site": _holds_site,
    "url": lambda view, part: part in view.url.lower(),
    "lang": _holds_lang,
    "source": lambda view, part: part in view.source.lower(),
    "kind": lambda view, kind: view.kind.lower() == kind,
    "voice": lambda view, voice: view.voice.lower() == voice,
    "subject": lambda view, subject: view.subject.lower() == subject,
    "tag": lambda view, tag: any(other.lower() == tag for other in view.tags),
}
_STAR = {
    "site": "a site covers all that is under it: site:vg.no",
    "url": "url: finds any part of a link",
    "source": "source: finds any part of the source's link",
} | dict.fromkeys(("lang", "kind", "voice", "subject", "tag"), "write the whole value, or join several with OR")
