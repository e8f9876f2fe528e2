"""Datasette over the browse views, with nothing else switched on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brandwatch.web.datasette_compat import Datasette
from brandwatch.web.datasette_db import BrowseDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brandwatch.storage.browsing import BrowseView, CannedQuery


DATABASE_NAME = "brandwatch"
"""The name of the database in addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSource:
    """What there is to browse; *index* is the table that is searched.

    *connect* opens a connection that reads the sheets and nothing else. *report* returns a page, made anew, with the
    policy in its head that the browser keeps to.
    """

    sheets: Mapping[str, BrowseView]
    questions: Mapping[str, CannedQuery]
    index: str
    connect: Callable[[], Any]
    report: Callable[[], str]


LOOK = "/-/look.css"
"""Where our own style is."""

_SETTINGS = {
    "allow_csv_stream": False,
    "allow_download": False,
    "allow_facet": False,  # only those of the sheets: of anything else it could make a ranking of people
    "default_allow_sql": False,
    "default_cache_ttl": 0,
    "facet_time_limit_ms": 1500,
    "sql_time_limit_ms": 5000,
    "suggest_facets": False,
    "truncate_cells_html": 280,
}


def datasette_app(library: WebSource) -> Any:  # noqa: ANN401 (an ASGI application)
    """Return the application; it is asked by one reader at a time or a few."""
    datasette = Datasette(metadata=_metadata(library), settings=_SETTINGS)
    datasette.remove_database("_memory")
    datasette.add_database(BrowseDatabase(datasette, library), name=DATABASE_NAME)
    return datasette.app()


def _metadata(library: WebSource) -> dict[str, Any]:
    """Return what Datasette is told of the sheets and questions."""
    return {
        "title": "brandwatch",
        "extra_css_urls": [LOOK],
        "databases": {
            DATABASE_NAME: {
                "description": "Read only, on this machine only. “home” is the report.",
                "allow_sql": False,
                "tables": {name: _described(sheet, library.index) for name, sheet in library.sheets.items()},
                "queries": {
                    name: {"title": asked.title, "description": asked.about, "sql": asked.statement, "hide_sql": True}
                    for name, asked in library.questions.items()
                },
            }
        },
    }


def _described(sheet: BrowseView, index: str) -> dict[str, Any]:
    """Return what Datasette is told of one sheet."""
    facts: dict[str, Any] = {
        "title": sheet.title,
        "description": sheet.about,
        "columns": dict(sheet.columns),
        "facets": list(sheet.facets),
    }
    facts |= {"label_column": sheet.label} if sheet.label else {}
    facts |= {"sort_desc": sheet.first} if sheet.first else {}
    facts |= {"sortable_columns": list(sheet.sortable)} if sheet.sortable else {}
    return facts | ({"fts_table": index, "fts_pk": sheet.searched} if sheet.searched else {})
