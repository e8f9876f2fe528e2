"""What the pages hold that is ours: the policy the browser keeps to, the style, and a refusal."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from importlib import resources

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def refusal(why: str) -> str:
    """Return a page that says why there is no other."""
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
        f"<title>brandwatch</title>\n<p>{escape(why)}</p>\n</html>\n"
    )


def _policy() -> str:
    """Return the policy for Datasette's pages: of the scripts inside them only those that it wrote, by their hashes.

    Its pages have style attributes, which cannot be told apart in the same way.
    """
    menus = resources.files("datasette").joinpath("templates/_close_open_menus.html").read_text(encoding="utf-8")
    written = [*_SCRIPT.findall(menus), "DATASETTE_ALLOW_FACET = false;"]
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in written)
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _digest(script: str) -> str:
    """Return the hash of a script as a policy names it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


POLICY = _policy()
LOOK_CSS = resources.files("brandwatch.serve").joinpath("look.css").read_text(encoding="utf-8")
