"""Numbers out of rows: tables, shares, spikes and silences. Nothing here knows where the rows come from."""

from brandwatch.analyse.hours import filled
from brandwatch.analyse.precision import Precision, Telling, precision, telling
from brandwatch.analyse.shares import Share, differences, shares
from brandwatch.analyse.spikes import RULE, silences, spikes
from brandwatch.analyse.tables import Line, Period, lines

__all__ = [
    "RULE",
    "Line",
    "Period",
    "Precision",
    "Share",
    "Telling",
    "differences",
    "filled",
    "lines",
    "precision",
    "shares",
    "silences",
    "spikes",
    "telling",
]
