"""Swedish."""

from __future__ import annotations

from brandwatch.matching.roles.language_words import LanguageWords

WORDS = LanguageWords(
    heads={
        "n na": "rådgivare medarbetare ledare säljare utvecklare handläggare arbetare sekreterare tekniker mekaniker"
        " elektriker forskare",
        "en er erna": "chef direktör konsult ingenjör assistent chaufför montör representant talesperson redaktör"
        " strateg",
        "n er erna": "koordinator samordnare",
        "a e": "anställd",
        "t n na": "biträde",
        "": "talesman talesmannen talesmän talesmännen taleskvinna taleskvinnan taleskvinnor taleskvinnorna"
        " koordinatorn koordinatorer ordförande ordföranden",
    },
    roles={
        "n na": "arbetstagare visselblåsare grundare medgrundare lärare väktare lokförare tågförare lastbilsförare"
        " truckförare bussförare läkare programmerare designer skötare städare löntagare",
        "en er erna": "expedit praktikant trainee presskontakt kontaktperson kassör receptionist servitris arkitekt"
        " jurist ekonom journalist pilot ordningsvakt inspektör konduktör ledamot styrelseledamot",
        "n r rna": "vikarie",
        "en ar arna": "lärling kock",
        "et en": "fackombud skyddsombud",
        "": "kollega kollegan kollegor kollegorna kolleger kollegerna sjuksköterska sjuksköterskan sjuksköterskor"
        " sjuksköterskorna undersköterska undersköterskan undersköterskor undersköterskorna"
        " kassörska kassörskan kassörskor"
        " styrelseledamöter styrelseledamöterna förtroendevald förtroendevalda personalen ledningen personal"
        " besättningen fackombuden pressansvarig pressansvariga kommunikationsansvarig hr-ansvarig"
        " vd vd:n vd'n vdn vd:ar vd:arna vd:ns ceo cfo cto",
    },
    false_friends="halvledare ljusledare återförsäljare",
    role_prepositions="vid hos på i från för av inom",
    links="för av inom på med",
    verbs={
        "på hos vid i för åt inom": "jobbar jobbade jobbat arbetar arbetade arbetat",
        "på hos vid i av inom": "anställd nyanställd anställda",
        "från av": "sparkad avskedad avskedade uppsagd varslad varslade permitterad avstängd sparkades avskedades",
        "från på hos": "sparken",
    },
    first_verbs="jobbar arbetar",
    participles="anställd nyanställd",
    late_verbs="jobbar arbetar",
    jobs="jobb jobbet tjänst tjänsten",
    employers="arbetsgivare arbetsgivaren",
    companies="företaget bolaget koncernen banken kedjan firman butiken organisationen förlaget tidningen hotellet"
    " restaurangen jätten gruppen konkurrenten myndigheten leverantören tillverkaren verksamheten rederiet",
    workplaces={
        "et": "callcenter kontor lager varuhus sjukhus hotell center",
        "en er erna": "avdelning fabrik terminal filial koncern restaurang",
        "en": "butik bank",
        "": "butiker butikerna avdelningar avdelningarna fabriken fabriker kundtjänst kundtjänsten kundcenter"
        " kundcentret centret lagret kontoret kontoren verkstad verkstaden anläggning anläggningen huvudkontor"
        " huvudkontoret gruppen grupp ledning",
    },
    departments="försäljning marknad ekonomi kommunikation kundtjänst it hr drift logistik inköp butik lager"
    " produktion",
    adjectives="ny nya gammal gamla äldre unga ung duktiga duktigaste egen egna trevliga förra nästa första andra många"
    " flera få alla några flesta högsta övriga verkställande vice tillförordnad tillförordnade tf tillträdande"
    " avgående fasta tillfälliga lokala arga erfaren erfarna stolt stolta ansvarig biträdande",
    articles="en ett den det de denna dessa",
    possessives="din ditt dina hans hennes deras sin sitt sina ert era",
    mine="min mitt mina vår vårt våra",
    adverbs="själv också nu faktiskt här där inne ute nere borta fortfarande tidigare bara ju då alltså egentligen"
    " redan deltid heltid",
    subjects="jag du han hon vi ni vem det den man",
    first="jag vi",
    copulas="är",
    as_words="som",
    negations="inte aldrig ej knappast icke",
    only="bara endast minst",
    former="tidigare förre förra före_detta fd f.d ex avgången pensionerad gamla",
    conditions="om ifall",
    relatives="som att vem var därför eftersom där",
    infinitives="att vill ville ska skall skulle kan kunde måste får bör borde",
    breakers="och eller men att när eftersom om är var har hade blev blir medan än",
    outsiders="kund kunden kunder kunderna abonnent medlem aktieägare investerare leverantör recensent",
)
