"""Write the files of a new kind of source: its declaration, an answer, and the entries that are expected of it.

    make new-source NAME=gitlab

The declaration is complete and valid, for an invented endpoint whose answer is beside it: change both until they are
those of the real endpoint. The tests of `tests/sources` then print what else is to be written, and where.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from brandwatch import clock

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
KIND = """\
# The documentation of the endpoint: https://{name}.example/docs
title: {title}
about: One sentence that says what is found there.
group: web                        # news, press, social, forum, code, review, search, web
engine: json                      # json: a map over data; feed: the parser of feeds
mode: stream                      # stream: fetched whole; search: asked for {{query}}
verified: {today}              # the day on which somebody compared this with the endpoint
text: snippet                     # how much of an entry it has: title, snippet, full
knows: [comments]                 # the responses in an answer
request:
  url: https://{name}.example/api/posts
  params: {{limit: "100"}}
limits: {{interval: 1h, spacing: 1, budget: 10}}
map:                              # JMESPath, or a template with braces
  items: posts
  fields:
    id: "{name}:{{id}}"
    url: url
    title: title
    text: body
    author: author
    published: created_at
    comments: comments_count
failures:
  - {{class: blocked, path: error, words: "{title} refused the request: {{found}}"}}
"""
NEXT = """\
Wrote {files}.
1. Put an answer of the endpoint into answer.json: shortened, with invented names and addresses.
2. Change the declaration until `brandwatch sources check {name} --sample {answer}` shows its entries.
3. Run `pytest tests/sources`: it prints the expected.json and the addresses to write. Read them before you paste them.
4. Add `{name}` to the table in docs/sources.md, and a line to CHANGELOG.md.
"""


def main() -> None:
    """Write the files, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="", help="the name of the kind in query files: gitlab")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to write into")
    options = parser.parse_args()
    name: str = options.name
    if not NAME.fullmatch(name):
        sys.exit("which name? Small letters, digits and hyphens: make new-source NAME=gitlab")
    files = source_files(name)
    if present := [path for path in files if (options.root / path).exists()]:
        sys.exit(f"nothing was written: {present[0]} is there already")
    for path, text in files.items():
        (options.root / path).parent.mkdir(parents=True, exist_ok=True)
        (options.root / path).write_text(text, encoding="utf-8")
    print(
        NEXT.format(name=name, files=", ".join(files), answer=next(path for path in files if "answer" in path)), end=""
    )


def source_files(name: str) -> dict[str, str]:
    """Return the texts of the files by their paths in the checkout."""
    post = {
        "id": 1,
        "url": f"https://{name}.example/posts/1",
        "title": "Blåbær Fjordkraft",
        "body": "Fjordkraft Åsgård builds a mill.",
        "author": "kari",
        "created_at": "2026-05-05T05:32:50Z",
        "comments_count": 3,
    }
    title = name.replace("-", " ").replace("_", " ").capitalize()
    return {
        f"src/brandwatch/sources/kinds/{name}.yaml": KIND.format(name=name, title=title, today=clock.now().date()),
        f"tests/sources/{name}/answer.json": json.dumps({"posts": [post]}, ensure_ascii=False, indent=1) + "\n",
        f"tests/sources/{name}/expected.json": "{}\n",
    }


if __name__ == "__main__":
    main()
