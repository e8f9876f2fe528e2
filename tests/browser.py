"""A real browser: loads a page once, reports its final state and its requests."""

from __future__ import annotations

import json
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="needs chromium")

_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # a container's root has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # No name leads anywhere, so that what a page asks for shows and harms nobody.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--enable-logging=stderr",
    "--virtual-time-budget=4000",
    "--dump-dom",
)


class Seen(HTMLParser):
    """The final page, the requests on the way, and the messages of the browser."""

    def __init__(self, dom: str, requests: list[str], complaints: list[str]) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.dom = dom
        self.requests = requests
        self.complaints = complaints
        self.feed(dom)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect an element and its attributes."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def look(address: str, folder: Path, *options: str) -> Seen:
    """Open an address in a fresh browser, with its files in *folder*."""
    log = folder / "net.json"
    profile = [f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}"]
    done = subprocess.run(
        [CHROMIUM, *_OPTIONS, *profile, *options, address], capture_output=True, text=True, check=True, timeout=300
    )
    complaints = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return Seen(done.stdout, _requests(log.read_text(encoding="utf-8")), complaints)


def _requests(log: str) -> list[str]:
    """List the requested addresses without the browser's own."""
    told = json.loads(log)
    kind = told["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    asked = [event.get("params", {}).get("url", "") for event in told["events"] if event["type"] == kind]
    return [address for address in dict.fromkeys(asked) if "127.0.0.1" in address or ".example" in address]
