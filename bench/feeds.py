"""Poll a folder of feeds twice over loopback HTTP and hold what was read against its manifest.

    python bench/feeds.py FOLDER [--names Google,Norge]

FOLDER holds feeds and `manifest.json`: a list of objects with `file` and `entries`, what another reader counted.
Prints every difference, the classes of both polls, and requests that were not conditional in the second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

SERVER = Path(__file__).with_name("serve_feeds.py")


def main() -> None:
    """Serve, poll, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", default="Google,Norge")
    options = parser.parse_args()
    expected = {feed["file"]: feed["entries"] for feed in json.loads((options.folder / "manifest.json").read_text())}
    with tempfile.TemporaryDirectory() as home:
        query, log = Path(home, "queries", "all.yaml"), Path(home, "log")
        serve = [sys.executable, SERVER, options.folder, "--query-out", query, "--names", options.names, "--log", log]
        server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
        try:
            base = server.stdout.readline().strip() if server.stdout else ""
            os.environ["BRANDWATCH_ALLOW_HOSTS"] = urlsplit(base).netloc
            _poll(home, expected, "cold")
            log.unlink()
            _poll(home, None, "warm")
            plain = [line.split()[0] for line in log.read_text().splitlines() if " plain " in line]
        finally:
            server.terminate()
            server.wait(10)
    print(f"warm: {len(plain)} requests without a validator {plain[:5]}")


def _poll(home: str, expected: dict[str, int] | None, label: str) -> None:
    """Poll everything, print what came of it."""
    command = [sys.executable, "-m", "brandwatch", "--db", f"{home}/b.db", "--queries", f"{home}/queries"]
    done = subprocess.run([*command, "poll", "--force", "-q"], capture_output=True, text=True, check=False)
    listed = subprocess.run([*command, "sources", "--format", "json"], capture_output=True, text=True, check=True)
    sources = json.loads(listed.stdout)["items"]
    mentions = sum(source["mentions"] for source in sources)
    print(
        f"{label}: exit {done.returncode}, {mentions} mentions, {dict(Counter(source['class'] for source in sources))}"
    )
    if "Traceback" in done.stderr:
        print(done.stderr)
    if expected is not None:
        _compare(sources, expected)


def _compare(sources: list[dict[str, object]], expected: dict[str, int]) -> None:
    """Print where the counts differ."""
    equal = 0
    for source in sources:
        name = urlsplit(str(source["url"])).path.lstrip("/")
        is_equal = expected[name] == source["entries"]
        equal += is_equal
        if not is_equal or source["error"]:
            print(f"  {name}: {source['entries']} entries of {expected[name]}; {source['class']}; {source['error']}")
    print(f"  {len(sources)} feeds, {equal} with the expected count ({equal / len(sources):.1%})")


if __name__ == "__main__":
    main()
