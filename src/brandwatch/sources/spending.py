"""What a source costs: whether another request is within what its query allows for the month."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brandwatch.models import Source
    from brandwatch.models.kinds import Kind


def overspent(kind: Kind, source: Source, entries: int) -> str:
    """Say in words that one more page could cost more than the cap, after *entries* read this month; empty if not."""
    if kind.spend is None:
        return ""
    cap = float(dict(source.values)[kind.spend.cap])
    page = kind.paging.size if kind.paging else 0
    cost = (entries + page) * kind.spend.price
    if cost <= cap:
        return ""
    spent, next_page = entries * kind.spend.price, page * kind.spend.price
    return f"{spent:.2f} of {cap:g} {kind.spend.currency} are spent this month; a page may cost {next_page:.2f}"
