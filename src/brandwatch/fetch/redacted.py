"""Take secrets out of what is said of an address: of every text that goes into a message."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"//[^/?#\s]*@")
_PARAMETER = re.compile(r"([?&;#][^=&;#\s]*(?:key|token|secret|sig|pass|auth)[^=&;#\s]*=)[^&;#\s]*", re.IGNORECASE)


def redacted(text: str) -> str:
    """Return *text* whose addresses show neither user and password nor the values of parameters named like a secret."""
    return _PARAMETER.sub(r"\1…", _USERINFO.sub("//…@", text))
