"""The phrases that tie a role to a brand, found from the brand's own edges."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from brandwatch.matching.roles import vocabulary
from brandwatch.matching.roles.surroundings import (
    RoleFinding,
    RoleTie,
    join_words,
    leftwards,
    surroundings_of,
    to_brand,
)
from brandwatch.matching.roles.work import employer_findings, work_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.matching.roles.surroundings import BrandAnchor, BrandSurroundings, SurroundingWord
    from brandwatch.text.normalise import Folded


_MOST_BETWEEN = 5
_MOST_ADJECTIVES = 2


def role_ties(text: Folded, anchors: Sequence[BrandAnchor]) -> tuple[RoleTie, ...]:
    """Return what ties a role or work to the brand, in reading order: at most one tie per anchor."""
    found = {finding.tie for anchor in anchors for finding in islice(role_findings(surroundings_of(text, anchor)), 1)}
    return tuple(sorted(found))


def role_findings(where: BrandSurroundings) -> Iterator[RoleFinding]:
    """Yield every phrase that ties a role or work to the brand, the surest first."""
    beside = (*_brand_role(where), *_brands_role(where))
    yield from beside
    end = _end_of_employer(where)
    # `the boss of an Acme employee` is nobody's boss at Acme.
    if end is not None and not beside:
        yield from _role_of_brand(where, end)
        yield from work_findings(where, end)
    yield from employer_findings(where)


def _brand_role(where: BrandSurroundings) -> Iterator[RoleFinding]:
    """Find `Acme-ansatt`, `ex-Acme-sjef`, `Acme employee`, `Acme senior engineer`, `Acme Mitarbeiter`."""
    if vocabulary.OUTSIDE.match(where.prefix):
        return
    start = where.anchor.start
    if where.head and vocabulary.prepositions_after(where.head.text):
        end = max(where.anchor.end, where.head.end)
        yield RoleFinding(RoleTie(start, end, "brand-role", where.head.text), where.before, (), where.after)
    elif where.standing == "bare":
        for number, role, rest in _rightwards(where.after):
            if _is_open_role(role, number) and not _is_another_word(role, rest):
                yield RoleFinding(RoleTie(start, role.end, "brand-role", role.text), where.before, (), rest)
                return


def _brands_role(where: BrandSurroundings) -> Iterator[RoleFinding]:
    """Find `Acmes rådgiver`, `Acme's new adviser`, `Acme sin konsernsjef`: only after a real genitive."""
    if where.standing != "genitive" or vocabulary.OUTSIDE.match(where.prefix):
        return
    for _, role, rest in _rightwards(where.after):
        if vocabulary.prepositions_after(role.text) and not _is_another_word(role, rest):
            yield RoleFinding(RoleTie(where.anchor.start, role.end, "brand's-role", role.text), where.before, (), rest)
            return


def _role_of_brand(where: BrandSurroundings, end: int) -> Iterator[RoleFinding]:
    """Find `rådgiveren i Acme`, `head of sales at Acme`, `sjefen min hos selskapet Acme`."""
    for preposition, rest in to_brand(where.before):
        for role, between, lead in leftwards(rest, _MOST_BETWEEN):
            if preposition not in vocabulary.prepositions_after(role.text) or not _is_noun(role, lead):
                continue
            following = between[0].text if between else preposition
            if _fits(role, following) and _qualifies(role, between) and not _is_denied(lead):
                tie = RoleTie(role.start, end, "role-of-brand", role.text)
                yield RoleFinding(tie, lead, between, where.after)


def _end_of_employer(where: BrandSurroundings) -> int | None:
    """Return where the employer ends, if the brand or a workplace of it is one: `Acme`, `Acmes nye kundesenter`."""
    if where.prefix:
        return None
    if where.standing == "compound":
        return where.head.end if where.head and vocabulary.is_workplace(where.head.text) else None
    if where.standing == "bare":
        rival = where.after and where.after[0].text.removesuffix("'s") in vocabulary.RIVALS
        return None if rival else where.anchor.end
    for number, word in enumerate(where.after[: _MOST_ADJECTIVES + 1]):
        if vocabulary.is_workplace(word.text):
            return word.end
        if not (vocabulary.is_adjective(word.text) or word.capital) or number == _MOST_ADJECTIVES:
            break
    return None


def _rightwards(words: Sequence[SurroundingWord]) -> Iterator[tuple[int, SurroundingWord, Sequence[SurroundingWord]]]:
    """Yield what may be a role after a brand: its number, it, and the words after it; adjectives may come between."""
    for number, word in enumerate(words[: _MOST_ADJECTIVES + 2]):
        if number + 1 < len(words) and (pair := join_words(word, words[number + 1])).text in vocabulary.PAIRS:
            yield number, pair, words[number + 2 :]
        yield number, word, words[number + 1 :]
        if not (vocabulary.is_adjective(word.text) or (word.capital and word.text not in vocabulary.BREAKERS)):
            return


def _is_open_role(role: SurroundingWord, number: int) -> bool:
    """Say whether *role* may follow the brand without hyphen or genitive: in English, and in sloppy German."""
    text = role.text.removesuffix("'s").removesuffix("'")
    if role.capital and text in vocabulary.GERMAN:
        return True
    text = text.rpartition("-")[2]
    return text in vocabulary.ENGLISH and (number > 0 or text not in vocabulary.NEVER_ALONE)


def _is_another_word(role: SurroundingWord, rest: Sequence[SurroundingWord]) -> bool:
    """Say whether what follows makes a verb or a thing of the role: `engineers a comeback`, `employee handbook`."""
    following = rest[0].text if rest else ""
    if following in vocabulary.THINGS or not _fits(role, following):
        return True
    return role.text in vocabulary.VERBLIKE and (
        following in vocabulary.ARTICLES or following in vocabulary.POSSESSIVES
    )


def _fits(role: SurroundingWord, following: str) -> bool:
    """Say whether the role stays one before *following*: a head is head *of* it, a driver *for* it a program."""
    if role.text in vocabulary.HEAD:
        return following == "of"
    return following != "for" or role.text not in vocabulary.NEVER_FOR


def _is_noun(role: SurroundingWord, lead: Sequence[SurroundingWord]) -> bool:
    """Say whether the word is a role here and not a verb (`hun leder`) or a participle (`er ansatt`)."""
    previous = lead[0].text if lead else ""
    if role.text in vocabulary.VERBLIKE:
        return previous not in vocabulary.SUBJECTS
    if role.text in vocabulary.PARTICIPLES:
        return (
            previous in vocabulary.ARTICLES or previous in vocabulary.POSSESSIVES or vocabulary.is_adjective(previous)
        )
    return True


def _qualifies(role: SurroundingWord, between: Sequence[SurroundingWord]) -> bool:
    """Say whether the words between a role and its preposition only say more about the role.

    A noun phrase (`for salg og marked`), or up to two departments, possessives, adverbs or capitalised words. A verb
    would make a new clause: `sjefen handler hos Acme`.
    """
    if between and between[0].text in vocabulary.LINKS:
        tail = [word.text for word in between[1:] if word.text not in vocabulary.AND]
        most = 1 if between[0].text in vocabulary.NARROW_LINKS else 2
        known = not any(word in vocabulary.BREAKERS or word in vocabulary.INDEFINITE for word in tail)
        return 1 <= len(tail) <= most and known
    return len(between) <= _MOST_ADJECTIVES and all(_is_qualifier(role, word) for word in between)


def _is_qualifier(role: SurroundingWord, word: SurroundingWord) -> bool:
    """Say whether one word says more about the role; in a headline written in capitals a verb looks like a name."""
    if (
        word.text.isdigit()
        or word.text in vocabulary.DEPARTMENTS
        or word.text in vocabulary.POSSESSIVES
        or word.text in vocabulary.ADVERBS
    ):
        return True
    headline = role.capital and word.text.endswith(("s", "ed"))
    return word.capital and not headline and word.text not in vocabulary.BREAKERS


def _is_denied(lead: Sequence[SurroundingWord]) -> bool:
    """Say whether the text denies the role: `er ikke rådgiver`, `isn't an employee`, but not `liker ikke sjefen`."""
    skipped = 0
    while skipped < len(lead) and _may_follow_negation(lead[skipped].text):
        skipped += 1
    if skipped == len(lead) or lead[skipped].text not in vocabulary.NEGATIONS:
        return False
    return any(word.text in vocabulary.IS for word in lead[skipped : skipped + 4])


def _may_follow_negation(word: str) -> bool:
    """Say whether *word* may stand between a negation and the role it denies: `ikke lenger en`."""
    if word in vocabulary.NEGATIONS:
        return False
    return word in vocabulary.ARTICLES or word in vocabulary.NO_MORE or vocabulary.is_adjective(word)
