"""The network in which benchmarks meet the publishers of `bench/serve_real.py`: names, certificates, the server.

The names of the publishers are known in a mount namespace of one run only (`unshare`, which needs root or user
namespaces). There `/etc/hosts` leads them to 127.0.0.1, and the authority of their certificates is trusted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVER = Path(__file__).with_name("serve_real.py")
_TRUSTED = Path("/etc/ssl/certs")
_IN_NAMESPACE = "BENCH_REAL_IN_NAMESPACE"


class Published(NamedTuple):
    """What the server has: the URL of each feed, its entries in each generation, whether it is a search feed."""

    urls: list[str]
    authority: str
    entries: list[list[int]]
    is_search: list[bool]

    def entries_in(self, generation: int) -> dict[str, int]:
        """Return the number of entries of each URL."""
        return {url: entries[generation] for url, entries in zip(self.urls, self.entries, strict=True)}

    def __str__(self) -> str:
        found = sum(max(entries) for entries, is_search in zip(self.entries, self.is_search, strict=True) if is_search)
        total = sum(entries[0] for entries in self.entries)
        return (
            f"{len(self.urls)} feeds, {total:,} entries; {sum(self.is_search)} search feeds, up to {found:,} mentions"
        )


class Network:
    """A running server, and the file of the certificates that its clients trust."""

    def __init__(self, server: subprocess.Popen[str], published: Published, certificates: Path) -> None:
        self._server = server
        self.published = published
        self.certificates = certificates

    def serve_generation(self, generation: int) -> None:
        """Let the publishers have another generation of their feeds."""
        print(generation, file=self._server.stdin, flush=True)
        _line(self._server)


def enter_namespace() -> None:
    """Start this program again in a mount namespace of its own, unless it is there."""
    if _IN_NAMESPACE not in os.environ:
        unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        environment = os.environ | {_IN_NAMESPACE: "1"}
        os.execvpe(unshare[0], [*unshare, sys.executable, *sys.argv], environment)  # noqa: S606


@contextmanager
def serve(
    arguments: list[str], home: Path, *, trust_system: bool = False, certifi: Path | None = None
) -> Iterator[Network]:
    """Serve with these arguments of `serve_real.py`; *certifi* is another file of certificates to replace."""
    command = [sys.executable, str(_SERVER), "--home", str(home), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            published = Published(**json.loads(_line(server)))
            certificates = _prepare_machine(home, published, trust_system=trust_system)
            if certifi:
                _bind(certificates, certifi)
            yield Network(server, published, certificates)
        finally:
            server.terminate()


def _line(server: subprocess.Popen[str]) -> str:
    if server.stdout is None or not (line := server.stdout.readline()):
        raise OSError("the server has ended")
    return line


def _prepare_machine(home: Path, published: Published, *, trust_system: bool) -> Path:
    """Make the names and the authority known in this namespace; return the file of certificates."""
    hosts, trusted = home / "hosts", home / "trusted"
    names = [url.split("/")[2].split(":")[0] for url in published.urls]
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {name}\n" for name in names))
    _bind(hosts, Path("/etc/hosts"))
    if trust_system:
        shutil.copytree(_TRUSTED, trusted)
    trusted.mkdir(exist_ok=True)
    certificates = trusted / "ca-certificates.crt"
    with certificates.open("a") as file:
        file.write(Path(published.authority).read_text())
    # GnuTLS, below newsboat, reads this whole folder and cannot be told of another one.
    if _TRUSTED.exists():
        _bind(trusted, _TRUSTED)
    return certificates


def _bind(source: Path, target: Path) -> None:
    subprocess.run([*"mount --bind".split(), str(source), str(target)], check=True)
