"""Print what staff and authors are to be told of the watching (GDPR 13 and 14, aml. 9-1 and 9-2)."""

from __future__ import annotations

import typer

from brandwatch.cli.privacy_documents import DocumentFormat, Language, Queries, write_document
from brandwatch.models import DocumentKind

EPILOG = """[bold]Examples[/bold]

brandwatch privacy notice

brandwatch privacy notice fjordkraft --lang nb > notice.md

What a query file does not say under `privacy` is a blank in the text, and told with its place on standard error.
"""


def command(
    context: typer.Context, queries: Queries = None, *, language: Language = "en", form: DocumentFormat = ""
) -> None:
    """Print the information text of each query; what its file does not say is a blank."""
    write_document(context.find_root().obj, DocumentKind.NOTICE, queries or [], language, form)
