"""Ordinary words: those that a company may be named after, and that therefore need their capitals to be a name."""

from __future__ import annotations

from functools import cache
from importlib import resources

LANGUAGES = ("nb", "nn", "da", "sv", "en", "de", "fi")
_DEFAULT = ("nb", "nn", "da", "sv", "en")


def is_ordinary(name: str, languages: tuple[str, ...]) -> bool:
    """Say whether every word of *name* is an ordinary word of one of *languages* (none named: nb, nn, da, sv, en)."""
    words = name.casefold().split()
    return bool(words) and all(any(word in _words(language) for language in languages or _DEFAULT) for word in words)


@cache
def _words(language: str) -> frozenset[str]:
    """Return the ordinary words of one language; lines that begin with `#` say where they come from."""
    source = resources.files("brandwatch.text").joinpath("ordinary", f"{language}.txt")
    lines = source.read_text(encoding="utf-8").splitlines() if source.is_file() else []
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
