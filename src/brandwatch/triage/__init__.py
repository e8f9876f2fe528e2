"""Decisions that travel in a file: what an analyst gets, what comes back, and how the two become one."""

from brandwatch.triage.edits import read
from brandwatch.triage.merging import Conflict, Merged, Prefer, merge
from brandwatch.triage.sheet import COLUMNS, row

__all__ = ["COLUMNS", "Conflict", "Merged", "Prefer", "merge", "read", "row"]
