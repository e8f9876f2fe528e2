"""Self-declarations: the author writes of himself, today, that he works for the brand."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from brandwatch.matching import roles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brandwatch.matching.surroundings import RoleFinding, RolePhrases, RoleTie, SurroundingWord
    from brandwatch.matching.vocabulary import Vocabulary
    from brandwatch.text.normalise import Folded


NEAR_CHARS = 48
MAX_SKIPPED_WORDS = 4

# A quoted sentence is somebody else's: after a quotation mark, or after the dash that opens a line of speech.
_QUOTED = re.compile(r"(?:[\"«»“”„‘]\s*|(?:^|[.!?:]\s+)-\s+)$")
_WORD_BEFORE = re.compile(r"([\w']+),? $")
_END_OF_SENTENCE = re.compile(r"[.!?;]")


def find_declarations(text: Folded, phrases: Iterable[RolePhrases]) -> tuple[RoleTie, ...]:
    """Return the ties of the author's own work for the brand, in reading order: of each anchor at most one."""
    finder, folded, ties = _declaration_finder(), text.folded, set()
    for findings in phrases:
        for finding in findings:
            start = finder.start(finding, folded)
            if start is not None and not _QUOTED.search(folded, max(0, start - NEAR_CHARS), start):
                # With the words of the person.
                ties.add(finding.tie._replace(start=min(start, finding.tie.start)))
                break
    return tuple(sorted(ties))


@cache
def _declaration_finder() -> DeclarationFinder:
    return DeclarationFinder(roles.role_finder().vocabulary)


class DeclarationFinder:
    """Finds the ties in which the first person speaks of its own work."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._words = vocabulary.words
        self._former_prefixes = tuple(f"{prefix}-" for prefix in self._words.former_prefixes)

    def start(self, finding: RoleFinding, folded: str) -> int | None:
        """Return the start of the words of the first person, `None` if there are none."""
        tie = finding.tie
        if finding.owner:
            return self._own_job(finding)
        if tie.rule == roles.WORK_RULE and tie.words in self._vocabulary.first_verbs:
            return self._subject(finding)
        if tie.words.startswith(self._former_prefixes) or folded.startswith(self._former_prefixes, tie.start):
            return None
        # `Acme employee here`
        if not finding.lead and len(finding.tail) == 1 and finding.tail[0].text in self._words.here:
            return tie.start
        start = self._as_role(finding, folded)
        return self._copula(finding) if start is None else start

    def _own_job(self, finding: RoleFinding) -> int | None:
        """Find `my employer Acme`, `jobben min i Acme`."""
        around = (*finding.lead[:2], *finding.between)
        if finding.owner not in self._words.mine or any(word.text in self._words.former for word in around):
            return None
        return min((word.start for word in around if word.text == finding.owner), default=finding.tie.start)

    def _subject(self, finding: RoleFinding) -> int | None:
        """Find the first person before a verb of the present (`jeg jobber`, `vi som jobber`) or right after it."""
        words = self._words
        first = self._vocabulary.first_verbs[finding.tie.words]
        inside = finding.between or finding.tail
        if inside and inside[0].text in first and not self._is_condition(finding.lead, 0):
            return finding.tie.start
        if finding.between and finding.between[0].text in words.self_words and not finding.lead:
            return finding.tie.start
        for number, word in enumerate(finding.lead[:MAX_SKIPPED_WORDS]):
            is_relative = number > 0 and finding.lead[number - 1].text in words.relatives
            if word.text in first or (is_relative and word.text in words.object_first):
                return None if self._is_condition(finding.lead, number + 1) else word.start
            # `die bei Acme arbeiten`: the relative is the subject.
            if number == 0 and word.text in words.late_relatives:
                return None
            if not self._may_follow_subject(word.text, late=finding.late):
                return None
        return None

    def _may_follow_subject(self, word: str, *, late: bool) -> bool:
        """Whether *word* may stand between the first person and its verb; before a late verb nearly all may."""
        words = self._words
        if late and word not in self._vocabulary.breakers and word not in words.subjects:
            return True
        return word in words.adverbs or word in words.relatives or word in words.subject_fillers

    def _copula(self, finding: RoleFinding) -> int | None:
        """Find `jeg er rådgiver i Acme`, `I'm a senior engineer at Acme`, `ich bin bei Acme angestellt`."""
        words, lead = self._words, finding.lead
        number = self._description_words(lead)
        if number is None or number >= len(lead):
            return None
        nearest = lead[number]
        if nearest.text in words.contracted:
            return None if self._is_condition(lead, number + 1) else nearest.start
        if number + 1 == len(lead):
            return None
        following = lead[number + 1]
        copulas = self._vocabulary.copulas
        is_statement = following.text in copulas.get(nearest.text, ())
        # The copula before the person: `bin ich`, but `am I` asks.
        is_turned = nearest.text in copulas.get(following.text, ()) and following.text not in words.question_copulas
        if not (is_statement or is_turned) or self._is_condition(lead, number + 2):
            return None
        return min(nearest.start, following.start)

    def _as_role(self, finding: RoleFinding, folded: str) -> int | None:
        """Find `Som ansatt i Acme kan jeg si`, `As an Acme employee, I`; the next person named must be the first."""
        lead = finding.lead
        number = self._description_words(lead)
        if number is None or number >= len(lead) or lead[number].text not in self._vocabulary.as_words:
            return None
        word = lead[number]
        first = self._vocabulary.as_words[word.text]
        before = _WORD_BEFORE.search(folded, max(0, word.start - NEAR_CHARS), word.start)
        if before and before[1] in first:
            return before.start()
        if number + 1 < len(lead) and lead[number + 1].text not in self._words.speaking:
            return None
        return word.start if self._speaks_next(folded, finding.tie.end, first) else None

    def _speaks_next(self, folded: str, start: int, first: frozenset[str]) -> bool:
        """Whether the first person is the next one in the sentence, or the sentence ends at once."""
        end = min(len(folded), start + NEAR_CHARS)
        stop = _END_OF_SENTENCE.search(folded, start, end)
        names = [match[0] for match in self._vocabulary.word.finditer(folded, start, stop.start() if stop else end)]
        persons = [name for name in names if name in first or name in self._words.other_persons]
        return persons[0] in first if persons else not names

    def _description_words(self, lead: Sequence[SurroundingWord]) -> int | None:
        """Count the articles and adjectives that come first; `None` if one of them means a former job."""
        vocabulary, words = self._vocabulary, self._words
        nearest = lead[:MAX_SKIPPED_WORDS]
        for number, word in enumerate(nearest):
            if word.text in words.former:
                return None
            if word.text in vocabulary.as_words or word.text in vocabulary.copulas or word.text in words.first:
                return number
            if not self._describes(word.text):
                return number
        return len(nearest)

    def _describes(self, word: str) -> bool:
        """Whether *word* may stand in a description of oneself: `I'm a nurse currently working at`."""
        vocabulary, words = self._vocabulary, self._words
        if word in words.oblique_articles:
            return False
        is_listed = word in words.articles or word in words.adverbs
        return is_listed or vocabulary.is_adjective(word) or bool(vocabulary.prepositions_after(word))

    def _is_condition(self, lead: Sequence[SurroundingWord], number: int) -> bool:
        """Whether the word at *number* begins a condition: `hvis jeg jobber`."""
        return number < len(lead) and lead[number].text in self._words.conditions
