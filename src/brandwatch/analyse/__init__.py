"""Numbers out of rows: tables, shares, spikes and silences. Nothing here knows where the rows come from."""

from brandwatch.analyse.few import TELLING, discreet
from brandwatch.analyse.hours import filled
from brandwatch.analyse.precision import VERDICTS, Precision, precisions
from brandwatch.analyse.shares import Share, differences, shares
from brandwatch.analyse.spikes import RULE, silences, spikes
from brandwatch.analyse.tables import Line, Period, lines
from brandwatch.analyse.telling import FEWEST_MENTIONS, Telling, newest_by_query, telling

__all__ = [
    "FEWEST_MENTIONS",
    "RULE",
    "TELLING",
    "VERDICTS",
    "Line",
    "Period",
    "Precision",
    "Share",
    "Telling",
    "differences",
    "discreet",
    "filled",
    "lines",
    "newest_by_query",
    "precisions",
    "shares",
    "silences",
    "spikes",
    "telling",
]
