"""Print what staff and authors are to be told of the watching (GDPR 13 and 14, aml. 9-1 and 9-2)."""

from __future__ import annotations

import typer

from brandwatch.cli.papers import Language, PaperForm, Queries, write
from brandwatch.models import Paper

EPILOG = """[bold]Examples[/bold]

brandwatch privacy notice

brandwatch privacy notice fjordkraft --lang nb > notice.md

What a query file does not say under `privacy` is a blank in the text, and told with its place on standard error.
"""


def command(
    context: typer.Context, queries: Queries = None, *, language: Language = "en", form: PaperForm = ""
) -> None:
    """Print the information text of each query; what its file does not say is a blank."""
    write(context.find_root().obj, Paper.NOTICE, queries or [], language, form)
