"""Poll real feeds over https with brandwatch and with its peers, side by side in one run.

    python bench/real.py FOLDER [--hosts 884] [--latency 0.2] [--only brandwatch,newsboat,sfeed,reader]
    python bench/real.py FOLDER --only brandwatch --against CHECKOUT --runs 3
    python bench/real.py FOLDER --only brandwatch --python OLD/bin/python --python NEW/bin/python

FOLDER holds downloaded feeds (`.xml`, `.json`; with a `manifest.json` if there is one). `bench/real_feeds.py` makes
publishers of them, `bench/serve_real.py` serves those over https, each under a name of its own, to all programs alike.
Every program polls four times: cold, twice unchanged, and with two new entries at each publisher. The programs take
turns within each poll. Prints the processor seconds of everything that the program starts, wall seconds, the peak
memory of all its processes, the feeds of which it has nothing although there are entries, and the entries that it has.
The server is a process of its own, whose time is not counted.

`--against` adds the brandwatch of another checkout, `--python` that of another interpreter (`LABEL=PYTHON` names it);
then the last lines compare them with the first one. `--runs` repeats everything and prints medians. `--reader-python`
is an interpreter with lemon24/reader. `--descriptors` is the soft limit of open files of the programs. `--keep DIR`
keeps their databases in a new folder. `--search-every 1` makes all feeds search feeds. With `--db` brandwatch begins
with a copy of a database, such as that of bench/million.py.

`bench/real_network.py` has the names of the publishers and their certificates. Their authority is the only one that is
trusted; `--trust system` adds it to those of the system instead: newsboat and curl read all of them for each
connection, which is most of their time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from process_cost import Cost, measure
from real_clients import IN_FLIGHT, Brandwatch, Client, Newsboat, Reader, ReadResult, Sfeed
from real_feeds import SEARCH_EVERY
from real_network import Network, Published, enter_namespace, serve

if TYPE_CHECKING:
    from collections.abc import Callable

PHASES = ("cold", "2nd poll", "3rd poll", "2 new")
# Processor seconds as a part of a peer's, and wall seconds as a multiple of what the latency alone takes.
CPU_BARS = {
    ("cold", "newsboat"): 0.6,
    ("cold", "reader"): 1 / 5,
    ("2nd poll", "newsboat"): 1 / 8,
    ("2nd poll", "reader"): 1 / 2,
    ("3rd poll", "newsboat"): 1 / 4,
    ("3rd poll", "reader"): 1 / 2,
    ("2 new", "newsboat"): 1 / 6,
    ("2 new", "reader"): 1 / 10,
}
WALL_BARS = {"cold": 2.0, "2nd poll": 1.3, "3rd poll": 1.3, "2 new": 1.5}


class Poll(NamedTuple):
    """One poll of one program: what it cost, and what the program has read after it."""

    cost: Cost
    read: ReadResult


Polls = dict[tuple[str, str], list[Poll]]


def main() -> None:
    """Serve, poll, print."""
    options = _options()
    enter_namespace()
    names = ("hosts", "latency", "seed", "search_every")
    arguments = [f"--{name.replace('_', '-')}={getattr(options, name)}" for name in names]
    with tempfile.TemporaryDirectory() as home:
        folder = options.keep or Path(home)
        folder.mkdir(parents=True, exist_ok=options.keep is None)
        certifi = _certifi(options.reader_python) if options.reader_python else None
        trust_system = options.trust == "system"
        served = serve([str(options.folder), *arguments], Path(home), trust_system=trust_system, certifi=certifi)
        with served as network:
            polls = _poll_all(options, folder, network)
            published = network.published
    _print_table(polls, published)
    _print_ratios(polls, published, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hosts", type=int, default=884)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--search-every", type=int, default=SEARCH_EVERY)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", default="brandwatch,newsboat,sfeed,reader")
    parser.add_argument("--against", action="append", default=[], metavar="CHECKOUT")
    parser.add_argument("--python", action="append", default=[], metavar="[LABEL=]PYTHON")
    parser.add_argument("--reader-python", default="")
    parser.add_argument("--trust", choices=["own", "system"], default="own")
    parser.add_argument("--descriptors", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="DIR")
    return parser.parse_args()


def _generation(phase: str) -> int:
    return int(phase == "2 new")


def _certifi(python: str) -> Path:
    """Return the file of certificates of requests, which reader asks through."""
    where = [python, "-c", "import certifi; print(certifi.where())"]
    return Path(subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip())


def _poll_all(options: argparse.Namespace, folder: Path, network: Network) -> Polls:
    """Poll with every program in turn; every second run in the other order."""
    makers, urls = _makers(options), network.published.urls
    polls: Polls = {}
    for name, make in makers.items():
        # Compiled modules and files in the page cache are there before the first poll that counts.
        warm = make(folder / "warm-up" / name, urls[:2], network.certificates)
        measure(warm.command(), warm.environment, folder / "warm-up.log")
    for run in range(options.runs):
        order = list(makers)[:: -1 if run % 2 else 1]
        clients = {name: makers[name](folder / f"run{run}" / name, urls, network.certificates) for name in order}
        for phase in PHASES:
            network.serve_generation(_generation(phase))
            for name, client in clients.items():
                log = folder / f"{name}.log"
                cost = measure(client.command(), client.environment, log, options.descriptors)
                polls.setdefault((name, phase), []).append(Poll(cost, client.read()))
                print(f"run {run}: {name}, {phase}: {cost.cpu:.2f} CPU s", file=sys.stderr, flush=True)
        if not options.keep:
            shutil.rmtree(folder / f"run{run}")
    return polls


def _makers(options: argparse.Namespace) -> dict[str, Callable[[Path, list[str], Path], Client]]:
    """Return what makes each program that is wanted and installed, by its name."""
    result: dict[str, Callable[[Path, list[str], Path], Client]] = {}
    wanted = options.only.split(",")
    if "brandwatch" in wanted:
        result |= {how[0]: partial(Brandwatch, how=how, database=options.db) for how in _versions(options)}
    for name, make in (("newsboat", Newsboat), ("sfeed", Sfeed)):
        if name in wanted and shutil.which("sfeed_update" if name == "sfeed" else name):
            result[name] = make
    if "reader" in wanted and options.reader_python:
        result["reader"] = partial(Reader, python=options.reader_python)
    for name in {*wanted, "brandwatch"} - {*result, "brandwatch"}:
        print(f"{name} is left out: not installed", file=sys.stderr)
    return result


def _versions(options: argparse.Namespace) -> list[tuple[str, str, str]]:
    """Return label, interpreter and checkout of each brandwatch."""
    pythons = [value.rpartition("=")[::2] for value in options.python]
    result = [(label or f"python{number}", python, "") for number, (label, python) in enumerate(pythons)]
    if not result:
        result = [("brandwatch", sys.executable, str(Path(__file__).parents[1]))]
    return result + [(f"against{number or ''}", sys.executable, path) for number, path in enumerate(options.against)]


def _medians(polls: list[Poll]) -> Cost:
    walls, cpus, mib, codes = zip(*(poll.cost for poll in polls), strict=True)
    return Cost(statistics.median(walls), statistics.median(cpus), statistics.median(mib), max(codes))


def _print_table(polls: Polls, published: Published) -> None:
    """Print a line for each program and poll."""
    print(f"{published}; load of the machine at the end {os.getloadavg()[1]:.1f}")
    print(f"{'':12}{'':10}{'CPU s':>8}{'wall s':>8}{'MiB':>7}{'exit':>6}{'no entry':>10}{'entries':>9}")
    for (name, phase), group in polls.items():
        cost, read = _medians(group), group[-1].read
        lacking = len(_feeds_without_entries(read, published, phase))
        entries = sum(read.entries.values())
        figures = f"{cost.cpu:8.2f}{cost.wall:8.1f}{cost.mib:7.0f}{cost.code:6}{lacking:10}{entries:9}"
        print(f"{name:12}{phase:10}{figures}  {len(read.failed)} failed  {read.remark}")


def _feeds_without_entries(read: ReadResult, published: Published, phase: str) -> list[str]:
    """Return the feeds of which a program has nothing although there are entries."""
    published_entries = published.entries_in(_generation(phase))
    return [url for url, count in published_entries.items() if count and not read.entries.get(url)]


def _print_ratios(polls: Polls, published: Published, options: argparse.Namespace) -> None:
    """Print the ratios to the peers beside their bars, and those of the other versions to the first."""
    versions = [label for label, _, _ in _versions(options)]
    bound = len(published.urls) / IN_FLIGHT * options.latency
    for version, phase in polls:
        if version not in versions:
            continue
        cost = _medians(polls[version, phase])
        ratios = [
            f"{cost.cpu / _medians(polls[peer, phase]).cpu:.3f} of {peer}'s CPU (bar {bar:.3f})"
            for (at, peer), bar in CPU_BARS.items()
            if at == phase and (peer, phase) in polls
        ]
        if bound:
            ratios.append(f"wall {cost.wall / bound:.2f} times {bound:.1f} s (bar {WALL_BARS[phase]})")
        if version != versions[0]:
            ratios.append(f"{cost.cpu / _medians(polls[versions[0], phase]).cpu:.3f} of {versions[0]}'s CPU")
        print(f"{version:12}{phase:10}{'; '.join(ratios)}")


if __name__ == "__main__":
    main()
