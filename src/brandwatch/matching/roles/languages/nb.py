"""Norwegian Bokmål."""

from __future__ import annotations

from brandwatch.matching.roles.language_words import LanguageWords

WORDS = LanguageWords(
    heads={
        "en e ne": "rådgiver medarbeider leder selger utvikler tekniker mekaniker elektriker forsker saksbehandler",
        "en er ene": "sjef direktør konsulent ingeniør assistent sekretær sjåfør montør koordinator representant"
        " redaktør",
        "en a er ene": "talsperson",
        "n r ne": "talskvinne tillitskvinne",
        "e": "ansatt tillitsvalgt",
        "en": "talsmann formann tillitsmann",
        "": "talskvinna tillitskvinna talsmenn talsmennene formenn formennene tillitsmenn tillitsmennene",
        "en er ene e": "vikar lærling",
    },
    roles={
        "en e ne": "kasserer arbeidstaker varsler gründer lærer vekter sykepleier hjelpepleier helsefagarbeider"
        " fagarbeider barnehagelærer lagerarbeider industriarbeider butikkarbeider bygningsarbeider renholder"
        " grunnlegger bestyrer flyger vaktmester designer programmerer kundebehandler underdirektør lokfører"
        " medgründer",
        "en er ene": "kollega praktikant trainee hospitant pressekontakt kontaktperson ekspeditør resepsjonist servitør"
        " konduktør arkitekt jurist økonom journalist lege kokk pilot butikkvakt dørvakt sikkerhetsvakt nattvakt"
        " aspirant inspektør",
        "n r ne": "kassadame",
        "et ene": "verneombud hovedverneombud",
        "met mer mene": "styremedlem",
        "": "kassadama"
        " kolleger kollegaer kollegene kollegaene arbeideren arbeidere arbeiderne personalet betjeningen staben"
        " mannskapet bemanningen ledelsen toppledelsen ceo ceo-en ceoen cfo cfo-en cto cto-en coo coo-en"
        " presseansvarlig presseansvarlige kommunikasjonsansvarlig kommunikasjonsansvarlige markedsansvarlig"
        " markedsansvarlige hr-ansvarlig hr-ansvarlige eksansatt eksansatte dir adm.dir",
    },
    false_friends="halvleder kleder innleder avleder utleder forleder veileder rettleder videreselger utforsker"
    " videreutvikler",
    verblike="leder utvikler selger lærer varsler forsker bestyrer",
    role_prepositions="i hos ved fra for på av",
    links="for av innen på i",
    verbs={
        "i hos ved for på": "jobber jobbet jobba arbeider arbeidet arbeida",
        "i hos ved på av": "ansatt nyansatt fastansatt tilsatt engasjert",
        "fra av": "sparket sparka avskjediget permittert oppsagt sagt_opp suspendert headhuntet",
        "fra i hos": "sparken",
    },
    first_verbs="jobber arbeider",
    participles="ansatt nyansatt fastansatt tilsatt engasjert",
    late_verbs="jobber arbeider",
    jobs="jobb jobben stilling stillingen",
    employers="arbeidsgiver arbeidsgiveren",
    companies="firmaet selskapet bedriften konsernet banken kjeden butikken foretaket virksomheten organisasjonen"
    " forlaget avisen avisa hotellet restauranten giganten gruppen gruppa konkurrenten rivalen etaten leverandøren"
    " produsenten butikkjeden rederiet verftet",
    workplaces={
        "et er ene": "kundesenter senter kontor lager anlegg verksted verk sykehus hotell varehus konsern hovedkvarter",
        "en er ene": "butikk avdeling fabrikk terminal filial gruppe kundeservice ledelse restaurant",
        "a": "avdeling gruppe",
        "": "kundesenteret kundesentre kundesentrene senteret kontorene lagrene lagre gruppen bank banken skole skolen",
    },
    departments="salg marked økonomi kommunikasjon kundeservice kundesenter it hr drift logistikk innkjøp butikk lager"
    " personal produksjon forskning utvikling kvalitet samfunnskontakt presse norden privatmarked bedriftsmarked",
    adjectives="ny nye gammel gamle eldre unge ung flinke flinkeste egen egne hyggelige dyktige forrige neste første"
    " andre mange flere få alle noen fleste øverste øvrige administrerende adm daglig konstituert påtroppende faste"
    " fast midlertidige lokale sinte avgåtte nyansatte erfarne erfaren stolt stolte ansvarlig assisterende regional"
    " fung",
    articles="en ei et den det de denne disse én ene",
    possessives="din di ditt dine hans hennes deres sin si sitt sine",
    mine="min mi mitt mine vår vårt våre",
    adverbs="selv også nå faktisk her der inne ute nede borte fortsatt fremdeles tidligere bare jo da altså egentlig"
    " allerede deltid heltid",
    subjects="jeg du han hun vi dere hvem det den man",
    first="jeg vi æ",
    copulas="er",
    as_words="som",
    negations="ikke aldri neppe",
    only="bare kun minst",
    former="tidligere forhenværende eks ex avgått avgåtte pensjonert gamle forrige",
    conditions="hvis dersom om",
    relatives="som at hvem hvor fordi der",
    infinitives="å vil ville skal skulle kan kunne må måtte bør burde",
    breakers="og eller men at når fordi hvis er var har hadde ble blir å mens enn",
    outsiders="kunde kunden kunder kundene abonnent abonnenten medlem aksjonær investor investoren leverandør anmelder",
)
