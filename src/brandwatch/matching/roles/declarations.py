"""Self-declarations: the author says of himself, today, that he works for the brand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brandwatch.matching.roles import vocabulary
from brandwatch.matching.roles.phrases import role_findings
from brandwatch.matching.roles.surroundings import WORD, RoleTie, surroundings_of
from brandwatch.matching.roles.work import RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brandwatch.matching.roles.surroundings import BrandAnchor, RoleFinding, SurroundingWord
    from brandwatch.text.normalise import Folded


_NEAR = 48
_MOST_SKIPPED = 4
# A quoted sentence is somebody else's: after a quotation mark, or after the dash that opens a line of speech.
_QUOTED = re.compile(r"(?:[\"«»“”„‘]\s*|(?:^|[.!?:]\s+)-\s+)$")
_WORD_BEFORE = re.compile(r"([\w']+),? $")
_END_OF_SENTENCE = re.compile(r"[.!?;]")


def declarations(text: Folded, anchors: Sequence[BrandAnchor]) -> tuple[RoleTie, ...]:
    """Return the ties in which the author says that he works for the brand, in reading order; each is a tie too."""
    found: set[RoleTie] = set()
    for anchor in anchors:
        for finding in role_findings(surroundings_of(text, anchor)):
            start = _declared_from(finding, text.folded)
            if start is not None and not _QUOTED.search(text.folded, max(0, start - _NEAR), start):
                found.add(finding.tie._replace(start=min(start, finding.tie.start)))
                break
    return tuple(sorted(found))


def _declared_from(finding: RoleFinding, folded: str) -> int | None:
    """Return where the first person begins to speak of himself, or `None` if he does not."""
    if finding.owner:
        return _own(finding)
    if finding.tie.words in vocabulary.FIRST_VERBS and finding.tie.rule == RULE:
        return _subject(finding)
    if finding.tie.words.startswith(("ex-", "eks-")) or folded.startswith(("ex-", "eks-"), finding.tie.start):
        return None
    if not finding.lead and len(finding.tail) == 1 and finding.tail[0].text in vocabulary.HERE:
        return finding.tie.start
    return _is_self(finding) if (start := _as_self(finding, folded)) is None else start


def _own(finding: RoleFinding) -> int | None:
    """Find `my employer Acme`, `jobben min i Acme`."""
    around = (*finding.lead[:2], *finding.between)
    if finding.owner not in vocabulary.MINE or any(word.text in vocabulary.FORMER for word in around):
        return None
    return min((word.start for word in around if word.text == finding.owner), default=finding.tie.start)


def _subject(finding: RoleFinding) -> int | None:
    """Find the first person before a verb of the present (`jeg jobber`, `vi som jobber`) or right after it."""
    first = vocabulary.FIRST_VERBS[finding.tie.words]
    inside = finding.between or finding.tail
    if inside and inside[0].text in first and not _is_condition(finding.lead, 0):
        return finding.tie.start
    if finding.between and finding.between[0].text in vocabulary.SELF and not finding.lead:
        return finding.tie.start
    for number, word in enumerate(finding.lead[:_MOST_SKIPPED]):
        relative = number > 0 and finding.lead[number - 1].text in vocabulary.RELATIVES
        if word.text in first or (relative and word.text in vocabulary.US):
            return None if _is_condition(finding.lead, number + 1) else word.start
        whose = number == 0 and word.text in vocabulary.WHO_LATE
        if whose or not _may_follow_subject(word.text, late=finding.late):
            return None
    return None


def _may_follow_subject(word: str, *, late: bool) -> bool:
    """Say whether *word* may stand between the first person and its verb; before a late verb nearly all may."""
    if late and word not in vocabulary.BREAKERS and word not in vocabulary.SUBJECTS:
        return True
    return word in vocabulary.ADVERBS or word in vocabulary.RELATIVES or word in vocabulary.HAPPEN_TO


def _is_self(finding: RoleFinding) -> int | None:
    """Find `jeg er rådgiver i Acme`, `I'm a senior engineer at Acme`, `ich bin bei Acme angestellt`."""
    lead = finding.lead
    number = _skipped(lead)
    if number is None or number >= len(lead):
        return None
    if lead[number].text in vocabulary.CONTRACTED:
        return None if _is_condition(lead, number + 1) else lead[number].start
    following = lead[number + 1] if number + 1 < len(lead) else None
    if following is None:
        return None
    for copula, person in ((lead[number], following), (following, lead[number])):
        turned = copula is following
        if person.text in vocabulary.COPULAS.get(copula.text, ()) and not (turned and copula.text in vocabulary.ASKING):
            return None if _is_condition(lead, number + 2) else min(copula.start, person.start)
    return None


def _as_self(finding: RoleFinding, folded: str) -> int | None:
    """Find `Som ansatt i Acme kan jeg si`, `As an Acme employee, I`; the next person named must be the first."""
    number = _skipped(finding.lead)
    if number is None or number >= len(finding.lead) or finding.lead[number].text not in vocabulary.AS:
        return None
    word = finding.lead[number]
    first = vocabulary.AS[word.text]
    before = _WORD_BEFORE.search(folded, max(0, word.start - _NEAR), word.start)
    if before and before[1] in first:
        return before.start()
    if number + 1 < len(finding.lead) and finding.lead[number + 1].text not in vocabulary.SPEAKING:
        return None
    return word.start if _speaks_next(folded, finding.tie.end, first) else None


def _speaks_next(folded: str, start: int, first: frozenset[str]) -> bool:
    """Say whether the first person is the next one in the sentence, or the sentence ends at once."""
    end = min(len(folded), start + _NEAR)
    stop = _END_OF_SENTENCE.search(folded, start, end)
    names = [match[0] for match in WORD.finditer(folded, start, stop.start() if stop else end)]
    persons = [name for name in names if name in first or name in vocabulary.OTHERS]
    return persons[0] in first if persons else not names


def _skipped(lead: Sequence[SurroundingWord]) -> int | None:
    """Return how many articles and adjectives come first; `None` if one of them says that it is over."""
    for number, word in enumerate(lead[:_MOST_SKIPPED]):
        if word.text in vocabulary.FORMER:
            return None
        if word.text in vocabulary.AS or word.text in vocabulary.COPULAS or word.text in vocabulary.FIRST:
            return number
        if not _describes(word.text):
            return number
    return len(lead[:_MOST_SKIPPED])


def _describes(word: str) -> bool:
    """Say whether *word* may stand in a description of oneself: `I'm a nurse currently working at`."""
    if word in vocabulary.OBLIQUE:
        return False
    known = word in vocabulary.ARTICLES or word in vocabulary.ADVERBS or vocabulary.is_adjective(word)
    return known or bool(vocabulary.prepositions_after(word))


def _is_condition(lead: Sequence[SurroundingWord], number: int) -> bool:
    """Say whether the word at *number* makes a condition of what follows: `hvis jeg jobber`."""
    return number < len(lead) and lead[number].text in vocabulary.CONDITIONS
