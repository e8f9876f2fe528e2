"""Serve invented publishers that write about three invented companies, as of a moment that a request sets.

    python bench/equivalence/publishers.py [--entries 4600] [--seed 7] [--port 0]

Prints its address, then serves until it is stopped. `GET /moment/SECONDS` sets the moment (UTC, since 1970): entries
that are published later are not there yet, edits that are made later are not made yet, and comments grow with time.

| path | is |
|---|---|
| `/feed/N` | the feed of publisher N: RSS, Atom, RDF or JSON Feed by turns, in UTF-8 or ISO 8859-1 |
| `/comments/N` | the comments below entry N |
| `/page/N` | the page of entry N |
| `/forum/search.json`, `/forum/t/N.json` | a forum that runs Discourse |
| `/moved`, `/missing`, `/broken`, `/page-no-feed`, `/emptied`, `/refused` | sources with a redirect or a failure |
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
FIRST_POLL = START + timedelta(days=30)
DAYS = 55
PUBLISHERS = 24
FEED_LIMIT = 400

_BRANDS = ("Fjordkraft Åsgård", "Blåbærbanken", "Tyri Forsikring")
_TEXTS = {
    "nb": (
        "{brand} setter opp prisen igjen, og kundene i {place} klager.",
        "Rådgiveren i {brand} svarte ikke på spørsmål om strømbruddet.",
        "{brand}-ansatt fikk skryt for hjelpen i {place}.",
        "Kari Eksempel, kommunikasjonsdirektør i {brand}, lover bedre kundeservice.",
        "Ingen venter lenger på svar fra {brand}s kundeservice enn folk i {place}.",
        "Forbrukertilsynet ser på {brand} etter klager på svindel fra {person}.",
        "Ledig stilling: {brand} søker montør i {place}, søknadsfrist 1. mai.",
    ),
    "nn": (
        "{brand} stengjer kontoret i {place}, og ingen veit kvifor.",
        "Eg ringde {brand} i går, og dei svara med ein gong, seier {person}.",
    ),
    "sv": (
        "{brand} höjer priset för kunderna i {place}, och ingen vet varför.",
        "Rådgivaren på {brand} svarade inte på frågor från {person}.",
    ),
    "da": (
        "{brand} hæver prisen for kunderne i {place}, og ingen ved hvorfor.",
        "Rådgiveren i {brand} svarede ikke på spørgsmål fra {person}.",
    ),
    "en": (
        "{brand} raises its prices again, and customers in {place} complain about the outage.",
        "An adviser at {brand} did not answer questions by {person}.",
        "The {brand} app is down again 😀 — “third time this week”, says {person}.",
        "Use this coupon code for 20 % off your first month with {brand}.",
    ),
}
_OTHERS = (
    "Fjordkraft er et ord for seg, og Åsgård et annet.",
    "Havkraft bygger en ny linje til {place}.",
    "Tyri vokser langsomt på fjellet ved {place}.",
    "Blåbær er modne tidlig i år, sier {person}.",
)
_PLACES = "Ålesund Bodø Tromsø Østfold Århus Malmö Skärgården Longyearbyen Ytre-Sørfjord Æbeltoft".split()
_PERSONS = ("Ola Nordmann", "Åse Øvrebø", "Björn Ängström", "Søren Ærlig", "Jane Example", "Mikkel Røyrvik")
_AUTHORS = (*_PERSONS, "@fjordfolk", "kari_85", "redaksjonen@avis.example", "NTB", "karieksempel@snabel.example", "")
_LETTERS = "bla bær dal elv fjell gard hav is kyst li mose nes os rugde skog tre ur vik ås øy".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An entry of a publisher, and when it is edited."""

    number: int
    publisher: int
    title: str
    text: str
    language: str
    author: str
    published: datetime
    edited: datetime | None
    comments_a_day: float

    def comments(self, moment: datetime) -> int:
        """Return how many comments there are by now."""
        return int((moment - self.published) / timedelta(days=1) * self.comments_a_day)

    def text_at(self, moment: datetime) -> str:
        """Return the text as it reads by now."""
        is_edited = self.edited is not None and moment >= self.edited
        return f"{self.text} Rettet: tallet var feil." if is_edited else self.text


@dataclass
class Web:
    """All pieces, in order of time, and the moment."""

    pieces: list[Piece]
    moment: datetime = FIRST_POLL
    by_publisher: dict[int, list[Piece]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the pieces by publisher."""
        for piece in self.pieces:
            self.by_publisher.setdefault(piece.publisher, []).append(piece)

    def published(self, publisher: int) -> list[Piece]:
        """Return what a publisher shows, the newest first."""
        pieces = [piece for piece in self.by_publisher.get(publisher, []) if piece.published <= self.moment]
        return pieces[-FEED_LIMIT:][::-1]


class Writer:
    """Invents pieces."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 (noise need not be secret)

    def pieces(self, entries: int) -> list[Piece]:
        """Return as many pieces, in order of time; one in four is a copy of an earlier one."""
        times = sorted(START + timedelta(seconds=self._draw.randrange(DAYS * 86_400)) for _ in range(entries))
        pieces: list[Piece] = []
        for number, published in enumerate(times, 1):
            pieces.append(self._piece(number, published, pieces[-60:]))
        return pieces

    def _piece(self, number: int, published: datetime, latest: list[Piece]) -> Piece:
        draw = self._draw
        language = draw.choice(("nb", "nb", "nb", "nb", "nn", "sv", "da", "en"))
        title, text = self._words(language)
        if latest and draw.random() < 0.25:  # noqa: PLR2004 (one in four)
            original = draw.choice(latest)
            language, text = original.language, original.text
            title = original.title if draw.random() < 0.5 else f"{original.title} – oppdatert"  # noqa: PLR2004 (half)
        return Piece(
            number=number,
            publisher=draw.randrange(PUBLISHERS),
            title=title,
            text=text,
            language=language,
            author=draw.choice(_AUTHORS),
            published=published,
            edited=published + timedelta(days=2) if draw.random() < 0.05 else None,  # noqa: PLR2004 (one in twenty)
            comments_a_day=draw.choice((0, 0, 0, 0, 0.3, 1, 4)),
        )

    def _words(self, language: str) -> tuple[str, str]:
        """Return a title and a text; one in seven names no company whole, one in ten names two."""
        draw = self._draw
        lead = self._sentence(language)
        if draw.random() < 0.14:  # noqa: PLR2004 (one in seven)
            lead = self._filled(draw.choice(_OTHERS), "")
        sentences = [lead, *(self._noise() for _ in range(draw.randint(2, 9)))]
        if draw.random() < 0.1:  # noqa: PLR2004 (one in ten)
            sentences.append(self._sentence(draw.choice(tuple(_TEXTS))))
        draw.shuffle(sentences)
        title = lead.rstrip(".") if draw.random() < 0.6 else self._noise().rstrip(".")  # noqa: PLR2004 (six in ten)
        return title, " ".join(sentences)

    def _sentence(self, language: str) -> str:
        return self._filled(self._draw.choice(_TEXTS[language]), self._draw.choice((*_BRANDS, _BRANDS[0])))

    def _filled(self, template: str, brand: str) -> str:
        return template.format(brand=brand, place=self._draw.choice(_PLACES), person=self._draw.choice(_PERSONS))

    def _noise(self) -> str:
        words = ("".join(self._draw.choices(_LETTERS, k=self._draw.randint(1, 4))) for _ in range(9))
        return f"{' '.join(words).capitalize()}."


def feed(web: Web, site: str, publisher: int) -> tuple[str, bytes]:
    """Return the media type and the bytes of a publisher's feed."""
    write, media_type = _FORMATS[publisher % len(_FORMATS)]
    encoding = "iso-8859-1" if publisher % 8 == 0 else "utf-8"
    text = write(web, site, publisher)
    return media_type, text.replace("utf-8", encoding, 1).encode(encoding, "xmlcharrefreplace")


def _rss(web: Web, site: str, publisher: int) -> str:
    items = "".join(_rss_item(web, site, piece) for piece in web.published(publisher))
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/">'
        f"<channel><title>Avis {publisher} Ærø</title><link>{site}/</link><copyright>© Avis {publisher}</copyright>"
        f"<description>Nyheter</description>{items}</channel></rss>"
    )


def _rss_item(web: Web, site: str, piece: Piece) -> str:
    below = f"<wfw:commentRss>{site}/comments/{piece.number}</wfw:commentRss>" if piece.comments_a_day > 1 else ""
    counted = f"<slash:comments>{piece.comments(web.moment)}</slash:comments>" if piece.comments_a_day else ""
    return (
        f"<item><title>{html.escape(piece.title)}</title><link>{_link(site, piece)}</link>"
        f'<guid isPermaLink="false">avis-{piece.number}</guid><dc:creator>{html.escape(piece.author)}</dc:creator>'
        f"<pubDate>{format_datetime(piece.published)}</pubDate>"
        f"<description>&lt;p&gt;{html.escape(html.escape(piece.text_at(web.moment)))}&lt;/p&gt;</description>"
        f"{below}{counted}</item>"
    )


def _link(site: str, piece: Piece) -> str:
    """Return the address of an entry; one in thirty is on the company's own site."""
    place = "https://www.fjordkraft-asgard.example/nyheter" if piece.number % 30 == 0 else f"{site}/page"
    return f"{place}/{piece.number}?utm_source=rss"


def _atom(web: Web, site: str, publisher: int) -> str:
    entries = "".join(
        f"<entry><id>tag:avis.example,2026:{piece.number}</id><title>{html.escape(piece.title)}</title>"
        f'<link href="{site}/page/{piece.number}"/><author><name>{html.escape(piece.author)}</name></author>'
        f"<published>{piece.published.isoformat()}</published>"
        f"<updated>{max(filter(None, (piece.published, piece.edited))).isoformat()}</updated>"
        f"<summary>{html.escape(piece.text_at(web.moment)[:160])}</summary>"
        f'<content type="text">{html.escape(piece.text_at(web.moment))}</content></entry>'
        for piece in web.published(publisher)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nb"><id>{site}</id>'
        f"<title>Blad {publisher}</title><updated>{web.moment.isoformat()}</updated>{entries}</feed>"
    )


def _rdf(web: Web, site: str, publisher: int) -> str:
    items = "".join(
        f'<item rdf:about="{site}/page/{piece.number}"><title>{html.escape(piece.title)}</title>'
        f"<link>{site}/page/{piece.number}</link><dc:date>{piece.published.isoformat()}</dc:date>"
        f"<description>{html.escape(piece.text_at(web.moment))}</description></item>"
        for piece in web.published(publisher)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{site}/"><title>Kringkasting {publisher}</title><link>{site}/</link></channel>{items}'
        "</rdf:RDF>"
    )


def _json_feed(web: Web, site: str, publisher: int) -> str:
    items = [
        {
            "id": str(piece.number),
            "url": f"{site}/page/{piece.number}",
            "title": piece.title,
            "content_text": piece.text_at(web.moment),
            "date_published": piece.published.isoformat(),
            "language": piece.language,
            "authors": [{"name": piece.author}],
        }
        for piece in web.published(publisher)
    ]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": f"Teknikk {publisher}", "items": items}
    return json.dumps(head, ensure_ascii=publisher % 8 == 0)


_FORMATS: tuple[tuple[Callable[[Web, str, int], str], str], ...] = (
    (_rss, "application/rss+xml"),
    (_atom, "application/atom+xml"),
    (_rdf, "application/rdf+xml"),
    (_json_feed, "application/feed+json"),
)


def comment_feed(web: Web, site: str, number: int) -> str:
    """Return the comments below an entry: at most twenty, some of them about the company."""
    piece = web.pieces[number - 1]
    words = ("Helt enig.", f"{_BRANDS[number % 3]} svarer aldri.", "Rådgiveren i Fjordkraft Åsgård var hyggelig.")
    items = "".join(
        f"<item><title>Kommentar {each}</title><link>{site}/page/{number}#comment-{each}</link>"
        f'<guid isPermaLink="false">kommentar-{number}-{each}</guid>'
        f"<pubDate>{format_datetime(piece.published + timedelta(hours=6 * each))}</pubDate>"
        f"<description>{words[each % len(words)]}</description></item>"
        for each in range(1, min(piece.comments(web.moment), 20) + 1)
    )
    return f'<rss version="2.0"><channel><title>Kommentarer</title>{items}</channel></rss>'


def page(web: Web, number: int) -> str:
    """Return the page of an entry."""
    piece = web.pieces[number - 1]
    return (
        f'<!doctype html><html lang="{piece.language}"><title>{html.escape(piece.title)}</title><article>'
        f"<h1>{html.escape(piece.title)}</h1><p>{html.escape(piece.text_at(web.moment))}</p></article></html>"
    )


def forum_search(web: Web) -> str:
    """Return what the search of the forum gives: the newest posts of every fortieth piece."""
    pieces = [piece for piece in web.pieces[::40] if piece.published <= web.moment][-50:][::-1]
    posts = [
        {
            "id": piece.number,
            "topic_id": piece.number,
            "post_number": 1,
            "blurb": piece.text,
            "username": f"medlem{piece.number % 17}",
            "created_at": piece.published.isoformat(),
            "like_count": piece.comments(web.moment) * 2,
        }
        for piece in pieces
    ]
    topics = [{"id": piece.number, "title": piece.title, "slug": "traad", "reply_count": 3} for piece in pieces]
    return json.dumps({"posts": posts, "topics": topics, "grouped_search_result": {}})


def forum_topic(web: Web, number: int) -> str:
    """Return a topic of the forum: its first post, two replies, and its responses."""
    piece = web.pieces[number - 1]
    likes = piece.comments(web.moment) * 2
    words = (piece.text, "Helt enig.", f"{_BRANDS[number % 3]} svarer aldri.")
    posts = [
        {
            "id": 1_000_000 + 10 * number + place,
            "topic_id": number,
            "post_number": place,
            "topic_slug": "traad",
            "cooked": f"<p>{html.escape(text)}</p>",
            "username": f"medlem{(number + place) % 17}",
            "created_at": (piece.published + timedelta(hours=place)).isoformat(),
            "actions_summary": [{"id": 2, "count": likes}],
        }
        for place, text in enumerate(words, 1)
    ]
    topic = {"id": number, "reply_count": 3 + likes, "views": 10 * likes, "post_stream": {"posts": posts}}
    return json.dumps(topic)


_BODIES: dict[str, tuple[int, str, str]] = {
    "/broken": (200, "application/rss+xml", "<rss><channel><title>Halv"),
    "/page-no-feed": (200, "text/html", "<!doctype html><title>Velkommen</title><p>Ingen feed her.</p>"),
    "/emptied": (200, "application/rss+xml", '<rss version="2.0"><channel><title>Tom</title></channel></rss>'),
    "/refused": (403, "text/plain", "no"),
}


def respond(web: Web, site: str, path: str) -> tuple[int, str, bytes]:
    """Return status, media type and body for a path."""
    if path in _BODIES:
        status, media_type, text = _BODIES[path]
        return status, media_type, text.encode()
    found = re.fullmatch(r"/(moment|feed|comments|page|forum/t)/(\d+)(/\d+)?(\.json)?(\?.*)?", path)
    if found is None and path.startswith("/forum/search.json?"):
        return 200, "application/json", forum_search(web).encode()
    if found is None:
        return 404, "text/plain", b"nothing here\n"
    return 200, *_made(web, site, found[1], int(found[2]))


def _made(web: Web, site: str, kind: str, number: int) -> tuple[str, bytes]:
    """Return the media type and body of what there is for each publisher or entry."""
    match kind:
        case "moment":
            web.moment = datetime.fromtimestamp(number, UTC)
            return "text/plain", b"ok\n"
        case "feed":
            return feed(web, site, number)
        case "comments":
            return "application/rss+xml", comment_feed(web, site, number).encode()
        case "page":
            return "text/html", page(web, number).encode()
        case _:
            return "application/json", forum_topic(web, number).encode()


def main() -> None:
    """Invent the web, print its address, serve it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=4_600)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    options = parser.parse_args()
    web = Web(Writer(options.seed).pieces(options.entries))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one write

        def do_GET(self) -> None:
            site = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            if self.path == "/moved":
                self.send_response_only(301)
                self.send_header("Location", f"{site}/feed/1")
                status, media_type, body = 301, "text/plain", b"moved\n"
            else:
                status, media_type, body = respond(web, site, self.path)
                self.send_response_only(status)
            # A Date of today would contradict the stopped clock, and a poll would delete nothing.
            self.send_header("Date", format_datetime(web.moment, usegmt=True))
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", options.port), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
