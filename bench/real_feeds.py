"""Make publishers out of a folder of real feeds: a host, validators, sometimes a changing head, two entries held back.

    python bench/real_feeds.py FOLDER [--hosts 884]

Prints the mix. `bench/serve_real.py` serves these publishers, `bench/real.py` polls them.

Publisher number *n* has feed *n* modulo the number of feeds, and the host of that feed's links is replaced by its own;
guids differ as well. Every fourth is a search feed: the brand's name stands in each title. The first generation lacks
the two newest entries of the feed, the second the two oldest.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

BRAND = "Solvikkraft"
"""In ASCII, so that it can be put into a feed of any encoding; no feed has it of its own."""

GENERATIONS = 2
_HELD_BACK = 2
SEARCH_EVERY = 4
_ENTRY = re.compile(rb"<((?:\w+:)?(?:item|entry))[\s>].*?</\1\s*>", re.DOTALL)
_TITLE = re.compile(rb"<(?:\w+:)?title(?:\s[^>]*[^/>]|\s*)>\s*(?:<!\[CDATA\[)?")
_LINK_HOST = re.compile(rb"(?:<link>|<guid[^>]*>|<link\s[^>]*href=[\"']|rdf:about=[\"'])\s*https?://([^/\"'<\s:]+)")
_HEAD_TIME = re.compile(rb"<(lastBuildDate|updated)>([^<]*)</\1>")
_GUID = re.compile(rb"(<(?:guid|id)(?:\s[^>]*)?>)([^<]+)(?=</)")
_CHANNEL = re.compile(rb"<(?:channel|feed|rdf:RDF)[^>]*>")


class Validators(StrEnum):
    """What a publisher sends to make a later request conditional, and whether it answers 304."""

    BOTH = "ETag and Last-Modified"
    ETAG = "ETag only"
    MODIFIED = "Last-Modified only"
    WEAK = "weak ETag"
    NONE = "none"
    CHANGING = "another ETag with every answer"
    WRONG = "a malformed Last-Modified, never 304"


# Of twenty publishers; three quarters answer 304. A changing head needs a publisher that does not.
_MIX = (
    *[(Validators.BOTH, False)] * 8,
    *[(Validators.ETAG, False)] * 2,
    *[(Validators.MODIFIED, False)] * 3,
    *[(Validators.WEAK, False)] * 2,
    (Validators.NONE, False),
    (Validators.NONE, True),
    (Validators.CHANGING, False),
    (Validators.CHANGING, True),
    (Validators.WRONG, True),
)


@dataclass(frozen=True, slots=True)
class Publisher:
    """An origin with one feed. *bodies* are its generations, each cut where the time of its head stands."""

    host: str
    validators: Validators
    is_search: bool
    has_changing_head: bool
    bodies: tuple[tuple[bytes, bytes], ...]
    entries: tuple[int, ...]


def publishers(
    folder: Path, hosts: int, seed: int, *, search_every: int = SEARCH_EVERY, is_honest: bool = False
) -> list[Publisher]:
    """Return the publishers, the same ones for the same arguments; with *is_honest* all answer 304."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix in {".xml", ".json"}]
    contents = [path.read_bytes() for path in files if path.name != "manifest.json"]
    mix = [(Validators.BOTH, False)] * hosts if is_honest else list(_MIX) * (hosts // len(_MIX) + 1)
    random.Random(seed).shuffle(mix)  # noqa: S311 (noise need not be secret)
    # The last of each group, so that a folder with an odd number of feeds has each of them as a search feed.
    searches = set(range(search_every - 1, hosts, search_every))
    return [
        _publisher(number, contents[number % len(contents)], mix[number], is_search=number in searches)
        for number in range(hosts)
    ]


def _publisher(number: int, content: bytes, habits: tuple[Validators, bool], *, is_search: bool) -> Publisher:
    host = f"www.avis{number}.example"
    validators, has_changing_head = habits
    generations = _json_generations if content.lstrip()[:1] == b"{" else _xml_generations
    bodies = generations(_with_own_guids(_with_host(content, host.encode()), host.encode()), is_search=is_search)
    cut = _cut_at_head_time if has_changing_head else _uncut
    cut_bodies = tuple(cut(body) for body, _ in bodies)
    entries = tuple(count for _, count in bodies)
    return Publisher(host, validators, is_search, has_changing_head, cut_bodies, entries)


def _with_host(content: bytes, host: bytes) -> bytes:
    """Replace the most frequent host of the links."""
    hosts = Counter(_LINK_HOST.findall(content))
    if not hosts:
        return content
    [(publisher, _)] = hosts.most_common(1)
    return content.replace(b"//" + publisher, b"//" + host)


def _with_own_guids(content: bytes, host: bytes) -> bytes:
    """Let the guids that are no links of the host differ between copies: newsboat has one entry for each guid."""
    return _GUID.sub(lambda guid: guid[0] if host in guid[2] else guid[1] + guid[2].rstrip() + b"/" + host, content)


def _xml_generations(content: bytes, *, is_search: bool) -> list[tuple[bytes, int]]:
    """Return the document and its number of entries for each generation; a document without entries stays as it is."""
    spans = [match.span() for match in _ENTRY.finditer(content)]
    result = []
    for lacking in _lacking(len(spans)):
        parts, end = [], 0
        for number, (start, stop) in enumerate(spans):
            parts.append(content[end:start])
            if number not in lacking:
                entry = content[start:stop]
                parts.append(_TITLE.sub(rb"\g<0>" + BRAND.encode() + b": ", entry, count=1) if is_search else entry)
            end = stop
        result.append((b"".join([*parts, content[end:]]), len(spans) - len(lacking)))
    return result


def _json_generations(content: bytes, *, is_search: bool) -> list[tuple[bytes, int]]:
    """Return the same for a JSON Feed."""
    feed = json.loads(content.decode("utf-8-sig"))
    items = feed.get("items", [])
    for item in items if is_search else ():
        item["title"] = f"{BRAND}: {item.get('title') or ''}"
    result = []
    for lacking in _lacking(len(items)):
        feed["items"] = [item for number, item in enumerate(items) if number not in lacking]
        result.append((json.dumps(feed, ensure_ascii=False).encode(), len(feed["items"])))
    return result


def _lacking(entries: int) -> list[frozenset[int]]:
    """Return the numbers of the entries that each generation lacks; a short feed loses no old ones."""
    newest = min(_HELD_BACK, max(0, entries - 1))
    oldest = _HELD_BACK if entries > 2 * _HELD_BACK else 0
    return [frozenset(range(newest)), frozenset(range(entries - oldest, entries))]


def _uncut(body: bytes) -> tuple[bytes, bytes]:
    return b"", body


def _cut_at_head_time(body: bytes) -> tuple[bytes, bytes]:
    """Cut a document where the time of its head stands, or could; one without a head that we know stays whole."""
    first = _ENTRY.search(body)
    if first is None:
        return _uncut(body)
    if match := _HEAD_TIME.search(body, 0, first.start()):
        return body[: match.start(2)], body[match.end(2) :]
    if match := _CHANNEL.search(body, 0, first.start()):
        return body[: match.end()] + b"<!-- ", b" -->" + body[match.end() :]
    return _uncut(body)


def main() -> None:
    """Print the mix of a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hosts", type=int, default=884)
    parser.add_argument("--seed", type=int, default=19)
    options = parser.parse_args()
    made = publishers(options.folder, options.hosts, options.seed)
    for validators, count in Counter(publisher.validators for publisher in made).most_common():
        print(f"{count:6}  {validators}")
    print(f"{sum(publisher.has_changing_head for publisher in made):6}  with a changing head")
    print(f"{sum(publisher.is_search for publisher in made):6}  search feeds")
    for number in range(GENERATIONS):
        print(f"{sum(publisher.entries[number] for publisher in made):6}  entries of generation {number}")


if __name__ == "__main__":
    main()
