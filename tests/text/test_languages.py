from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import brandwatch
from brandwatch.config.query_schema import Language as QueryLanguage
from brandwatch.query_language import LANGUAGE_CODES as EXPRESSION_LANGUAGES
from brandwatch.text.language import detectable_languages, language_of
from brandwatch.text.languages import FOLDER, LanguageFileError, all_languages, language, language_codes, read_language

# A language of our own: its cases stand behind a hyphenless name, its articles and prepositions are invented.
INVENTED = {
    "name": "Blåbærsk",
    "tags": "qbb",
    "cases": "'' = 'umi orla'\n'en' = 'enak'",
    "adviser": "'o ani' = 'radgivo'",
    "preposition": "zuu",
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
    """A file that lacks a field is refused with the names of file and field."""
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
def test_a_field_that_is_not_sound_is_refused_by_its_name(tmp_path: Path, old: str, new: str, message: str):
    """An unknown field, or a value of another type, is refused with the names of file and field."""
    path = tmp_path / "nb.toml"
    whole = (FOLDER / "nb.toml").read_text(encoding="utf-8")
    assert old in whole
    path.write_text(whole.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LanguageFileError, match="^nb.toml: .*" + re.escape(message)):
        read_language(path)


def test_a_whole_file_is_read(tmp_path: Path):
    """The same file without a change is no error, nor is a language whose roles are not asked for."""
    path = tmp_path / "nb.toml"
    shutil.copy(FOLDER / "nb.toml", path)
    assert read_language(path) == language("nb")
    assert language("fi").roles is None


def test_the_languages_are_the_files():
    """What a query may list, what is detected and what an expression knows are the languages that have a file."""
    codes = set(language_codes())
    assert set(get_args(QueryLanguage)) - {"no"} == codes
    assert set(detectable_languages()) == codes
    assert codes <= set(EXPRESSION_LANGUAGES)
    assert len({each.name for each in all_languages()}) == len(codes)


def invented_language() -> str:
    """Return the file of an invented language: the Norwegian one with other words in it."""
    text = (FOLDER / "nb.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^name = .*", f"name = '{INVENTED['name']}'", text)
    text = re.sub(r"(?m)^tags = .*", f"tags = '{INVENTED['tags']}'", text)
    text = text.replace("[names.cases]\n", f"[names.cases]\n{INVENTED['cases']}\n")
    text = text.replace("[roles.heads]\n", f"[roles.heads]\n{INVENTED['adviser']}\n")
    return re.sub(r"(?m)^role_prepositions = .*", f"role_prepositions = '{INVENTED['preposition']}'", text)


PROGRAM = """
from brandwatch.config.query import Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry
from brandwatch.text.language import language_of

for languages in (("qb",), ("nb",)):
    query = Query(name="q", brand="Fjordbanken", names=(Term(text="Fjordbanken"),), languages=languages)
    for text in ("Fjordbankenumi", "Fjordbankenak", "Fjordbankeno", "radgivoani zuu Fjordbanken"):
        result = Matcher([query]).explain(Entry(text=text))["q"]
        print(*languages, text, *(f"{piece.rule}:{piece.start}-{piece.end}" for piece in result.evidence), sep="|")
print(language_of("Fjordbanken", "qb"), language_of("Fjordbanken", "qbb"), language_of("Fjordbanken", "qx"))
"""


def test_a_language_is_two_files(tmp_path: Path):
    """With a language file and its word list, inflected names and roles of the language are found; without, not."""
    package = tmp_path / "brandwatch"
    shutil.copytree(Path(brandwatch.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "text" / "languages" / "qb.toml").write_text(invented_language(), encoding="utf-8")
    (package / "text" / "languages" / "qb.txt").write_text("# Invented.\nblåbær\n", encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM]
    answer = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        "qb|Fjordbankenumi|inflected:0-14",
        "qb|Fjordbankenak|inflected:0-13",
        "qb|Fjordbankeno",
        "qb|radgivoani zuu Fjordbanken|exact:15-26|role-of-brand:0-26",
        # The cases of a language count for the queries that list it, its roles in every text.
        "nb|Fjordbankenumi",
        "nb|Fjordbankenak",
        "nb|Fjordbankeno",
        "nb|radgivoani zuu Fjordbanken|exact:15-26|role-of-brand:0-26",
        "qb qb other",
    ]


def test_an_unknown_tag_is_another_language():
    """Without its file the same tag is no language that we know."""
    assert language_of("Fjordbanken", "qb") == "other"
