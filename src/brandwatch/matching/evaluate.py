"""Evaluate one entry by one query: from the names in it, clause by clause, to the result."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.config.query import Query, Term, TermKind
from brandwatch.matching import equivalences, roles, voices
from brandwatch.matching.name_search import NameMatch, RejectedMatch
from brandwatch.matching.surroundings import BrandAnchor, RolePhrases
from brandwatch.models import ClauseResult, Evidence, EvidenceKind, MatchResult, Subject, Voice
from brandwatch.query_language import EntryView
from brandwatch.text import languages, plural
from brandwatch.text.lookalikes import lookalikes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.matching.entry_text import EntryText
    from brandwatch.matching.matcher import CompiledQuery, PhraseMatch


MAX_QUOTED_CONTEXT_WORDS = 5

# Signs of a kind that are the same in all languages: exchanges and cashtags.
_INTERNATIONAL = {
    "stock_ticker": (
        r"(?:ose|osl|oslo børs|nyse|nasdaq|sto|cph|hel|xetra|lse)\s?:\s?[a-z0-9]{1,6}",
        r"\$[a-z]{2,6}(?!\w)",
    ),
}
_CLAUSES = {
    TermKind.NAME: "names",
    TermKind.PRODUCT: "products",
    TermKind.DOMAIN: "owned.domains",
    TermKind.ACCOUNT: "owned.accounts",
    TermKind.HASHTAG: "owned.hashtags",
    TermKind.COMPETITOR: "competitors",
}


class Evaluation:
    """The evaluation of one entry by one query, which records each clause as it is tried."""

    def __init__(self, compiled: CompiledQuery, text: EntryText) -> None:
        self.compiled = compiled
        self.query = compiled.query
        self.text = text
        self.clauses: list[ClauseResult] = []

    def run(self, places: Sequence[NameMatch | RejectedMatch]) -> MatchResult:
        """Return the result, given the places where names stand in the entry; each clause is tried in its order."""
        names, contexts = self._in_context(self._names_of_brand(places))
        visible, hidden_by = self._visible_names(names)
        names = visible or names
        anchors = self._anchors(names)
        if not anchors:
            return MatchResult(language=self.text.result_language, clauses=tuple(self.clauses))
        phrases = self._role_phrases(names)
        evidence = [*anchors, *contexts, *self._people(names), *self._roles(phrases)]
        voice, voice_evidence = voices.voice_of(self.query, self.compiled.people, names, phrases, self.text)
        if voice_evidence:
            evidence.append(voice_evidence)
        subject = voices.subject_of(evidence, names)
        is_match = self._is_match(voice, subject)
        exclusions = list(_check_exclusions(self.query, self.text))
        self.clauses += exclusions
        excluded_by = next((f"{result.clause}: {result.note}" for result in exclusions if not result.holds), "")
        return MatchResult(
            evidence=tuple(evidence) if is_match else (),
            voice=voice,
            subject=subject,
            suppressed=hidden_by or excluded_by,
            language=self.text.result_language,
            clauses=tuple(self.clauses),
        )

    def _names_of_brand(self, places: Sequence[NameMatch | RejectedMatch]) -> list[NameMatch]:
        """Return the names of the brand in reading order; of names that overlap the longest, be it a rival's."""
        rejected = sorted((place for place in places if isinstance(place, RejectedMatch)), key=self._position)
        by_reason = {(place.alias.term, place.field, place.reason): place for place in reversed(rejected)}
        for place in reversed(by_reason.values()):
            where = self.text.field_name(place.field)
            note = f"{self._quote(place)} in the {where} does not count: {place.reason}"
            self._record(place.alias.term, note)
        names = []
        end = defaultdict[str, int](int)
        own = (place for place in places if isinstance(place, NameMatch) and not self._is_persons_account(place))
        for match in sorted(own, key=self._preference):
            if match.start < end[match.field]:
                continue
            end[match.field] = match.end
            if match.alias.term.kind is TermKind.COMPETITOR:
                self._record(match.alias.term, f"{self._quote(match)} is a competitor's name")
            else:
                names.append(match)
        return names

    def _is_persons_account(self, match: NameMatch) -> bool:
        """Whether a handle is the registered account of a person: that is no mention of the brand."""
        if match.rule != "handle":
            return False
        handle = self.text.fields[match.field].folded[match.start + 1 : match.end]
        accounts = (account for each in self.compiled.people for account in each.person.accounts)
        return any(handle == account.handle.lower() for account in accounts)

    def _in_context(self, matches: Sequence[NameMatch]) -> tuple[list[NameMatch], list[Evidence]]:
        """Return the names whose terms have their context in the whole entry, and the contexts as evidence."""
        evidence: list[Evidence] = []
        refused: set[Term] = set()
        for term in dict.fromkeys(match.alias.term for match in matches):
            if wrong := self._outside_names(term.none_of_context, matches):
                self._record(term, f"“{wrong.word}” stands in the same entry (none_of_context)")
                refused.add(term)
            elif right := self._outside_names(term.any_of_context, matches):
                note = f"the context that {term.text} needs"
                evidence.append(self._evidence(right.word, right, "context", EvidenceKind.CONTEXT, note))
            elif term.any_of_context:
                needed = ", ".join(term.any_of_context[:MAX_QUOTED_CONTEXT_WORDS])
                more = " …" if len(term.any_of_context) > MAX_QUOTED_CONTEXT_WORDS else ""
                self._record(term, f"none of its context is in the entry (any_of_context: {needed}{more})")
                refused.add(term)
        return [match for match in matches if match.alias.term not in refused], evidence

    def _outside_names(self, words: tuple[str, ...], matches: Sequence[NameMatch]) -> PhraseMatch | None:
        """Return the first word of a context that is no piece of a name."""
        for phrase in self.compiled.context(words).find(self.text.fields) if words else ():
            pieces = (match for match in matches if match.field == phrase.field)
            if not any(match.start < phrase.end and phrase.start < match.end for match in pieces):
                return phrase
        return None

    def _visible_names(self, matches: Sequence[NameMatch]) -> tuple[list[NameMatch], str]:
        """Return the names that no excluded phrase covers, and the exclusion if it covers all."""
        if not self.query.exclude.words or not matches:
            return list(matches), ""
        phrases = list(self.compiled.excluded_phrases.find(self.text.fields))
        visible, word = [], ""
        for match in matches:
            covers = [
                phrase.word
                for phrase in phrases
                if phrase.field == match.field and phrase.start <= match.name[0] and match.name[1] <= phrase.end
            ]
            if covers:
                word = covers[0]
            else:
                visible.append(match)
        note = f"“{word}” covers a name" if word else "no excluded phrase covers a name"
        self.clauses.append(ClauseResult(clause="exclude.words", holds=bool(visible), note=note))
        return visible, "" if visible else f"exclude.words: {word}"

    def _anchors(self, matches: Sequence[NameMatch]) -> list[Evidence]:
        """Return the anchors of a mention: names, links to the brand's domains, else the brand's own channel."""
        owned, entry = self.query.owned, self.text.entry
        anchors = [
            self._evidence(match.alias.term.text, match, match.rule, note=self._difference(match)) for match in matches
        ]
        anchors += voices.links_to_owned(owned, entry)
        if not anchors and (channel := voices.owned_channel(owned, entry)):
            name, rule = channel
            anchors.append(Evidence(term=name, field="url", start=0, end=len(entry.url), rule=rule))
        return anchors

    def _difference(self, match: NameMatch) -> str:
        """Return the differences from the name as written in the query, empty without any."""
        explained = equivalences.explain(match.alias.equivalences)
        if letters := lookalikes(self._original(match)):
            return "; ".join(filter(None, (explained, f"written with letters of another script: {letters}")))
        return explained

    def _role_phrases(self, matches: Sequence[NameMatch]) -> dict[str, list[RolePhrases]]:
        """Return the phrases around each place of the brand that tie a role or work to it, by field."""
        positions: defaultdict[str, list[BrandAnchor]] = defaultdict(list)
        for match in matches:
            positions[match.field].append(BrandAnchor(match.start, match.end, *match.name))
        return {field: roles.find_phrases(self.text.fields[field], where) for field, where in positions.items()}

    def _people(self, matches: Sequence[NameMatch]) -> Iterator[Evidence]:
        """Yield evidence for each official representative whom the entry names near the brand."""
        for found in voices.find_people(self.compiled.people, matches, self.text):
            if found.is_tied:
                distance = f"{plural(found.distance, 'word')} from {self._quote(found.anchor)}"
                note = f"counts because the brand is in the same entry, {distance}"
                person = found.person
                yield self._evidence(person.name, found, person.role, EvidenceKind.PERSON, note)
            else:
                note = f"a name stands more than {voices.NEAR_WORDS} words away from the brand"
                self.clauses.append(ClauseResult(clause="people", holds=False, note=note))

    def _roles(self, phrases: dict[str, list[RolePhrases]]) -> Iterator[Evidence]:
        """Yield evidence for each role that the entry ties to the brand without a name."""
        for field, around in phrases.items() if self.query.staff_mentions else ():
            for tie in roles.surest_ties(around):
                name, start, end = self.text.span(field, tie.start, tie.end)
                yield Evidence(term=tie.words, field=name, start=start, end=end, rule=tie.rule, kind=EvidenceKind.ROLE)

    def _is_match(self, voice: Voice, subject: Subject) -> bool:
        """Whether the expression under `match` lets the entry through."""
        expression, text = self.compiled.expression, self.text
        if expression is None:
            return True
        view = EntryView(
            title=text.title,
            texts=text.texts,
            author=text.entry.author,
            url=text.entry.url,
            lang=text.language,
            source=text.source,
            kind=text.kind,
            voice=voice,
            subject=subject,
        )
        holds = expression.matches(view)
        failing = None if holds else expression.failing(view)
        note = f"failed at: {failing.text}" if failing else expression.text
        self.clauses.append(ClauseResult(clause="match", holds=holds, note=note))
        return holds

    def _evidence(
        self,
        term: str,
        place: NameMatch | PhraseMatch | voices.PersonMatch,
        rule: str,
        kind: EvidenceKind = EvidenceKind.ANCHOR,
        note: str = "",
    ) -> Evidence:
        """Return a place as evidence, its span counted in the text that people read."""
        field, start, end = self.text.span(place.field, place.start, place.end)
        return Evidence(term=term, field=field, start=start, end=end, rule=rule, kind=kind, note=note)

    def _record(self, term: Term, note: str) -> None:
        """Record that a term did not count, and why."""
        clause = f"{_CLAUSES[term.kind]}: {term.text}"
        self.clauses.append(ClauseResult(clause=clause, holds=False, note=note))

    def _position(self, place: NameMatch | RejectedMatch) -> tuple[int, int, int, str, TermKind]:
        """Return a sort key: reading order, the longer first."""
        field = self.text.order[place.field]
        return (field, place.start, -place.end, place.alias.text, place.alias.term.kind)

    def _preference(self, match: NameMatch) -> tuple[object, ...]:
        """Return a sort key: reading order; of names in the same place the plainest and first spelled.

        A compound may have the name twice (Acmes-Acme-ansatt): the first counts, in whatever order they were found.
        """
        return (*self._position(match), match.rule != "exact", match.rule, match.alias.term.text, match.name)

    def _quote(self, place: NameMatch | RejectedMatch) -> str:
        return f"“{self._original(place)}”"

    def _original(self, place: NameMatch | RejectedMatch) -> str:
        """Return the words of a place as the entry has them."""
        folded = self.text.fields[place.field]
        start, end = folded.span(place.start, place.end)
        return folded.original[start:end]


def _check_exclusions(query: Query, text: EntryText) -> Iterator[ClauseResult]:
    """Yield a result for each exclusion of the query but words; one that does not hold hides the entry."""
    exclude, entry = query.exclude, text.entry
    if exclude.sites:
        site = next((site for site in exclude.sites if voices.is_on_site(entry.url, site)), "")
        absent = f"{urls.readable_host(urls.host(entry.url)) or 'no site'} is not among them"
        yield _result("exclude.sites", site, f"{site} is excluded", absent)
    if exclude.authors:
        names = {part.strip().casefold() for part in (entry.author, *entry.author.split(","))}
        author = next((name for name in exclude.authors if name.casefold() in names), "")
        yield _result("exclude.authors", author, f"the author “{author}” is excluded", "the author is not among them")
    if exclude.kinds:
        kind, words = _excluded_kind(exclude.kinds, text)
        yield _result("exclude.kinds", kind, f"the words of {kind}: “{words}”", "no words of such an entry")
    if query.languages:
        # An unknown language hides nothing.
        language = text.language if text.language and text.language not in query.languages else ""
        present = f"the language is {text.language or 'unknown'}"
        yield _result("languages", language, f"the language is {language}", present)


def _result(clause: str, hit: str, failure: str, success: str) -> ClauseResult:
    return ClauseResult(clause=clause, holds=not hit, note=failure if hit else success)


def _excluded_kind(kinds: tuple[str, ...], text: EntryText) -> tuple[str, str]:
    """Return the first of *kinds* that the entry has the words of, and these words."""
    for kind in kinds:
        for folded in text.fields.values():
            if match := _pattern(kind).search(folded.folded):
                return kind, match[0]
    return "", ""


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Return a pattern for the words of one kind of entry, in every language."""
    words = [pattern for each in languages.all_languages() for pattern in getattr(each.exclusions, kind)]
    return re.compile(rf"(?<!\w)(?:{'|'.join((*_INTERNATIONAL.get(kind, ()), *words))})(?!\w)")
