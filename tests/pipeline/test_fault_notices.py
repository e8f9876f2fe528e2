"""Which faults of query files an unattended poll prints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import LATENESS, Alert
from brandwatch.pipeline.fault_notices import faults_to_print
from brandwatch.storage import alert_rows, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brandwatch.storage import Store

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ERROR, WARNING = "åsgård.yaml:3: error: no names", "åsgård.yaml:5: warning: Acme is an ordinary word"
FAULTS = {ERROR: True, WARNING: False}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    with open_store(tmp_path / "a.db") as opened:
        yield opened


def test_a_fault_is_printed_once(store: Store):
    """A new one beside it too; an error is printed again after a week, a warning is not."""
    assert faults_to_print(store, {ERROR: True}, NOW) == [ERROR]
    assert faults_to_print(store, FAULTS, NOW + SECOND) == [WARNING]
    assert faults_to_print(store, FAULTS, NOW + 7 * DAY - SECOND) == []
    assert faults_to_print(store, FAULTS, NOW + 7 * DAY) == [ERROR]
    assert faults_to_print(store, FAULTS, NOW + 8 * DAY) == []
    assert faults_to_print(store, FAULTS, NOW + 14 * DAY) == [ERROR]


def test_a_mended_fault_is_forgotten(store: Store):
    """It is new when it comes back; the others stay known, and so do the alerts about other things."""
    alert_rows.save_alerts(store, sources={}, subjects={LATENESS: Alert(since=NOW, at=NOW, outages=1)})
    faults_to_print(store, FAULTS, NOW)
    assert faults_to_print(store, {ERROR: True}, NOW + DAY) == []
    assert len(alert_rows.subject_alerts(store)) == 2
    assert faults_to_print(store, FAULTS, NOW + 2 * DAY) == [WARNING]
    assert faults_to_print(store, {}, NOW + 3 * DAY) == []
    assert list(alert_rows.subject_alerts(store)) == [LATENESS]


def test_the_same_faults_write_nothing(store: Store):
    """As most polls find."""
    faults_to_print(store, FAULTS, NOW)
    before = store.connection.total_changes
    assert faults_to_print(store, FAULTS, NOW + DAY) == []
    assert store.connection.total_changes == before
