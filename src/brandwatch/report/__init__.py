"""Mentions in the forms people want them in; one file for each form."""

from brandwatch.report.forms import FORMS, Layout, form_of

__all__ = ["FORMS", "Layout", "form_of"]
