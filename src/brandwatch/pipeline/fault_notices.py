"""The faults of query files that an unattended poll prints: new ones, and errors again after a week."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models import Alert, AlertCondition
from brandwatch.pipeline.alerts import is_reminder_due
from brandwatch.storage import alert_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from brandwatch.storage import Store

_SUBJECT = "fault:"


def faults_to_print(store: Store, faults: Mapping[str, bool], now: datetime) -> list[str]:
    """Return the faults that are to be printed, and store that they are; a mended fault is forgotten.

    *faults* are the rendered faults of all query files; the value says whether the fault is repeated after a week.
    """
    known = {
        subject: alert for subject, alert in alert_rows.subject_alerts(store).items() if subject.startswith(_SUBJECT)
    }
    changed: dict[str, Alert | None] = dict.fromkeys(known)
    printed = []
    for text, is_repeated in faults.items():
        subject = _SUBJECT + hashlib.sha256(text.encode()).hexdigest()[:32]
        alert = known.get(subject)
        changed.pop(subject, None)
        if alert is None:
            alert = Alert(since=now, at=now, condition=AlertCondition.FAILING, named=AlertCondition.FAILING)
        elif not (is_repeated and is_reminder_due(alert.notices[0], now)):
            continue
        printed.append(text)
        changed[subject] = replace(alert, at=now, notices=(now,))
    if changed:
        alert_rows.save_alerts(store, sources={}, subjects=changed)
    return printed
