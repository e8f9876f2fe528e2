"""List the public nouns of the code in docs/glossary.md: each class with the first sentence of its docstring.

    python tools/list_nouns.py [--check]

With `--check` nothing is written, and the exit code is 1 if the page is stale.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "brandwatch"
PAGE = ROOT / "docs" / "glossary.md"
MARK = "<!-- written by `make docs` -->\n"


def main() -> None:
    """Write the list, or compare it."""
    before = PAGE.read_text(encoding="utf-8")
    words, mark, _ = before.partition(MARK)
    page = words + mark + "".join(map(list_package, packages()))
    if "--check" not in sys.argv:
        PAGE.write_text(page, encoding="utf-8")
    elif page != before:
        sys.exit("docs/glossary.md is stale: make docs")


def packages() -> list[str]:
    """Return the packages and modules at the top."""
    return sorted({path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in SOURCE.rglob("*.py")})


def list_package(name: str) -> str:
    """Return the section of a package, empty where it has no public class."""
    folder = SOURCE / name
    paths = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    rows = [row for path in paths for row in list_module(path)]
    if not rows:
        return ""
    return "\n".join(
        [
            f"\n### `{name}`\n",
            "| noun | module | meaning |",
            "|---|---|---|",
            *sorted(rows, key=lambda row: row.replace("`", " ").casefold()),
            "",
        ]
    )


def list_module(path: Path) -> list[str]:
    """Return the rows of the public classes of a module."""
    module = path.relative_to(SOURCE).with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    classes = [node for node in nodes if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    return [f"| `{node.name}` | `{module}` | {first_sentence(ast.get_docstring(node) or '')} |" for node in classes]


def first_sentence(doc: str) -> str:
    """Return the first sentence, as a cell of a table."""
    paragraph = doc.partition("\n\n")[0].replace("\n", " ")
    sentence = re.split(r"(?<=[a-z0-9)`*”])\. (?=[A-Z*`])", paragraph)[0]
    return sentence.rstrip(".").replace("|", "\\|") + "."


if __name__ == "__main__":
    main()
