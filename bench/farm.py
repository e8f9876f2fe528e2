"""Serve a farm of feeds on loopback, each on an origin of its own, for measuring polls.

    python bench/farm.py --feeds 1000 --latency 0.2

Prints the addresses of all feeds on one line, then serves until standard input ends. Each has 34 entries, about 47 kB,
an ETag and a Last-Modified. A line `new` on standard input puts two new entries on top of every feed.

An origin is an address of 127.0.0.0/8, or with `--ports` a port of 127.0.0.1. `--tls FOLDER` serves https, on ports,
and writes its certificate, which signs itself, to FOLDER/certificate.pem for SSL_CERT_FILE. Each feed takes a
descriptor of the farm, and each connection one more.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import random
import resource
import ssl
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

_WORDS = (
    "strøm kraft nett pris kunde avtale fjord måler regning vinter varme ny høy lav betale klage svar telefon".split()
)
_ENDINGS = ("", "en", "er", "ene", "et", "s", "ens")
_ENTRIES = 34
_START = 1_777_888_800


def _address(number: int) -> str:
    """Return the loopback address of a feed's origin."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


class Farm:
    """The feeds, made when they are asked for and kept packed."""

    def __init__(self, latency: float, *, validators: bool) -> None:
        self.latency = latency
        self.validators = validators
        self.generation = 0
        self._made: dict[tuple[int, int], tuple[bytes, str]] = {}

    def feed(self, number: int) -> tuple[bytes, str]:
        """Return the packed body of a feed and its ETag."""
        key = (number, self.generation)
        if key not in self._made:
            body = _feed(number, self.generation)
            self._made[key] = (gzip.compress(body, 6), f'"{hashlib.sha256(body).hexdigest()[:16]}"')
        return self._made[key]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                number = int(head.split(b" ", 2)[1].strip(b"/").split(b".")[0])
                body, etag = self.feed(number)
                await asyncio.sleep(self.latency)
                facts = f"ETag: {etag}\r\nLast-Modified: {formatdate(_START + self.generation, usegmt=True)}\r\n"
                facts = facts if self.validators else ""
                if self.validators and etag.encode() in head:
                    writer.write(f"HTTP/1.1 304 Not Modified\r\n{facts}\r\n".encode())
                else:
                    size = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n"
                    writer.write(f"HTTP/1.1 200 OK\r\n{facts}{size}\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _feed(number: int, generation: int) -> bytes:
    """Return a feed; each generation has two entries more on top, and as many fewer at the end.

    Its markup is as dense as that of real feeds, which feedparser reads at 3 kB a millisecond where plain text is
    read at 6.
    """
    draw = random.Random(number)  # noqa: S311 (noise need not be secret)
    texts = [_text(draw, number) for _ in range(_ENTRIES)]
    newest = _ENTRIES + 2 * generation
    items = "".join(
        f"<item><title>Sak {item} om Blåbærkraft nr. {number}</title><link>http://avis{number}.example/sak/{item}</link>"
        f'<guid isPermaLink="true">http://avis{number}.example/sak/{item}</guid><dc:creator>Kari Ås</dc:creator>'
        f"<category>Strøm</category><category>Næringsliv</category>"
        f"<pubDate>{formatdate(_START + 600 * item, usegmt=True)}</pubDate>"
        f"<description><![CDATA[{texts[item % _ENTRIES]}]]></description></item>"
        for item in range(newest, newest - _ENTRIES, -1)
    )
    head = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>Avis {number}</title><link>http://avis{number}.example/</link><language>nb</language>"
    )
    return f"{head}{items}</channel></rss>".encode()


def _text(draw: random.Random, number: int) -> str:
    """Return a teaser as publishers write it: paragraphs with emphasis and links, and a picture."""
    name = draw.getrandbits(40)
    words = [f"{word}{draw.choice(_ENDINGS)}" for word in draw.choices(_WORDS, k=100)]
    words[::50] = [f"<strong>{word}</strong>" for word in words[::50]]
    words[7::50] = [f'<a href="http://avis{number}.example/tema/{len(word)}">{word}</a>' for word in words[7::50]]
    picture = f'<img src="http://bilder.example/{name:x}.jpg?w=640" alt="{words[1]}" width="640" height="360" />'
    paragraphs = (" ".join(words[start : start + 50]) for start in range(0, len(words), 50))
    return picture + "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _tls(folder: Path) -> ssl.SSLContext:
    """Make a certificate for 127.0.0.1 in a folder, and return the context that serves with it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=farm".split()
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def main() -> None:
    """Listen on every origin, and do what standard input says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--no-validators", action="store_true")
    parser.add_argument("--ports", action="store_true")
    parser.add_argument("--tls", metavar="FOLDER", type=Path)
    options = parser.parse_args()
    farm = Farm(options.latency, validators=not options.no_validators)
    # The limit of the program that is measured must not be that of its server.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    context = _tls(options.tls) if options.tls else None
    origins: list[str] = []
    port = 0
    for number in range(options.feeds):
        has_port = bool(options.ports or options.tls)
        address = "127.0.0.1" if has_port else _address(number)
        server = await asyncio.start_server(farm.serve, address, 0 if has_port else port, ssl=context)
        port = server.sockets[0].getsockname()[1]
        origins.append(f"http{'s' if context else ''}://{address}:{port}")
        farm.feed(number)
    print(*(f"{origin}/{number}.xml" for number, origin in enumerate(origins)), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        farm.generation += line.strip() == "new"
        for number in range(options.feeds):
            farm.feed(number)
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
