from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from brandwatch.templates import FOLDER, asset, environment, render, render_parts, source_hash, trust


def rendered(source: str, **values: object) -> str:
    """Render a template given as text."""
    return environment().from_string(source).render(values)


def test_values_are_escaped_and_template_markup_is_not():
    """A title is text, also in an attribute."""
    title = "<script>\"Blåbær\" & 'mer'</script>"
    assert rendered('<b title="{{ title }}">{{ title }}</b>', title=title) == (
        '<b title="&lt;script&gt;&#34;Blåbær&#34; &amp; &#39;mer&#39;&lt;/script&gt;">'
        "&lt;script&gt;&#34;Blåbær&#34; &amp; &#39;mer&#39;&lt;/script&gt;</b>"
    )


@pytest.mark.parametrize(
    ("name", "is_escaped"),
    [("pages/x.html", True), ("chart.svg", True), (None, True), ("notice.nb.md", False), ("notice.txt", False)],
)
def test_only_markdown_and_text_are_unescaped(name: str | None, is_escaped: bool):
    """Unknown types are escaped like markup."""
    escapes = environment().autoescape
    assert callable(escapes)
    assert escapes(name) is is_escaped


def test_a_missing_value_is_an_error():
    """A misspelt name fails in its test instead of printing nothing."""
    with pytest.raises(UndefinedError, match="titel"):
        rendered("{{ titel }}", title="Åsgård")
    assert rendered("{{ title }}", title="Åsgård") == "Åsgård"


def test_the_filters():
    """Web text is sanitised, times are local (Oslo here), and an unknown count is not zero."""
    assert rendered("{{ text | one_line }}", text="a\x1b[0m\u202e\nb") == "a[0m b"
    assert rendered("{{ text | clean }}", text="a\u202e\nb") == "a\nb"
    assert rendered("{{ at | time }}", at=datetime(2026, 5, 4, 10, tzinfo=UTC)) == "2026-05-04 12:00"
    assert rendered("{{ 12345 | number }} {{ 0 | number }} {{ none | number }}") == "12,345 0 –"


def test_an_unknown_template_is_an_error():
    """Names are paths below the template folder; paths above it are refused."""
    for name in ("pages/none.html", "../__init__.py"):
        with pytest.raises(TemplateNotFound):
            environment().get_template(name)


def test_only_assets_and_rows_bypass_escaping():
    """No template switches escaping off; only assets and rendered rows are trusted."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.*ml")}
    assert len(texts) > 5
    assert [name for name, text in texts.items() if re.search(r"\|\s*safe\b|autoescape|Markup", text)] == []
    source = {path: path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*.py")}
    assert {path.name for path, text in source.items() if re.search(r"\bMarkup\b", text)} == {"__init__.py"}
    assert {path.name for path, text in source.items() if "trust(" in text} == {"__init__.py", "page.py"}


def test_an_asset_is_written_verbatim():
    """A script keeps its characters; the same characters in other text are escaped."""
    script = asset("report/script.js")
    assert "&&" in script or "=>" in script
    assert rendered("{{ script }}", script=script) == script
    assert rendered("{{ script }}", script="=>") == "=&gt;"


def test_statements_leave_no_lines():
    """The line of a loop or a condition is not in the output; the lines inside are, with their indent."""
    source = "<ul>\n  {% for n in [1, 2] %}\n  <li>{{ n }}</li>\n  {% endfor %}\n</ul>"
    assert rendered(source) == "<ul>\n  <li>1</li>\n  <li>2</li>\n</ul>"


def test_parts_of_a_template_are_its_text():
    """Written piece by piece or at once, with the values escaped; only what is trusted is not escaped again."""
    reason = "Blåbær & <b>Åsgård</b>"
    text = render("web/refusal.html", reason=reason)
    assert "<p>Blåbær &amp; &lt;b&gt;Åsgård&lt;/b&gt;</p>" in text
    # Its few pieces are one part.
    assert list(render_parts("web/refusal.html", reason=reason)) == [text]
    (trusted,) = trust([reason])
    assert f"<p>{reason}</p>" in render("web/refusal.html", reason=trusted)


def test_the_hash_of_a_source_is_that_of_the_policy():
    """SHA-256 in Base64, as browsers compute it: the example of the specification, and another text."""
    assert source_hash("alert('Hello, world.');") == "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
    assert source_hash("alert('Hei.');") != source_hash("alert('Hello, world.');")
