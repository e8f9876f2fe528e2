from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry
from brandwatch.text.joining import join_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.config.query import Query
    from brandwatch.models import MatchResult

    Build = Callable[..., Query]


def entry(*texts: tuple[str, str], title: str = "") -> Entry:
    """An entry with a title and labelled texts."""
    joined = join_texts(texts, title)
    return Entry(title=title, text=joined.text, parts=joined.parts)


def evaluated(query: Query, written: Entry) -> MatchResult:
    """The result of a query."""
    return Matcher([query]).explain(written)[query.name]


@pytest.mark.parametrize("field", ["warning", "lead", "text", "media", "alt", "card", "poll"])
def test_evidence_names_the_text(acme: Build, field: str):
    """Each text is searched; the evidence has its field, and its place in the joined text."""
    texts = {"lead": "Blåbær på torget.", "text": "Prisene øker i Åsgård, og kundene flykter."} | {
        field: "Hos Acme i dag."
    }
    written = entry(*texts.items(), title="Nytt i byen")
    (piece,) = evaluated(acme(), written).evidence
    assert (piece.field, piece.attribute, written.text[piece.start : piece.end]) == (field, "text", "Acme")


def test_each_text_of_a_field_has_its_own_place(acme: Build):
    """Two pictures have two texts; their evidence has one field, and is in reading order."""
    written = entry(("text", "Bilder"), ("alt", "Logoen til Acme"), ("alt", "Døra hos Acme"), title="Acme flytter")
    pieces = evaluated(acme(), written).evidence
    assert [piece.field for piece in pieces] == ["title", "alt", "alt"]
    assert [written.text[piece.start - 4 : piece.end] for piece in pieces[1:]] == ["til Acme", "hos Acme"]


@pytest.mark.parametrize(
    "fields", [("lead", "text"), ("text", "alt"), ("alt", "alt"), ("text", "text"), ("poll", "poll")]
)
def test_a_name_ends_with_its_text(acme: Build, fields: tuple[str, str]):
    """Half a name at the end of one text and half in the next is none; within one text it is."""
    first, second = fields
    apart = entry((first, "Hos Fjordkraft"), (second, "Åsgård er det sol."))
    assert not evaluated(acme("Fjordkraft Åsgård"), apart).evidence
    together = entry((first, "Hos Fjordkraft Åsgård"), (second, "Der er det sol."))
    assert evaluated(acme("Fjordkraft Åsgård"), together).evidence


def test_a_role_ends_with_its_text(acme: Build):
    """A role in the lead is not tied to a brand that begins the body."""
    apart = entry(("lead", "Hun er sjef i"), ("text", "Acme vokser i nord."))
    assert evaluated(acme(), apart).subject == "brand"
    assert (
        evaluated(acme(), entry(("lead", "Hun er sjef i Acme"), ("text", "Firmaet vokser i nord."))).subject == "staff"
    )


def test_context_may_stand_in_another_text(acme: Build):
    """A context word counts anywhere in the entry, with its own field in the evidence."""
    query = acme(Term(text="Vind", any_of_context=("forsikring*",)))
    pieces = evaluated(query, entry(("text", "Vind vokser."), ("alt", "Forsikringsbevis"))).evidence
    assert [(piece.term, piece.field) for piece in pieces] == [("Vind", "text"), ("forsikring*", "alt")]
    assert not evaluated(query, entry(("text", "Vind vokser."), ("alt", "Et bevis"))).evidence


def test_a_rejected_name_names_its_text(acme: Build):
    """The explanation says in which text a name did not count."""
    query = acme(Term(text="Vind", not_first_word=True))
    (clause,) = evaluated(query, entry(("text", "Sol"), ("alt", "Vind i håret"))).clauses
    assert "“Vind” in the alternative text does not count" in clause.note


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("lead:blåbær", True),
        ("lead:prisene", False),
        ("NOT lead:prisene", True),
        ("text:blåbær AND text:prisene AND text:skilt", True),
        ("title:blåbær", False),
        ("lead:*", True),
        ("blåbær NEAR/50 prisene", False),
        ("prisene NEAR/5 acme", True),
        ("lead:torget NEAR blåbær", True),
        ("lead:torget NEAR prisene", False),
        ("lead:(blåbær NEAR/2 torget)", True),
        ('"torget prisene"', False),
        ('lead:"blåbær på torget"', True),
    ],
)
def test_an_expression_searches_each_text(acme: Build, expression: str, holds: bool):
    """`text:` is every text below the title, `lead:` a lead only; no phrase and no NEAR reaches into the next text."""
    written = entry(("lead", "Blåbær på torget"), ("text", "Prisene hos Acme øker."), ("alt", "Et skilt"), title="Sol")
    assert bool(evaluated(acme(match=expression), written).evidence) is holds


def test_an_entry_without_a_lead_has_none(acme: Build):
    """`lead:` is false where there is one text only, and its exclusion true."""
    written = entry(("lead", "Prisene hos Acme øker."))
    assert not evaluated(acme(match="lead:prisene"), written).evidence
    assert not evaluated(acme(match="lead:*"), written).evidence
    assert evaluated(acme(match="-lead:prisene"), written).evidence


def test_only_a_query_for_languages_needs_one(acme: Build):
    """A result without its language is the same else; a language that is not listed hides the entry all the same."""
    written = entry(("text", "Prisene øker for kundene som bor ved sjøen, og det er ikke bra."), title="Acme flytter")
    for query, is_hidden in ((acme(), False), (acme(languages=("en",)), True)):
        (with_language,) = Matcher([query]).explain(written).values()
        (without,) = Matcher([query]).explain(written, with_language=False).values()
        assert (with_language.language, without.language) == ("nb", "")
        assert replace(with_language, language="") == without
        assert bool(without.suppressed) is is_hidden
