"""SQL of `privacy.disclosure_control`: expressions in which staff cannot be told apart."""

from brandwatch.models import Voice

IS_BY_STAFF = f"mention.voice = '{Voice.STAFF}'"
IS_STAFF = f"'{Voice.STAFF}' IN (mention.voice, mention.subject)"
"""Whether a mention is by staff or about staff."""
IS_STAFF_TALLY = f"'{Voice.STAFF}' IN (voice, subject)"
"""The same for a row of `tally`, the counts of expired mentions."""


def empty_for_staff(column: str) -> str:
    """Return an expression for a source or publisher of a mention, empty where staff speaks: it may be an account."""
    return f"CASE WHEN {IS_BY_STAFF} THEN '' ELSE {column} END"


# One account is one person. Nobody knows who wrote the rest or whom it is about, so that each is counted as another.
PERSON = f"CASE WHEN {IS_BY_STAFF} AND entry.author != '' THEN entry.author ELSE mention.entry END"
PUBLISHER = empty_for_staff("mention.publisher")
