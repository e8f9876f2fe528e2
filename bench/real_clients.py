"""The programs that `bench/real.py` polls the same publishers with: how each is set up, and what it has read.

Each polls 50 feeds at a time, and trusts the same certificates. newsboat and sfeed are Debian's packages;
lemon24/reader runs in an interpreter of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from real_feeds import BRAND

IN_FLIGHT = 50
_READER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in open(sys.argv[2]).read().split():
    reader.add_feed(url, exist_ok=True)
list(reader.update_feeds_iter(workers=int(sys.argv[3]), scheduled=False))
"""
_STORES_ALL = "stores every entry"


class ReadResult(NamedTuple):
    """What a program has read so far: entries by URL, and the URLs that failed in the last poll where it says so."""

    entries: dict[str, int]
    failed: frozenset[str] = frozenset()
    remark: str = ""


class Client(ABC):
    """A program that polls."""

    name: str

    def __init__(self, home: Path, urls: list[str], certificates: Path) -> None:
        self.home = home
        self.urls = urls
        home.mkdir(parents=True)
        trust = dict.fromkeys(("SSL_CERT_FILE", "CURL_CA_BUNDLE"), str(certificates))
        self.environment = os.environ | trust | {"HOME": str(home)}
        (home / "urls").write_text("\n".join(urls))

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command of one poll of everything."""

    @abstractmethod
    def read(self) -> ReadResult:
        """Return what was read."""

    def _output(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if not done.stdout:
            raise RuntimeError(f"{self.name}: {done.stderr}")
        return done.stdout


class Brandwatch(Client):
    """brandwatch, as an interpreter runs it, perhaps from another checkout."""

    def __init__(
        self, home: Path, urls: list[str], certificates: Path, how: tuple[str, str, str], database: Path | None
    ) -> None:
        super().__init__(home, urls, certificates)
        if database:
            shutil.copy(database, home / "brandwatch.db")
        self.name, self._python, checkout = how
        if checkout:
            self.environment["PYTHONPATH"] = str(Path(checkout, "src"))
        listed = "".join(f"  - url: {url}\n    allow_private: yes\n" for url in urls)
        (home / "queries").mkdir()
        for number, name in enumerate((BRAND, "Fjordkraft Åsgård", "Blåbær Gården")):
            text = f"brand: {name}\nnames: [{name}]\nsources:\n" + (f"  - {urls[0]}\n" if number else listed)
            (home / "queries" / f"query{number}.yaml").write_text(text, encoding="utf-8")

    def _program(self) -> list[str]:
        places = ["--db", str(self.home / "brandwatch.db"), "--queries", str(self.home / "queries")]
        return [self._python, "-m", "brandwatch", "-q", *places]

    def command(self) -> list[str]:
        return [*self._program(), "poll", "--force"]

    def read(self) -> ReadResult:
        listed = json.loads(self._output(*self._program(), "sources", "--format", "json"))["items"]
        # The threads of comments that some entries name are sources as well; the publishers do not serve them.
        urls = set(self.urls)
        sources = [source for source in listed if source["url"] in urls]
        classes = Counter(source["class"] for source in sources)
        failed = frozenset(source["url"] for source in sources if source["error"])
        mentions = sum(source["mentions"] for source in sources)
        entries = {source["url"]: source["entries"] or 0 for source in sources}
        counts = ", ".join(f"{count} {name}" for name, count in classes.most_common() if name)
        return ReadResult(entries, failed, f"{mentions} mentions; {counts}; {len(listed) - len(sources)} threads")


class Newsboat(Client):
    """newsboat, which asks conditionally from the third poll on."""

    name = "newsboat"

    def command(self) -> list[str]:
        (self.home / "config").write_text(f"reload-threads {IN_FLIGHT}\n")
        files = ["-u", str(self.home / "urls"), "-c", str(self.home / "cache.db"), "-C", str(self.home / "config")]
        return ["newsboat", *files, "-x", "reload"]

    def read(self) -> ReadResult:
        with sqlite3.connect(self.home / "cache.db") as db:
            entries = dict(db.execute("SELECT feedurl, count(*) FROM rss_item GROUP BY feedurl"))
        return ReadResult(entries, remark=_STORES_ALL)


class Sfeed(Client):
    """sfeed_update, which asks for everything every time, and has no compression."""

    name = "sfeed"

    def command(self) -> list[str]:
        feeds = "\n".join(f'feed "{number}" "{url}"' for number, url in enumerate(self.urls))
        text = f'sfeedpath="{self.home}/feeds"\nmaxjobs={IN_FLIGHT}\nfeeds() {{\n{feeds}\n}}\n'
        (self.home / "sfeedrc").write_text(text)
        return ["sfeed_update", str(self.home / "sfeedrc")]

    def read(self) -> ReadResult:
        files = {url: self.home / "feeds" / str(number) for number, url in enumerate(self.urls)}
        entries = {url: path.read_bytes().count(b"\n") for url, path in files.items() if path.is_file()}
        return ReadResult(entries, remark=_STORES_ALL)


class Reader(Client):
    """lemon24/reader."""

    name = "reader"

    def __init__(self, home: Path, urls: list[str], certificates: Path, python: str) -> None:
        super().__init__(home, urls, certificates)
        self._python = python
        (home / "poll.py").write_text(_READER)

    def command(self) -> list[str]:
        files = [str(self.home / name) for name in ("poll.py", "reader.db", "urls")]
        return [self._python, *files, str(IN_FLIGHT)]

    def read(self) -> ReadResult:
        with sqlite3.connect(self.home / "reader.db") as db:
            failed = frozenset(url for (url,) in db.execute("SELECT url FROM feeds WHERE last_exception IS NOT NULL"))
            entries = dict(db.execute("SELECT feed, count(*) FROM entries GROUP BY feed"))
        return ReadResult(entries, failed, _STORES_ALL)
