"""Alerts: what polls remember of sources, of the network and of query files that are not well."""

from collections.abc import Iterable, Mapping
from typing import Any

from brandwatch.models import Alert, AlertCondition
from brandwatch.storage import rows
from brandwatch.storage.database import Store


def source_alerts(store: Store) -> dict[str, Alert]:
    """Return the alerts of sources, by URL."""
    statement = "SELECT source.url, alert.* FROM alert JOIN source ON source.id = alert.source"
    return {row["url"]: _alert(row) for row in store.query(statement)}


def subject_alerts(store: Store) -> dict[str, Alert]:
    """Return the alerts of everything but sources, by subject."""
    return {row["subject"]: _alert(row) for row in store.query("SELECT * FROM alert WHERE subject IS NOT NULL")}


def save_alerts(store: Store, *, sources: Mapping[str, Alert | None], subjects: Mapping[str, Alert | None]) -> None:
    """Store alerts, of sources by their URL; `None` deletes one. A source that is not stored has none."""
    with store.transaction():
        for url, alert in sources.items():
            store.execute("DELETE FROM alert WHERE source = (SELECT id FROM source WHERE url = ?)", [url])
            if alert and (source := store.value("SELECT id FROM source WHERE url = ?", [url])) is not None:
                _insert(store, {"source": source, "subject": None}, alert)
        for subject, alert in subjects.items():
            store.execute("DELETE FROM alert WHERE subject = ?", [subject])
            if alert:
                _insert(store, {"source": None, "subject": subject}, alert)


def advance_polls(store: Store, urls: Iterable[str], latest: int) -> None:
    """Have sources polled at *latest* (seconds since 1970) that wait longer."""
    with store.transaction():
        store.connection.executemany(
            "UPDATE source SET next_due = ? WHERE url = ? AND next_due > ?", [(latest, url, latest) for url in urls]
        )


def _alert(row: Mapping[str, Any]) -> Alert:
    times = (row["notice"], row["notice_before"])
    return Alert(
        condition=AlertCondition(row["condition"]),
        since=rows.moment(row["since"]),
        at=rows.moment(row["at"]),
        failures=row["failures"],
        outages=row["outages"],
        unsteady_since=rows.optional_moment(row["unsteady_since"]),
        failing_share=row["failing_share"],
        named=AlertCondition(row["named"]),
        named_since=rows.optional_moment(row["named_since"]),
        notices=tuple(rows.moment(time) for time in times if time is not None),
        unnamed_since=rows.optional_moment(row["unnamed_since"]),
        detail=row["detail"],
    )


def _insert(store: Store, key: Mapping[str, Any], alert: Alert) -> None:
    notice, notice_before = (*map(rows.seconds, alert.notices), None, None)[:2]
    row = {
        **key,
        "condition": alert.condition,
        "since": rows.seconds(alert.since),
        "at": rows.seconds(alert.at),
        "failures": alert.failures,
        "outages": alert.outages,
        "unsteady_since": rows.seconds(alert.unsteady_since),
        "failing_share": alert.failing_share,
        "named": alert.named,
        "named_since": rows.seconds(alert.named_since),
        "notice": notice,
        "notice_before": notice_before,
        "unnamed_since": rows.seconds(alert.unnamed_since),
        "detail": alert.detail,
    }
    store.execute(rows.insertion("alert", tuple(row)), row)
