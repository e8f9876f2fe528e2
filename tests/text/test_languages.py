from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import brandwatch
from brandwatch.config.query import Language as QueryLanguage
from brandwatch.query_language import LANGUAGE_CODES as EXPRESSION_LANGUAGES
from brandwatch.text import LANGUAGE_FOLDER as FOLDER
from brandwatch.text import language_codes
from brandwatch.text.language import detectable_languages, language_of
from brandwatch.text.languages import LanguageFileError, all_languages, language, read_language

# A language of our own: each field holds a word that no other language has.
INVENTED = {
    "name = 'Norwegian Bokmål'": "name = 'Blåbærsk'",
    "tags = 'nob no nor'": "tags = 'qbb'",
    "capitals = 'ÅÆØ'": "capitals = 'ÅÆØĶ'",
    "bare_genitives = 's x z'": "bare_genitives = 'q'",
    "[names.cases]": "[names.cases]\n'' = 'umi orla'\n'en' = 'enak'",
    "noun_endings = 'en et a n t er ene ane'": "noun_endings = 'ul'",
    'noun_genitives = "s \'s"': "noun_genitives = 'qi'",
    "'januar jan'": "'snjobar'",
    "'' = 's e t en ens et ets er ers ene enes ere est este'": "'' = 'ukk'",
    "  'søknadsfrist',": "  'jobbzo',",
    "[roles.heads]": "[roles.heads]\n'o ani' = 'radgivo'",
    "role_prepositions = 'i hos ved fra for på av'": "role_prepositions = 'zuu'",
    "first_verbs = 'jobber arbeider'": "first_verbs = 'vurko'",
    "'i hos ved for på' = 'jobber": "'zuu' = 'vurko jobber",
    "first = 'jeg vi æ'": "first = 'mok'",
}


@pytest.mark.parametrize("code", language_codes())
def test_every_language_is_complete(code: str):
    """Each file has every field and no other, its patterns compile, and a word list stands beside it."""
    loaded = language(code)
    assert loaded.name
    for kind in ("job_ad", "stock_ticker", "coupon", "obituary"):
        for pattern in getattr(loaded.exclusions, kind):
            assert re.compile(pattern).search("") is None
    assert (FOLDER / f"{code}.txt").is_file()
    if loaded.roles:
        assert loaded.roles.after_brand in {"never", "always", "capitalised"}
        assert loaded.roles.heads or loaded.roles.nouns


@pytest.mark.parametrize("line", ["articles", "genitives", "is_default", "obituary", "heads", "capitals"])
def test_a_missing_field_is_refused_by_its_name(tmp_path: Path, line: str):
    """A file without a required field is refused; the message names the file and the field."""
    path = tmp_path / "nb.toml"
    whole = (FOLDER / "nb.toml").read_text(encoding="utf-8")
    without = re.sub(rf"(?ms)^{line} = ('''.*?'''|\[\n.*?^\]|.*?$)\n|^\[roles\.{line}\]$.*?(?=^\[)", "", whole)
    assert without != whole
    path.write_text(without, encoding="utf-8")
    with pytest.raises(LanguageFileError, match=rf"^nb\.toml: \S*{line} is missing"):
        read_language(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[ordinary]", "[ordinary]\nplurals = 'er'", "ordinary.plurals is not a field"),
        ("[roles.words]", "[roles.words]\nslang = 'sjæf'", "roles.words.slang is not a field"),
        ("is_default = true", "is_default = 'yes'", "is_default must be true or false"),
        ("joints = \"s 's s'\"", "joints = 3", "names.joints must be a text"),
        ("late_reach = 0", "late_reach = '0'", "roles.late_reach must be a number"),
        ("stock_ticker = [", "stock_ticker = 'kursmål' # [", "exclusions.stock_ticker must be a list of texts"),
        ("[names.cases]", "[names.cases]\nlokativ = 3", "names.cases must be a table of texts"),
        ("name = ", "name : ", "Expected"),
    ],
)
def test_an_invalid_field_is_refused_by_its_name(tmp_path: Path, old: str, new: str, message: str):
    """An unknown field or a wrong type is refused; the message names the file and the field."""
    path = tmp_path / "nb.toml"
    whole = (FOLDER / "nb.toml").read_text(encoding="utf-8")
    assert old in whole
    path.write_text(whole.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LanguageFileError, match="^nb.toml: .*" + re.escape(message)):
        read_language(path)


def test_a_valid_file_is_accepted(tmp_path: Path):
    """The same file without a change is valid, as is a language without roles."""
    path = tmp_path / "nb.toml"
    shutil.copy(FOLDER / "nb.toml", path)
    assert read_language(path) == language("nb")
    assert language("fi").roles is None


def test_the_languages_are_the_files():
    """Query files, detection and expressions know exactly the languages that have a file."""
    codes = set(language_codes())
    assert set(get_args(QueryLanguage)) - {"no"} == codes
    assert set(detectable_languages()) == codes
    assert codes <= set(EXPRESSION_LANGUAGES)
    assert len({each.name for each in all_languages()}) == len(codes)


def invented_language() -> str:
    """The file of an invented language: the Norwegian file with other words."""
    text = (FOLDER / "nb.toml").read_text(encoding="utf-8")
    for old, new in INVENTED.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


PROGRAM = """
from datetime import UTC, datetime
from typing import get_args

from brandwatch.config.query import Exclusions, Language, Query, Term, TermKind
from brandwatch.matching import Matcher
from brandwatch.models import Entry
from brandwatch.text.dates import parse_date
from brandwatch.text.language import language_of

names = (Term(text="Fjordbanken"), Term(text="Aksq"), Term(text="Fjord"), Term(text="Glimpo"), Term(text="Ķlimto"))
products = (Term(text="Boksino", kind=TermKind.PRODUCT),)

def explain(text, languages):
    hides = Exclusions(kinds=("job_ad",))
    # A query cannot list a language without its files.
    listed = tuple(code for code in languages if code in get_args(Language))
    query = Query(name="q", brand="Fjord", names=names, products=products, languages=listed, exclude=hides)
    result = Matcher([query]).explain(Entry(text=text))["q"]
    evidence = (f"{piece.rule}:{text[piece.start:piece.end]}" for piece in result.evidence)
    return (*evidence, *(why for why in [result.suppressed] if why.startswith("exclude")))

for languages in (("qb",), ("nb",)):
    for text in TEXTS:
        print(*languages, text, *explain(text, languages), sep="|")
print(language_of("Fjordbanken", "qb"), language_of("Fjordbanken", "qbb"), language_of("Fjordbanken", "qx"))
print(*sorted(set(get_args(Language)) & {"qb", "nb"}))
print(parse_date("hin 5. snjobar 2026", now=datetime(2026, 6, 1, tzinfo=UTC)))
"""
# The text, and what a query of the invented language and one of another find in it beside the name.
SPEAKING = {
    # Endings of names: a case of the language, one that changes the stem, endings of products, a bare genitive.
    "Fjordbankenumi": (["inflected:Fjordbankenumi"], []),
    "Fjordbankenak": (["inflected:Fjordbankenak"], []),
    "Fjordbankeno": ([], []),
    "Boksinoulqi": (["inflected:Boksinoulqi"], ["inflected:Boksinoulqi"]),
    "Aksq' radgivo": (["exact:Aksq", "brand's-role:Aksq' radgivo"],) * 2,
    # Roles, work, and who speaks of himself.
    "radgivoani zuu Fjord": (["exact:Fjord", "role-of-brand:radgivoani zuu Fjord"],) * 2,
    "mok vurko zuu Fjord": (["exact:Fjord", "works-for-brand:vurko zuu Fjord", "self-declaration:mok vurko zuu Fjord"],)
    * 2,
    # Ordinary words: a listed one, and a form of it, need their capitals where the query lists the language.
    "glimpo": ([], ["exact:glimpo"]),
    "Glimpo": (["exact:Glimpo"], ["exact:Glimpo"]),
    # The seam of a hashtag, and a kind of entry that is hidden.
    "#SterkĶlimto": (["hashtag:#SterkĶlimto"],) * 2,
    "Jobbzo: Fjord": (["exact:Fjord", "exclude.kinds: the words of job_ad: “jobbzo”"],) * 2,
}


def run_with(folder: Path, files: dict[str, str]) -> list[str]:
    """Run the program on a copy of the package with more language files, and return its lines."""
    package = folder / "brandwatch"
    shutil.copytree(Path(brandwatch.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in files.items():
        (package / "text" / "languages" / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", f"TEXTS = {list(SPEAKING)!r}\n{PROGRAM}"]
    answer = subprocess.run(command, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True)
    return answer.stdout.splitlines()


def test_a_language_needs_only_two_files(tmp_path: Path):
    """With a language file and a word list, every part of the program knows the language."""
    lines = run_with(tmp_path, {"qb.toml": invented_language(), "qb.txt": "# Invented.\nblåbær glimp glimpo\n"})
    assert lines == [
        *("|".join(["qb", text, *found]) for text, (found, _) in SPEAKING.items()),
        # Cases and ordinary words count for the queries that list the language, all else in every text.
        *("|".join(["nb", text, *found]) for text, (_, found) in SPEAKING.items()),
        "qb qb other",
        "nb qb",
        "2026-01-05 00:00:00+00:00",
    ]


def test_without_its_files_the_language_is_unknown(tmp_path: Path):
    """Without the files, only the plain names match in the same texts."""
    lines = run_with(tmp_path, {})
    found = [piece for line in lines[:-3] for piece in line.split("|")[2:]]
    assert set(found) <= {"exact:Fjord", "exact:Aksq", "exact:glimpo", "exact:Glimpo"}
    assert lines[-3:] == ["other other other", "nb", "None"]


def test_an_unknown_tag_is_another_language():
    """Without its file, the tag is an unknown language."""
    assert language_of("Fjordbanken", "qb") == "other"
