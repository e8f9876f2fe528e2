"""The errors, and the exit codes that scripts depend on."""

from __future__ import annotations

import pytest

from brandwatch import errors
from brandwatch.errors import BrandwatchError, FetchClass, FetchError, ParseError


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BrandwatchError", 1),
        ("UsageError", 2),
        ("QueryFileError", 2),
        ("StoreError", 4),
        ("OutputError", 5),
        ("AlreadyPollingError", 75),
    ],
)
def test_every_error_has_its_exit_code(name: str, code: int):
    """The numbers are documented; 75 is `EX_TEMPFAIL` of sysexits."""
    error: BrandwatchError = getattr(errors, name)("borte", "se etter")
    assert (error.exit_code, error.message, error.hint, str(error)) == (code, "borte", "se etter", "borte")


@pytest.mark.parametrize("kind", [FetchError, ParseError])
def test_the_failure_of_a_source_has_its_class(kind: type[FetchError | ParseError]):
    """The exit code is 3, and without more facts there is no time to wait for."""
    error = kind(FetchClass.EMPTY, "tom")
    assert (error.exit_code, error.fetch_class, error.message, error.hint) == (3, FetchClass.EMPTY, "tom", "")
    assert error.retry_at is None
    assert int(errors.Exit.OK) == 0
