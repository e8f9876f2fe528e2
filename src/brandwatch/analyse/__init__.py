"""Numbers out of rows: tables, shares, spikes and silences. Nothing here knows where the rows come from."""

from brandwatch.analyse.shares import Share, differences, shares
from brandwatch.analyse.tables import Line, Period, lines

__all__ = ["Line", "Period", "Share", "differences", "lines", "shares"]
