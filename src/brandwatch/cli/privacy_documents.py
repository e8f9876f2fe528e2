"""Write the notice and the record of processing, with the position of each missing key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import echo_error, write_text
from brandwatch.errors import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query_files import QueryFile
    from brandwatch.config.settings import Settings
    from brandwatch.models import DocumentKind


Queries = Annotated[list[str] | None, typer.Argument(metavar="[QUERY]...", help="Only of these queries; all without.")]
Language = Annotated[str, typer.Option("--lang", metavar="LANG", help="nb (or no) or en.")]
DocumentFormat = Annotated[str, typer.Option("--format", "-f", metavar="FORM", help="markdown, text or json.")]

_FORMS = ("markdown", "text", "json")


def write_document(settings: Settings, paper: DocumentKind, names: Sequence[str], language: str, form: str) -> None:
    """Write a paper for each query; exit 2 where a query file cannot be used."""
    from brandwatch.config.diagnostics import render
    from brandwatch.privacy.documents import DOCUMENT_LANGUAGES

    tongue = "nb" if language == "no" else language
    if tongue not in DOCUMENT_LANGUAGES:
        raise UsageError(f"there is no text in “{language}”", f"use {' or '.join(DOCUMENT_LANGUAGES)}")
    if form and form not in _FORMS:
        raise UsageError(f"there is no form “{form}”", f"use one of {', '.join(_FORMS)}")
    files = _files(settings, names)
    sound = [file for file in files if file.query]
    _put(sound, paper, tongue, form or _FORMS[0])
    for file in sound:
        for fault in _blanks(file, paper).values():
            echo_error(render(fault))
    if len(sound) < len(files):
        for fault in (fault for file in files if not file.query for fault in file.faults):
            echo_error(render(fault))
        raise typer.Exit(Exit.USAGE)


def _files(settings: Settings, names: Sequence[str]) -> list[QueryFile]:
    """Return the query files of the names, all without; raise UsageError where there is none of a name."""
    from brandwatch.config.query_files import query_paths
    from brandwatch.pipeline.loading import load_query_file

    paths = {path.stem: path for path in query_paths(settings.queries)}
    for name in names:
        if name not in paths:
            raise UsageError(f"there is no query “{name}” in {settings.queries}", f"there are: {', '.join(paths)}")
    return [load_query_file(paths[name]) for name in names or paths]


def _put(files: Sequence[QueryFile], paper: DocumentKind, language: str, form: str) -> None:
    """Write the papers in a form."""
    import json

    from brandwatch.privacy.documents import document_as_markdown, document_facts, markdown_as_text

    papers = []
    for file in files:
        if file.query:
            told = document_facts(file.query, paper)
            places = {key: _place(fault) for key, fault in _blanks(file, paper).items()}
            text = document_as_markdown(told, paper, language, places)
            papers.append(told | {"blanks": places, "language": language, "markdown": text})
    if form == "json":
        write_text(json.dumps({"version": 1, "paper": paper, "items": papers}, ensure_ascii=False, indent=2))
    elif papers:
        texts = [str(one["markdown"]) for one in papers]
        write_text("\n\n".join(texts if form == "markdown" else map(markdown_as_text, texts)).rstrip("\n"))


def _blanks(file: QueryFile, paper: DocumentKind) -> Mapping[str, Diagnostic]:
    """Return a fault for each key that the paper needs and the file does not say."""
    from brandwatch.privacy.documents import missing_keys

    what = f"`privacy` does not say `{{}}`: the {paper} has a blank there"
    hint = "the keys under `privacy` are in docs/queries.md"
    keys = missing_keys(file.query, paper) if file.query else ()
    return {key: file.fault(("privacy", key), what.format(key), hint, is_error=False) for key in keys}


def _place(fault: Diagnostic) -> str:
    """Return the file and the line of a fault, without the folder: a paper leaves the machine."""
    return f"{Path(fault.path).name}:{fault.place.line}"
