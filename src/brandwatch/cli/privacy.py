"""The command `privacy`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli import console, options, privacy_requests
from brandwatch.config.settings import Settings
from brandwatch.errors import Exit

if TYPE_CHECKING:
    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query import Query
    from brandwatch.config.query_files import QueryFile
    from brandwatch.models import DocumentKind


EPILOG = """[bold]Examples[/bold]

brandwatch privacy search "Kari Nordmann"                  every row that holds the name, as JSON

brandwatch privacy forget --name "Kari Nordmann"           what would be erased

brandwatch privacy forget --name "Kari Nordmann" --yes     erases it, and prints a receipt

brandwatch privacy notice --lang nb                        the notice for staff and authors

brandwatch privacy record --format json                    the record of processing
"""
_DOCUMENT_EPILOG = """[bold]Examples[/bold]

brandwatch privacy {kind}

brandwatch privacy {kind} fjordkraft --lang nb > {kind}.md

Keys that a query file lacks under `privacy` are blanks in the text, and warnings with their place on standard error.
"""
_FORMATS = ("markdown", "text", "json")

_Queries = Annotated[list[str] | None, typer.Argument(metavar="[QUERY]...", help="Only of these queries.")]
_Language = Annotated[str, typer.Option("--lang", metavar="LANG", help="nb (or no) or en.")]
_Format = Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="markdown, text or json.")]


def notice(context: typer.Context, queries: _Queries = None, *, language: _Language = "en", form: _Format = "") -> None:
    """Print the notice for staff and authors (GDPR 13 and 14, aml. 9-1 and 9-2)."""
    _write_documents(options.settings_of(context), "notice", queries or [], language, form or _FORMATS[0])


def record(context: typer.Context, queries: _Queries = None, *, language: _Language = "en", form: _Format = "") -> None:
    """Print the record of processing (GDPR article 30)."""
    _write_documents(options.settings_of(context), "record", queries or [], language, form or _FORMATS[0])


def _write_documents(settings: Settings, name: str, names: Sequence[str], language: str, document_format: str) -> None:
    """Write a document for each query; exit 2 if a query file cannot be used."""
    from brandwatch.config.diagnostics import render
    from brandwatch.models import DocumentKind
    from brandwatch.privacy.documents import DOCUMENT_LANGUAGES

    kind, language = DocumentKind(name), "nb" if language == "no" else language
    options.require_known("language", language or "?", DOCUMENT_LANGUAGES)
    options.require_known("format", document_format, _FORMATS)
    files = _query_files(settings, names)
    written = [_document(file, file.query, kind, language) for file in files if file.query]
    _write([document for document, _ in written], kind, document_format)
    blanks = [blank for _, blanks_of_file in written for blank in blanks_of_file]
    faults = [fault for file in files if not file.query for fault in file.faults]
    for diagnostic in (*blanks, *faults):
        console.echo_error(render(diagnostic))
    if len(written) < len(files):
        raise typer.Exit(Exit.USAGE)


def _query_files(settings: Settings, names: Sequence[str]) -> list[QueryFile]:
    """Return the query files of these names, or all; raise UsageError for a name without a file."""
    from brandwatch.config.settings import query_paths
    from brandwatch.pipeline.loading import load_query_file

    paths = {path.stem: path for path in query_paths(settings.queries)}
    for name in names:
        if name not in paths:
            raise options.unknown_name("query", name, paths)
    return [load_query_file(paths[name]) for name in names or paths]


def _document(
    file: QueryFile, query: Query, kind: DocumentKind, language: str
) -> tuple[dict[str, Any], list[Diagnostic]]:
    """Return a document as JSON has it, and a warning for each key that it needs and the file lacks."""
    from brandwatch.privacy import documents

    hint = "the keys under `privacy` are in docs/queries.md"
    blanks = {
        key: file.warning(("privacy", key), f"`privacy` lacks `{key}`: the {kind} has a blank there", hint)
        for key in documents.missing_keys(query, kind)
    }
    # Without the folder: a document leaves the machine.
    places = {key: f"{Path(blank.path).name}:{blank.position.line}" for key, blank in blanks.items()}
    facts = documents.document_facts(query, kind)
    text = documents.document_as_markdown(facts, kind, language, places)
    return facts | {"blanks": places, "language": language, "markdown": text}, list(blanks.values())


def _write(documents: Sequence[dict[str, Any]], kind: DocumentKind, document_format: str) -> None:
    from brandwatch.privacy.documents import markdown_as_text

    if document_format == "json":
        console.write_json({"paper": kind, "items": documents})
    elif documents:
        texts = [str(document["markdown"]) for document in documents]
        if document_format == "text":
            texts = list(map(markdown_as_text, texts))
        console.write_text("\n\n".join(texts).rstrip("\n"))


app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
for name, answer in (("search", privacy_requests.search), ("forget", privacy_requests.forget)):
    app.command(name, epilog=privacy_requests.EPILOGS[name])(answer)
for name, write in (("notice", notice), ("record", record)):
    app.command(name, epilog=_DOCUMENT_EPILOG.format(kind=name))(write)
