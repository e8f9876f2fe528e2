"""Text from people and from the web: read, folded, cleaned, counted. Pure."""


def plural(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 story`, `2 stories`; *many* defaults to *one* with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
