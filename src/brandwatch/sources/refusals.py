"""A refusal (4xx) in the words of the endpoint that refused: its class, what it says, how long it wants to wait."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from brandwatch.errors import FetchError
from brandwatch.models import Document, FetchClass
from brandwatch.secrets import redacted
from brandwatch.sources.answers import told

if TYPE_CHECKING:
    from brandwatch.errors import ParseError
    from brandwatch.models.kinds import Kind

# What is not there is not there, whatever else a kind takes an error for.
_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def refused(kind: Kind, refusal: FetchError) -> FetchError:
    """Return a refusal with what its body says, where that is one of the failures of the kind; else as it is."""
    document = Document(url="", status=refusal.status or 0, body=refusal.body, content_type=refusal.content_type)
    said = told(kind, document) if refusal.body and refusal.status not in _ABSENT else None
    if said is None or said.fetch_class == FetchClass.PARTIAL:
        return refusal
    fetch_class = _class(refusal, said)
    moments = [moment for moment in (refusal.retry_at, said.retry_at) if moment]
    return FetchError(
        fetch_class,
        f"{refusal.message}; {redacted(said.message)}",
        refusal.hint if fetch_class == refusal.fetch_class else said.hint,
        status=refusal.status,
        retry_at=max(moments, default=None),
    )


def _class(refusal: FetchError, said: ParseError) -> str:
    """Return the class of a refusal: that of its body, unless the status is more precise than “refused”."""
    is_precise = refusal.fetch_class != FetchClass.HTTP_4XX and said.fetch_class != FetchClass.THROTTLED
    return refusal.fetch_class if is_precise else said.fetch_class
