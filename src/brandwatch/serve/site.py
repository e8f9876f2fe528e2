"""Datasette over the sheets: described, with facets, a search and questions, and with nothing else switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.serve.library import NAME
from brandwatch.serve.plain import Datasette
from brandwatch.serve.shelf import Shelf

if TYPE_CHECKING:
    from brandwatch.models import Sheet
    from brandwatch.serve.library import Library

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


def site(library: Library) -> Any:  # noqa: ANN401 (an ASGI application)
    """Return the application; it is asked by one reader at a time or a few."""
    datasette = Datasette(metadata=_metadata(library), settings=_SETTINGS)
    datasette.remove_database("_memory")
    datasette.add_database(Shelf(datasette, library), name=NAME)
    return datasette.app()


def _metadata(library: Library) -> dict[str, Any]:
    """Return what Datasette is told of the sheets and questions."""
    return {
        "title": "brandwatch",
        "extra_css_urls": [LOOK],
        "databases": {
            NAME: {
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


def _described(sheet: Sheet, index: str) -> dict[str, Any]:
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
