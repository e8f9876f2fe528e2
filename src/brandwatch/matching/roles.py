"""Roles and work that a text ties to a brand without a name: `rådgiveren i Acme`, `jobber hos Acme`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from brandwatch.matching.surroundings import MAX_QUALIFIERS, RoleFinding, RolePhrases, RoleTie, SurroundingsReader
from brandwatch.matching.vocabulary import Vocabulary, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.matching.surroundings import BrandAnchor, BrandSurroundings, PathToBrand, SurroundingWord
    from brandwatch.text.normalise import Folded


WORK_RULE = "works-for-brand"
# A negation and its verb stand within so many words.
NEGATED_WORDS = 4
MAX_WORDS_TO_WORK = 4
MAX_LATE_WORDS = 4
# So near, in words, a negation or an infinitive marker belongs to the verb.
CLAUSE_WORDS = 3


def find_phrases(text: Folded, anchors: Sequence[BrandAnchor]) -> list[RolePhrases]:
    """Return the phrases that tie a role or work to the brand, for each anchor, the surest first."""
    finder = role_finder()
    return [tuple(finder.findings(text, anchor)) for anchor in anchors]


def surest_ties(phrases: Iterable[RolePhrases]) -> tuple[RoleTie, ...]:
    """Return the surest tie of each anchor that has one, in reading order."""
    return tuple(sorted({findings[0].tie for findings in phrases if findings}))


@cache
def role_finder() -> RoleFinder:
    """Return the finder of all languages, which are read for the first entry that names a brand."""
    return RoleFinder(vocabulary())


class RoleFinder:
    """Finds the roles and the work that a text ties to a brand."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._words = vocabulary.words
        self._reader = SurroundingsReader(vocabulary)
        self._work = WorkFinder(vocabulary)

    def findings(self, text: Folded, anchor: BrandAnchor) -> Iterator[RoleFinding]:
        """Yield every phrase that ties a role or work to the brand, the surest first."""
        where = self._reader.read(text, anchor)
        beside = (*self._brand_role(where), *self._brands_role(where))
        yield from beside
        end = self._end_of_employer(where)
        # `the boss of an Acme employee` is nobody's boss at Acme.
        if end is not None and not beside:
            paths = self._reader.to_brand(where.before)
            yield from self._role_of_brand(where, end, paths)
            yield from self._work.at_brand(where, end, paths)
        yield from self._work.employer(where)

    def _brand_role(self, where: BrandSurroundings) -> Iterator[RoleFinding]:
        """Find `Acme-ansatt`, `ex-Acme-sjef`, `Acme employee`, `Acme senior engineer`, `Acme Mitarbeiter`."""
        if self.vocabulary.outside.match(where.prefix):
            return
        start = where.anchor.start
        if where.head and self.vocabulary.prepositions_after(where.head.text):
            end = max(where.anchor.end, where.head.end)
            yield RoleFinding(RoleTie(start, end, "brand-role", where.head.text), where.before, (), where.after)
        elif where.standing == "bare":
            for number, role, rest in self._reader.rightwards(where.after):
                if self._is_open_role(role, number) and not self._is_another_word(role, rest):
                    yield RoleFinding(RoleTie(start, role.end, "brand-role", role.text), where.before, (), rest)
                    return

    def _brands_role(self, where: BrandSurroundings) -> Iterator[RoleFinding]:
        """Find `Acmes rådgiver`, `Acme's new adviser`, `Acme sin konsernsjef`: only after a real genitive."""
        if where.standing != "genitive" or self.vocabulary.outside.match(where.prefix):
            return
        for _, role, rest in self._reader.rightwards(where.after):
            if self.vocabulary.prepositions_after(role.text) and not self._is_another_word(role, rest):
                tie = RoleTie(where.anchor.start, role.end, "brand's-role", role.text)
                yield RoleFinding(tie, where.before, (), rest)
                return

    def _role_of_brand(self, where: BrandSurroundings, end: int, paths: Sequence[PathToBrand]) -> Iterator[RoleFinding]:
        """Find `rådgiveren i Acme`, `head of sales at Acme`, `sjefen min hos selskapet Acme`."""
        vocabulary = self.vocabulary
        for preposition, _, words in paths:
            for role, between, lead in words:
                if preposition not in vocabulary.prepositions_after(role.text) or not self._is_noun(role, lead):
                    continue
                following = between[0].text if between else preposition
                is_role = vocabulary.stays_role_before(role.text, following)
                if is_role and self._qualify(role, between) and not self._is_denied_role(lead):
                    tie = RoleTie(role.start, end, "role-of-brand", role.text)
                    yield RoleFinding(tie, lead, between, where.after)

    def _end_of_employer(self, where: BrandSurroundings) -> int | None:
        """Return the end of the employer, if the brand or a workplace of it is one: `Acme`, `Acmes nye kundesenter`."""
        vocabulary = self.vocabulary
        if where.prefix:
            return None
        if where.standing == "compound":
            return where.head.end if where.head and vocabulary.is_workplace(where.head.text) else None
        if where.standing == "bare":
            is_rival = where.after and where.after[0].text.removesuffix("'s") in self._words.rivals
            return None if is_rival else where.anchor.end
        for number, word in enumerate(where.after[: MAX_QUALIFIERS + 1]):
            if vocabulary.is_workplace(word.text):
                return word.end
            if not (vocabulary.is_adjective(word.text) or word.capital) or number == MAX_QUALIFIERS:
                break
        return None

    def _is_open_role(self, role: SurroundingWord, number: int) -> bool:
        """Whether *role* may follow the brand without hyphen or genitive: in English, and in sloppy German."""
        text = role.text.removesuffix("'s").removesuffix("'")
        if role.capital and text in self.vocabulary.capitalised_roles:
            return True
        text = text.rpartition("-")[2]
        return text in self.vocabulary.open_roles and (number > 0 or text not in self._words.never_alone)

    def _is_another_word(self, role: SurroundingWord, rest: Sequence[SurroundingWord]) -> bool:
        """Whether what follows makes a verb or a thing of the role: `engineers a comeback`, `employee handbook`."""
        following = rest[0].text if rest else ""
        if following in self._words.things or not self.vocabulary.stays_role_before(role.text, following):
            return True
        opens_object = following in self._words.articles or following in self.vocabulary.possessives
        return opens_object and role.text in self._words.verblike

    def _is_noun(self, role: SurroundingWord, lead: Sequence[SurroundingWord]) -> bool:
        """Whether the word is a role here and not a verb (`hun leder`) or a participle (`er ansatt`)."""
        vocabulary, words = self.vocabulary, self._words
        previous = lead[0].text if lead else ""
        if role.text in words.verblike:
            return previous not in words.subjects
        if role.text in words.participles:
            is_determiner = previous in words.articles or previous in vocabulary.possessives
            return is_determiner or vocabulary.is_adjective(previous)
        return True

    def _qualify(self, role: SurroundingWord, between: Sequence[SurroundingWord]) -> bool:
        """Whether the words between a role and its preposition only say more about the role.

        A noun phrase (`for salg og marked`), or up to two departments, possessives, adverbs or capitalised words. A
        verb would make a new clause: `sjefen handler hos Acme`.
        """
        words = self._words
        if not between or between[0].text not in words.links:
            return len(between) <= MAX_QUALIFIERS and all(self._is_qualifier(role, word) for word in between)
        nouns = [word.text for word in between[1:] if word.text not in words.and_words]
        if any(noun in self.vocabulary.breakers or noun in words.indefinite_articles for noun in nouns):
            return False
        return 1 <= len(nouns) <= (1 if between[0].text in words.narrow_links else MAX_QUALIFIERS)

    def _is_qualifier(self, role: SurroundingWord, word: SurroundingWord) -> bool:
        """Whether one word says more about the role; in a headline written in capitals a verb looks like a name."""
        if word.text.isdigit() or word.text in self._words.departments or word.text in self._words.adverbs:
            return True
        if word.text in self.vocabulary.possessives:
            return True
        is_headline = role.capital and word.text.endswith(self.vocabulary.headline_endings)
        return word.capital and not is_headline and word.text not in self.vocabulary.breakers

    def _is_denied_role(self, lead: Sequence[SurroundingWord]) -> bool:
        """Whether the text denies the role: `er ikke rådgiver`, `isn't an employee`, but not `liker ikke sjefen`."""
        words = self._words
        for number, word in enumerate(lead):
            if word.text in words.negations:
                return any(other.text in words.be_forms for other in lead[number : number + NEGATED_WORDS])
            # Between a negation and what it denies: `ikke lenger en`.
            is_article = word.text in words.articles or word.text in words.no_more
            if not is_article and not self.vocabulary.is_adjective(word.text):
                return False
        return False


class WorkFinder:
    """Finds the work that a text ties to a brand."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._words = vocabulary.words

    def at_brand(self, where: BrandSurroundings, end: int, paths: Sequence[PathToBrand]) -> Iterator[RoleFinding]:
        """Find work that ends at the brand or its workplace, and work that comes after it."""
        vocabulary = self._vocabulary
        for preposition, rest, words in paths:
            for word, between, lead in words:
                if len(between) == MAX_WORDS_TO_WORK:
                    break
                tie = RoleTie(word.start, end, WORK_RULE, word.text)
                if preposition in vocabulary.work.get(word.text, ()):
                    if self._is_work(word, between, lead, preposition):
                        yield RoleFinding(tie, lead, between, where.after)
                    break
                if preposition in vocabulary.jobs.get(word.text, ()) and (owner := self._possessive(between, lead)):
                    yield RoleFinding(tie, lead, between, where.after, owner)
                    break
            if where.standing == "bare":
                yield from self._late_work(where, preposition, rest)

    def employer(self, where: BrandSurroundings) -> Iterator[RoleFinding]:
        """Find the brand as somebody's employer: `min arbeidsgiver Acme`, `my former employer Acme`."""
        if where.standing != "bare" or where.prefix:
            return
        for word, between, lead in where.nearest:
            if word.text in self._words.employers and (owner := self._possessive(between, lead)):
                tie = RoleTie(word.start, where.anchor.end, WORK_RULE, word.text)
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
                    yield RoleFinding(RoleTie(first.start, verb.end, WORK_RULE, verb.text), rest, (), tail, late=True)
                return
            if verb.text in vocabulary.breakers or verb.text in words.negations:
                return

    def _is_late_wish(self, rest: Sequence[SurroundingWord], tail: Sequence[SurroundingWord]) -> bool:
        """Whether a verb at the end of its clause is denied or only wished for: `möchte bei Acme arbeiten`."""
        infinitives = self._vocabulary.late_infinitives
        return self._is_negated(rest) or any(word.text in infinitives for word in (*rest[:MAX_LATE_WORDS], *tail[:1]))

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
        if self._is_negated(between[::-1]) or self._is_negated(lead):
            return False
        if preposition in words.for_words and (
            any(word in words.suits or word in words.with_words for word in inside)
            or (lead and lead[0].text in words.suits)
        ):
            return False
        return self._is_verb(verb, lead) and not self._is_wish(verb, lead)

    def _is_negated(self, nearest: Sequence[SurroundingWord]) -> bool:
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

    def _possessive(self, between: Sequence[SurroundingWord], lead: Sequence[SurroundingWord]) -> str:
        """Return the word that says whose job or employer it is (`jobben min`, `my new job`), or an empty text."""
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
