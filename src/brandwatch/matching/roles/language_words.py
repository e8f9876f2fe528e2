"""The shape of what one language knows: lists of words, written as text and read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageWords:
    """The words of one language, lower case, separated by spaces; two-word entries are written `laid_off`.

    A mapping of *endings* goes from the endings a word takes besides none to the words that take them. A mapping of
    *prepositions* goes from the prepositions that may follow to the words they may follow.
    """

    heads: Mapping[str, str]  # endings: roles that are roles as the last part of a compound too
    roles: Mapping[str, str]  # endings: roles that are roles only as whole words
    genitive: str = "s"
    false_friends: str = ""  # what ends like a head and is none, wherever it stands in a word
    verblike: str = ""  # roles that are verbs after a subject
    role_prepositions: str
    links: str  # between a role and what it is a role for: `sjef for salg`
    verbs: Mapping[str, str]  # prepositions: work verbs, participles and idioms
    first_verbs: str  # those that the first person uses of himself today
    participles: str  # those that need `er` or `am` to say so; `en ansatt` is a role, `er ansatt` is none
    late_verbs: str  # those that may follow the brand: `bei Acme arbeitet`
    late_reach: int = 0  # how many words may come between
    jobs: str  # `jobben min i Acme`
    employers: str
    companies: str  # between preposition and brand: `i selskapet Acme`
    workplaces: Mapping[str, str]  # endings: where people work for the brand: `Acmes kundesenter`
    departments: str
    adjectives: str
    articles: str
    possessives: str  # of the third and second person
    mine: str  # of the first person
    adverbs: str
    subjects: str  # pronouns that make the next word a verb
    first: str
    copulas: str
    contracted: str = ""  # first person and copula in one word
    as_words: str
    negations: str
    only: str  # what turns a negation around: `ikke bare`
    former: str
    conditions: str
    relatives: str
    infinitives: str  # what makes the next verb a wish or a duty
    breakers: str  # where a phrase ends
    outsiders: str  # who is no staff


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(word.replace("_", " ") for word in text.split())


def inflections(table: Mapping[str, str], genitive: str = "") -> Iterator[str]:
    """Yield every form of every word of a mapping of endings, with and without the genitive."""
    for endings, lemmas in table.items():
        for lemma in word_set(lemmas):
            for ending in ("", *endings.split()):
                yield lemma + ending
                if genitive and not (lemma + ending).endswith(genitive):
                    yield lemma + ending + genitive
