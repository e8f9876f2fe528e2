"""All languages at once: which words are roles, which are work, and which prepositions may follow them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from brandwatch.matching.names import alternatives, union
from brandwatch.text.languages import Roles, RoleWords, WordTable, all_languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


MIN_COMPOUND_PART_LETTERS = 3

_LETTER = r"[^\W_]"
_NONE: frozenset[str] = frozenset()


class Vocabulary:
    """The words that are looked for around a brand; those of every language, since texts mix them.

    *words* are the lists that the languages only add to; the tables go from a word to what belongs to it.
    """

    def __init__(self, languages: Sequence[Roles]) -> None:
        self.words = RoleWords(*map(union, zip(*(each.words for each in languages), strict=True)))
        self.possessives = self.words.possessives | self.words.mine
        self.breakers = self.words.breakers | self.words.outsiders
        self.headline_endings = tuple(self.words.headline_endings)
        self.plural_endings = tuple(self.words.plural_endings)
        self.will = self.words.infinitives - self.words.prepositional_infinitives
        # Of the languages whose verbs end the clause.
        self.late_infinitives = union(each.words.infinitives for each in languages if each.late_reach)
        self.outside = re.compile(f"{alternatives(self.words.outside_prefixes)}-")
        self._adjective = re.compile(rf"\d+|\w+{alternatives(self.words.adjective_endings)}")
        self._false_friend = re.compile(alternatives(self.words.false_friends))
        # One word may hold `R&D`, `vd:n`, `adm.dir`, `Mitarbeiter:innen`, `Mitarbeiter/-innen`, `don't`.
        slashed = alternatives(ending for each in languages for ending in _endings(each) if ending.startswith("/"))
        self.word = re.compile(rf"{_LETTER}+(?:[-'&.:*_]{_LETTER}+|{slashed}(?!{_LETTER}))*")
        self._add_roles(languages)
        self._add_work(languages)
        self.prepositions = union((*self._roles.values(), *self.work.values()))
        self.pairs = frozenset(word for word in (*self._roles, *self.work) if " " in word)

    def _add_roles(self, languages: Iterable[Roles]) -> None:
        """Index the forms of roles by the prepositions that may follow; a form of two languages has those of both."""
        self._roles: dict[str, frozenset[str]] = {}
        self._heads: dict[str, frozenset[str]] = {}
        self.open_roles = self.capitalised_roles = _NONE
        self._only_before: dict[str, frozenset[str]] = {}
        self._never_before: dict[str, frozenset[str]] = {}
        for each in languages:
            heads = _forms(each, each.heads, each.genitive)
            roles = heads.union(_forms(each, each.nouns, each.genitive))
            _add(self._heads, heads, each.words.role_prepositions)
            _add(self._roles, roles, each.words.role_prepositions)
            if each.after_brand == "always":
                self.open_roles |= roles
            elif each.after_brand == "capitalised":
                self.capitalised_roles |= roles
            for preposition, names in each.only_before.items():
                _add(self._only_before, names, frozenset((preposition,)))
            for preposition, names in each.never_before.items():
                _add(self._never_before, names, frozenset((preposition,)))

    def _add_work(self, languages: Iterable[Roles]) -> None:
        """Index the words of work, and the words by which the first person speaks, each with its own language's."""
        self.work: dict[str, frozenset[str]] = {}
        self.jobs: dict[str, frozenset[str]] = {}
        self.late_reach: dict[str, int] = {}
        self.first_verbs: dict[str, frozenset[str]] = {}
        self.copulas: dict[str, frozenset[str]] = {}
        self.as_words: dict[str, frozenset[str]] = {}
        workplaces: set[str] = set()
        for each in languages:
            for prepositions, verbs in each.verbs.items():
                _add(self.work, verbs, frozenset(prepositions))
            words = each.words
            _add(self.jobs, words.jobs, words.role_prepositions)
            _add(self.first_verbs, words.first_verbs, words.first)
            _add(self.copulas, words.copulas, words.first)
            _add(self.as_words, words.as_words, words.first | words.contracted)
            for verb in words.late_verbs:
                self.late_reach[verb] = max(each.late_reach, self.late_reach.get(verb, 0))
            workplaces.update(_forms(each, each.workplaces))
        self._workplaces = frozenset(workplaces)

    @lru_cache(4096)  # noqa: B019 (a vocabulary lasts as long as the process)
    def prepositions_after(self, word: str) -> frozenset[str]:
        """Return the prepositions that may follow *word* on the way to its employer: none if it is no role."""
        word = word.removesuffix("'s")
        if word in self._roles:
            return self._roles[word]
        if self.outside.match(word) or self._false_friend.search(word):
            return _NONE
        first, _, last = word.rpartition("-")
        if first and last in self._roles:
            return self._roles[last]
        return next((self._heads[rest] for rest in _last_parts(last) if rest in self._heads), _NONE)

    @lru_cache(4096)  # noqa: B019 (as above)
    def is_company(self, word: str) -> bool:
        """Whether *word* is what a company is called in front of its name."""
        return word in self.words.companies or any(rest in self.words.companies for rest in _last_parts(word))

    @lru_cache(4096)  # noqa: B019 (as above)
    def is_workplace(self, word: str) -> bool:
        """Whether *word* is a place or a part of a company where its people work."""
        last = word.rpartition("-")[2]
        return last in self._workplaces or any(rest in self._workplaces for rest in _last_parts(last))

    def is_adjective(self, word: str) -> bool:
        """Whether *word* may stand between a brand or an article and a role."""
        if word in self.breakers:
            return False
        words = self.words
        is_listed = word in words.adjectives or word in words.departments or word in words.former
        return is_listed or self._adjective.fullmatch(word) is not None

    def stays_role_before(self, role: str, following: str) -> bool:
        """Whether a role is still one before *following*: a head is head *of* it, a driver *for* it a program."""
        if role in self._only_before:
            return following in self._only_before[role]
        return following not in self._never_before.get(role, ())


@cache
def vocabulary() -> Vocabulary:
    """Return the words of all languages."""
    return Vocabulary([each.roles for each in all_languages() if each.roles])


def _forms(language: Roles, table: WordTable, genitive: str = "") -> set[str]:
    """Return every form of every word of a table of endings, with and without the genitive."""
    forms: set[str] = set()
    for listed, words in table.items():
        endings = {""}.union(*(language.ending_sets.get(ending, (ending,)) for ending in listed))
        forms.update(word + ending for word in words for ending in endings)
    if genitive:
        forms |= {form + genitive for form in forms if not form.endswith(genitive)}
    return forms


def _endings(language: Roles) -> frozenset[str]:
    return frozenset().union(*language.ending_sets.values(), *language.heads, *language.nouns)


def _add(table: dict[str, frozenset[str]], words: Iterable[str], values: frozenset[str]) -> None:
    """Add values to those of each word; a word that two languages share has the values of both."""
    for word in words:
        table[word] = table[word] | values if word in table else values


def _last_parts(word: str) -> Iterator[str]:
    """Yield the possible last parts of a compound, longest first."""
    return (word[start:] for start in range(MIN_COMPOUND_PART_LETTERS, len(word) - MIN_COMPOUND_PART_LETTERS))
