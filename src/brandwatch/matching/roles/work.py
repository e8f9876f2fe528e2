"""Work verbs next to a brand: `jobber hos Acme`, `fired from Acme`, `die bei Acme arbeiten`, `my job at Acme`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.matching.roles.surroundings import RoleFinding, RoleTie

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.matching.roles.surroundings import BrandSurroundings, SurroundingsReader, SurroundingWord
    from brandwatch.matching.roles.vocabulary import Vocabulary


RULE = "works-for-brand"
MAX_WORDS_BETWEEN = 4
MAX_WORDS_TO_EMPLOYER = 2
MAX_LATE_WORDS = 4
# So near, in words, a negation or an infinitive marker belongs to the verb.
CLAUSE_WORDS = 3


class WorkFinder:
    """Finds the work that a text ties to a brand."""

    def __init__(self, vocabulary: Vocabulary, reader: SurroundingsReader) -> None:
        self._vocabulary = vocabulary
        self._words = vocabulary.words
        self._reader = reader

    def at_brand(self, where: BrandSurroundings, end: int) -> Iterator[RoleFinding]:
        """Find work that ends at the brand or its workplace, and work that comes after it."""
        vocabulary = self._vocabulary
        for preposition, rest in self._reader.to_brand(where.before):
            for word, between, lead in self._reader.leftwards(rest, MAX_WORDS_BETWEEN):
                tie = RoleTie(word.start, end, RULE, word.text)
                if preposition in vocabulary.work.get(word.text, ()):
                    if self._is_work(word, between, lead, preposition):
                        yield RoleFinding(tie, lead, between, where.after)
                    break
                if preposition in vocabulary.jobs.get(word.text, ()) and (owner := self._owner(between, lead)):
                    yield RoleFinding(tie, lead, between, where.after, owner)
                    break
            if where.standing == "bare":
                yield from self._late_work(where, preposition, rest)

    def employer(self, where: BrandSurroundings) -> Iterator[RoleFinding]:
        """Find the brand as somebody's employer: `min arbeidsgiver Acme`, `my former employer Acme`."""
        if where.standing != "bare" or where.prefix:
            return
        for word, between, lead in self._reader.leftwards(where.before, MAX_WORDS_TO_EMPLOYER):
            if word.text in self._words.employers and (owner := self._owner(between, lead)):
                tie = RoleTie(word.start, where.anchor.end, RULE, word.text)
                yield RoleFinding(tie, lead, between, where.after, owner)

    def _late_work(
        self, where: BrandSurroundings, preposition: str, rest: Sequence[SurroundingWord]
    ) -> Iterator[RoleFinding]:
        """Find a verb behind the brand: German puts it last, the Nordic languages only when the sentence opens so."""
        vocabulary, words = self._vocabulary, self._words
        for number, verb in enumerate(where.after[:MAX_LATE_WORDS]):
            reach = vocabulary.late_reach.get(verb.text, -1)
            if number <= reach and preposition in vocabulary.work.get(verb.text, ()):
                tail = where.after[number + 1 :]
                # `Hos Acme jobber`; `for` may mean because.
                opens_sentence = not rest and preposition not in words.for_words
                if (reach or opens_sentence) and not self._is_late_wish(rest, tail):
                    first = where.before[len(where.before) - len(rest) - 1 if rest else 0]
                    yield RoleFinding(RoleTie(first.start, verb.end, RULE, verb.text), rest, (), tail, late=True)
                return
            if verb.text in vocabulary.breakers or verb.text in words.negations:
                return

    def _is_late_wish(self, rest: Sequence[SurroundingWord], tail: Sequence[SurroundingWord]) -> bool:
        """Whether a verb at the end of its clause is denied or only wished for: `möchte bei Acme arbeiten`."""
        infinitives = self._vocabulary.late_infinitives
        return self._is_denied(rest) or any(word.text in infinitives for word in (*rest[:MAX_LATE_WORDS], *tail[:1]))

    def _is_work(
        self,
        verb: SurroundingWord,
        between: Sequence[SurroundingWord],
        lead: Sequence[SurroundingWord],
        preposition: str,
    ) -> bool:
        """Whether a work verb and its preposition mean that somebody works there."""
        vocabulary, words = self._vocabulary, self._words
        inside = [word.text for word in between]
        if any(word in vocabulary.breakers or word in vocabulary.will for word in inside):
            return False
        if self._is_denied(between[::-1]) or self._is_denied(lead):
            return False
        if preposition in words.for_words and (
            any(word in words.suits or word in words.with_words for word in inside)
            or (lead and lead[0].text in words.suits)
        ):
            return False
        return self._is_verb(verb, lead) and not self._is_wish(verb, lead)

    def _is_denied(self, nearest: Sequence[SurroundingWord]) -> bool:
        """Whether a negation stands among the nearest words of the same clause."""
        words = self._words
        for number, word in enumerate(nearest[:CLAUSE_WORDS]):
            if word.text in words.relatives:
                return False
            if word.text in words.negations:
                return number == 0 or nearest[number - 1].text not in words.only
        return False

    def _is_verb(self, verb: SurroundingWord, lead: Sequence[SurroundingWord]) -> bool:
        """Whether the word is a verb here: `200 jobber` and `his work` are nouns."""
        vocabulary, words = self._vocabulary, self._words
        previous = lead[0].text if lead else ""
        if verb.text in words.noun_verbs:
            return not previous[:1].isdigit() and previous not in words.counts
        if verb.text in words.capital_nouns:
            return bool(previous) and not verb.capital
        if verb.text in words.subject_verbs:
            is_determiner = previous in words.articles or previous in vocabulary.possessives
            is_plural = previous.endswith(vocabulary.plural_endings) and not is_determiner
            return is_plural or previous in words.worker_words or previous in words.adverbs
        return True

    def _is_wish(self, verb: SurroundingWord, lead: Sequence[SurroundingWord]) -> bool:
        """Whether the work is only wished for: `want to work at`, `vil bli ansatt i`; `used to work at` is past."""
        words = self._words
        if verb.text not in words.bare_infinitives and verb.text not in words.participles:
            return False
        for number, word in enumerate(lead[:CLAUSE_WORDS]):
            if word.text in words.infinitives:
                return number + 1 >= len(lead) or lead[number + 1].text not in words.past_openers
            if word.text in words.relatives or word.text in self._vocabulary.breakers:
                return False
        return False

    def _owner(self, between: Sequence[SurroundingWord], lead: Sequence[SurroundingWord]) -> str:
        """Return whose job or employer it is: `jobben min`, `my new job`; empty where the text does not say."""
        vocabulary = self._vocabulary
        if len(between) == 1 and between[0].text in vocabulary.possessives:
            return between[0].text
        if between or not lead:
            return ""
        nearest = lead[0].text
        if nearest in vocabulary.possessives:
            return nearest
        is_described = vocabulary.is_adjective(nearest) and len(lead) > 1
        return lead[1].text if is_described and lead[1].text in vocabulary.possessives else ""
