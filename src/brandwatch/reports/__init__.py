"""Mentions and stories in the formats people want; one file for each format."""

from brandwatch.reports.coverage import coverage_line
from brandwatch.reports.formats import BINARY_FORMATS, FORMATS, format_of_path
from brandwatch.reports.layout import Layout
from brandwatch.reports.triage_merge import MergeConflict, MergePreference, MergeResult, merge_edits
from brandwatch.reports.triage_sheet import SHEET_COLUMNS, read_edits, sheet_row

__all__ = [
    "BINARY_FORMATS",
    "FORMATS",
    "SHEET_COLUMNS",
    "Layout",
    "MergeConflict",
    "MergePreference",
    "MergeResult",
    "coverage_line",
    "format_of_path",
    "merge_edits",
    "read_edits",
    "sheet_row",
]
