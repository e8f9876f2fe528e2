from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.html import html_to_text, image_texts, readable
from brandwatch.text.sanitise import clean


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>En</p><p>To</p>", "En\nTo"),
        ("<b>Acme</b>s kunder", "Acmes kunder"),
        ("R&D og AT&amp;T", "R&D og AT&T"),
        ("a < b og c > d", "a < b og c > d"),
        ("Bl&aring;b&aelig;r G&#229;rden", "Blåbær Gården"),
        ("før<script>alert(1)</script>etter", "føretter"),
        ("<del>gammelt</del>nytt", "nytt"),
        ("en<br>to<br/>tre", "en\nto\ntre"),
        ("<a href='x>y' title=\"a>b\">lenke</a>", "lenke"),
        ("<!-- skjult -->synlig", "synlig"),
        ("<ul><li>en<li>to</ul>", "en\nto"),
        ("1&nbsp;200 kr", "1 200 kr"),
        ("ingen markup", "ingen markup"),
    ],
)
def test_markup_becomes_the_visible_text(markup: str, text: str):
    """Blocks separate words, inline elements join them, hidden text is dropped, entities are decoded once."""
    assert html_to_text(markup).replace("\xa0", " ") == text


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<a b='", '<a b="', "<script>", "<", "&", "<p>", "<div ", "<a " + "b=1 " * 50, "<![CDATA[", "<?", "<del>"],
)
def test_hostile_markup_takes_linear_time(piece: str):
    """200 kB of unclosed markup; with a quadratic algorithm this test took minutes."""
    words = html_to_text("Acme " + piece * (200_000 // len(piece)) + " slutt")
    assert words.startswith("Acme")


@given(st.text(alphabet="<>/abp &;#xA0\t\n\xa0\u200b\u3000åA\u030a🌊", max_size=60))
def test_the_combined_step_equals_both_steps(markup: str):
    """The fast path for clean text gives the result of both steps."""
    assert readable(markup) == clean(html_to_text(markup))


@given(st.text(alphabet="<>/!-abp &;='\"", max_size=80))
def test_any_input_gives_text(markup: str):
    """No input raises, and no whole tag is left; `<<a>b>` is read as `<b>`, as in a browser."""
    assert "<b>" not in html_to_text(markup.replace("<<", "< <"))
    assert html_to_text("<<a>b>") == "<b>"


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ('<p><img src="a.jpg" alt="Kaia i Åsgård"></p>', ["Kaia i Åsgård"]),
        ("<IMG ALT='Blåbær &amp; fløte' src=a.jpg/>", ["Blåbær & fløte"]),
        ('<img alt="a > b &lt;c&gt;"><img alt=Fjord>', ["a > b <c>", "Fjord"]),
        ('<img alt="Fjord"><noscript><img alt="Fjord" src="b"></noscript>', ["Fjord"]),
        ('<img title="alt=nei" src="alt=nei" data-alt="nei">', []),
        ('<img alt=""><img alt><img>', []),
        ('<img alt="måling" width="1" height="1"><img alt="måling" style="display: none">', []),
        ('<img alt="måling" style="height:1px; width:1px"><img alt="bilde" width="1200">', ["bilde"]),
        ('<img class="emoji" alt=":smile:"><img class="wp-smiley" alt="smil"><img alt="🙂">', []),
        ('<img alt="IMG_1234.JPG"><img alt="Skilt: acme.jpg">', ["Skilt: acme.jpg"]),
        ('<!-- <img alt="gammelt"> --><img alt="nytt">', ["nytt"]),
        ('<img alt="Blå\nbær\u202e">', ["Blå bær"]),
        ("<image alt='nei'><imgs alt='nei'>", []),
    ],
)
def test_alternative_texts_of_pictures_are_read(markup: str, texts: list[str]):
    """Each is read once; tracking pixels, emoji, file names and comments have none."""
    assert image_texts(markup) == texts


@pytest.mark.parametrize("piece", ["<img ", "<img '", "<img \"'", "<img alt=", "<img a=\"b' ", "<!--<img alt=a>"])
def test_many_broken_pictures_take_linear_time(piece: str):
    """A long text is read at once, whatever stays open in it."""
    assert len(image_texts(piece * (400_000 // len(piece)))) <= 1


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Acme<sup>1</sup> sier", "Acme¹ sier"),
        ('Acme<sup id="r1"><a href="#f1">12</a></sup> sier', "Acme¹² sier"),
        ("Blåbær<SUP>TM</SUP>", "Blåbær™"),
        ("10<sup>6</sup> <!-- å --> m<sup>2</sup>", "10⁶ m²"),
        ("Acme<sup>1,2</sup> og Åsgård<sup>1)</sup>", "Acme¹,² og Åsgård¹⁾"),
        ('Åsgård<sup><a href="#a">a</a></sup> sier', "Åsgård[a] sier"),
        ("Åsgård<sup>R</sup> og Acme<sup>SM</sup>", "Åsgård® og Acme℠"),
        ("n<sup>o</sup> 5", "no 5"),
        ("den 19<sup>th</sup>", "den 19th"),
        ("H<sub>2</sub>O", "H2O"),
    ],
)
def test_raised_numbers_stay_raised(markup: str, text: str):
    """A note behind a name is no digit or letter of it; other raised letters join the word."""
    assert html_to_text(markup) == text


@pytest.mark.parametrize("before", ["", "1 < 2, "])
@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<b>en</b><!-- skjult --><i>to</i><!-- <b>mer</b> -->tre", "entotre"),
        ("en<!-- skjult", "en"),
        ("en<!-- a -->to<!-- b", "ento"),
        ("en<del>to<b>tre</b></del>fire<S>fem</s>seks", "enfireseks"),
        ("en<del>to<del>tre</del>fire", "enfire"),
        ("en<script>to", "ento"),
        ("en<script>to<del>tre</del>fire", "entofire"),
        ("en<script>to<script>tre<del>fire</del>", "entotre"),
        ("en</script>to", "ento"),
        ("en<style>/* <!-- */ b {}</style>to<!-- a -->tre", "entotre"),
        ("en<p\nclass='a'>to</P>tre", "en\nto\ntre"),
        ("en<pre>to</pre>tre<prex>fire", "en\nto\ntrefire"),
        ("en&lt;b&gt;to&#x26;amp;tre", "en<b>to&amp;tre"),
        ("en\nto  tre\t<p> fire </p>", "en to tre\nfire"),
        ("en<![CDATA[ to ]]>tre", "en to tre"),
        ("en<?xml x?>to<!doctype html>tre", "entotre"),
        ("en<a title='x>y>z'>to</a>", "ento"),
    ],
)
def test_tags_comments_and_hidden_elements(markup: str, text: str, before: str):
    """The text is the same beside a sign that is no tag; what is never closed hides nothing, but for a comment."""
    assert html_to_text(f"{before}{markup}") == f"{before}{text}"


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ('<img alt="strek" width="2"><img alt="strek" height=1px><img alt="punkt" width="0">', ["strek"]),
        ('<img alt="bilde" style="width: 10px"><img alt="måling" style="width: 0">', ["bilde"]),
        ('<!-- <img alt="gammelt"> <img alt="glemt">', []),
        ('<!-- a --><img alt="nytt"><!-- b --><img alt="nyere">', ["nytt", "nyere"]),
        ('<img alt="fjord" alt="annen"><img alt="fjord">', ["fjord"]),
        ('<img class="bilde stort" alt="ås"><img class="stor Emoji" alt="smil">', ["ås"]),
        ("".join(f'<img alt="bilde {number}">' for number in range(101)), [f"bilde {number}" for number in range(100)]),
    ],
)
def test_which_pictures_are_read(markup: str, texts: list[str]):
    """From two pixels a side, outside comments, a hundred at most; the first of two texts counts."""
    assert image_texts(markup) == texts
