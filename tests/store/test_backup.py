from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import OutputError
from brandwatch.store import open_store, polling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import Find, Visit
    from brandwatch.store import Store

    Finds = Callable[..., Find]
    Visits = Callable[..., Visit]


def test_a_copy_while_a_poll_writes(tmp_path: Path, find: Finds, visit: Visits):
    """The copy is that of one moment: whole visits only, though a poll holds the lock and writes all the time."""
    path, stop = tmp_path / "brandwatch.db", threading.Event()

    def write() -> None:
        with polling(path), open_store(path) as store:
            number = 0
            while not stop.is_set() and number < 2_000:
                store.record(visit(find(f"Acme {number}"), find(f"Acme {number} igjen"), hours=number))
                number += 1

    with open_store(path) as store:
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for attempt in range(5):
                copied = store.copy_to(tmp_path / f"{attempt}.db")
                with closing(sqlite3.connect(tmp_path / f"{attempt}.db")) as connection:
                    (entries,) = connection.execute("SELECT count(*) FROM entry").fetchone()
                assert (copied.entries, copied.mentions, entries % 2) == (entries, entries, 0)
        finally:
            stop.set()
            writer.join(30)


def test_a_copy_that_is_not_sound_takes_no_place(store: Store, tmp_path: Path, find: Finds, visit: Visits):
    """Rows that belong to nothing are told, and the older copy stays."""
    store.record(visit(find("Acme åpner")))
    with closing(sqlite3.connect(tmp_path / "brandwatch.db", isolation_level=None)) as connection:
        connection.execute("UPDATE mention SET entry = 99")
    (tmp_path / "kopi.db").write_text("min")
    with pytest.raises(OutputError, match="not sound"):
        store.copy_to(tmp_path / "kopi.db")
    assert (tmp_path / "kopi.db").read_text() == "min"
    assert not list(tmp_path.glob(".kopi*"))
