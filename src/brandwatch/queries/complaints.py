"""Say what pydantic found in words for the author of a query file."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from brandwatch.models import Case, Role, Where
from brandwatch.queries import schema
from brandwatch.queries.schema import EMPLOYEE_KEYS, LATER, QueryForm

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_NO_STAFF = (
    "people without an official role are not watched by name, and staff_mentions finds roles tied to the brand "
    "without names"
)
_KINDS: dict[type, str] = {str: "text", list: "a list", dict: "keys and values"}


def complaint(error: ErrorDetails) -> tuple[str, str]:
    """Return message and hint for one error of validation."""
    key, found = error["loc"][-1] if error["loc"] else "", _KINDS.get(type(error["input"]), "nothing")
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown(str(key), error["loc"])
    said = {
        "missing": (f"the key `{key}` is missing", f"add a line `{key}: …`"),
        "string_type": (f"expected text, found {found}", ""),
        "tuple_type": (f"expected a list, found {found}", "put the values in [ ], or each on a line after `- `"),
        "model_type": (f"expected keys and values, found {found}", ""),
        "dict_type": (f"expected keys and values, found {found}", ""),
        "too_short": (f"`{key}` is empty", ""),
        "string_too_short": (f"`{key}` is empty" if isinstance(key, str) else "empty", ""),
    }
    if kind in {"literal_error", "enum", "is_instance_of"}:
        return f"“{error['input']}” is not one of {_choices(error)}", _NO_STAFF if key == "role" else ""
    if kind == "bool_type":
        return f"“{error['input']}” is not one of on or off", ""
    if kind == "too_long":
        hint = "only official representatives" if key == "people" else ""
        return f"`{key}` holds more than {error.get('ctx', {}).get('max_length')}", hint
    return said.get(kind, (error["msg"].removeprefix("Value error, "), ""))


def _unknown(key: str, path: tuple[int | str, ...]) -> tuple[str, str]:
    """Return what to say of a key that does not exist here."""
    if len(path) == 1 and key in LATER:
        return f"the key `{key}` is not yet understood by this version", "take it out for now"
    if key.lower() in EMPLOYEE_KEYS:
        return f"there is no key `{key}`: {_NO_STAFF}", "take it out; `people` is for official representatives"
    known = _known_keys(path[:-1])
    close = get_close_matches(key, known, n=1, cutoff=0.5)
    return f"unknown key `{key}`", f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"


def _known_keys(path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand at *path*."""
    forms: dict[str, type[BaseModel]] = {
        "names": schema.NameForm,
        "products": schema.NameForm,
        "competitors": schema.NameForm,
        "owned": schema.OwnedForm,
        "people": schema.PersonForm,
        "exclude": schema.ExcludeForm,
        "sources": schema.SourceForm,
        "examples": schema.ExamplesForm,
    }
    return list(forms[str(path[0])].model_fields if path else QueryForm.model_fields)


def _choices(error: ErrorDetails) -> str:
    """Return the values that may stand here."""
    context: dict[str, Any] = error.get("ctx", {})
    if expected := context.get("expected"):
        return str(expected).replace("'", "")
    values = list({"Case": Case, "Where": Where, "Role": Role}[str(context["class"])])
    return f"{', '.join(values[:-1])} or {values[-1]}"
