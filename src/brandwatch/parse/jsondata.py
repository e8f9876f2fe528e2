"""Read JSON as servers write it, not only as RFC 8259 has it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from brandwatch.errors import ParseError
from brandwatch.models import FetchClass
from brandwatch.parse.repair import decode

if TYPE_CHECKING:
    from brandwatch.models import Document

# GDELT was seen to send raw control characters and backslashes that escape nothing.
_STRAY_BACKSLASH = re.compile(r'(\\\\|\\["/bfnrt]|\\u[0-9a-fA-F]{4})|\\')
# Half of a pair of surrogates (RFC 8259 §8.2) is no letter, and nothing that holds it can be written as UTF-8.
_HALF_LETTER = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_WHOLE_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def data(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return what the JSON in *document* says; raise ValueError where it is none, or too deep to be any.

    Raise ParseError (`truncated`) where it ends in the middle.
    """
    text = _HALF_LETTER.sub(lambda found: found[1] or r"\ufffd", decode(document.body, document.content_type))
    try:
        try:
            return json.loads(text, strict=False)
        except ValueError:
            return json.loads(_STRAY_BACKSLASH.sub(lambda found: found[1] or r"\\", text), strict=False)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError:
        if _is_cut(text):
            raise ParseError(FetchClass.TRUNCATED, "the JSON of the answer breaks off in the middle") from None
        raise


def _is_cut(text: str) -> bool:
    """Say whether what began as JSON ends inside a text, a list or an object."""
    rest = _WHOLE_TEXT.sub("", text)
    is_json = rest.lstrip()[:1] in {"{", "["}
    return is_json and ('"' in rest or rest.count("{") + rest.count("[") > rest.count("}") + rest.count("]"))
