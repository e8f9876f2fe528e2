"""Numbers out of rows, pure."""

from brandwatch.analysis.keyness import KeyFeature, keyness, newest_by_query
from brandwatch.analysis.precision import VERDICT_STATUSES, Precision, precisions
from brandwatch.analysis.stats import VoiceShare, comparability_remarks, share_of_voice, stats_lines
from brandwatch.analysis.trends import RULE, fill_hours, peaks, silences

__all__ = [
    "RULE",
    "VERDICT_STATUSES",
    "KeyFeature",
    "Precision",
    "VoiceShare",
    "comparability_remarks",
    "fill_hours",
    "keyness",
    "newest_by_query",
    "peaks",
    "precisions",
    "share_of_voice",
    "silences",
    "stats_lines",
]
