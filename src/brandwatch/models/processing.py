"""What a query says of its own processing of personal data: who answers for it, why, and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum


class Paper(StrEnum):
    """A document about the processing: for those it is about, or for the authority."""

    NOTICE = "notice"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """Who watches a brand, why and on what basis; empty is what the file does not say.

    *officer* is the data protection officer, *informed* the day on which the staff and their representatives were told,
    *review_by* the day by which the need is looked at again with them; *transfers* go out of the EEA.
    """

    controller: str = ""
    contact: str = ""
    officer: str = ""
    purpose: str = ""
    legal_basis: str = ""
    informed: date | None = None
    review_by: date | None = None
    recipients: tuple[str, ...] = ()
    transfers: tuple[str, ...] = ()
