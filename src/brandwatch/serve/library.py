"""What is served: the sheets, the questions, the report before them, and how to reach the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brandwatch.models import Question, Sheet

NAME = "brandwatch"
"""The name of the database in addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What there is to browse; *index* is the table that is searched.

    *connect* opens a connection that reads the sheets and nothing else. *report* returns a page, made anew, with the
    policy in its head that the browser keeps to.
    """

    sheets: Mapping[str, Sheet]
    questions: Mapping[str, Question]
    index: str
    connect: Callable[[], Any]
    report: Callable[[], str]
