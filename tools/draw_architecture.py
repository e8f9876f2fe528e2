"""Draw docs/architecture.svg: the packages in their layers, and who imports whom.

    python tools/draw_architecture.py [--check]

The layers and the libraries that only one package may import are read from the contracts in pyproject.toml, the imports
from the code (with grimp, the library of import-linter), the purpose of a package from the first sentence of its
docstring. Left out are arrows that follow from others, and those to the ground, which every package may import. With
`--check` nothing is written, and the exit code is 1 if the picture is stale.
"""

from __future__ import annotations

import ast
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "architecture.svg"
PACKAGE = "brandwatch"
# The packages that reach outside the process: network, files, terminal, browser.
WITH_SIDE_EFFECTS = frozenset({"cli", "http", "storage", "web"})
# Imported from everywhere: arrows to these would hide the others.
GROUND = frozenset({"text", "urls", "models", "clock", "errors"})

WIDTH_PX, MARGIN_PX, ROW_GAP_PX, BOX_GAP_PX = 1320, 24, 54, 20
NAME_PX, LINE_PX, PADDING_PX = 24, 16, 10
MAX_BOX_PX = 380
CHAR_PX = 6.7
STYLE = """
  text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #333 }
  .name { font-weight: 700; font-size: 15px; fill: #111 }
  .libraries { font-style: italic; fill: #666 }
  rect { fill: #f4f6f8; stroke: #8a99a8; rx: 6px }
  .outside { fill: #fdf1df; stroke: #c98a2b }
  .ground { fill: #e9eef3; stroke: none }
  .page { fill: #fff; stroke: none }
  path { fill: none; stroke: #7d8b99; stroke-width: 1.2 }
"""


@dataclass
class Box:
    """One package: its texts and its place."""

    name: str
    purpose: str
    libraries: str
    lines: list[str]
    left: float = 0
    top: float = 0
    width: float = 0
    height: float = 0

    @property
    def middle(self) -> float:
        """The horizontal middle."""
        return self.left + self.width / 2


def main() -> None:
    """Write the picture, or compare it."""
    picture = draw(read_layers(), read_imports())
    if "--check" not in sys.argv:
        TARGET.write_text(picture, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != picture:
        sys.exit("docs/architecture.svg is stale: python tools/draw_architecture.py")


def contracts() -> list[dict[str, object]]:
    """Return the import contracts."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = settings["tool"]["importlinter"]["contracts"]
    return found


def read_layers() -> list[list[str]]:
    """Return the packages of each layer, the top one first; the start of the program is left out."""
    (contract,) = (contract for contract in contracts() if contract["type"] == "layers")
    layers: list[str] = contract["layers"]  # type: ignore[assignment]
    return [layer.split(" | ") for layer in layers if layer != "__main__"]


def read_libraries() -> dict[str, list[str]]:
    """Return the libraries that only one package may import, by package."""
    libraries: dict[str, list[str]] = {}
    for contract in contracts():
        if contract["type"] == "protected":
            importers: list[str] = contract["allowed_importers"]  # type: ignore[assignment]
            names: list[str] = contract["protected_modules"]  # type: ignore[assignment]
            libraries.setdefault(importers[0].split(".")[1], []).extend(names)
    return libraries


def read_imports() -> dict[str, set[str]]:
    """Return the packages that each package imports, without those that one of these imports in its turn."""
    graph = grimp.build_graph(PACKAGE)
    imports: dict[str, set[str]] = {}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            if module.count(".") and imported.count("."):
                importer, target = module.split(".")[1], imported.split(".")[1]
                if importer not in {target, "__main__"}:
                    imports.setdefault(importer, set()).add(target)
    reachable = {name: reach(name, imports) for name in imports}
    return {
        name: {
            target for target in targets - GROUND if not any(target in reachable.get(other, ()) for other in targets)
        }
        for name, targets in imports.items()
        if name not in GROUND
    }


def reach(name: str, imports: dict[str, set[str]]) -> set[str]:
    """Return all packages that a package imports, by whatever way."""
    targets = imports.get(name, set())
    return targets.union(*(reach(target, imports) for target in targets))


def read_purpose(name: str) -> str:
    """Return the first sentence of the docstring of a package or module."""
    path = ROOT / "src" / PACKAGE / name
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first, _, _ = doc.replace("\n", " ").replace("`", "").partition(". ")
    return first.rstrip(".")


def draw(layers: list[list[str]], imports: dict[str, set[str]]) -> str:
    """Return the picture."""
    rows = place(layers, imports)
    boxes = {box.name: box for row in rows for box in row}
    height = max(box.top + box.height for box in boxes.values()) + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height:.0f}" role="img">',
        "<title>The packages of brandwatch in their layers; arrows are imports and go down only</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0L8 4L0 8z" style="fill:#7d8b99;stroke:none"/></marker></defs>',
        f'<rect class="page" width="{WIDTH_PX}" height="{height:.0f}"/>',
    ]
    ground = min(box.top for box in boxes.values() if box.name in GROUND) - ROW_GAP_PX / 2
    parts.append(f'<rect class="ground" y="{ground:.0f}" width="{WIDTH_PX}" height="{height - 36 - ground:.0f}"/>')
    note = "The ground: every package above may import it."
    parts.append(f'<text x="{MARGIN_PX}" y="{ground + 20:.0f}">{note}</text>')
    for name in sorted(boxes):
        parts += [arrow(boxes[name], boxes[target], boxes, imports) for target in sorted(imports.get(name, ()))]
    parts += [part for row in rows for box in row for part in draw_box(box)]
    legend = "An arrow is an import; those that follow from others are left out. Orange: reaches outside the process."
    parts.append(f'<text x="{MARGIN_PX}" y="{height - 14:.0f}">{legend}</text>')
    return "\n".join([*parts, "</svg>", ""])


def place(layers: list[list[str]], imports: dict[str, set[str]]) -> list[list[Box]]:
    """Return the boxes of each row in their places; a box stands near those that import it."""
    libraries = read_libraries()
    rows: list[list[Box]] = []
    placed: dict[str, Box] = {}
    top = float(MARGIN_PX)
    for layer in layers:
        width = min(MAX_BOX_PX, (WIDTH_PX - 2 * MARGIN_PX - (len(layer) - 1) * BOX_GAP_PX) / len(layer))
        row = [
            make_box(name, libraries.get(name, []), width)
            for name in sorted(layer, key=lambda name: near(name, placed, imports))
        ]
        height = max(box.height for box in row)
        left = (WIDTH_PX - len(row) * width - (len(row) - 1) * BOX_GAP_PX) / 2
        for number, box in enumerate(row):
            box.left, box.top, box.height = left + number * (width + BOX_GAP_PX), top, height
            placed[box.name] = box
        rows.append(row)
        is_ground = bool(GROUND & set(layer))
        top += height + (BOX_GAP_PX if is_ground else ROW_GAP_PX)
    return rows


def near(name: str, placed: dict[str, Box], imports: dict[str, set[str]]) -> tuple[float, str]:
    """Return the mean place of the packages that import one, and its name to break a tie."""
    places = [box.middle for box in placed.values() if name in imports.get(box.name, ())]
    return (sum(places) / len(places) if places else WIDTH_PX / 2), name


def make_box(name: str, libraries: list[str], width: float) -> Box:
    """Return a box with its texts wrapped."""
    columns = int((width - 2 * PADDING_PX) / CHAR_PX)
    lines = textwrap.wrap(read_purpose(name), columns)
    only = textwrap.wrap(f"only here: {', '.join(libraries)}", columns) if libraries else []
    height = 2 * PADDING_PX + NAME_PX + LINE_PX * (len(lines) + len(only)) - 6
    return Box(name, "\n".join(lines), "\n".join(only), lines + only, width=width, height=height)


def draw_box(box: Box) -> list[str]:
    """Return the elements of a box."""
    kind = "outside" if box.name in WITH_SIDE_EFFECTS else "inside"
    left, top = box.left + PADDING_PX, box.top + PADDING_PX + 12
    size = f'x="{box.left:.0f}" y="{box.top:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"'
    parts = [f'<rect class="{kind}" {size}/>', f'<text class="name" x="{left:.0f}" y="{top:.0f}">{box.name}</text>']
    libraries = box.libraries.splitlines()
    for number, line in enumerate(box.lines):
        css = ' class="libraries"' if line in libraries else ""
        y = top + NAME_PX - 4 + number * LINE_PX
        parts.append(f'<text{css} x="{left:.0f}" y="{y:.0f}">{escape(line, quote=False)}</text>')
    return parts


def arrow(start: Box, end: Box, boxes: dict[str, Box], imports: dict[str, set[str]]) -> str:
    """Return a curve from the lower edge of one box to the upper edge of another, beside its neighbours."""
    targets = sorted((boxes[name] for name in imports[start.name]), key=lambda box: box.middle)
    sources = sorted((boxes[name] for name in imports if end.name in imports[name]), key=lambda box: box.middle)
    x1 = start.left + start.width * (targets.index(end) + 1) / (len(targets) + 1)
    x2 = end.left + end.width * (sources.index(start) + 1) / (len(sources) + 1)
    y1, y2 = start.top + start.height, end.top - 1
    bend = min(ROW_GAP_PX, (y2 - y1) / 2)
    curve = f"M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
    return f'<path d="{curve}" marker-end="url(#tip)"/>'


if __name__ == "__main__":
    main()
