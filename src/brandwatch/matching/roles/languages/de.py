"""German; ß stays ß, and every feminine and neutral form is its own."""

from __future__ import annotations

from brandwatch.matching.roles.language_words import LanguageWords

_FEMININE = "in innen :in :innen *in *innen _in _innen /in /innen /-in /-innen"

WORDS = LanguageWords(
    heads={
        f"s n {_FEMININE}": "mitarbeiter leiter sprecher berater entwickler verkäufer techniker mechaniker elektriker"
        " sachbearbeiter betreuer arbeiter vertreter manager geschäftsführer",
        f"s {_FEMININE}": "chef",
        f"s en {_FEMININE}": "direktor",
        f"s e en {_FEMININE}": "ingenieur monteur redakteur",
        f"en {_FEMININE}": "assistent referent praktikant",
        "n r": "angestellte beschäftigte mitarbeitende vorsitzende",
        "s es": "vorstand",
        "": "vorstände vorständen kauffrau kaufmann kaufleute",
    },
    roles={
        f"s n {_FEMININE}": "kassierer fahrer lieferfahrer paketfahrer busfahrer zusteller krankenpfleger lehrer"
        " gründer mitgründer whistleblower hinweisgeber programmierer designer buchhalter schaffner lokführer"
        " flugbegleiter kellner elektroniker handwerker arbeitnehmer verkaufsberater filialleiter gewerkschafter"
        " lagerist pförtner hausmeister ausbilder forscher",
        f"s e en {_FEMININE}": "pilot architekt jurist journalist kommissionierer sekretär werkstudent konsulent",
        "n": "kollege aushilfe krankenschwester",
        "nen": "kollegin ärztin köchin",
        "n r": "auszubildende freigestellte",
        "s": "azubi trainee ceo cfo cto",
        "e en s": "lehrling",
        "s es in innen": "betriebsrat aufsichtsrat",
        "s es": "arzt koch",
        "": "kollegen betriebsräte betriebsräten betriebsrätin betriebsrätinnen aufsichtsräte paketbote paketboten"
        " paketbotin wachmann wachmanns wachleute belegschaft personal personals führungskraft führungskräfte"
        " fachkräfte servicekraft reinigungskraft aushilfskraft fachkraft pflegekraft pflegekräfte köche ärzte"
        " geschäftsführung geschäftsleitung bankkauffrau vorstandsmitglied vorstandsmitglieder",
    },
    genitive="",
    false_friends="lautsprecher halbleiter tonleiter ableiter supraleiter gleiter wiederverkäufer volksvertreter",
    role_prepositions="bei beim von vom der des im in für",
    links="für des der von im in",
    verbs={
        "bei beim für im in": "arbeitet arbeite arbeiten arbeitete arbeiteten gearbeitet jobbt jobbe jobbte tätig",
        "bei beim von vom der": "angestellt beschäftigt eingestellt fest_angestellt",
        "von vom bei beim der": "entlassen gefeuert gekündigt suspendiert freigestellt",
    },
    first_verbs="arbeite arbeiten jobbe",
    participles="angestellt beschäftigt tätig",
    late_verbs="arbeitet arbeite arbeiten arbeitete arbeiteten gearbeitet jobbt jobbe angestellt beschäftigt tätig"
    " entlassen gefeuert",
    late_reach=3,
    jobs="job stelle",
    employers="arbeitgeber arbeitgebers arbeitgeberin",
    companies="firma unternehmen unternehmens konzern konzerns bank kette gesellschaft betrieb betriebs versicherung"
    " versicherer versicherers hersteller herstellers supermarktkette zeitung verlag hotel restaurant gruppe riese"
    " riesen anbieter anbieters konkurrent konkurrenten rivalen händler händlers brauerei airline",
    workplaces={
        "n": "filiale zentrale gruppe abteilung",
        "s": "büro callcenter call-center kundencenter lager hotel restaurant konzern markt",
        "": "märkte märkten werk werks werke werken fabrik fabriken abteilungen kundendienst kundenservice laden läden"
        " filialen niederlassung niederlassungen standort standorten bank geschäft verwaltung",
    },
    departments="vertrieb marketing finanzen kommunikation kundenservice it hr personal logistik einkauf produktion",
    adjectives="neu neue neuer neuen neues neuem alte alter alten leitende leitender leitenden ehemalige früherer"
    " frühere langjährige langjähriger erste erster ersten zweite viele alle einige mehrere eigene eigenen oberste"
    " oberster zuständige zuständiger stellvertretende stellvertretender kaufmännische technische kommissarische junge"
    " junger netter nette nettes besten beste bester stolzer stolze erfahrene erfahrener unsere hundert tausend",
    articles="der die das dem den des ein eine einer einem einen eines diese dieser dieses diesem",
    possessives="dein deine seine sein ihr ihre ihrem ihrer ihren seinem seiner euer eure",
    mine="mein meine meinem meinen meiner meines unser unsere unserem unserer unseren",
    adverbs="selbst auch jetzt hier dort da noch immer derzeit aktuell gerade seit schon übrigens eben zurzeit ja nun"
    " tatsächlich teilzeit vollzeit",
    subjects="ich du er sie es wir ihr wer man",
    first="ich wir",
    copulas="bin sind",
    as_words="als",
    negations="nicht nie niemals kein keine keiner keinen keinem weder kaum",
    only="nur bloß lediglich",
    former="ehemalige ehemaliger ehemaligen ehemaliges ehemals früherer frühere früheren ex alter alten alte",
    conditions="wenn falls ob",
    relatives="dass wer weil wo",
    infinitives="zu will wollen wollte möchte möchten würde würden kann können konnte soll sollen sollte muss müssen"
    " darf",
    breakers="und oder aber dass weil wenn ist war wird wurde hat hatte während zu wie über",
    outsiders="kunde kunden kundin kundinnen abonnent mitglied aktionär investor lieferant rezensent",
)
