"""Serve a folder of feeds on loopback, with validators, for measuring a poll.

    python bench/serve_feeds.py FOLDER --query-out queries/all.yaml --names Google,Norge --seconds 120

FOLDER holds files and perhaps a `manifest.json`, a list of objects with `file` and `encoding`. The query names every
file as a source. `--log FILE` gets a line for each request: its path, whether it was conditional, the status.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def main() -> None:
    """Serve until the time is up or somebody says stop."""
    options = _options()
    bodies = {f"/{path.name}": path.read_bytes() for path in options.folder.iterdir() if path.name != "manifest.json"}
    with ThreadingHTTPServer(("127.0.0.1", options.port), _handler(bodies, options.log)) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        if options.query_out:
            options.query_out.parent.mkdir(parents=True, exist_ok=True)
            options.query_out.write_text(_query(base, list(bodies), options.names.split(",")), encoding="utf-8")
        print(base, flush=True)
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stop.wait(options.seconds)
        server.shutdown()


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--query-out", type=Path)
    parser.add_argument("--names", default="Google,Norge")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    return parser.parse_args()


def _query(base: str, paths: list[str], names: list[str]) -> str:
    """Return a query file with every path as a source."""
    sources = "".join(f"  - {base}{path}\n" for path in sorted(paths))
    return f"brand: Benchmark\nnames: {json.dumps(names)}\nsources:\n{sources}"


def _handler(bodies: dict[str, bytes], log: Path | None) -> type[BaseHTTPRequestHandler]:
    """Return a handler that answers with the bodies."""
    etags = {path: f'"{hashlib.sha256(body).hexdigest()[:16]}"' for path, body in bodies.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            etag = etags.get(self.path)
            is_known = etag is not None and self.headers.get("If-None-Match") == etag
            status, body = (304, b"") if is_known else (200, bodies[self.path]) if etag else (404, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if etag:
                self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)
            if log:
                condition = "conditional" if "If-None-Match" in self.headers else "plain"
                with log.open("a", encoding="utf-8") as file:
                    file.write(f"{self.path} {condition} {status}\n")

        def log_message(self, *_: object) -> None:
            pass

    return Handler


if __name__ == "__main__":
    main()
