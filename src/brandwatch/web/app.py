"""The web application: Datasette over the browse views, behind the authentication, on one port of loopback.

Datasette is loaded here, without the plugins that somebody has installed for their own data.
"""

from __future__ import annotations

import secrets
import socket
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from brandwatch.errors import UsageError
from brandwatch.web.access import DATABASE_NAME, STYLE_PATH, AuthMiddleware

# Datasette loads no plugins while this is set; it has no other effect, despite its name.
_NO_PLUGINS = "_called_from_test"

setattr(sys, _NO_PLUGINS, None)
try:
    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import NotFound
finally:
    delattr(sys, _NO_PLUGINS)

from datasette import handle_exception  # noqa: E402 (loaded before the application it stays without effect)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brandwatch.storage.browsing import BrowseView, CannedQuery


# With it a page that fails prints its local variables, and with them the key, on standard output.
handle_exception.rich = None

_LOOPBACK = "127.0.0.1"
_KEY_BYTES = 24
_SECONDS_TO_END = 2
_SETTINGS = {
    "allow_csv_stream": False,
    "allow_facet": False,  # only those of the sheets: of anything else it could make a ranking of people
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


class BrowseDatabase(Database):  # type: ignore[misc] # Datasette has no types
    """The browse views as tables with keys between them: the answers that Datasette would look up in a schema."""

    def __init__(self, datasette: Any, source: WebSource) -> None:  # noqa: ANN401 (as above)
        super().__init__(datasette, is_memory=True)
        self._source = source

    def connect(self, write: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 (as Datasette calls it)
        """Open a connection for one of Datasette's threads."""
        if write:
            raise PermissionError("the sheets are read only")
        return self._source.connect()

    async def table_names(self) -> list[str]:
        """Return the names of the sheets."""
        return list(self._source.sheets)

    async def table_exists(self, table: str) -> bool:
        """Whether there is a sheet of that name."""
        return table in self._source.sheets

    async def view_names(self) -> list[str]:
        """Return nothing: the sheets are shown as tables, and the tables behind them are not shown."""
        return []

    hidden_table_names = attached_databases = view_names

    async def primary_keys(self, table: str) -> list[str]:
        """Return the key of a sheet; raise NotFound for anything else, so that Datasette shows no row of it."""
        if table not in self._source.sheets:
            raise NotFound("unknown table")
        return list(self._source.sheets[table].key)

    async def fts_table(self, table: str) -> str | None:
        """Return the full-text table of a sheet."""
        sheet = self._source.sheets.get(table)
        return self._source.index if sheet and sheet.searched else None

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, str]]:
        """Return the columns of a sheet that hold the keys of another."""
        sheet = self._source.sheets.get(table)
        links = sheet.links if sheet else {}
        return [
            {"column": column, "other_table": other, "other_column": self._source.sheets[other].key[0]}
            for column, other in links.items()
        ]

    async def get_all_foreign_keys(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """Return the foreign keys of each browse view, as Datasette asks for them."""
        every: dict[str, dict[str, list[dict[str, str]]]] = {
            name: {"incoming": [], "outgoing": []} for name in self._source.sheets
        }
        for name in self._source.sheets:
            for key in await self.foreign_keys_for_table(name):
                column, other, other_column = key["column"], key["other_table"], key["other_column"]
                every[name]["outgoing"].append({"other_table": other, "column": column, "other_column": other_column})
                every[other]["incoming"].append({"other_table": name, "column": other_column, "other_column": column})
        return every
