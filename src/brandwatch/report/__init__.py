"""Mentions in the forms people want them in; one file for each form."""

from brandwatch.report.coverage import line as coverage_line
from brandwatch.report.forms import BINARY, FORMS, Layout, form_of

__all__ = ["BINARY", "FORMS", "Layout", "coverage_line", "form_of"]
