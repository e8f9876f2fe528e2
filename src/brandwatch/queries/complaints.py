"""What is said of a query file in words of its own: keys of later versions, and people who are not looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.marked.complaints import complaint as plainly
from brandwatch.queries.schema import EMPLOYEE_KEYS, LATER, QueryForm

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_NO_STAFF = (
    "people without an official role are not watched by name, and staff_mentions finds roles tied to the brand "
    "without names"
)


def complaint(error: ErrorDetails) -> tuple[str, str] | None:
    """Return message and hint where an error of validation has more to it than the form, `None` elsewhere."""
    key, kind = error["loc"][-1] if error["loc"] else "", error["type"]
    if kind == "extra_forbidden" and len(error["loc"]) == 1 and key in LATER:
        return f"the key `{key}` is not yet understood by this version", "take it out for now"
    if kind == "extra_forbidden" and str(key).lower() in EMPLOYEE_KEYS:
        return f"there is no key `{key}`: {_NO_STAFF}", "take it out; `people` is for official representatives"
    if kind == "too_long" and key == "people":
        return plainly(error, QueryForm)[0], "only official representatives"
    if kind in {"literal_error", "enum", "is_instance_of"} and key == "role":
        return plainly(error, QueryForm)[0], _NO_STAFF
    return None
