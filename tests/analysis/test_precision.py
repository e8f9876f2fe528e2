from __future__ import annotations

import random
from dataclasses import replace
from itertools import count

import pytest
from tests.reports.samples import MENTION

from brandwatch.analysis.keyness import Feature, FeatureKind, features, keyness, newest_by_query
from brandwatch.analysis.precision import precisions
from brandwatch.models import Evidence, EvidenceKind, Mention, Status

STORIES = count(1_000)
NAME = "Fjordkraft Åsgård"
FILLING = "og så ble det sagt at noe var på vei til byen i dag men ingen visste helt hva som kom".split()


def decided(status: Status, text: str, *, story: int = 0, site: str = "avis", name: str = NAME) -> Mention:
    """Build a mention with a status; by default it has a story of its own."""
    at = text.index(name)
    entry = replace(MENTION.entry, title="", text=text, url=f"https://{site}.example/1")
    evidence = (Evidence(term=name, field="text", start=at, end=at + len(name), rule="exact"),)
    return replace(MENTION, entry=entry, evidence=evidence, status=status, story=story or next(STORIES))


def noise(number: int, seed: int) -> list[str]:
    """Draw texts of the same words in another order."""
    rng = random.Random(seed)
    return [" ".join(rng.sample(FILLING, 12)) for _ in range(number)]


def relevant(number: int, text: str = "{} bygger {}") -> list[Mention]:
    """Build relevant mentions, each with its own story."""
    return [decided(Status.RELEVANT, text.format(NAME, words)) for words in noise(number, 1)]


def irrelevant(number: int, text: str = "{} kunstlag {}", site: str = "avis") -> list[Mention]:
    """Build irrelevant mentions, each with its own story."""
    return [decided(Status.IRRELEVANT, text.format(NAME, words), site=site) for words in noise(number, 2)]


def test_precision_and_its_interval():
    """Done counts as relevant, new is ignored; the interval is Wilson's."""
    (found,) = precisions([*relevant(6), decided(Status.DONE, NAME), *irrelevant(3)])
    assert (found.relevant, found.irrelevant, found.stories) == (7, 3, 10)
    assert found.share == 0.7
    assert found.low == pytest.approx(0.397, abs=0.001)
    assert found.high == pytest.approx(0.892, abs=0.001)


def test_copies_count_once_in_the_interval():
    """Seventeen copies make the share, but the sample size is the number of stories."""
    copies = [decided(Status.IRRELEVANT, NAME, story=7) for _ in range(17)]
    (found,) = precisions([*relevant(3), *copies])
    assert (found.relevant, found.irrelevant, found.stories) == (3, 17, 4)
    assert found.high - found.low > 0.6


def test_each_query_has_a_line():
    """Each query has a line, sorted by name."""
    others = [replace(one, query="acme") for one in irrelevant(2)]
    assert [(one.query, one.relevant, one.irrelevant) for one in precisions([*relevant(1), *others])] == [
        ("acme", 0, 2),
        ("fjordkraft", 1, 0),
    ]
    assert precisions([]) == []


def test_words_that_mark_irrelevant_mentions():
    """The word beside the name ranks first, alone and in a phrase, with the clause to add."""
    found = {(str(one.kind), one.value): one for one in keyness("fjordkraft", [*relevant(20), *irrelevant(12)])}
    word = found["word", "kunstlag"]
    assert (word.irrelevant, word.relevant, word.advice) == (12, 0, "none_of_context: [kunstlag]")
    named = found["named", "fjordkraft åsgård kunstlag"]
    assert named.advice == "exclude: {words: [fjordkraft åsgård kunstlag]}"
    assert all("kunstlag" in value for _, value in list(found)[:3])


def test_noise_has_no_keywords():
    """Without a difference, almost no word passes the threshold."""
    found = [
        one
        for seed in range(20)
        for one in keyness("x", [
            decided(random.Random(seed * 100 + n).choice([Status.RELEVANT, Status.IRRELEVANT]), f"{NAME} {words}")
            for n, words in enumerate(noise(60, seed))
        ])
    ]  # fmt: skip
    assert len(found) <= 20


def test_sites_and_terms_with_low_precision():
    """A site without relevant mentions is an exclusion; such a name gets context from relevant ones."""
    wrong = irrelevant(12, "{} i tabellen {}", site="regnskapstall")
    right = [decided(Status.RELEVANT, f"Kraft til folket med strøm {words}", name="Kraft") for words in noise(12, 3)]
    advice = {(str(one.kind), one.value): one.advice for one in keyness("x", [*right, *wrong])}
    assert advice["site", "regnskapstall.example"] == "exclude: {sites: [regnskapstall.example]}"
    term = advice["term", NAME]
    assert term.startswith("{name: Fjordkraft Åsgård, any_of_context: [")
    assert "strøm" in term
    assert ("word", "folket") not in advice


@pytest.mark.parametrize("mentions", [4, 5])
def test_small_samples_have_no_keywords(mentions: int):
    """No keywords below five mentions, nor from a single story, however many copies."""
    found = keyness("x", [*relevant(30), *irrelevant(mentions)])
    assert ("kunstlag" in {one.value for one in found}) == (mentions >= 5)
    copies = [decided(Status.IRRELEVANT, f"{NAME} kunstlag", story=7) for _ in range(17)]
    assert keyness("x", [*relevant(30), *copies]) == []


@pytest.mark.parametrize("person", ["Kari Eksempelsen", "Åse Nordmannsdatter"])
def test_names_of_people_are_not_ranked(person: str):
    """A word with capitals only is a name and is left out; the words beside it are ranked."""
    found = keyness("x", [*relevant(30), *irrelevant(12, "{} og " + person + " i kunstlag {}")])
    values = " ".join(one.value for one in found)
    assert "kunstlag" in values
    assert not any(name.lower() in values for name in person.split())


def test_registered_people_are_not_ranked():
    """Names of registered people are left out, even if they are ordinary words."""
    mentions = irrelevant(12, "{} og Lykke Berg er på berg og i lykke {}")
    with_person = [
        replace(one, evidence=(*one.evidence, Evidence(
            term="Lykke Berg", field="text", start=one.entry.text.index("Lykke"),
            end=one.entry.text.index("Lykke") + 10, rule="person", kind=EvidenceKind.PERSON,
        )))
        for one in mentions
    ]  # fmt: skip
    values = " ".join(one.value for one in keyness("x", [*relevant(30), *with_person]))
    assert "berg" not in values
    assert "lykke" not in values


@pytest.mark.parametrize("stories", [2, 3])
def test_a_keyword_stands_in_three_stories(stories: int):
    """Copies of two texts show nothing; of three they do."""
    copies = [
        decided(Status.IRRELEVANT, f"{NAME} kunstlag", story=story) for story in range(1, stories + 1) for _ in range(3)
    ]
    others = [decided(Status.RELEVANT, f"{NAME} bygger") for _ in range(20)]
    found = {one.value for one in keyness("x", [*others, *copies])}
    assert ("kunstlag" in found) is (stories >= 3)


def test_the_words_of_a_mention_are_features():
    """The first 120 words of title and text count, words of one letter do not; so do pairs, names, site and source."""
    text = " ".join([NAME, *["og å"] * 58, "strøm", "kraft", "lys"])
    found = features(decided(Status.RELEVANT, text))
    words = {feature.value for feature in found if feature.kind is FeatureKind.WORD}
    assert words == {"fjordkraft", "åsgård", "og", "strøm", "kraft"}
    assert Feature(FeatureKind.PAIR, "strøm kraft") in found
    assert Feature(FeatureKind.NAMED, "fjordkraft åsgård og") in found
    assert Feature(FeatureKind.SITE, "avis.example") in found
    assert Feature(FeatureKind.TERM, NAME) in found


def test_a_name_has_a_phrase_with_the_word_on_each_side():
    """Behind a blank or a hyphen; a comma separates."""
    texts = (f"gamle {NAME}-laget", f"gamle, {NAME}, laget")
    phrases = [
        {feature.value for feature in features(decided(Status.RELEVANT, text)) if feature.kind is FeatureKind.NAMED}
        for text in texts
    ]
    assert phrases == [{"gamle fjordkraft åsgård", "fjordkraft åsgård laget"}, set()]


def test_the_newest_decisions_of_each_query_count():
    """Three thousand of each query, the newest first, by the names of the queries."""
    mentions = [replace(MENTION, id=number, query="b" if number % 2 else "a") for number in range(6_004, 0, -1)]
    found = newest_by_query(mentions)
    assert list(found) == ["a", "b"]
    assert [(len(of_query), of_query[0].id, of_query[-1].id) for of_query in found.values()] == [
        (3_000, 6_004, 6), (3_000, 6_003, 5),
    ]  # fmt: skip


def test_the_context_of_an_imprecise_name_is_three_words():
    """The line for the query file has the three words that the relevant mentions of it have most clearly."""
    wrong = irrelevant(12, "{} i tabellen {}")
    right = [
        decided(Status.RELEVANT, f"Kraft til folket med strøm vind sol regn {words}", name="Kraft")
        for words in noise(12, 3)
    ]
    (advice,) = (one.advice for one in keyness("x", [*right, *wrong]) if one.kind is FeatureKind.TERM)
    assert advice.count(",") == 3


def test_the_score_is_the_log_odds_ratio_in_standard_errors():
    """Computed by hand (Monroe, Colaresi and Quinn 2008): 12 of 12 irrelevant stories have the word, 0 of 20 others.

    With a prior of two mentions: ln(12.75 / 1.25) - ln(0.75 / 21.25), over the root of the sum of the four inverses.
    """
    wrong = [decided(Status.IRRELEVANT, f"{NAME} kunstlag") for _ in range(12)]
    right = [decided(Status.RELEVANT, f"{NAME} bygger") for _ in range(20)]
    scores = {one.value: one.score for one in keyness("x", [*right, *wrong])}
    assert scores["kunstlag"] == pytest.approx(3.770, abs=0.001)


def test_a_word_is_written_as_yaml_reads_it():
    """A word that begins with a digit is in quotation marks, its letters as they are."""
    wrong = [decided(Status.IRRELEVANT, f"{NAME} 7-åring") for _ in range(12)]
    right = [decided(Status.RELEVANT, f"{NAME} bygger") for _ in range(20)]
    advice = {one.value: one.advice for one in keyness("x", [*right, *wrong])}
    assert advice["7-åring"] == 'none_of_context: ["7-åring"]'


def test_an_inflected_name_is_a_word_of_the_brand():
    """As the text writes it: its capital makes no person of it, and the words beside it are ranked with it."""

    def inflected(status: Status, text: str) -> Mention:
        one = decided(status, text)
        return replace(one, evidence=(replace(one.evidence[0], end=one.evidence[0].end + 1),))

    wrong = [inflected(Status.IRRELEVANT, f"{NAME}s kunstlag") for _ in range(12)]
    right = [inflected(Status.RELEVANT, f"{NAME}s bygg") for _ in range(20)]
    values = {one.value for one in keyness("x", [*right, *wrong])}
    assert {"kunstlag", "åsgårds kunstlag", "fjordkraft åsgårds kunstlag"} <= values
    others = [replace(one, evidence=()) for one in (*right, *wrong)]
    assert {one.value for one in keyness("x", others)} == {"kunstlag"}


def test_only_names_of_the_brand_in_a_text_make_phrases():
    """Context beside another word, and a name in a link, are none."""

    def phrases(**changes: object) -> set[str]:
        one = decided(Status.RELEVANT, f"gamle {NAME} laget")
        found = features(replace(one, evidence=(replace(one.evidence[0], **changes),)))  # type: ignore[arg-type]
        return {feature.value for feature in found if feature.kind is FeatureKind.NAMED}

    assert phrases() == {"gamle fjordkraft åsgård", "fjordkraft åsgård laget"}
    assert phrases(kind=EvidenceKind.CONTEXT) == set()
    assert phrases(field="url") == set()
    assert phrases(kind=EvidenceKind.CONTEXT, field="url") == set()


def test_a_mention_without_a_place_has_neither_site_nor_source():
    """And words of its title count like those of its text."""
    one = replace(MENTION, entry=replace(MENTION.entry, url="", title="Blåbær", text="Strøm"), evidence=(), source="")
    assert {(str(feature.kind), feature.value) for feature in features(one)} == {
        ("word", "blåbær"), ("word", "strøm"), ("pair", "blåbær strøm"),
    }  # fmt: skip
