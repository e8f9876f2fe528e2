"""The phrases that tie a role to a brand, found from the brand's own edges; work verbs have their own page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from brandwatch.match.roles import lexicon
from brandwatch.match.roles.findings import Finding, leftwards, to_brand
from brandwatch.match.roles.places import Tie, joined, place
from brandwatch.match.roles.work import employed, works

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.match.roles.places import Anchor, Place, Word
    from brandwatch.text.normalise import Folded

_MOST_BETWEEN = 5
_MOST_ADJECTIVES = 2


def ties(text: Folded, anchors: Sequence[Anchor]) -> tuple[Tie, ...]:
    """Return what ties a role or work to the brand, in reading order: at most one tie per anchor."""
    found = {finding.tie for anchor in anchors for finding in islice(findings(place(text, anchor)), 1)}
    return tuple(sorted(found))


def findings(where: Place) -> Iterator[Finding]:
    """Yield every phrase that ties a role or work to the brand, the surest first."""
    beside = (*_brand_role(where), *_brands_role(where))
    yield from beside
    end = _end_of_employer(where)
    # `the boss of an Acme employee` is nobody's boss at Acme.
    if end is not None and not beside:
        yield from _role_of_brand(where, end)
        yield from works(where, end)
    yield from employed(where)


def _brand_role(where: Place) -> Iterator[Finding]:
    """Find `Acme-ansatt`, `ex-Acme-sjef`, `Acme employee`, `Acme senior engineer`, `Acme Mitarbeiter`."""
    if lexicon.OUTSIDE.match(where.prefix):
        return
    start = where.anchor.start
    if where.head and lexicon.after_role(where.head.text):
        end = max(where.anchor.end, where.head.end)
        yield Finding(Tie(start, end, "brand-role", where.head.text), where.before, (), where.after)
    elif where.standing == "bare":
        for number, role, rest in _rightwards(where.after):
            if _is_open_role(role, number) and not _is_another_word(role, rest):
                yield Finding(Tie(start, role.end, "brand-role", role.text), where.before, (), rest)
                return


def _brands_role(where: Place) -> Iterator[Finding]:
    """Find `Acmes rådgiver`, `Acme's new adviser`, `Acme sin konsernsjef`: only after a real genitive."""
    if where.standing != "genitive" or lexicon.OUTSIDE.match(where.prefix):
        return
    for _, role, rest in _rightwards(where.after):
        if lexicon.after_role(role.text) and not _is_another_word(role, rest):
            yield Finding(Tie(where.anchor.start, role.end, "brand's-role", role.text), where.before, (), rest)
            return


def _role_of_brand(where: Place, end: int) -> Iterator[Finding]:
    """Find `rådgiveren i Acme`, `head of sales at Acme`, `sjefen min hos selskapet Acme`."""
    for preposition, rest in to_brand(where.before):
        for role, between, lead in leftwards(rest, _MOST_BETWEEN):
            if preposition not in lexicon.after_role(role.text) or not _is_noun(role, lead):
                continue
            following = between[0].text if between else preposition
            if _fits(role, following) and _qualifies(role, between) and not _is_denied(lead):
                tie = Tie(role.start, end, "role-of-brand", role.text)
                yield Finding(tie, lead, between, where.after)


def _end_of_employer(where: Place) -> int | None:
    """Return where the employer ends, if the brand or a workplace of it is one: `Acme`, `Acmes nye kundesenter`."""
    if where.prefix:
        return None
    if where.standing == "compound":
        return where.head.end if where.head and lexicon.is_workplace(where.head.text) else None
    if where.standing == "bare":
        rival = where.after and where.after[0].text.removesuffix("'s") in lexicon.RIVALS
        return None if rival else where.anchor.end
    for number, word in enumerate(where.after[: _MOST_ADJECTIVES + 1]):
        if lexicon.is_workplace(word.text):
            return word.end
        if not (lexicon.is_adjective(word.text) or word.capital) or number == _MOST_ADJECTIVES:
            break
    return None


def _rightwards(words: Sequence[Word]) -> Iterator[tuple[int, Word, Sequence[Word]]]:
    """Yield what may be a role after a brand: its number, it, and the words after it; adjectives may come between."""
    for number, word in enumerate(words[: _MOST_ADJECTIVES + 2]):
        if number + 1 < len(words) and (pair := joined(word, words[number + 1])).text in lexicon.PAIRS:
            yield number, pair, words[number + 2 :]
        yield number, word, words[number + 1 :]
        if not (lexicon.is_adjective(word.text) or (word.capital and word.text not in lexicon.BREAKERS)):
            return


def _is_open_role(role: Word, number: int) -> bool:
    """Say whether *role* may follow the brand without hyphen or genitive: in English, and in sloppy German."""
    text = role.text.removesuffix("'s").removesuffix("'")
    if role.capital and text in lexicon.GERMAN:
        return True
    text = text.rpartition("-")[2]
    return text in lexicon.ENGLISH and (number > 0 or text not in lexicon.NEVER_ALONE)


def _is_another_word(role: Word, rest: Sequence[Word]) -> bool:
    """Say whether what follows makes a verb or a thing of the role: `engineers a comeback`, `employee handbook`."""
    following = rest[0].text if rest else ""
    if following in lexicon.THINGS or not _fits(role, following):
        return True
    return role.text in lexicon.VERBLIKE and (following in lexicon.ARTICLES or following in lexicon.POSSESSIVES)


def _fits(role: Word, following: str) -> bool:
    """Say whether the role stays one before *following*: a head is head *of* it, a driver *for* it a program."""
    if role.text in lexicon.HEAD:
        return following == "of"
    return following != "for" or role.text not in lexicon.NEVER_FOR


def _is_noun(role: Word, lead: Sequence[Word]) -> bool:
    """Say whether the word is a role here and not a verb (`hun leder`) or a participle (`er ansatt`)."""
    previous = lead[0].text if lead else ""
    if role.text in lexicon.VERBLIKE:
        return previous not in lexicon.SUBJECTS
    if role.text in lexicon.PARTICIPLES:
        return previous in lexicon.ARTICLES or previous in lexicon.POSSESSIVES or lexicon.is_adjective(previous)
    return True


def _qualifies(role: Word, between: Sequence[Word]) -> bool:
    """Say whether the words between a role and its preposition only say more about the role.

    A noun phrase (`for salg og marked`), or up to two departments, possessives, adverbs or capitalised words. A verb
    would make a new clause: `sjefen handler hos Acme`.
    """
    if between and between[0].text in lexicon.LINKS:
        tail = [word.text for word in between[1:] if word.text not in lexicon.AND]
        most = 1 if between[0].text in lexicon.NARROW_LINKS else 2
        known = not any(word in lexicon.BREAKERS or word in lexicon.INDEFINITE for word in tail)
        return 1 <= len(tail) <= most and known
    return len(between) <= _MOST_ADJECTIVES and all(_is_qualifier(role, word) for word in between)


def _is_qualifier(role: Word, word: Word) -> bool:
    """Say whether one word says more about the role; in a headline written in capitals a verb looks like a name."""
    if (
        word.text.isdigit()
        or word.text in lexicon.DEPARTMENTS
        or word.text in lexicon.POSSESSIVES
        or word.text in lexicon.ADVERBS
    ):
        return True
    headline = role.capital and word.text.endswith(("s", "ed"))
    return word.capital and not headline and word.text not in lexicon.BREAKERS


def _is_denied(lead: Sequence[Word]) -> bool:
    """Say whether the text denies the role: `er ikke rådgiver`, `isn't an employee`, but not `liker ikke sjefen`."""
    skipped = 0
    while skipped < len(lead) and _may_follow_negation(lead[skipped].text):
        skipped += 1
    if skipped == len(lead) or lead[skipped].text not in lexicon.NEGATIONS:
        return False
    return any(word.text in lexicon.IS for word in lead[skipped : skipped + 4])


def _may_follow_negation(word: str) -> bool:
    """Say whether *word* may stand between a negation and the role it denies: `ikke lenger en`."""
    if word in lexicon.NEGATIONS:
        return False
    return word in lexicon.ARTICLES or word in lexicon.NO_MORE or lexicon.is_adjective(word)
