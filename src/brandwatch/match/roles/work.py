"""Work verbs next to a brand: `jobber hos Acme`, `fired from Acme`, `die bei Acme arbeiten`, `my job at Acme`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.match.roles import lexicon
from brandwatch.match.roles.findings import Finding, leftwards, to_brand
from brandwatch.match.roles.places import Tie

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.match.roles.places import Place, Word

RULE = "works-for-brand"
_MOST_BETWEEN = 4


def works(where: Place, end: int) -> Iterator[Finding]:
    """Find work that ends at the brand or its workplace, and work that comes after it."""
    for preposition, rest in to_brand(where.before):
        for verb, between, lead in leftwards(rest, _MOST_BETWEEN):
            if preposition in lexicon.WORK.get(verb.text, ()):
                if _is_work(verb, between, lead, preposition):
                    yield Finding(Tie(verb.start, end, RULE, verb.text), lead, between, where.after)
                break
            if preposition in lexicon.JOBS.get(verb.text, ()) and (owner := _owner(between, lead)):
                yield Finding(Tie(verb.start, end, RULE, verb.text), lead, between, where.after, owner)
                break
        if where.standing == "bare":
            yield from _works_late(where, preposition, rest)


def employed(where: Place) -> Iterator[Finding]:
    """Find the brand as somebody's employer: `min arbeidsgiver Acme`, `my former employer Acme`."""
    if where.standing != "bare" or where.prefix:
        return
    for word, between, lead in leftwards(where.before, 2):
        if word.text in lexicon.EMPLOYERS and (owner := _owner(between, lead)):
            yield Finding(Tie(word.start, where.anchor.end, RULE, word.text), lead, between, where.after, owner)


def _works_late(where: Place, preposition: str, rest: Sequence[Word]) -> Iterator[Finding]:
    """Find a verb behind the brand: German puts it last, the Nordic languages only when the sentence opens so."""
    for number, verb in enumerate(where.after[:4]):
        reach = lexicon.LATE_VERBS.get(verb.text, -1)
        if number <= reach and preposition in lexicon.WORK[verb.text]:
            tail = where.after[number + 1 :]
            if (reach or _opens(preposition, rest)) and not _is_late_wish(rest, tail):
                start = where.before[0].start if not rest else _start_of(where, rest)
                yield Finding(Tie(start, verb.end, RULE, verb.text), rest, (), tail, late=True)
            return
        if verb.text in lexicon.BREAKERS or verb.text in lexicon.NEGATIONS:
            return


def _start_of(where: Place, rest: Sequence[Word]) -> int:
    """Return where the preposition before the brand begins."""
    return where.before[len(where.before) - len(rest) - 1].start


def _opens(preposition: str, rest: Sequence[Word]) -> bool:
    """Say whether preposition and brand open the sentence: `Hos Acme jobber`; `for` may mean because."""
    return not rest and preposition not in lexicon.FOR


def _is_late_wish(rest: Sequence[Word], tail: Sequence[Word]) -> bool:
    """Say whether a German verb at the end is denied or only wished for: `möchte bei Acme arbeiten`."""
    around = [word.text for word in (*rest[:4], *tail[:1])]
    return _is_denied(rest) or any(word in lexicon.GERMAN_INFINITIVES for word in around)


def _is_work(verb: Word, between: Sequence[Word], lead: Sequence[Word], preposition: str) -> bool:
    """Say whether a work verb and its preposition mean that somebody works there."""
    inside = [word.text for word in between]
    if (
        any(word in lexicon.BREAKERS or word in lexicon.WILL for word in inside)
        or _is_denied(between[::-1])
        or _is_denied(lead)
    ):
        return False
    if preposition in lexicon.FOR and (_suits(inside, lead) or any(word in lexicon.WITH for word in inside)):
        return False
    return _is_verb(verb, lead) and not _is_wish(verb, lead)


def _is_denied(words: Sequence[Word]) -> bool:
    """Say whether a negation stands among the nearest *words* (nearest first) of the same clause."""
    for number, word in enumerate(words[:3]):
        if word.text in lexicon.RELATIVES:
            return False
        if word.text in lexicon.NEGATIONS:
            return number == 0 or words[number - 1].text not in lexicon.ONLY
    return False


def _suits(inside: Sequence[str], lead: Sequence[Word]) -> bool:
    """Say whether `works for` means that it suits: `this works best for Acme`."""
    return any(word in lexicon.SUITS for word in inside) or (bool(lead) and lead[0].text in lexicon.SUITS)


def _is_verb(verb: Word, lead: Sequence[Word]) -> bool:
    """Say whether the word is a verb here: `200 jobber` and `his work` are nouns."""
    previous = lead[0].text if lead else ""
    if verb.text in lexicon.JOBS_OR_WORKS:
        return not previous[:1].isdigit() and previous not in lexicon.COUNTS
    if verb.text == "arbeiten":
        return bool(previous) and not verb.capital
    if verb.text == "work":
        plural = previous.endswith("s") and previous not in lexicon.ARTICLES | lexicon.POSSESSIVES
        return plural or previous in lexicon.WORKERS or previous in lexicon.ADVERBS
    return True


def _is_wish(verb: Word, lead: Sequence[Word]) -> bool:
    """Say whether the work is only wished for: `want to work at`, `vil bli ansatt i`; `used to work at` is past."""
    if verb.text not in lexicon.BARE_INFINITIVES and verb.text not in lexicon.PARTICIPLES:
        return False
    for number, word in enumerate(lead[:3]):
        if word.text in lexicon.INFINITIVES:
            return number + 1 >= len(lead) or lead[number + 1].text not in lexicon.ALLOWED_TO
        if word.text in lexicon.RELATIVES or word.text in lexicon.BREAKERS:
            return False
    return False


def _owner(between: Sequence[Word], lead: Sequence[Word]) -> str:
    """Return whose job or employer it is: `jobben min`, `my new job`; nothing where the text does not say."""
    if len(between) == 1 and between[0].text in lexicon.POSSESSIVES:
        return between[0].text
    if between or not lead:
        return ""
    near = [word.text for word in lead[:2] if word.text in lexicon.POSSESSIVES]
    direct = lead[0].text in lexicon.POSSESSIVES or lexicon.is_adjective(lead[0].text)
    return near[0] if near and direct else ""
