"""Poll a farm of feeds with brandwatch and with its peers, side by side in one run.

    python bench/poll.py --feeds 1000 [--latency 0.2] [--only brandwatch,newsboat,sfeed,reader] [--reader-python PYTHON]
    python bench/poll.py --feeds 100 --only brandwatch --all-mentioned [--db MILLION.db]
    python bench/poll.py --feeds 1500 --only brandwatch --ports --descriptors 1024
    python bench/poll.py --feeds 1000 --only brandwatch --tls

Each polls everything cold, then unchanged, then with two new entries in every feed. Prints wall seconds, processor
seconds of the whole process tree and the peak memory of its largest process. newsboat and sfeed are Debian's packages;
`--reader-python` is an interpreter that has lemon24/reader. A peer that is not there is left out. `--no-validators`
serves without ETag and Last-Modified. `--all-mentioned` has brandwatch keep every entry, and `--db` begin with a copy
of a database that bench/million.py made. `--ports` gives each feed a port of 127.0.0.1 instead of an address, `--tls`
serves https on such ports. `--descriptors` sets the soft limit of open files (`ulimit -n`) of the program that is
measured. A poll that does not exit with 0 is marked with its exit code. The peer `httpcore` is brandwatch on the
guarded pool of bench/fetch.py, which keeps `--pool-idle` connections; the fewer, the less it costs.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

FARM = Path(__file__).with_name("farm.py")
FETCH = Path(__file__).with_name("fetch.py")
_READER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in open(sys.argv[2]).read().split():
    reader.add_feed(url, exist_ok=True)
list(reader.update_feeds_iter(workers=50, scheduled=False))
"""


class Cost(NamedTuple):
    """What a command cost: wall and processor seconds, MiB of its largest process; and its exit code."""

    wall: float
    cpu: float
    memory: float
    code: int

    def __str__(self) -> str:
        mark = f" !{self.code}" if self.code else "   "
        return f"{self.wall:9.1f}{self.cpu:8.2f}{self.memory:7.0f}{mark}"


def main() -> None:
    """Start the farm for each peer, poll three times, print a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--only", default="brandwatch,newsboat,sfeed,reader")
    parser.add_argument("--reader-python", default="")
    parser.add_argument("--no-validators", action="store_true")
    parser.add_argument("--all-mentioned", action="store_true")
    parser.add_argument("--db", type=Path)
    parser.add_argument("--ports", action="store_true")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--descriptors", type=int)
    parser.add_argument("--pool-idle", type=int, default=0)
    options = parser.parse_args()
    print(f"{'':12}{'cold':>24}   {'unchanged':>24}   {'2 new each':>24}      (wall s, CPU s, MiB)")
    for name in options.only.split(","):
        with tempfile.TemporaryDirectory() as home:
            costs = _measure(name, Path(home), options)
        if costs:
            print(f"{name:12}" + "".join(map(str, costs)))


def _measure(name: str, home: Path, options: argparse.Namespace) -> list[Cost]:
    """Return what three polls cost one peer; nothing where it is not installed."""
    arguments = ["--feeds", str(options.feeds), "--latency", str(options.latency)]
    arguments += ["--no-validators"] if options.no_validators else []
    arguments += ["--ports"] if options.ports else []
    if options.tls:
        arguments += ["--tls", str(home)]
        os.environ["SSL_CERT_FILE"] = str(home / "certificate.pem")
    command = [sys.executable, str(FARM), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as farm:
        say, hear = farm.stdin, farm.stdout
        if say is None or hear is None:
            raise OSError("the farm has no pipes")
        urls = hear.readline().split()
        poll = _PEERS[name](home, urls, options)
        costs = []
        for phase in ("cold", "unchanged", "new") if poll else ():
            if phase == "new":
                print("new", file=say, flush=True)
                hear.readline()
            costs.append(_cost(poll, options.descriptors))
        say.close()
    return costs


def _cost(command: list[str], descriptors: int | None) -> Cost:
    """Run a command, perhaps with a limit of descriptors, and return what it and all it started cost."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if descriptors:
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (descriptors, hard))
    _, status, used = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, code)


def _brandwatch(home: Path, urls: list[str], options: argparse.Namespace) -> list[str]:
    """Prepare three queries, of which one is mentioned by every entry of one feed in a hundred, or of all."""
    (home / "queries").mkdir()
    listed = "".join(f"  - {url}\n" for url in urls)
    mentioned = "Blåbærkraft" if options.all_mentioned else "Blåbærkraft nr. 7"
    if options.db:
        shutil.copy(options.db, home / "b.db")
    for number, names in enumerate((mentioned, "Fjordkraft Åsgård", "Acme")):
        text = f"brand: B\nnames: [{names}]\nsources:\n{f'  - {urls[0]}' if number else listed}\n"
        (home / "queries" / f"q{number}.yaml").write_text(text, encoding="utf-8")
    os.environ["BRANDWATCH_ALLOW_HOSTS"] = ",".join(url.split("/")[2].split(":")[0] for url in urls)
    program = [sys.executable, "-m", "brandwatch", "-q", "--db", str(home / "b.db"), "--queries", str(home / "queries")]
    return [*program, "poll", "--force"]


def _httpcore(home: Path, urls: list[str], options: argparse.Namespace) -> list[str]:
    """Prepare brandwatch on another transport."""
    _, _, _, *arguments = _brandwatch(home, urls, options)
    return [sys.executable, str(FETCH), "--program", str(options.pool_idle), *arguments]


def _newsboat(home: Path, urls: list[str], _: argparse.Namespace) -> list[str]:
    """Prepare newsboat with as many threads."""
    (home / "urls").write_text("\n".join(urls))
    (home / "config").write_text("reload-threads 50\n")
    files = ["-u", str(home / "urls"), "-c", str(home / "cache.db"), "-C", str(home / "config")]
    return ["newsboat", *files, "-x", "reload"] if shutil.which("newsboat") else []


def _sfeed(home: Path, urls: list[str], _: argparse.Namespace) -> list[str]:
    """Prepare sfeed with as many jobs."""
    feeds = "\n".join(f'feed "f{number}" "{url}"' for number, url in enumerate(urls))
    (home / "sfeedrc").write_text(f'sfeedpath="{home}/feeds"\nmaxjobs=50\nfeeds() {{\n{feeds}\n}}\n')
    return ["sfeed_update", str(home / "sfeedrc")] if shutil.which("sfeed_update") else []


def _reader(home: Path, urls: list[str], options: argparse.Namespace) -> list[str]:
    """Prepare lemon24/reader with as many workers."""
    (home / "urls").write_text("\n".join(urls))
    (home / "poll.py").write_text(_READER)
    arguments = [str(home / "poll.py"), str(home / "reader.db"), str(home / "urls")]
    return [options.reader_python, *arguments] if options.reader_python else []


_PEERS: dict[str, Callable[[Path, list[str], argparse.Namespace], list[str]]] = {
    "brandwatch": _brandwatch,
    "httpcore": _httpcore,
    "newsboat": _newsboat,
    "sfeed": _sfeed,
    "reader": _reader,
}

if __name__ == "__main__":
    main()
