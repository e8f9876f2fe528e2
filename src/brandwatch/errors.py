"""The tree of errors: each class has an exit code, each error a message (what) and a hint (what to do)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime


class Exit(IntEnum):
    """What the process answers its caller; scripts depend on these numbers."""

    OK = 0
    BUG = 1
    USAGE = 2
    SOURCES_FAILED = 3
    DATABASE = 4
    OUTPUT = 5
    ALREADY_POLLING = 75


class BrandwatchError(Exception):
    """Something that the person at the keyboard should be told, with what to do about it."""

    exit_code: ClassVar[Exit] = Exit.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BrandwatchError):
    """An option, argument or environment variable that cannot be followed."""

    exit_code = Exit.USAGE


class QueryFileError(BrandwatchError):
    """A query file with one or more faults; `message` is the whole rendered list of them."""

    exit_code = Exit.USAGE


class FetchError(BrandwatchError):
    """One fetch that did not end in a document; *fetch_class* is one of `models.FetchClass`.

    *retry_at* is when the server asked to be asked again, `None` where it did not say. *body*, of *content_type*, is
    what came with a refusal, where the request wanted that. *server_time* is as in `models.Document`.
    """

    exit_code = Exit.SOURCES_FAILED

    def __init__(  # noqa: PLR0913 (what a server may say)
        self,
        fetch_class: str,
        message: str,
        hint: str = "",
        *,
        status: int | None = None,
        retry_at: datetime | None = None,
        body: bytes = b"",
        content_type: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.fetch_class = fetch_class
        self.status = status
        self.retry_at = retry_at
        self.body = body
        self.content_type = content_type
        self.server_time: datetime | None = None


class ParseError(BrandwatchError):
    """A document that cannot be read as what it should be; *fetch_class* says which kind of wrong.

    *retry_at* is when it says that it wants to be asked again, `None` where it does not say.
    """

    exit_code = Exit.SOURCES_FAILED

    def __init__(self, fetch_class: str, message: str, hint: str = "", *, retry_at: datetime | None = None) -> None:
        super().__init__(message, hint)
        self.fetch_class = fetch_class
        self.retry_at = retry_at


class StoreError(BrandwatchError):
    """The database cannot be opened, read or written."""

    exit_code = Exit.DATABASE


class OutputError(BrandwatchError):
    """What was asked for could not be written where it was to go."""

    exit_code = Exit.OUTPUT


class AlreadyPollingError(BrandwatchError):
    """Another poll holds the lock of this database."""

    exit_code = Exit.ALREADY_POLLING
