"""Serve the publishers of `bench/real_feeds.py` over https on loopback, each under a name of its own.

    python bench/serve_real.py FOLDER --home DIR [--hosts 884] [--latency 0.2] [--seed 19]

Makes a certificate authority and certificates for 25 names each in DIR, then prints one line of JSON: `urls`, the
`authority` to trust, and `entries` and `is_search` of each feed. The names must lead to 127.0.0.1. A number on standard
input is the generation that is served from then on; the server answers `done`. It ends with standard input.

A publisher answers as it would: gzip where it is accepted, 304 to its own validators, the latency before each answer.
`--search-every 1` makes all of them search feeds; with `--honest` all have validators that work. Bodies are packed
once. A changing head is a part of its own, so that an answer costs the server no second packing.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import ssl
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from email.utils import formatdate
from itertools import count
from pathlib import Path

from real_feeds import SEARCH_EVERY, Publisher, Validators, publishers

_NAMES_PER_CERTIFICATE = 25
_START = 1_777_888_800  # 2026-05-04: Last-Modified of the first generation
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_EC_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split()


@dataclass(frozen=True, slots=True)
class Body:
    """A document in two parts, between which the time of its head stands, and both packed as raw deflate."""

    before: bytes
    after: bytes
    packed_before: bytes
    packed_after: bytes
    etag: str

    @classmethod
    def pack(cls, before: bytes, after: bytes) -> Body:
        """Pack both parts."""
        etag = hashlib.sha256(before + after).hexdigest()[:16]
        return cls(before, after, _deflate(before, zlib.Z_FULL_FLUSH), _deflate(after, zlib.Z_FINISH), etag)

    def content(self, time: bytes, *, is_packed: bool) -> bytes:
        """Return the document with a time in its head, packed with gzip or not."""
        if not is_packed:
            return self.before + time + self.after
        middle = _deflate(time, zlib.Z_FULL_FLUSH) if time else b""
        checksum = zlib.crc32(self.after, zlib.crc32(self.before + time))
        size = len(self.before) + len(time) + len(self.after)
        trailer = struct.pack("<II", checksum, size & 0xFFFFFFFF)
        return _GZIP_HEADER + self.packed_before + middle + self.packed_after + trailer


def _deflate(content: bytes, end: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(end)


class Server:
    """Answers for every publisher by the name in the request."""

    def __init__(self, served: list[Publisher], latency: float) -> None:
        self.generation = 0
        self.latency = latency
        self._publishers = {publisher.host: publisher for publisher in served}
        self._bodies = {publisher.host: [Body.pack(*parts) for parts in publisher.bodies] for publisher in served}
        self._answers = count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                fields = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
                if self.latency:
                    await asyncio.sleep(self.latency)
                writer.write(self._answer(fields))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def _answer(self, fields: dict[str, str]) -> bytes:
        host = fields["host"].rpartition(":")[0]
        publisher, body = self._publishers[host], self._bodies[host][self.generation]
        number = next(self._answers)
        validators = _validators(publisher.validators, body, self.generation, number)
        facts = "".join(f"{name}: {value}\r\n" for name, value in validators.items())
        if _is_current(publisher.validators, validators, fields):
            return f"HTTP/1.1 304 Not Modified\r\n{facts}\r\n".encode()
        time = formatdate(_START + number, usegmt=True).encode() if publisher.has_changing_head and body.before else b""
        is_packed = "gzip" in fields.get("accept-encoding", "")
        content = body.content(time, is_packed=is_packed)
        facts += "Content-Encoding: gzip\r\n" if is_packed else ""
        return f"HTTP/1.1 200 OK\r\n{facts}Content-Length: {len(content)}\r\n\r\n".encode() + content


def _validators(kind: Validators, body: Body, generation: int, number: int) -> dict[str, str]:
    """Return the headers that a publisher sends."""
    etag, modified = f'"{body.etag}"', formatdate(_START + generation, usegmt=True)
    return {
        Validators.BOTH: {"ETag": etag, "Last-Modified": modified},
        Validators.ETAG: {"ETag": etag},
        Validators.MODIFIED: {"Last-Modified": modified},
        Validators.WEAK: {"ETag": f"W/{etag}"},
        Validators.NONE: {},
        Validators.CHANGING: {"ETag": f'"{number:x}-{body.etag}"'},
        Validators.WRONG: {"Last-Modified": "yesterday, about noon"},
    }[kind]


def _is_current(kind: Validators, validators: dict[str, str], fields: dict[str, str]) -> bool:
    """Whether the client has the document: the ETag decides where both are sent (RFC 9110 §13.1.3)."""
    if kind in {Validators.NONE, Validators.CHANGING, Validators.WRONG}:
        return False
    if "ETag" in validators and "if-none-match" in fields:
        return validators["ETag"].removeprefix("W/").lower() in fields["if-none-match"]
    return fields.get("if-modified-since") == validators.get("Last-Modified", "").lower() != ""


class Certificates:
    """The contexts that serve each name, with certificates of an authority that is made for this run."""

    def __init__(self, home: Path, hosts: list[str]) -> None:
        self.authority, self._key = home / "authority.pem", home / "authority.key"
        _openssl(*_EC_KEY, "-subj", "/CN=bench", "-keyout", str(self._key), "-out", str(self.authority))
        self._contexts: dict[str, ssl.SSLContext] = {}
        for start in range(0, len(hosts), _NAMES_PER_CERTIFICATE):
            names = hosts[start : start + _NAMES_PER_CERTIFICATE]
            self._contexts |= dict.fromkeys(names, self._issue(home / names[0], names))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = self._select

    def _issue(self, path: Path, names: list[str]) -> ssl.SSLContext:
        alternatives = ",".join(f"DNS:{name}" for name in names)
        issuer = ["-CA", str(self.authority), "-CAkey", str(self._key), "-subj", f"/CN={names[0]}"]
        extensions = ["-addext", f"subjectAltName={alternatives}", "-addext", "basicConstraints=critical,CA:FALSE"]
        files = ["-keyout", f"{path}.key", "-out", f"{path}.pem"]
        _openssl(*_EC_KEY, *issuer, *extensions, *files)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{path}.pem", f"{path}.key")
        return context

    def _select(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = self._contexts[name or ""]


def _openssl(*arguments: str) -> None:
    subprocess.run([*"openssl req -x509".split(), *arguments], check=True, capture_output=True)


async def main() -> None:
    """Serve, and obey standard input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--hosts", type=int, default=884)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--search-every", type=int, default=SEARCH_EVERY)
    parser.add_argument("--honest", action="store_true")
    options = parser.parse_args()
    mix = {"search_every": options.search_every, "is_honest": options.honest}
    served = publishers(options.folder, options.hosts, options.seed, **mix)
    server = Server(served, options.latency)
    certificates = Certificates(options.home, [publisher.host for publisher in served])
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=certificates.context, backlog=1024)
    port = listener.sockets[0].getsockname()[1]
    facts = {
        "urls": [f"https://{publisher.host}:{port}/feed" for publisher in served],
        "authority": str(certificates.authority),
        "entries": [publisher.entries for publisher in served],
        "is_search": [publisher.is_search for publisher in served],
    }
    print(json.dumps(facts), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        server.generation = int(line)
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
