"""The web application: Datasette over the browse views, behind the authentication, on one port of loopback."""

from __future__ import annotations

import secrets
import socket
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from brandwatch.errors import UsageError
from brandwatch.web.access import DATABASE_NAME, STYLE_PATH, AuthMiddleware
from brandwatch.web.datasette_db import BrowseDatabase, Datasette

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brandwatch.storage.browsing import BrowseView, CannedQuery


_LOOPBACK = "127.0.0.1"
_KEY_BYTES = 24
_SECONDS_TO_END = 2
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSource:
    """The database as the server shows it; *index* is the full-text table.

    *connect* opens a connection that reads the sheets and nothing else. *report* renders the front page anew, with a
    policy of its own in its head.
    """

    sheets: Mapping[str, BrowseView]
    questions: Mapping[str, CannedQuery]
    index: str
    connect: Callable[[], Any]
    report: Callable[[], str]


class WebServer:
    """A server on loopback; its *url* holds the key."""

    def __init__(self, source: WebSource, port: int) -> None:
        """Bind the port, any free one for 0; raise UsageError if it is taken."""
        self._source = source
        self._key = secrets.token_urlsafe(_KEY_BYTES)
        self._socket = _bind(port)
        self.url = f"http://{_LOOPBACK}:{self._socket.getsockname()[1]}/?key={self._key}"

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until the process is interrupted; call *ready* once the port accepts connections."""
        config = uvicorn.Config(
            AuthMiddleware(_datasette_app(self._source), self._source.report, self._key),
            log_level="error",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
            ws="none",
        )
        with closing(self._socket):
            self._socket.listen()
            ready()
            uvicorn.Server(config).run(sockets=[self._socket])


def _bind(port: int) -> socket.socket:
    """Return a socket on loopback; nobody can connect to it before it listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((_LOOPBACK, port))
    except OSError as error:
        bound.close()
        raise UsageError(
            f"cannot listen on port {port}: {error.strerror}", "use another, or --port 0 for any"
        ) from error
    return bound


def _datasette_app(source: WebSource) -> Any:  # noqa: ANN401 (an ASGI application)
    metadata = {
        "title": "brandwatch",
        "extra_css_urls": [STYLE_PATH],
        "databases": {
            DATABASE_NAME: {
                "description": "Read only, on this machine only. “home” is the report.",
                "allow_sql": False,
                "tables": {name: _sheet_metadata(sheet, source.index) for name, sheet in source.sheets.items()},
                "queries": {
                    name: {"title": query.title, "description": query.about, "sql": query.statement, "hide_sql": True}
                    for name, query in source.questions.items()
                },
            }
        },
    }
    datasette = Datasette(metadata=metadata, settings=_SETTINGS)
    datasette.remove_database("_memory")
    datasette.add_database(BrowseDatabase(datasette, source), name=DATABASE_NAME)
    return datasette.app()


def _sheet_metadata(sheet: BrowseView, index: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "title": sheet.title,
        "description": sheet.about,
        "columns": dict(sheet.columns),
        "facets": list(sheet.facets),
    }
    if sheet.label:
        metadata["label_column"] = sheet.label
    if sheet.first:
        metadata["sort_desc"] = sheet.first
    if sheet.sortable:
        metadata["sortable_columns"] = list(sheet.sortable)
    if sheet.searched:
        metadata |= {"fts_table": index, "fts_pk": sheet.searched}
    return metadata
