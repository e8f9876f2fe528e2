"""The tree of errors: each class has an exit code, each error a message (what) and a hint (what to do)."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime


class Exit(IntEnum):
    """Exit codes of the process; scripts depend on these numbers."""

    OK = 0
    BUG = 1
    USAGE = 2
    SOURCES_FAILED = 3
    DATABASE = 4
    OUTPUT = 5
    ALREADY_POLLING = 75


class BrandwatchError(Exception):
    """An error for the user: what happened, and what to do about it."""

    exit_code: ClassVar[Exit] = Exit.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BrandwatchError):
    """An invalid option, argument or environment variable."""

    exit_code = Exit.USAGE


class QueryFileError(BrandwatchError):
    """A query file, kind or pack with errors; `message` is the rendered list of them."""

    exit_code = Exit.USAGE


class FetchClass(StrEnum):
    """The result of one fetch; `Fetch.error` tells whether it is a failure."""

    OK = "ok"
    NOT_MODIFIED = "not-modified"
    SAME = "same"
    DEFERRED = "put-off"
    EMPTY = "empty"
    PARTIAL = "partial"
    NOT_A_FEED = "not-a-feed"
    PARSE = "parse"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    REDIRECT = "redirect"
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    GONE = "gone"
    HTTP_4XX = "http-4xx"
    HTTP_5XX = "http-5xx"


class FetchError(BrandwatchError):
    """A fetch without a document.

    *retry_at* is the earliest time for the next request, `None` if the server set none. *body*, of *content_type*, is
    that of an error status, if the request asked for it. *server_time* is as in `models.Document`. *obstacle* is what
    failed in place of the source: a proxy, the target of a redirect, a private address; empty for the source itself.
    """

    exit_code = Exit.SOURCES_FAILED

    def __init__(  # noqa: PLR0913 (the facts of a response)
        self,
        fetch_class: FetchClass,
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
        self.obstacle = ""


class ParseError(BrandwatchError):
    """A document that is not what it should be.

    *retry_at* is the earliest time for the next request, `None` if the document sets none.
    """

    exit_code = Exit.SOURCES_FAILED

    def __init__(
        self, fetch_class: FetchClass, message: str, hint: str = "", *, retry_at: datetime | None = None
    ) -> None:
        super().__init__(message, hint)
        self.fetch_class = fetch_class
        self.retry_at = retry_at


class StoreError(BrandwatchError):
    """The database cannot be opened, read or written."""

    exit_code = Exit.DATABASE


class OutputError(BrandwatchError):
    """An output that could not be written."""

    exit_code = Exit.OUTPUT


class AlreadyPollingError(BrandwatchError):
    """Another poll holds the lock of this database."""

    exit_code = Exit.ALREADY_POLLING
