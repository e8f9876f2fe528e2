"""Print the record of processing (GDPR article 30)."""

from __future__ import annotations

import typer

from brandwatch.cli.privacy_documents import DocumentFormat, Language, Queries, write_document
from brandwatch.models import DocumentKind

EPILOG = """[bold]Examples[/bold]

brandwatch privacy record

brandwatch privacy record fjordkraft --lang nb > record.md

What a query file does not say under `privacy` is a blank in the text, and told with its place on standard error.
"""


def command(
    context: typer.Context, queries: Queries = None, *, language: Language = "en", form: DocumentFormat = ""
) -> None:
    """Print the record of each query; what its file does not say is a blank."""
    write_document(context.find_root().obj, DocumentKind.RECORD, queries or [], language, form)
