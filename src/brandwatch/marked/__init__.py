"""Files in YAML that people write: what they say, where they say it, and what is wrong with it."""

from brandwatch.marked.faults import Fault, Place, Severity, render
from brandwatch.marked.file import Marked, read_file, validated

__all__ = ["Fault", "Marked", "Place", "Severity", "read_file", "render", "validated"]
