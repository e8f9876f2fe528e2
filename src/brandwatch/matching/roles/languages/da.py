"""Danish."""

from __future__ import annotations

from brandwatch.matching.roles.language_words import LanguageWords

WORDS = LanguageWords(
    heads={
        "en e ne": "rådgiver medarbejder leder sælger udvikler tekniker mekaniker elektriker forsker sagsbehandler",
        "en er erne": "chef direktør konsulent ingeniør assistent sekretær chauffør montør koordinator repræsentant"
        " redaktør vikar inspektør talsperson",
        "": "ansat ansatte talsmand talsmanden talsmænd talsmændene talskvinde talskvinden talskvinder talskvinderne"
        " tillidsmand tillidsmanden tillidsmænd tillidsmændene formand formanden formænd formændene",
        "en e ene": "lærling",
    },
    roles={
        "en e ne": "kasserer arbejdstager lønmodtager whistleblower lærer stifter grundlægger medstifter iværksætter"
        " bestyrer designer lagerarbejder fabriksarbejder butiksarbejder servicearbejder vagtmester lokofører",
        "en er erne": "kollega praktikant trainee butikselev kontorelev salgselev ekspedient pressekontakt"
        " kontaktperson tillidsrepræsentant arbejdsmiljørepræsentant kok receptionist servitrice programmør arkitekt"
        " jurist økonom journalist pilot sikkerhedsvagt dørvagt butiksbestyrer pædagog",
        "n r rne": "sygeplejerske kassedame",
        "met mer merne": "bestyrelsesmedlem",
        "": "kolleger kollegerne kollegaerne arbejderen arbejdere arbejderne personalet staben ledelsen topledelsen"
        " mandskabet læge lægen læger lægerne elever eleverne presseansvarlig presseansvarlige"
        " kommunikationsansvarlig kommunikationsansvarlige hr-ansvarlig hr-ansvarlige ceo ceo'en adm.dir dir",
    },
    false_friends="halvleder kleder indleder afleder udleder forleder vejleder udforsker videresælger videreudvikler",
    verblike="leder sælger udvikler forsker lærer stifter bestyrer",
    role_prepositions="i hos ved fra for på af",
    links="for af inden på i",
    verbs={
        "i hos ved for på": "arbejder arbejdede arbejdet jobber jobbede",
        "i hos ved på af": "ansat nyansat fastansat",
        "fra af": "fyret afskediget bortvist opsagt sagt_op suspenderet hjemsendt",
    },
    first_verbs="arbejder jobber",
    participles="ansat nyansat fastansat",
    late_verbs="arbejder jobber",
    jobs="job jobbet stilling stillingen",
    employers="arbejdsgiver arbejdsgiveren",
    companies="firmaet selskabet virksomheden koncernen banken kæden butikken organisationen forlaget avisen hotellet"
    " restauranten giganten gruppen konkurrenten rederiet leverandøren producenten styrelsen",
    workplaces={
        "et er erne": "callcenter kundecenter kontor lager anlæg værksted værk hospital hotel varehus",
        "en er erne": "butik afdeling fabrik terminal filial gruppe koncern restaurant",
        "": "callcenteret callcentret kundecenteret kundecentret centret centeret butikken butikker butikkerne"
        " fabrikken fabrikker fabrikkerne lageret lagre lagrene kundeservice ledelse hovedkontor hovedkontoret bank"
        " banken",
    },
    departments="salg marketing økonomi kommunikation kundeservice it hr drift logistik indkøb butik lager produktion",
    adjectives="ny nye gammel gamle ældre unge ung dygtige dygtigste egen egne flinke søde forrige næste første anden"
    " andre mange flere få alle nogle fleste øverste øvrige administrerende adm daglig konstitueret tiltrædende"
    " afgående faste fast midlertidige lokale vrede erfaren erfarne stolt stolte ansvarlig",
    articles="en et den det de denne disse",
    possessives="din dit dine hans hendes deres sin sit sine jeres",
    mine="min mit mine vores vor vort",
    adverbs="selv også nu faktisk her der inde ude nede ovre stadig tidligere kun jo da altså egentlig allerede deltid"
    " fuldtid",
    subjects="jeg du han hun vi i hvem det den man",
    first="jeg vi",
    copulas="er",
    as_words="som",
    negations="ikke aldrig næppe ej",
    only="kun bare mindst",
    former="tidligere forhenværende eks ex afgået pensioneret gamle forrige",
    conditions="hvis såfremt om",
    relatives="som at hvem hvor fordi der",
    infinitives="at vil ville skal skulle kan kunne må måtte bør burde",
    breakers="og eller men når fordi hvis er var har havde blev bliver mens end",
    outsiders="kunde kunden kunder kunderne abonnent medlem aktionær investor leverandør anmelder",
)
