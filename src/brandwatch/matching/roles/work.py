"""Work verbs next to a brand: `jobber hos Acme`, `fired from Acme`, `die bei Acme arbeiten`, `my job at Acme`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.matching.roles import vocabulary
from brandwatch.matching.roles.surroundings import RoleFinding, RoleTie, leftwards, to_brand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.matching.roles.surroundings import BrandSurroundings, SurroundingWord


RULE = "works-for-brand"
_MOST_BETWEEN = 4


def work_findings(where: BrandSurroundings, end: int) -> Iterator[RoleFinding]:
    """Find work that ends at the brand or its workplace, and work that comes after it."""
    for preposition, rest in to_brand(where.before):
        for verb, between, lead in leftwards(rest, _MOST_BETWEEN):
            if preposition in vocabulary.WORK.get(verb.text, ()):
                if _is_work(verb, between, lead, preposition):
                    yield RoleFinding(RoleTie(verb.start, end, RULE, verb.text), lead, between, where.after)
                break
            if preposition in vocabulary.JOBS.get(verb.text, ()) and (owner := _owner(between, lead)):
                yield RoleFinding(RoleTie(verb.start, end, RULE, verb.text), lead, between, where.after, owner)
                break
        if where.standing == "bare":
            yield from _works_late(where, preposition, rest)


def employer_findings(where: BrandSurroundings) -> Iterator[RoleFinding]:
    """Find the brand as somebody's employer: `min arbeidsgiver Acme`, `my former employer Acme`."""
    if where.standing != "bare" or where.prefix:
        return
    for word, between, lead in leftwards(where.before, 2):
        if word.text in vocabulary.EMPLOYERS and (owner := _owner(between, lead)):
            yield RoleFinding(RoleTie(word.start, where.anchor.end, RULE, word.text), lead, between, where.after, owner)


def _works_late(where: BrandSurroundings, preposition: str, rest: Sequence[SurroundingWord]) -> Iterator[RoleFinding]:
    """Find a verb behind the brand: German puts it last, the Nordic languages only when the sentence opens so."""
    for number, verb in enumerate(where.after[:4]):
        reach = vocabulary.LATE_VERBS.get(verb.text, -1)
        if number <= reach and preposition in vocabulary.WORK[verb.text]:
            tail = where.after[number + 1 :]
            if (reach or _opens(preposition, rest)) and not _is_late_wish(rest, tail):
                start = where.before[0].start if not rest else _start_of(where, rest)
                yield RoleFinding(RoleTie(start, verb.end, RULE, verb.text), rest, (), tail, late=True)
            return
        if verb.text in vocabulary.BREAKERS or verb.text in vocabulary.NEGATIONS:
            return


def _start_of(where: BrandSurroundings, rest: Sequence[SurroundingWord]) -> int:
    """Return where the preposition before the brand begins."""
    return where.before[len(where.before) - len(rest) - 1].start


def _opens(preposition: str, rest: Sequence[SurroundingWord]) -> bool:
    """Say whether preposition and brand open the sentence: `Hos Acme jobber`; `for` may mean because."""
    return not rest and preposition not in vocabulary.FOR


def _is_late_wish(rest: Sequence[SurroundingWord], tail: Sequence[SurroundingWord]) -> bool:
    """Say whether a German verb at the end is denied or only wished for: `möchte bei Acme arbeiten`."""
    around = [word.text for word in (*rest[:4], *tail[:1])]
    return _is_denied(rest) or any(word in vocabulary.GERMAN_INFINITIVES for word in around)


def _is_work(
    verb: SurroundingWord, between: Sequence[SurroundingWord], lead: Sequence[SurroundingWord], preposition: str
) -> bool:
    """Say whether a work verb and its preposition mean that somebody works there."""
    inside = [word.text for word in between]
    if (
        any(word in vocabulary.BREAKERS or word in vocabulary.WILL for word in inside)
        or _is_denied(between[::-1])
        or _is_denied(lead)
    ):
        return False
    if preposition in vocabulary.FOR and (_suits(inside, lead) or any(word in vocabulary.WITH for word in inside)):
        return False
    return _is_verb(verb, lead) and not _is_wish(verb, lead)


def _is_denied(words: Sequence[SurroundingWord]) -> bool:
    """Say whether a negation stands among the nearest *words* (nearest first) of the same clause."""
    for number, word in enumerate(words[:3]):
        if word.text in vocabulary.RELATIVES:
            return False
        if word.text in vocabulary.NEGATIONS:
            return number == 0 or words[number - 1].text not in vocabulary.ONLY
    return False


def _suits(inside: Sequence[str], lead: Sequence[SurroundingWord]) -> bool:
    """Say whether `works for` means that it suits: `this works best for Acme`."""
    return any(word in vocabulary.SUITS for word in inside) or (bool(lead) and lead[0].text in vocabulary.SUITS)


def _is_verb(verb: SurroundingWord, lead: Sequence[SurroundingWord]) -> bool:
    """Say whether the word is a verb here: `200 jobber` and `his work` are nouns."""
    previous = lead[0].text if lead else ""
    if verb.text in vocabulary.JOBS_OR_WORKS:
        return not previous[:1].isdigit() and previous not in vocabulary.COUNTS
    if verb.text == "arbeiten":
        return bool(previous) and not verb.capital
    if verb.text == "work":
        plural = previous.endswith("s") and previous not in vocabulary.ARTICLES | vocabulary.POSSESSIVES
        return plural or previous in vocabulary.WORKERS or previous in vocabulary.ADVERBS
    return True


def _is_wish(verb: SurroundingWord, lead: Sequence[SurroundingWord]) -> bool:
    """Say whether the work is only wished for: `want to work at`, `vil bli ansatt i`; `used to work at` is past."""
    if verb.text not in vocabulary.BARE_INFINITIVES and verb.text not in vocabulary.PARTICIPLES:
        return False
    for number, word in enumerate(lead[:3]):
        if word.text in vocabulary.INFINITIVES:
            return number + 1 >= len(lead) or lead[number + 1].text not in vocabulary.ALLOWED_TO
        if word.text in vocabulary.RELATIVES or word.text in vocabulary.BREAKERS:
            return False
    return False


def _owner(between: Sequence[SurroundingWord], lead: Sequence[SurroundingWord]) -> str:
    """Return whose job or employer it is: `jobben min`, `my new job`; nothing where the text does not say."""
    if len(between) == 1 and between[0].text in vocabulary.POSSESSIVES:
        return between[0].text
    if between or not lead:
        return ""
    near = [word.text for word in lead[:2] if word.text in vocabulary.POSSESSIVES]
    direct = lead[0].text in vocabulary.POSSESSIVES or vocabulary.is_adjective(lead[0].text)
    return near[0] if near and direct else ""
