"""The templates of pages and documents, and the jinja2 environment that renders them.

A template is a file below this folder. HTML and SVG are escaped where they are written; Markdown and plain text are
not, since each needs other marks escaped.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from brandwatch.text.sanitise import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


FOLDER = Path(__file__).parent


def render(template: str, **values: object) -> str:
    """Return the text of a template, named by its path below this folder; raise UndefinedError for a missing value."""
    return environment().get_template(template).render(values)


def render_parts(template: str, **values: object) -> Iterator[str]:
    """Yield the text of a template in parts, so that a loop in it over a million rows is never held whole."""
    return environment().get_template(template).generate(values)


@cache
def environment() -> Environment:
    """Return the environment; with StrictUndefined, since a misspelt name would otherwise print nothing."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=(), disabled_extensions=("md", "txt"), default=True),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"clean": clean, "one_line": one_line, "time": local_minute, "number": grouped_number}
    return made


def local_minute(when: datetime) -> str:
    """Return a moment in local time, to the minute: `2026-05-04 12:00`."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def grouped_number(count: int | None) -> str:
    """Return a count with a comma between thousands; an unknown one is a dash, not zero."""
    return "–" if count is None else f"{count:,}"
