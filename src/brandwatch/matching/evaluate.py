"""Evaluate one entry by one query: one path that finds what counts, and records each clause."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch.config.query import TermKind
from brandwatch.matching import channels, exclusions, voices
from brandwatch.matching.entry_text import FIELDS
from brandwatch.matching.name_matches import NameMatch, RejectedMatch
from brandwatch.models import ClauseResult, Evidence, EvidenceKind, MatchResult
from brandwatch.query_language import EntryView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.config.query import Term
    from brandwatch.matching.compiled_query import CompiledQuery, FoundPhrase
    from brandwatch.matching.entry_text import EntryText
    from brandwatch.matching.roles import BrandAnchor
    from brandwatch.models import Subject, Voice


_KEYS = {
    TermKind.NAME: "names",
    TermKind.PRODUCT: "products",
    TermKind.DOMAIN: "owned.domains",
    TermKind.ACCOUNT: "owned.accounts",
    TermKind.HASHTAG: "owned.hashtags",
    TermKind.COMPETITOR: "competitors",
}


def evaluate(profile: CompiledQuery, found: Iterable[NameMatch | RejectedMatch], page: EntryText) -> MatchResult:
    """Return the judgement on a page, given the places where the names of the query stand in it."""
    return _Judging(profile, page).judgement(list(found))


class _Judging:
    """The judgement under way: the checks grow as clause after clause is tried."""

    def __init__(self, profile: CompiledQuery, page: EntryText) -> None:
        self.profile = profile
        self.query = profile.query
        self.page = page
        self.checks: list[ClauseResult] = []

    def judgement(self, found: Sequence[NameMatch | RejectedMatch]) -> MatchResult:
        """Try every clause in its order."""
        hits, contexts = self._in_context(self._unshadowed(found))
        shown, hidden_by = self._unhidden(hits)
        anchors = [*self._as_evidence(shown or hits), *channels.links_to_owned(self.query.owned, self.page.entry)]
        channel = None if anchors else channels.owned_channel(self.query.owned, self.page.entry)
        if channel:
            anchors = [Evidence(term=channel[0], field="url", start=0, end=len(self.page.entry.url), rule=channel[1])]
        if not anchors:
            return MatchResult(language=self.page.language, clauses=tuple(self.checks))
        return self._of_mention((*anchors, *contexts), shown or hits, "" if shown or not hits else hidden_by)

    def _of_mention(self, evidence: tuple[Evidence, ...], hits: Sequence[NameMatch], hidden_by: str) -> MatchResult:
        """Judge an entry in which the brand stands: people, roles, voice, subject, `match`, exclusions."""
        places = _anchors(hits)
        evidence += (*self._people(hits), *self._roles(places))
        voice, said = voices.voice_of(self.query, self.profile.people, hits, places, self.page)
        evidence += (said,) if said else ()
        subject = voices.subject_of(evidence, hits)
        if not self._is_match(voice, subject):
            evidence = ()
        tried = list(exclusions.check_exclusions(self.query, self.page))
        self.checks += tried
        failed = next((f"{check.clause}: {check.note}" for check in tried if not check.holds), "")
        return MatchResult(
            evidence=evidence,
            voice=voice,
            subject=subject,
            suppressed=hidden_by or failed,
            language=self.page.language,
            clauses=tuple(self.checks),
        )

    def _unshadowed(self, found: Sequence[NameMatch | RejectedMatch]) -> list[NameMatch]:
        """Return the hits of the brand in reading order; of hits that overlap the longest, be it a rival's."""
        misses = sorted((place for place in found if isinstance(place, RejectedMatch)), key=_place)
        by_reason = {(miss.alias.term, miss.field, miss.reason): miss for miss in reversed(misses)}
        self.checks += [_missed(miss, self.page) for miss in reversed(by_reason.values())]
        longest = list(_longest(hit for hit in found if isinstance(hit, NameMatch) and not self._is_persons_own(hit)))
        rivals = [hit for hit in longest if hit.alias.term.kind is TermKind.COMPETITOR]
        for rival in rivals:
            self._note(rival.alias.term, holds=False, note=f"{_quoted(rival, self.page)} is a competitor's name")
        return [hit for hit in longest if hit not in rivals]

    def _is_persons_own(self, hit: NameMatch) -> bool:
        """Say whether a handle is the registered account of a person: that is no mention of the brand."""
        if hit.rule != "handle":
            return False
        handle = self.page.fields[hit.field].folded[hit.start + 1 : hit.end]
        accounts = (account for known in self.profile.people for account in known.person.accounts)
        return any(handle == account.handle.lower() for account in accounts)

    def _in_context(self, hits: Sequence[NameMatch]) -> tuple[list[NameMatch], list[Evidence]]:
        """Return the hits whose terms have the context they need, and the context as evidence."""
        kept: list[NameMatch] = []
        evidence: dict[Term, Evidence | None] = {}
        refused: set[Term] = set()
        for hit in hits:
            term = hit.alias.term
            if term not in evidence and term not in refused:
                is_there, piece = self._context(term, hits)
                refused.update(() if is_there else (term,))
                evidence[term] = piece
            kept += [] if term in refused else [hit]
        return kept, [piece for piece in evidence.values() if piece]

    def _context(self, term: Term, hits: Sequence[NameMatch]) -> tuple[bool, Evidence | None]:
        """Say whether a term has its context in the whole entry, the names themselves left out, and show it."""
        if term.none_of_context and (wrong := self._first_outside(term.none_of_context, hits)):
            self._note(term, holds=False, note=f"“{wrong.word}” stands in the same entry (none_of_context)")
            return False, None
        if not term.any_of_context:
            return True, None
        right = self._first_outside(term.any_of_context, hits)
        if right is None:
            needed = ", ".join(term.any_of_context[:5]) + (" …" if len(term.any_of_context) > 5 else "")  # noqa: PLR2004
            self._note(term, holds=False, note=f"none of its context is in the entry (any_of_context: {needed})")
            return False, None
        start, end = self.page.fields[right.field].span(right.start, right.end)
        note = f"the context that {term.text} needs"
        return True, Evidence(
            term=right.word,
            field=right.field,
            start=start,
            end=end,
            rule="context",
            kind=EvidenceKind.CONTEXT,
            note=note,
        )

    def _first_outside(self, words: tuple[str, ...], hits: Sequence[NameMatch]) -> FoundPhrase | None:
        """Return the first word of a context that is no piece of a name."""
        return next(
            (
                found
                for found in self.profile.context(words).find(self.page.fields)
                if not any(hit.field == found.field and hit.start < found.end and found.start < hit.end for hit in hits)
            ),
            None,
        )

    def _unhidden(self, hits: Sequence[NameMatch]) -> tuple[list[NameMatch], str]:
        """Return the hits that no excluded phrase covers, and the reason why others are hidden."""
        if not self.query.exclude.words or not hits:
            return list(hits), ""
        covers = list(self.profile.excluded.find(self.page.fields))
        shown, reason = [], ""
        for hit in hits:
            cover = next((cover for cover in covers if _covers(cover, hit)), None)
            if cover is None:
                shown.append(hit)
            else:
                reason = f"exclude.words: {cover.word}"
        note = f"“{reason.partition(': ')[2]}” covers a name" if reason else "no excluded phrase covers a name"
        self.checks.append(ClauseResult(clause="exclude.words", holds=bool(shown), note=note))
        return shown, reason

    def _people(self, hits: Sequence[NameMatch]) -> Iterator[Evidence]:
        """Yield evidence for each official representative whom the entry names near the brand."""
        for seen in voices.find_people(self.profile.people, hits, self.page):
            if not seen.is_tied:
                note = f"a name stands more than {voices.NEAR_WORDS} words away from the brand"
                self.checks.append(ClauseResult(clause="people", holds=False, note=note))
                continue
            start, end = self.page.fields[seen.field].span(seen.start, seen.end)
            away = f"{seen.distance} word{'s' * (seen.distance != 1)} from {_quoted(seen.anchor, self.page)}"
            yield Evidence(
                term=seen.person.name,
                field=seen.field,
                start=start,
                end=end,
                rule=seen.person.role,
                kind=EvidenceKind.PERSON,
                note=f"counts because the brand is in the same entry, {away}",
            )

    def _roles(self, places: dict[str, list[BrandAnchor]]) -> Iterator[Evidence]:
        """Yield evidence for each role that the entry ties to the brand without a name."""
        if not self.query.staff_mentions:
            return
        # The vocabulary is read for the first entry that names a brand: most polls find none.
        from brandwatch.matching import roles  # noqa: PLC0415

        for field, anchors in places.items():
            text = self.page.fields[field]
            for tie in roles.role_ties(text, anchors):
                start, end = text.span(tie.start, tie.end)
                yield Evidence(term=tie.words, field=field, start=start, end=end, rule=tie.rule, kind=EvidenceKind.ROLE)

    def _is_match(self, voice: Voice, subject: Subject) -> bool:
        """Say whether the expression under `match` lets the entry through."""
        expression = self.profile.expression
        if expression is None:
            return True
        page = self.page
        view = EntryView(
            title=page.fields["title"],
            text=page.fields["text"],
            author=page.entry.author,
            url=page.entry.url,
            lang=page.language,
            source=page.source,
            kind=page.kind,
            voice=voice,
            subject=subject,
        )
        holds = expression.matches(view)
        failing = None if holds else expression.failing(view)
        note = f"failed at: {failing.text}" if failing else expression.text
        self.checks.append(ClauseResult(clause="match", holds=holds, note=note))
        return holds

    def _as_evidence(self, hits: Iterable[NameMatch]) -> Iterator[Evidence]:
        """Yield hits as evidence, their spans counted in the text that people read."""
        for hit in hits:
            start, end = self.page.fields[hit.field].span(hit.start, hit.end)
            yield Evidence(term=hit.alias.term.text, field=hit.field, start=start, end=end, rule=hit.rule)

    def _note(self, term: Term, *, holds: bool, note: str) -> None:
        """Write down how a term fared."""
        self.checks.append(ClauseResult(clause=f"{_KEYS[term.kind]}: {term.text}", holds=holds, note=note))


def _longest(hits: Iterable[NameMatch]) -> Iterator[NameMatch]:
    """Yield hits in reading order; of hits that overlap, the first and longest."""
    end = defaultdict[str, int](int)
    for hit in sorted(hits, key=_order):
        if hit.start >= end[hit.field]:
            end[hit.field] = hit.end
            yield hit


def _order(hit: NameMatch) -> tuple[object, ...]:
    """Return where a hit stands in reading order; of hits in the same place the plainest and first spelled."""
    return (*_place(hit), hit.rule != "exact", hit.rule, hit.alias.term.kind, hit.alias.term.text)


def _place(place: NameMatch | RejectedMatch) -> tuple[object, ...]:
    """Return where a name stands in reading order, the longer first."""
    return (FIELDS.index(place.field), place.start, -place.end, place.alias.text, place.alias.term.kind)


def _covers(cover: FoundPhrase, hit: NameMatch) -> bool:
    """Say whether the name of a hit stands inside an excluded phrase."""
    return cover.field == hit.field and cover.start <= hit.name[0] and hit.name[1] <= cover.end


def _anchors(hits: Iterable[NameMatch]) -> dict[str, list[BrandAnchor]]:
    """Return the places of the brand in each field, as roles are sought around them."""
    from brandwatch.matching.roles import BrandAnchor  # noqa: PLC0415 (as above)

    places: defaultdict[str, list[BrandAnchor]] = defaultdict(list)
    for hit in hits:
        places[hit.field].append(BrandAnchor(hit.start, hit.end, *hit.name))
    return places


def _missed(miss: RejectedMatch, page: EntryText) -> ClauseResult:
    """Return a name that did not count as a check that failed."""
    note = f"{_quoted(miss, page)} in the {miss.field} does not count: {miss.reason}"
    return ClauseResult(clause=f"{_KEYS[miss.alias.term.kind]}: {miss.alias.term.text}", holds=False, note=note)


def _quoted(place: NameMatch | RejectedMatch, page: EntryText) -> str:
    """Return the words of a place as the entry has them."""
    text = page.fields[place.field]
    start, end = text.span(place.start, place.end)
    return f"“{text.original[start:end]}”"
