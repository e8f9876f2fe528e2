"""The fields of an expression, and the leaf that tests a fact about an entry instead of its words."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.models import Subject, Voice
from brandwatch.query_language import foreign
from brandwatch.query_language.nodes import EntryView, ExpressionError, Node
from brandwatch.text import MACROLANGUAGES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


TEXTS = ("title", "text")
WORD_FIELDS = (*TEXTS, "lead", "author")
FACTS = ("site", "url", "lang", "source", "kind", "voice", "subject", "tag")
FIELDS = (*WORD_FIELDS, *FACTS)

# ISO 639-1: what feeds and pages declare. `no` stands for both written standards of Norwegian.
LANGUAGE_CODES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_CLOSED: dict[str, Collection[str]] = {"voice": list(Voice), "subject": list(Subject), "lang": LANGUAGE_CODES}
# The signs of other tools for ranges, patterns and comparisons.
_FOREIGN_PREFIXES = tuple("[]{}<>=^~!")
_REGION = re.compile(r"[-_].*")
_SEPARATOR = re.compile(r"[,;|]")
_STAR_HINTS = {
    "site": "a site covers all that is under it: site:vg.no",
    "url": "url: finds any part of a link",
    "source": "source: finds any part of the source's link",
} | dict.fromkeys(("lang", "kind", "voice", "subject", "tag"), "write the whole value, or join several with OR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Node):
    """A fact about the entry; the value `*` requires only that it is known."""

    field: str
    value: str

    def matches(self, view: EntryView) -> bool:
        """Whether the fact has the value."""
        if self.value == "*":
            return bool(self._value_in(view))
        match self.field:
            case "site":
                host = urls.host(view.url)
                return host == self.value or host.endswith(f".{self.value}")
            case "url" | "source":
                return urls.contains(self._value_in(view), self.value)
            case "lang":
                # A declared language may name its region too: nb-NO is nb.
                language = view.lang.lower().replace("_", "-").split("-", 1)[0]
                return language == self.value or language in MACROLANGUAGES.get(self.value, ())
            case "tag":
                return any(tag.lower() == self.value for tag in view.tags)
            case _:
                return self._value_in(view).lower() == self.value

    def _value_in(self, view: EntryView) -> str:
        if self.field == "tag":
            return " ".join(view.tags)
        value: str = view.url if self.field == "site" else getattr(view, self.field)
        return value

    def required_values(self, field: str) -> frozenset[str] | None:
        """Return its value, if it is about this field."""
        return frozenset({self.value}) if self.field == field and self.value != "*" else None

    def words(self) -> Iterator[str]:
        """Yield a part of a link: it may hold a name."""
        if self.field in {"url", "source"}:
            yield self.value


def field_name(written: str, position: int, value: str = "") -> str:
    """Look a field up, in any case; raise ExpressionError with the form for *value* if it is unknown."""
    name = written.lower()
    if name in FIELDS:
        return name
    near = difflib.get_close_matches(name, FIELDS, n=1)
    nearest = f"did you mean {near[0]}:?" if near else f"put words with a colon in quotes; fields: {', '.join(FIELDS)}"
    hint = foreign.field_hint(name, value) or nearest
    raise ExpressionError(f"unknown field {written}:", hint, position=position)


def parse_value(field: str, written: str, position: int) -> str:
    """Parse the value of the fact *field*; raise ExpressionError if it can match nothing."""
    value = written.strip().lower()
    if not value:
        raise ExpressionError(f"{field}: has nothing to look for", position=position)
    if value.startswith(_FOREIGN_PREFIXES):
        raise ExpressionError(f"{field}: takes a plain value; there are no ranges or comparisons", position=position)
    if value == "*":
        return value
    # A comma may be part of a link.
    if field not in {"url", "source"} and (separator := _SEPARATOR.search(value)):
        hint = f"join them with OR: {field}:(a OR b)"
        raise ExpressionError(f"{field}: takes one value", hint, position=position + separator.start())
    if "*" in value:
        message = f"* has no meaning in {field}: beside other letters"
        raise ExpressionError(message, _STAR_HINTS[field], position=position)
    if field in _CLOSED:
        return _closed_value(field, value, position)
    if field == "site":
        return _site(value, position)
    return value


def _closed_value(field: str, value: str, position: int) -> str:
    choices = _CLOSED[field]
    if value in choices:
        return value
    near = difflib.get_close_matches(value, sorted(choices), n=1)
    examples = "two letters, such as no, nb, nn, da, sv, en" if field == "lang" else ", ".join(choices)
    nearest = f"did you mean {field}:{near[0]}?" if near else f"{field}: takes {examples}"
    hint = (_language_hint(value) if field == "lang" else "") or nearest
    raise ExpressionError(f'unknown {field} "{value}"', hint, position=position)


def _language_hint(value: str) -> str:
    # A declared region counts as its language.
    base = _REGION.sub("", value)
    return f"did you mean lang:{base}?" if base in LANGUAGE_CODES else foreign.language_hint(value)


def _site(value: str, position: int) -> str:
    # A path is refused: to drop it silently would match more than the user wrote.
    path = value.split("://", 1)[-1].rstrip("/")
    site = urls.host(value.lstrip("."))
    if not site or "/" in path:
        raise ExpressionError("site: takes a host, such as vg.no", "url: finds any part of a link", position=position)
    return site
