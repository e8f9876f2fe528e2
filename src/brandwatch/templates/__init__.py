"""The templates of pages, feeds and documents, and the jinja2 environment that renders them.

A template is a file below this folder. HTML, SVG and XML are escaped where they are written; Markdown and plain text
are not, since each needs other marks escaped. `trust` is the only way past the escaping.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.text.sanitise import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jinja2 import Environment


FOLDER = Path(__file__).parent

# So many pieces of a template go into one part: writing each on its own costs more than rendering it.
_PART_PIECES = 500


def render(template: str, **values: object) -> str:
    """Return the text of a template, named by its path below this folder; raise UndefinedError for a missing value."""
    return environment().get_template(template).render(values)


def render_parts(template: str, **values: object) -> Iterator[str]:
    """Yield the text of a template in parts, so that a loop in it over a million rows is never held whole."""
    stream = environment().get_template(template).stream(values)
    stream.enable_buffering(_PART_PIECES)
    return iter(stream)


def trust(parts: Iterable[str]) -> Iterator[str]:
    """Yield text that is not escaped again: an asset, or what a template of ours has rendered."""
    from markupsafe import Markup

    return map(Markup, parts)


def asset(name: str) -> str:
    """Return a style or a script below this folder, to go into a page as it is."""
    (text,) = trust([(FOLDER / name).read_text(encoding="utf-8")])
    return text


def source_hash(content: str) -> str:
    """Return the policy source of an inline style or script (Content Security Policy Level 3, §2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


@cache
def environment() -> Environment:
    """Return the environment; with StrictUndefined, since a misspelt name would otherwise print nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=(), disabled_extensions=("md", "txt"), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "clean": clean,
        "one_line": one_line,
        "time": lambda when: f"{when.astimezone():%Y-%m-%d %H:%M}",
        # An unknown count is a dash, not zero.
        "number": lambda count: "–" if count is None else f"{count:,}",
    }
    return made
