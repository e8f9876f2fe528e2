"""Read JSON as servers write it, not only as RFC 8259 has it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from brandwatch.parse.repair import decode

if TYPE_CHECKING:
    from brandwatch.models import Document

# GDELT was seen to send raw control characters and backslashes that escape nothing.
_STRAY_BACKSLASH = re.compile(r'(\\\\|\\["/bfnrt]|\\u[0-9a-fA-F]{4})|\\')


def data(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return what the JSON in *document* says; raise ValueError where it is none, or too deep to be any."""
    text = decode(document.body, document.content_type)
    try:
        try:
            return json.loads(text, strict=False)
        except ValueError:
            return json.loads(_STRAY_BACKSLASH.sub(lambda found: found[1] or r"\\", text), strict=False)
    except RecursionError:
        raise ValueError("nested too deep") from None
