"""Kinds of source, which are data: what to ask, how to read the answer, when there is more. Nothing is fetched here."""

from brandwatch.sources.answers import furthest, read
from brandwatch.sources.asking import below, request
from brandwatch.sources.expansion import complaints, example_values, expand, pack_complaints, unpacked
from brandwatch.sources.following import conversation
from brandwatch.sources.paging import Page, capped, most_pages, next_page
from brandwatch.sources.probing import closed, probe
from brandwatch.sources.refreshing import Reread, readings, reread_request, rereads
from brandwatch.sources.refusals import refused
from brandwatch.sources.registry import OWN_FOLDER, Registry, load_kind
from brandwatch.sources.spending import overspent
from brandwatch.sources.tokens import needs_token, token_in, token_request

__all__ = [
    "OWN_FOLDER",
    "Page",
    "Registry",
    "Reread",
    "below",
    "capped",
    "closed",
    "complaints",
    "conversation",
    "example_values",
    "expand",
    "furthest",
    "load_kind",
    "most_pages",
    "needs_token",
    "next_page",
    "overspent",
    "pack_complaints",
    "probe",
    "read",
    "readings",
    "refused",
    "request",
    "reread_request",
    "rereads",
    "token_in",
    "token_request",
    "unpacked",
]
