"""Norwegian Nynorsk."""

from __future__ import annotations

from brandwatch.matching.roles.language_words import LanguageWords

WORDS = LanguageWords(
    heads={
        "en ar ane": "rådgjevar rådgivar medarbeidar leiar seljar utviklar teknikar mekanikar elektrikar forskar"
        " saksbehandlar sakshandsamar sjef direktør konsulent ingeniør assistent sekretær sjåfør montør koordinator"
        " representant redaktør vikar lærling",
        "e": "tilsett tillitsvald",
        "en ar ane a": "talsperson",
        "a": "talskvinne",
        "": "talskvinna talskvinner talskvinnene talsmann talsmannen talsmenn talsmennene formann formannen",
    },
    roles={
        "en ar ane": "kasserar arbeidstakar varslar gründer lærar vektar sjukepleiar hjelpepleiar fagarbeidar"
        " reinhaldar grunnleggjar grunnleggar programmerar kundehandsamar kundebehandlar lagerarbeidar industriarbeidar"
        " butikkarbeidar praktikant trainee pressekontakt kontaktperson ekspeditør resepsjonist servitør arkitekt"
        " jurist økonom journalist kokk pilot inspektør bestyrar vaktmeister lokførar",
        "n r ne": "kollega",
        "et a": "verneombod hovudverneombod",
        "en er ene": "styremedlem lege",
        "": "styremedlemer styremedlemene styremedlemet styremedlemmer kollegaer kollegaane kollegaar kollegaene"
        " arbeidaren arbeidarar arbeidarane personalet betjeninga staben mannskapet leiinga toppleiinga"
        " presseansvarleg presseansvarlege kommunikasjonsansvarleg kommunikasjonsansvarlege hr-ansvarleg ceo ceo-en",
    },
    false_friends="halvleiar kleiar innleiar avleiar rettleiar utforskar vidareseljar",
    verblike="leiar utviklar lærar varslar forskar",
    role_prepositions="i hos hjå ved frå for på av",
    links="for av innan på i",
    verbs={
        "i hos hjå ved for på": "jobbar jobba jobbet arbeider arbeidar arbeidde arbeidd",
        "i hos hjå ved på av": "tilsett nytilsett engasjert",
        "frå av": "sparka avskjediga permittert oppsagt sagt_opp suspendert",
        "frå i hos hjå": "sparken",
    },
    first_verbs="jobbar arbeider arbeidar",
    participles="tilsett nytilsett engasjert",
    late_verbs="jobbar arbeider arbeidar",
    jobs="jobb jobben stilling stillinga",
    employers="arbeidsgjevar arbeidsgjevaren arbeidsgivar arbeidsgivaren",
    companies="firmaet selskapet bedrifta konsernet banken kjeda butikken føretaket verksemda organisasjonen forlaget"
    " avisa hotellet restauranten giganten gruppa konkurrenten etaten leverandøren produsenten",
    workplaces={
        "et a": "kundesenter senter kontor lager anlegg verkstad verk sjukehus hotell varehus konsern",
        "en ar ane": "butikk fabrikk terminal filial",
        "a ar ane": "avdeling",
        "": "avdelingar kundesenteret senteret kundeservice leiing leiinga gruppe gruppa bank banken skule skulen",
    },
    departments="sal marknad økonomi kommunikasjon kundeservice kundesenter it hr drift logistikk innkjøp butikk lager",
    adjectives="ny nye gammal gamle eldre unge ung flinke flinkaste eigen eigne hyggelege dyktige førre neste første"
    " andre mange fleire få alle nokre nokon fleste øvste administrerande dagleg konstituert påtroppande faste fast"
    " mellombels lokale sinte erfaren erfarne stolt stolte ansvarleg",
    articles="ein ei eit den det dei denne desse",
    possessives="din di ditt dine hans hennar deira sin si sitt sine",
    mine="min mi mitt mine vår vårt våre",
    adverbs="sjølv også òg no faktisk her der inne ute nede borte framleis tidlegare berre jo då altså eigentleg alt",
    subjects="eg du han ho vi me de dykk kven det den ein",
    first="eg vi me",
    copulas="er",
    as_words="som",
    negations="ikkje aldri",
    only="berre minst",
    former="tidlegare førre eks ex avgått pensjonert gamle",
    conditions="viss dersom om",
    relatives="som at kven kvar fordi der",
    infinitives="å vil ville skal skulle kan kunne må måtte bør burde",
    breakers="og eller men at når fordi viss er var har hadde vart blei vert blir å medan enn",
    outsiders="kunde kunden kundar kundane abonnent medlem aksjonær investor leverandør meldar",
)
