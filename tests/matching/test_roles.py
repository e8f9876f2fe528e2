from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.matching import declarations, roles
from brandwatch.matching.names import inflected_form
from brandwatch.matching.surroundings import BrandAnchor, RoleTie
from brandwatch.text.normalise import Folded, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

BRANDS = re.compile("acme|blåbær gården|fjordkraft åsgård as")

TIES = {
    ("nb", "role-of-brand"): """
        sjekk dette bildet av rådgiveren i Acme
        en tidligere ansatt hos Acme
        De ansatte i Blåbær Gården streiker
        Rådgiveren i selskapet Acme svarte aldri
        Daglig leder i Fjordkraft Åsgård AS beklager
        sjefen min hos Acme
        kommunikasjonsrådgiveren ved Acme
        salgsdirektør i det norske selskapet Acme
        leder for kundeservice i Acme
        konserndirektørene i Acme
        en vikar fra Acme kom ikke
        vikarene hos Acme
        Tillitsvalgte i Acme krever svar
        hovedtillitsvalgt i Acme
        den nye pressetalskvinnen for Acme
        en butikkmedarbeider på Acme
        lærlingene i Acme
        varsleren i Acme
        styremedlem i Acme
        saksbehandleren hos «Acme»
        HR-sjefen i #Acme
        grunnleggeren av Acme
        adm. dir. i Acme
        konsernsjef Kari Nordmann i Acme
        rådgiver i Acmes kundesenter
        rådgiveren (50) i Acme
        ansatte i butikkene til Acme
        Jeg liker ikke sjefen i Acme
        Ikke bare rådgiveren i Acme tok feil
        """,
    ("nb", "works-for-brand"): """
        hun jobber hos Acme
        han er ansatt i Acme
        har jobbet i ti år for Acme
        broren min jobbet i Blåbær Gården
        hun arbeider som frivillig i Acme
        ble sparket fra Acme
        ble sagt opp fra Acme
        jobber i Acmes kundesenter
        jobber i Acmes nye kundesenter
        jobber på Acme-kontoret
        jobber for selskapet Fjordkraft Åsgård AS
        permittert fra Acme
        jeg vet ikke hvem som jobber i Acme
        hans arbeidsgiver Acme
        Hos Acme jobber de døgnet rundt
        """,
    ("nb", "brand-role"): """
        en Acme-ansatt
        Acme-sjefen går av
        Acme-ansatte fikk sparken
        Acme-direktørens bonus
        en ex-Acme-sjef
        Acme-kommunikasjonssjefen
        Blåbær Gården-ansatte reagerer
        Fjordkraft Åsgård AS-sjefen
        """,
    ("nb", "brand's-role"): """
        Acmes rådgiver løy
        Acmes nye administrerende direktør
        Acme sin konsernsjef
        Blåbær Gården sine ansatte
        Acmes 200 ansatte
        Fjordkraft Åsgård AS' kommunikasjonssjef
        """,
    ("nn", "role-of-brand"): """
        rådgjevaren i Acme
        ein tidlegare tilsett hos Acme
        dei tilsette i Acme
        dagleg leiar i Blåbær Gården
        leiaren for Acme
        kommunikasjonsrådgjevar ved Acme
        sakshandsamaren hjå Acme
        dei tillitsvalde i Acme
        salsdirektøren i Acme
        sjefane i Acme
        ein lærling frå Acme
        medarbeidarar på Acme
        talskvinna for Acme
        teknikarane frå Acme
        kollegaen min i Acme
        styremedlemen i Acme
        varslaren i selskapet Acme
        """,
    ("nn", "works-for-brand"): """
        ho jobbar i Acme
        han arbeider hjå Acme
        ho er tilsett i Acme
        dei har jobba mange år for Acme
        han vart sparka frå Acme
        ho jobba på Acme i fjor
        jobbar i Acmes kundesenter
        arbeidsgjevaren hans Acme
        """,
    ("nn", "brand-role"): """
        ein Acme-tilsett
        Acme-leiaren
        Acme-tilsette
        Acme-rådgjevaren
        """,
    ("nn", "brand's-role"): """
        Acmes rådgjevar
        Acme sine tilsette
        Acme sin nye leiar
        """,
    ("da", "role-of-brand"): """
        rådgiveren i Acme
        en tidligere ansat hos Acme
        de ansatte i Blåbær Gården
        medarbejderne på Acme
        administrerende direktør i Acme
        pressechefen hos Acme
        en sælger fra Acme
        sagsbehandleren ved Acme
        talskvinde for Acme
        tillidsmanden på Acme
        kunderådgiver i virksomheden Acme
        chef for salg i Acme
        en vikar hos Acme
        lærlinge hos Acme
        bestyrelsesformanden i Acme
        stifteren af Acme
        """,
    ("da", "works-for-brand"): """
        hun arbejder hos Acme
        han er ansat i Acme
        har arbejdet ti år for Acme
        fyret fra Acme
        blev afskediget fra Acme
        arbejder i Acmes butikker
        jobbede på Acme
        hendes arbejdsgiver Acme
        """,
    ("da", "brand-role"): """
        en Acme-ansat
        Acme-medarbejdere
        Acme-chefens bonus
        eks-Acme-direktøren
        """,
    ("da", "brand's-role"): """
        Acmes rådgiver
        Acmes nye direktør
        Acmes tidligere kommunikationschef
        """,
    ("sv", "role-of-brand"): """
        rådgivaren på Acme
        medarbetare på Acme
        en tidigare anställd hos Acme
        de anställda på Blåbær Gården
        vd:n för Acme
        VD på Acme
        chefen på företaget Acme
        säljaren från Acme
        en kundtjänstmedarbetare på Acme
        presschefen vid Acme
        talesperson för Acme
        talesmannen för Acme
        butiksbiträdet på Acme
        en lärling på Acme
        vikarien hos Acme
        skyddsombudet på Acme
        styrelseordföranden i Acme
        grundaren av Acme
        ingenjörerna på Acme
        chef för marknad på Acme
        """,
    ("sv", "works-for-brand"): """
        hon arbetar på Acme
        han jobbar hos Acme
        är anställd på Acme
        anställd av Acme
        har jobbat i tio år för Acme
        fick sparken från Acme
        uppsagd från Acme
        jobbar på Acmes lager
        hennes arbetsgivare Acme
        """,
    ("sv", "brand-role"): """
        en Acme-anställd
        Acme-chefen
        Acme-medarbetare
        Acme-anställda strejkar
        """,
    ("sv", "brand's-role"): """
        Acmes vd
        Acmes nya vd
        Acmes tidigare presschef
        Acmes anställda
        """,
    ("en", "role-of-brand"): """
        an employee of Acme
        the CEO of Acme
        spokeswoman for Acme
        an adviser at Acme
        employees of Blåbær Gården
        a former engineer at the company Acme
        staff at Acme
        cashiers at Acme
        the head of Acme
        head of sales at Acme
        head of customer service at Acme
        head of sales and marketing at Acme
        a technician from Acme
        an engineer with Acme
        a driver from Acme
        a nurse at the Swedish company Acme
        union rep at Acme
        board members of Acme
        vice president of Acme
        the boss of the bank Acme
        founders of Acme
        a whistleblower at Acme
        my colleague at Acme
        CEO of rival Acme
        an intern at Acme's Oslo office
        """,
    ("en", "works-for-brand"): """
        she works at Acme
        he worked for Acme
        employed by Acme
        fired from Acme
        sacked by Acme
        laid off by Acme
        people who work at Acme
        has worked for ten years at Acme
        she works in the warehouse at Acme
        he works at Acme's warehouse
        I used to work at Acme
        her employer, Acme, said no
        her employer Acme
        his job at Acme
        """,
    ("en", "brand-role"): """
        an Acme employee
        Acme employees strike
        Acme staff
        the Acme CEO
        ex-Acme CEO
        an Acme customer service agent
        Acme senior engineer
        an Acme-employee
        Acme co-founder
        Acme board member
        Acme delivery drivers
        Acme drivers block the road
        Acme head of communications
        """,
    ("en", "brand's-role"): """
        Acme's new adviser
        Acme's chief financial officer
        Fjordkraft Åsgård AS' chairman
        Acme’s spokesperson
        Acme's Nordic boss
        Acme's head of sales
        """,
    ("de", "role-of-brand"): """
        Sprecherin von Acme
        die Sprecherin der Acme
        ein Mitarbeiter von Acme
        Mitarbeiterinnen bei Acme
        Mitarbeiter:innen von Acme
        Mitarbeitende bei Acme
        der Chef von Acme
        ein ehemaliger Angestellter bei Acme
        Kundenberaterin bei der Bank Acme
        Geschäftsführer der Firma Acme
        Vertriebsleiter bei Acme
        Leiter Vertrieb bei Acme
        Leiter des Vertriebs bei Acme
        Sachbearbeiter bei Acme
        die Belegschaft von Acme
        der Betriebsrat bei Acme
        Auszubildende bei Blåbær Gården
        mein Kollege bei Acme
        Ingenieure bei Acme
        der Gründer des Unternehmens Acme
        """,
    ("de", "works-for-brand"): """
        sie arbeitet bei Acme
        er arbeitete für Acme
        angestellt bei Acme
        beschäftigt bei Acme
        von Acme angestellt
        die Leute, die bei Acme arbeiten
        hat zehn Jahre bei Acme gearbeitet
        er ist bei Acme tätig
        wurde von Acme entlassen
        arbeitet in Acmes Filiale
        arbeitet in der Filiale von Acme
        ihr Arbeitgeber Acme
        """,
    ("de", "brand-role"): """
        ein Acme-Mitarbeiter
        Acme-Mitarbeiterin
        der Acme-Chef
        Acme-Mitarbeiter:innen
        Acme Mitarbeiter streiken
        der Acme-Pressesprecher
        ein Ex-Acme-Manager
        """,
    ("de", "brand's-role"): """
        Acmes Sprecherin
        Acmes neuer Chef
        Acmes ehemaliger Vorstand
        """,
}

NEAR_MISSES = """
    kunden i Acme
    kundene hos Acme klager
    kundeservice i Acme
    aksjonær i Acme
    investor i Acme
    analyst covering Acme
    konkurrenten til Acme
    en anmelder av Acme
    rådgiver til Acme
    sjefen er lei av Acme
    sjefen handler hos Acme
    rådgiveren min kjøpte bil hos Acme
    jobber med Acme-saken
    jobber med Acme
    jobbet for Acmes kampanje
    jobber for Acme-konkurrenten
    jobber for Acme sin konkurrent
    jeg jobber ikke i Acme
    han har aldri jobbet i Acme
    jobber ikke lenger hos Acme
    hun er ikke ansatt i Acme
    han er ikke rådgiver i Acme
    jeg er ikke lenger sjef i Acme
    vil gjerne bli ansatt i Acme
    drømmer om å jobbe i Acme
    ansatt vil handle i Acme
    en lege fikk pakken fra Acme
    Acme leder an
    Acme leder i kåringen
    Acme utvikler nye biler
    Acme ansatte 20 nye
    Acme selger strøm
    hun leder i Acme
    de ansatte. Acme svarte
    rådgiveren, Acme og jeg
    kutter 200 jobber i Acme
    nye jobber i Acme
    vikarblemmen i Acme
    økonomien i Acme
    halvlederne fra Acme
    veilederen fra Acme
    de samarbeider for Acme
    lederartikkelen i Acme
    sluttet som kunde hos Acme
    Acmes kunder
    Acmes kampanje rammer ansatte
    Acmes kunde, rådgiveren
    ikke-Acme-ansatte
    Acme-saken
    Acme-kunden
    Acme-sjefkandidaten
    Acme og rådgiveren
    sparket ball mot Acme
    kundar i Acme
    ho jobbar ikkje i Acme
    han vil jobba i Acme
    Acme leiar an
    rettleiaren frå Acme
    arbeider med Acme
    kunder hos Acme i Danmark
    hun arbejder ikke hos Acme
    samarbejder med Acme
    Acme leder efter nye folk
    halvledere fra Acme
    medlem af Acme
    kunderna hos Acme
    hon jobbar inte på Acme
    han vill jobba på Acme
    återförsäljare för Acme
    handlar på Acme
    samarbetar med Acme
    aktieägare i Acme
    vd:n tröttnade på Acme
    halvledare från Acme
    a customer of Acme
    customers at Acme
    an investor in Acme
    works with Acme
    works like Acme
    the director of a film about Acme
    the director of a film for Acme
    I don't work at Acme
    she never worked for Acme
    I no longer work at Acme
    I'm not an employee of Acme
    he isn't the CEO of Acme
    want to work at Acme
    would love to work at Acme
    works for Acme's rival
    works for Acme rival Globex
    the CEO of Acme rival Globex
    the CEO of Acme's rival
    this works for Acme
    the app works best for Acme
    a driver for Acme printers
    Acme engineers a comeback
    Acme guards its secrets
    Acme heads to court
    Acme employee handbook
    Acme developer portal
    Acme staff discount
    Acme chairs
    Acme head office
    Acme's customers attacked staff
    Acme's employee benefits
    the engineer shops at Acme
    his work for Acme
    supplier of Acme
    Acme, engineers say
    non-Acme employees
    the boss hates Acme
    Kunden von Acme
    Kundin bei Acme
    Lautsprecher von Acme
    Halbleiter von Acme
    Begleiter von Acme
    er arbeitet nicht bei Acme
    sie arbeitet mit Acme
    ich möchte bei Acme arbeiten
    er will gern bei Acme arbeiten
    um bei Acme zu arbeiten
    Arbeiten bei Acme
    ich bin kein Mitarbeiter von Acme
    Acmes Kunden
    Acmes Konkurrent
    Aktionär von Acme
    Lieferant der Acme
    der Chef kauft bei Acme
    Acme-Kunden
    """

DECLARED = """
    jeg jobber i Acme
    Jeg jobber selv i Acme
    Jobber selv i Acme
    nå jobber jeg hos Acme
    vi som jobber i Acme
    de av oss som jobber i Acme
    jeg er ansatt i Acme
    jeg er rådgiver i Acme
    Jeg er Acme-ansatt
    Som ansatt i Acme
    Som ansatt i Acme kan jeg si at dette er feil
    Jeg, som ansatt i Acme, er uenig
    min arbeidsgiver Acme
    arbeidsgiveren min Acme
    jobben min i Acme
    eg jobbar i Acme
    me som jobbar i Acme
    eg er tilsett i Acme
    jag jobbar på Acme
    Jag är anställd på Acme
    min arbetsgivare Acme
    jeg arbejder hos Acme
    Som medarbejder i Acme synes jeg
    I work at Acme
    I currently work at Acme
    full disclosure: I work for Acme
    I'm an engineer at Acme
    I’m a senior software engineer at Acme
    I am the CEO of Acme
    I am employed by Acme
    those of us who work at Acme
    I happen to work at Acme
    as an Acme employee, I disagree
    As an engineer at Acme I know this
    my employer Acme
    my new job at Acme
    I'm Acme's CEO
    Acme employee here, this is wrong
    I'm a nurse working at Acme
    ich arbeite bei Acme
    Ich bin Mitarbeiter bei Acme
    weil ich seit Jahren bei Acme arbeite
    Ich bin bei Acme angestellt
    mein Arbeitgeber Acme
    Als Mitarbeiter von Acme kann ich sagen
    """

NOT_DECLARED = """
    jeg jobbet i Acme før
    jeg har jobbet i Acme
    jeg jobber ikke i Acme
    hun jobber i Acme
    jeg kjenner en som jobber i Acme
    jeg vet han jobber i Acme
    broren min jobber selv i Acme
    hvis jeg jobber i Acme
    jeg er tidligere ansatt i Acme
    jeg var ansatt i Acme
    jeg er gift med sjefen i Acme
    Som ansatt i Acme får man rabatt
    Som ansatt i Acme må han tåle det
    hans arbeidsgiver Acme
    min tidligere arbeidsgiver Acme
    «Jeg jobber i Acme», sier Kari
    – Jeg jobber i Acme, sier Kari
    rådgiveren i Acme
    eg jobba i Acme
    om jag jobbar på Acme
    jag jobbade på Acme
    jeg arbejdede hos Acme
    I used to work at Acme
    I worked at Acme
    I don't work at Acme
    if I work at Acme
    I'm a former engineer at Acme
    I was an engineer at Acme
    I'm a friend of an engineer at Acme
    I am not an employee of Acme
    am I an employee of Acme?
    my former employer Acme
    my old job at Acme
    I know people who work at Acme
    I met him as an Acme employee
    "I work at Acme," she said
    I'm an ex-Acme employee
    I'm the boss of an Acme employee
    Acme staff here are rude
    ich bin der Chef eines Mitarbeiters von Acme
    Ich kenne Leute die bei Acme arbeiten
    wenn ich bei Acme arbeite
    ich habe bei Acme gearbeitet
    ich bin ehemaliger Mitarbeiter von Acme
    """


def brand_anchors(text: Folded) -> tuple[BrandAnchor, ...]:
    """The anchors of the brand, as the matcher finds them."""
    matches = ((match, inflected_form(text.folded, *match.span())) for match in BRANDS.finditer(text.folded))
    return tuple(BrandAnchor(standing.start, standing.end, *match.span()) for match, standing in matches if standing)


def phrases(text: str) -> list[str]:
    """Split a table into its phrases."""
    return [line.strip() for line in text.strip().splitlines()]


def find_ties(text: Folded, where: Sequence[BrandAnchor]) -> tuple[RoleTie, ...]:
    """The strongest tie of each anchor."""
    return roles.surest_ties(roles.find_phrases(text, where))


def find_declarations(text: Folded, where: Sequence[BrandAnchor]) -> tuple[RoleTie, ...]:
    """The ties of the author's own employment."""
    return declarations.find_declarations(text, roles.find_phrases(text, where))


def ties_in(phrase: str) -> tuple[RoleTie, ...]:
    """The ties in a phrase."""
    text = fold(phrase)
    return find_ties(text, brand_anchors(text))


def declarations_in(phrase: str) -> tuple[RoleTie, ...]:
    """The declarations in a phrase."""
    text = fold(phrase)
    return find_declarations(text, brand_anchors(text))


@pytest.mark.parametrize(
    ("phrase", "rule"), [(phrase, rule) for (_, rule), table in TIES.items() for phrase in phrases(table)]
)
def test_a_role_beside_the_brand_is_a_tie(phrase, rule):
    """Phrases for staff of the brand give a tie, with the rule of their pattern."""
    assert [tie.rule for tie in ties_in(phrase)] == [rule]


@pytest.mark.parametrize("phrase", phrases(NEAR_MISSES))
def test_similar_phrases_are_no_ties(phrase):
    """Customers, verbs like roles, other companies' staff, wishes and denials give no tie."""
    assert ties_in(phrase) == ()


@pytest.mark.parametrize("phrase", phrases(DECLARED))
def test_the_first_person_declares_employment(phrase):
    """The first person in the present is a declaration, and a tie as well."""
    assert declarations_in(phrase)
    assert ties_in(phrase)


@pytest.mark.parametrize("phrase", phrases(NOT_DECLARED))
def test_other_persons_and_the_past_declare_nothing(phrase):
    """Past, denied, hypothetical, quoted and third-person employment is no declaration."""
    assert declarations_in(phrase) == ()


def test_the_tables_are_large_enough():
    """Each of the six languages has at least 25 phrases."""
    sizes = dict.fromkeys(("nb", "nn", "da", "sv", "en", "de"), 0)
    for (language, _), table in TIES.items():
        sizes[language] += len(phrases(table))
    assert min(sizes.values()) >= 25
    assert sum(sizes.values()) >= 150
    assert len(phrases(NEAR_MISSES)) >= 100


@pytest.mark.parametrize(
    ("phrase", "tied", "words"),
    [
        ("sjekk dette bildet av rådgiveren i Acme!", "rådgiveren i acme", "rådgiveren"),
        ("Nå er Acme-sjefens bonus borte", "acme-sjefens", "sjefens"),
        ("han jobber i Acmes nye kundesenter i dag", "jobber i acmes nye kundesenter", "jobber"),
        ("hos Acme’s new adviser today", "acme's new adviser", "adviser"),
        ("Viele Acme-Mitarbeiter:innen klagen", "acme-mitarbeiter:innen", "mitarbeiter:innen"),
        ("She was laid off by Acme", "laid off by acme", "laid off"),
    ],
)
def test_a_tie_covers_its_phrase(phrase, tied, words):
    """The span covers the deciding word and the whole brand; *words* holds the deciding words."""
    (tie,) = ties_in(phrase)
    assert (fold(phrase).folded[tie.start : tie.end], tie.words) == (tied, words)


def test_a_declaration_starts_at_the_first_person():
    """The span of a declaration includes the pronoun."""
    phrase = "Full disclosure: I currently work for Acme."
    (tie,) = declarations_in(phrase)
    assert phrase[tie.start : tie.end] == "I currently work for Acme"


def test_a_role_in_a_solid_compound_is_a_tie():
    """With solid compounds allowed, the rest of the word can be the role."""
    text = fold("en acmeansatt sier")
    assert [tie.rule for tie in find_ties(text, [BrandAnchor(3, 13, 3, 7)])] == ["brand-role"]


def test_a_text_without_the_brand_has_no_ties():
    """Roles and verbs of employment without an anchor give no tie."""
    text = fold("rådgiveren jobber i et annet selskap")
    assert find_ties(text, ()) == find_declarations(text, ()) == ()


PIECES = st.sampled_from(
    "acme Acmes acme-ansatt #acme ex-acme-sjef jeg jobber i hos rådgiveren ikke er som the CEO of I'm work at bei Acme"
    " arbeite ich Mitarbeiter:innen min arbeidsgiver sin ansatte , . : « - ' & _ \u00ad ½ İ 10".split()
)


@given(st.one_of(st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join), st.text()))
def test_ties_overlap_their_anchor(raw):
    """For any text, ties lie inside it and overlap an anchor; each declaration overlaps a tie's anchor."""
    text = fold(raw)
    where = brand_anchors(text)
    tied = find_ties(text, where)
    for tie in (*tied, *find_declarations(text, where)):
        assert 0 <= tie.start < tie.end <= len(text.folded)
        assert any(tie.start < anchor.end and anchor.start < tie.end for anchor in where)
    assert len(tied) <= len(where)


@pytest.mark.parametrize("filler", ["rådgiveren som ikke jobber i ", "a" * 90, "sjef-", "'s-_&.: ", "i i i i i i "])
def test_a_long_text_with_many_anchors_is_searched_by_windows(filler):
    """A megabyte with ten thousand names is searched in a window around each."""
    text = fold((filler * (100 // len(filler) + 1))[:95] + " acme")
    text = fold((text.folded + " ") * 10_000)
    where = brand_anchors(text)
    assert len(where) == 10_000
    assert len(find_ties(text, where)) <= len(where)
    assert len(find_declarations(text, where)) <= len(where)
