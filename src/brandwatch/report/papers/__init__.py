"""What the law wants told of the watching, from a query file: the notice and the record."""

from brandwatch.report.papers.facts import LANGUAGES, facts, missing
from brandwatch.report.papers.paper import as_markdown, as_text

__all__ = ["LANGUAGES", "as_markdown", "as_text", "facts", "missing"]
