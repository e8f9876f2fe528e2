"""Poll very many https servers within the limits of a machine: failures that the servers did not make, memory, time.

    python bench/limits.py [--sources 10000] [--descriptors 1024] [--only origins,store,hanging] [-- POLL OPTIONS]

Each source is a port of 127.0.0.1 with a feed of ten entries. `origins` polls all of them with a limit of open files,
cold and unchanged. `store` polls a fiftieth of them while storing takes 50 ms a source and the deadline is 1 s.
`hanging` polls half of them, of which one in twenty accepts a connection and never answers; the second poll knows them.
Prints for each poll how its sources ended, wall and processor seconds, and its peak memory. Needs `openssl`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from brandwatch.__main__ import main as program
from brandwatch.pipeline import record

_STORE_SECONDS = 0.05
_HANGING_SHARE = 20
_ENTRIES = 10


def main() -> None:
    """Measure the scenarios one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--descriptors", type=int, default=1_024)
    parser.add_argument("--only", default="origins,store,hanging")
    parser.add_argument("options", nargs="*", help="options of `poll`")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _make_certificate(home)
        print(f"{'':22}{'wall':>8}{'CPU':>8}{'MiB':>6}  how the sources ended")
        for name in options.only.split(","):
            _measure(name, options, home / name, home)


def _measure(name: str, options: argparse.Namespace, folder: Path, home: Path) -> None:
    """Serve the sources of a scenario and print a line for each of its polls."""
    number = {"origins": options.sources, "store": options.sources // 50, "hanging": options.sources // 2}[name]
    command = [sys.executable, __file__, "--serve", str(home), str(number), "1" if name == "hanging" else "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdin is None or server.stdout is None:
            raise OSError("the server has no pipes")
        urls = server.stdout.readline().split()
        (folder / "queries").mkdir(parents=True)
        sources = "".join(f"  - {url}\n" for url in urls)
        query = f"brand: Blåbær Gården AS\nnames: [Blåbær Gården]\nsources:\n{sources}"
        (folder / "queries/query.yaml").write_text(query, encoding="utf-8")
        environ = {"BRANDWATCH_ALLOW_HOSTS": "127.0.0.1", "SSL_CERT_FILE": str(home / "certificate.pem")}
        if name == "store":
            environ["BRANDWATCH_TIMEOUT"] = "1"
        for which in ("cold",) if name == "store" else ("cold", "again"):
            _poll(f"{name}, {which}", folder, environ, options, is_slow=name == "store")
        server.stdin.close()


def _poll(label: str, folder: Path, environ: dict[str, str], options: argparse.Namespace, *, is_slow: bool) -> None:
    shell = ["sh", "-c", 'ulimit -n "$0" && exec "$@"', str(options.descriptors), sys.executable]
    start = [__file__, "--slow-store"] if is_slow else ["-m", "brandwatch"]
    files = ["--db", str(folder / "brandwatch.db"), "--queries", str(folder / "queries")]
    begun = time.monotonic()
    with (folder / "log").open("w+", encoding="utf-8") as log:
        arguments = [*shell, *start, *files, "poll", "-v", "--force", *options.options]
        child = subprocess.Popen(arguments, stderr=log, env=os.environ | environ)
        _, _, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
        log.seek(0)
        lines = [line.split() for line in log]
    ended = Counter(words[0] for words in lines if len(words) > 1 and words[1].startswith("https://"))
    cpu = usage.ru_utime + usage.ru_stime
    counts = ", ".join(f"{count:,} {how}" for how, count in ended.most_common())
    print(f"{label:22}{wall:8.1f}{cpu:8.1f}{usage.ru_maxrss / 1024:6.0f}  {counts}", flush=True)


def _make_certificate(home: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=127.0.0.1"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([*command.split(), *named], cwd=home, check=True, capture_output=True)


async def serve(home: Path, number: int, *, some_hang: bool) -> None:
    """Serve the feeds, print their URLs, and end with standard input."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "certificate.pem", home / "key.pem")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                source = int(head.split(b" ", 2)[1].strip(b"/"))
                if some_hang and not source % _HANGING_SHARE:
                    await reader.read()  # until the client gives up
                tag = b'"%d"' % source
                if tag in head:
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % tag)
                else:
                    body = _feed(source)
                    writer.write(b"HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %d\r\n\r\n" % (tag, len(body)) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    servers = [await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) for _ in range(number)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print(*(f"https://127.0.0.1:{port}/{source}" for source, port in enumerate(ports)), flush=True)
    await asyncio.to_thread(sys.stdin.read)


def _feed(source: int) -> bytes:
    entries = "".join(
        f"<item><title>Sak {entry} fra fylket</title>"
        f"<link>https://avis{source}.example/{entry}</link><pubDate>Mon, 30 Nov 2026 1{entry}:00:00 GMT</pubDate>"
        f"<description>{'Det er kaldt ute i dag. ' * 10}</description></item>"
        for entry in range(_ENTRIES)
    )
    return f"<rss version='2.0'><channel><title>Avis {source}</title>{entries}</channel></rss>".encode()


def _slow_down_store() -> None:
    """Have the program take longer to store each source."""
    record_results = record.record_results

    def record_slowly(store: Any, batch: Any, *others: Any) -> Any:  # noqa: ANN401 (passed on)
        time.sleep(_STORE_SECONDS * len(batch))
        return record_results(store, batch, *others)

    setattr(record, "record_results", record_slowly)  # noqa: B010 (mypy: another signature)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve", home, number, some_hang]:
            asyncio.run(serve(Path(home), int(number), some_hang=some_hang == "1"))
        case ["--slow-store", *arguments]:
            _slow_down_store()
            sys.argv[1:] = arguments
            program()
        case _:
            main()
