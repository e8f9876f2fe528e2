"""Shared by the tests of expressions: the error of one."""

from __future__ import annotations

import pytest

from brandwatch.query_language import ExpressionError, compile_expression


def error_of(expression: str) -> ExpressionError:
    """The error of an expression."""
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression)
    return caught.value
