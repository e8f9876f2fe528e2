"""English."""

from __future__ import annotations

from brandwatch.matching.roles.language_words import LanguageWords

WORDS = LanguageWords(
    heads={},
    roles={
        "s": "employee adviser advisor manager director executive exec engineer developer programmer designer architect"
        " salesperson cashier driver guard nurse doctor teacher consultant agent rep representative caseworker trainee"
        " apprentice intern technician electrician mechanic plumber worker coworker colleague founder cofounder"
        " whistleblower insider steward officer secretary assistant receptionist clerk supervisor courier barista"
        " waiter bartender chef pilot stewardess attendant staffer vp svp evp treasurer accountant recruiter scientist"
        " researcher economist strategist coordinator trader banker janitor cleaner editor reporter journalist temp"
        " ceo cfo cto coo cio cmo chairperson spokesperson chief head handler packer picker labourer laborer"
        " vice_president team_lead tech_lead engineering_lead crew_member board_member union_rep press_contact"
        " team_member lecturer",
        "es": "boss waitress stewardess",
        "": "chairman chairmen chairwoman spokespeople spokesman spokesmen spokeswoman spokeswomen salespeople salesman"
        " salesmen saleswoman saleswomen foreman foremen forewoman staff personnel workforce crew management team_leads"
        " board_chair chair",
    },
    genitive="",
    verblike="guards guard manages engineers heads bosses pilots staff temps captains editors crew",
    role_prepositions="at of for from with in within",
    links="of for in",
    verbs={
        "at for in within": "work works worked working",
        "by at in": "employed hired",
        "from by": "fired sacked dismissed suspended laid_off resigned retired ousted let_go furloughed",
    },
    first_verbs="work",
    participles="employed working",
    late_verbs="",
    jobs="job role position",
    employers="employer",
    companies="company firm bank group chain retailer startup start-up giant insurer airline carmaker utility agency"
    " store brand corporation business operator organisation organization charity publisher newspaper hotel restaurant"
    " supermarket maker manufacturer provider rival competitor conglomerate supplier studio hospital",
    workplaces={
        "s": "office store shop warehouse department factory plant branch centre center depot hotel restaurant division"
        " unit lab desk team group campus hub site bakery call_centre",
        "": "branches factories headquarters hq support plc inc ltd customer_service subsidiary",
    },
    departments="sales marketing finance communications comms hr it operations support security software hardware"
    " engineering data product project programme program press media customer service services store shop warehouse"
    " delivery factory plant field account human resources legal compliance risk credit insurance loan claims"
    " technology tech retail branch bank call centre center care floor night union board public relations pr affairs"
    " logistics",
    adjectives="senior junior lead chief principal staff regional local area deputy assistant interim acting new"
    " current own executive managing general veteran longtime long-time part-time full-time top female male young"
    " older first next former outgoing incoming head vice some many several all most angry two three four five ten"
    " hundred group inc ltd plc as asa ab ag gmbh norway sweden denmark germany uk us",
    articles="the a an this that these those",
    possessives="your his her their its",
    mine="my our",
    adverbs="myself himself herself themselves currently actually also still just now do here there over back proudly"
    " presently really already happily both full-time part-time",
    subjects="he she they it we you who",
    first="i we",
    copulas="am are",
    contracted="i'm im we're",
    as_words="as",
    negations="not never no cannot don't doesn't didn't isn't aren't wasn't weren't haven't hasn't ain't dont doesnt"
    " neither",
    only="only just merely",
    former="former ex retired past previous old onetime one-time erstwhile",
    conditions="if whether unless",
    relatives="who that which whom because whose where",
    infinitives="to would could can will might may should must i'd i'll you'd",
    breakers="and or but who that which is was were are has had because while when if than about like how to",
    outsiders="customers clients subscriber subscribers shareholder shareholders investor investors"
    " reviewer supplier critic users",
)

# A thing as often as a person, when it stands after the name with nothing between: `Acme chairs`.
NEVER_ALONE = (
    "chair chairs cleaner cleaners editor editors assistant assistants architect architects agent picker pickers packer"
    " packers temp temps management handler handlers designer designers executive scheduler courier pilot"
)
# `A driver for Acme printers` is no person.
NEVER_FOR = "head heads driver drivers cleaner cleaners chair editor editors agent assistant"
# `Acme driver update`, `Acme employee handbook`, `Acme developer account`.
THINGS = (
    "update updates download downloads software version benefits discount discounts handbook portal program programme"
    " conference account accounts docs documentation kit tools console license licence edition mode stock options job"
    " jobs position positions role roles vacancy vacancies training certification exam interview interviews api app"
    " office offices canteen survey community forum"
)
# What follows a name and takes its place: `works for Acme rival Globex`.
RIVALS = (
    "rival rivals competitor competitors customer customers user users client clients fan fans victim victims critic"
    " critics shareholder shareholders investor investors supplier suppliers partner partners subcontractor contractor"
)
# `This works best for Acme`: it suits.
SUITS = "best well fine great better perfectly wonders out it this everything nothing"
