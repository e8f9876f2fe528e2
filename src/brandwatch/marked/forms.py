"""What forms of files are made of: texts, switches, days, and stretches of time. Pydantic reads and checks them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

_DURATION = re.compile(r"(\d{1,4})\s*(s|m|min|h|d)")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PERIOD = re.compile(r"(\d{1,4})\s*([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Form(BaseModel):
    """A mapping of known keys and no others; what is in a file is text, lists and mappings."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def duration(text: str) -> timedelta:
    """Read `8s`, `15m`, `2h` or `1d`; nothing else is longer than no time."""
    match = _DURATION.fullmatch(text.strip().lower())
    return int(match[1]) * _UNITS[match[2]] if match else timedelta()


def period(text: str) -> timedelta:
    """Read `90d`, `6w`, `18m` (months of 30 days) or `2y`; nothing else is longer than no time."""
    match = _PERIOD.fullmatch(text.strip().lower())
    return timedelta(days=int(match[1]) * _DAYS[match[2]]) if match else timedelta()


def _as_switch(value: object) -> object:
    """Read a switch; YAML's own idea of `yes` and `off` is not asked."""
    return {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}.get(str(value), value)


def _as_date(value: object) -> object:
    """Read a date as ISO 8601 has it."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a date is written 2026-05-01") from None


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Switch = Annotated[bool, BeforeValidator(_as_switch, json_schema_input_type=Literal["on", "off"])]
Day = Annotated[date, BeforeValidator(_as_date, json_schema_input_type=str)]
