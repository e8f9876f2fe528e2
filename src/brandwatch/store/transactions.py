"""Write all of it or nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database


@contextmanager
def writing(db: Database, *, keeps: bool = True) -> Iterator[None]:
    """Run a transaction that is the only writer from its first moment: upgrading a reader fails without waiting.

    One that does not keep anything was only to show what it would do.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.rollback()
        raise
    db.execute("COMMIT" if keeps else "ROLLBACK")
