"""Wikis: the page behind a link to one of its versions."""

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import quote

from brandwatch.urls import links


class WikiLink(NamedTuple):
    """One form of link to a version of a page, as `wikis.toml` describes it."""

    path: str
    needs: str = ""
    page: str = ""
    version: str = ""
    link: str = ""


def page_of_version(parts: links.LinkParts) -> links.LinkParts:
    """Return the link of the page if *parts* lead to a version of it, else *parts*."""
    form = _form(parts)
    if form is None:
        return parts
    names = frozenset(form.version.split())
    page = parts._replace(query=[pair for pair in parts.query if pair[0] not in names], fragment="")
    match = re.fullmatch(form.path, parts.path)
    if match and "page" in match.groupdict():
        return page._replace(path=match["page"], raw_path=match["page"])
    if form.link:
        title = quote(dict(parts.query)[form.page].replace(" ", "_"), safe=links.PATH_SIGNS, encoding="latin-1")
        # Split again, so that the path is normalised.
        linked = links.split_link(f"https://{parts.host}{form.link.format(title=title)}")
        return linked._replace(query=page.query) if linked else page
    return page


def is_version(url: str) -> bool:
    """Whether a link leads to one version of a page of a wiki."""
    parts = links.split_link(url)
    return parts is not None and _form(parts) is not None


def _form(parts: links.LinkParts) -> WikiLink | None:
    # Nearly every link has neither a parameter nor the path of a wiki.
    if not parts.query and "/wiki/" not in parts.path:
        return None
    given = {text for name, value in parts.query for text in (name, f"{name}={value}")}
    return next((form for form in _wikis() if _is_of_form(form, parts.path, given)), None)


def _is_of_form(form: WikiLink, path: str, given: set[str]) -> bool:
    if form.needs and given.isdisjoint(form.needs.split()):
        return False
    return (not form.page or form.page in given) and re.fullmatch(form.path, path) is not None


@cache
def _wikis() -> tuple[WikiLink, ...]:
    return tuple(WikiLink(**row) for row in links.load_table("wikis")["wiki"])
